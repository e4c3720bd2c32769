// Doing again what failed; what succeeded stays.
import { useState } from "preact/hooks";
import { call } from "../../api/client";
import { useAction } from "../../api/query";
import type { RunDetail } from "../../api/types";
import { t } from "../../base/i18n";
import { Confirm } from "../../parts/dialog";
import { SelectField } from "../../parts/field";
import { say } from "../../parts/notice";

interface RedriveProps {
  run: RunDetail;
  close: () => void;
  done: () => void;
}

export function RedriveDialog({ run, close, done }: RedriveProps) {
  const [from, set_from] = useState("");
  const unknown = run.steps.some((step) => step.outcome_unknown);
  const action = useAction(async () => {
    await call("POST", `/v1/runs/${run.id}/redrive`, { query: { from } });
    say(t("redrive.done"));
    done();
  });
  const names = run.steps.filter((step) => !step.compensation).map((step) => step.name);
  return (
    <Confirm title={t("redrive.title")} label={t("redrive.action")} action={action} close={close}>
      <p>{t("redrive.text")}</p>
      {unknown && <p class="fault">{t("redrive.unknown")}</p>}
      <SelectField label={t("redrive.from")} value={from} onInput={set_from}
        options={[["", t("redrive.first_failed")],
          ...names.map((name): [string, string] => [name, name])]} />
    </Confirm>
  );
}
