// How to receive what a trigger sends, in the reader's language.
import { useState } from "preact/hooks";
import type { Trigger } from "../../api/types";
import { t } from "../../base/i18n";
import { CodeView } from "../../parts/code_view";
import { Copyable } from "../../parts/copy";
import { SelectField } from "../../parts/field";
import { snippets_of } from "./snippets";

const KEPT = "malote.snippet";

export function ReceiverSnippet({ trigger }: { trigger: Trigger }) {
  const [chosen, set_chosen] = useState(localStorage.getItem(KEPT) ?? "typescript");
  const named = trigger.events.find((name) => !name.includes("*")) ?? "payment.confirmed";
  const snippets = snippets_of(named);
  const shown = snippets[chosen] ?? snippets.typescript!;
  const choose = (language: string) => {
    localStorage.setItem(KEPT, language);
    set_chosen(language);
  };
  return (
    <div class="stack">
      <p>{t("receiver.text")}</p>
      <SelectField label={t("receiver.language")} value={chosen} onInput={choose}
        options={Object.entries(snippets).map(([id, one]): [string, string] => [id, one.label])} />
      <Copyable text={shown.install} label={t("receiver.copy_install")} />
      <CodeView text={shown.code} json={false} label={shown.label}
        file={`receiver.${chosen}.txt`} />
      <p class="muted">{t("receiver.rules")}</p>
    </div>
  );
}
