// One real attempt of a trigger that is not made yet: what the receiver answered, or what went
// wrong on the way.
import { useState } from "preact/hooks";
import { call } from "../../api/client";
import { useAction } from "../../api/query";
import type { TriggerTested } from "../../api/types";
import { duration, t } from "../../base/i18n";
import { HttpStatus } from "../../parts/badge";
import { CodeView } from "../../parts/code_view";
import { Icon } from "../../parts/icon";
import { Problem } from "../../parts/states";
import { body_of, Draft } from "./form";

function Outcome({ tested }: { tested: TriggerTested }) {
  return (
    <div class="outcome trial" role="status">
      <p class="line">
        <span class={`mark-text ${tested.ok ? "tone-good" : "tone-bad"}`}>
          {tested.ok ? t("trial.ok") : t("trial.failed")}
        </span>
        <HttpStatus status={tested.response_status} />
        <span class="muted">{duration(tested.duration_ms)}</span>
        <span class="muted break">{tested.error}</span>
      </p>
      {tested.response_body && (
        <CodeView text={tested.response_body} label={t("delivery.received")} />
      )}
    </div>
  );
}

export function Trial({ draft }: { draft: Draft }) {
  const [tested, set_tested] = useState<TriggerTested | undefined>();
  const action = useAction(async () => {
    set_tested(undefined);
    set_tested(await call<TriggerTested>("POST", "/v1/triggers/test",
      { body: body_of(draft, false) }));
  });
  return (
    <div class="stack">
      <p class="muted small">{t("trial.text")}</p>
      <div>
        <button type="button" class="button" disabled={action.busy || draft.webhook_url === ""}
          onClick={() => void action.run()}>
          <Icon name="send" size={16} />{t("trial.go")}
        </button>
      </div>
      {action.error && <Problem error={action.error} />}
      {tested && <Outcome tested={tested} />}
    </div>
  );
}
