// What can be done to a trigger: pause, resume, a new secret, removal.
import { useState } from "preact/hooks";
import { call, fresh_key } from "../../api/client";
import { useAction } from "../../api/query";
import type { Trigger } from "../../api/types";
import { duration, t } from "../../base/i18n";
import { navigate } from "../../base/router";
import { SecretOnce } from "../../parts/copy";
import { Confirm, Dialog } from "../../parts/dialog";
import { SelectField } from "../../parts/field";
import { Icon } from "../../parts/icon";
import { say } from "../../parts/notice";
import { Problem } from "../../parts/states";

interface ActionProps {
  trigger: Trigger;
  reload: () => void;
}

type Open = "pause" | "rotate" | "remove" | null;

const HOUR = 3600;
const OVERLAPS = [0, HOUR, 24 * HOUR, 7 * 24 * HOUR];

/** How long the old secret signs, too: where the scheme has room for two signatures. */
function Overlap({ trigger, value, choose }: {
  trigger: Trigger; value: number; choose: (seconds: number) => void;
}) {
  if (trigger.signature_scheme !== "timestamped") {
    return <p class="muted small">{t("rotate.no_overlap")}</p>;
  }
  return (
    <SelectField label={t("rotate.overlap")} hint={t("rotate.overlap_hint")} value={String(value)}
      options={OVERLAPS.map((seconds): [string, string] => [String(seconds),
        seconds === 0 ? t("rotate.overlap_none") : duration(seconds * 1000)])}
      onInput={(seconds) => choose(Number(seconds))} />
  );
}

function Rotate({ trigger, close }: { trigger: Trigger; close: () => void }) {
  const [secret, set_secret] = useState("");
  const [overlap, set_overlap] = useState(0);
  const action = useAction(async () => {
    const answer = await call<{ secret: string }>(
      "POST", `/v1/triggers/${trigger.id}/rotate-secret`,
      { body: { overlap_seconds: overlap }, idempotency_key: fresh_key() });
    set_secret(answer.secret);
  });
  return (
    <Dialog title={t("rotate.title")} close={close} dismissible={secret === ""}>
      {secret === "" ? (
        <>
          <p>{t("rotate.text")}</p>
          <ol class="numbered">
            <li>{t("rotate.step_rotate")}</li>
            <li>{t("rotate.step_deploy")}</li>
            <li>{t("rotate.step_remove")}</li>
          </ol>
          <p class="muted">{t("rotate.hint")}</p>
          <Overlap trigger={trigger} value={overlap} choose={set_overlap} />
        </>
      ) : <SecretOnce secret={secret} label={t("rotate.new_secret")} />}
      {action.error && <Problem error={action.error} />}
      <footer class="dialog-foot">
        {secret === "" ? (
          <>
            <button type="button" class="button" onClick={close}>{t("common.cancel")}</button>
            <button type="button" class="button primary" disabled={action.busy}
              onClick={() => void action.run()}>
              {t("rotate.action")}
            </button>
          </>
        ) : (
          <button type="button" class="button primary" onClick={close}>{t("copy.stored")}</button>
        )}
      </footer>
    </Dialog>
  );
}

export function TriggerActions({ trigger, reload }: ActionProps) {
  const [open, set_open] = useState<Open>(null);
  const close = () => set_open(null);
  const set_status = async (status: "active" | "paused") => {
    await call("PATCH", `/v1/triggers/${trigger.id}`, { body: { status } });
    say(status === "active" ? t("trigger.resumed") : t("trigger.paused"));
    reload();
  };
  const pause = useAction(() => set_status("paused"));
  const resume = useAction(() => set_status("active"));
  const remove = useAction(async () => {
    await call("DELETE", `/v1/triggers/${trigger.id}`);
    say(t("trigger.removed"));
    navigate("/triggers");
  });
  return (
    <>
      {trigger.status === "active" ? (
        <button type="button" class="button" onClick={() => set_open("pause")}>
          <Icon name="pause" size={16} />{t("trigger.pause")}
        </button>
      ) : (
        <button type="button" class="button primary" disabled={resume.busy}
          onClick={() => void resume.run()}>
          <Icon name="play" size={16} />
          {trigger.pending > 0 ? t("trigger.resume_backlog", { count: trigger.pending })
            : t("trigger.resume")}
        </button>
      )}
      <button type="button" class="button" onClick={() => set_open("rotate")}>
        <Icon name="key" size={16} />{t("rotate.action")}
      </button>
      <button type="button" class="button danger" onClick={() => set_open("remove")}>
        <Icon name="trash" size={16} />{t("trigger.remove")}
      </button>
      {resume.error && <Problem error={resume.error} />}
      {open === "pause" && (
        <Confirm title={t("trigger.pause_title")} label={t("trigger.pause")} action={pause}
          close={close}>
          <p>{t("trigger.pause_text", { count: trigger.pending })}</p>
        </Confirm>
      )}
      {open === "rotate" && <Rotate trigger={trigger} close={close} />}
      {open === "remove" && (
        <Confirm title={t("trigger.remove_title", { name: trigger.name })} danger
          label={t("trigger.remove")} action={remove} close={close}>
          <p>{t("trigger.remove_text", { count: trigger.pending })}</p>
        </Confirm>
      )}
    </>
  );
}
