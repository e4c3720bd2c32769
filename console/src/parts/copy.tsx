// Copying, and the text to copy.
import { useEffect, useState } from "preact/hooks";
import { t } from "../base/i18n";
import { say } from "./notice";
import { Icon } from "./icon";

/** Without https browsers give no clipboard; the older way still works there. */
async function copy_text(text: string): Promise<void> {
  if (navigator.clipboard) return navigator.clipboard.writeText(text);
  const area = document.createElement("textarea");
  area.value = text;
  area.className = "off-screen";
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  if (!done) throw new Error("the browser refused to copy");
}

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, set_done] = useState(false);
  useEffect(() => {
    if (!done) return undefined;
    const timer = setTimeout(() => set_done(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => copy_text(text).then(
    () => { set_done(true); say(t("copy.done")); },
    () => say(t("copy.failed"), "bad"));
  return (
    <button type="button" class="icon-button" onClick={copy} aria-label={label} title={label}>
      <Icon name={done ? "check" : "copy"} size={16} />
    </button>
  );
}

/** An id or address with its copy button. */
export function Copyable({ text, label }: { text: string; label: string }) {
  return (
    <span class="copyable">
      <code>{text}</code>
      <CopyButton text={text} label={label} />
    </span>
  );
}

/** A secret that is shown this once. */
export function SecretOnce({ secret, label }: { secret: string; label: string }) {
  return (
    <div class="secret">
      <p class="secret-label">{label}</p>
      <Copyable text={secret} label={t("copy.secret")} />
      <p class="muted small">{t("copy.once")}</p>
    </div>
  );
}
