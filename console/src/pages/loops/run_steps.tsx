// The steps of a run in the loop's picture: those done, the one under way, those to come.
import type { LoopDefinition, LoopStep, StepRecord } from "../../api/types";
import { duration, t } from "../../base/i18n";
import { between } from "../../base/time";
import { Badge } from "../../parts/badge";
import { CodeView } from "../../parts/code_view";
import { Icon } from "../../parts/icon";
import { Reveal } from "../../parts/reveal";
import { Flow } from "./flow";
import type { WholeRun } from "./run";

export interface RecordedStep {
  record: StepRecord;
  /** As the server wrote them, digit for digit. */
  params_text: string;
  result_text: string;
}

const TONES: Record<string, string> = {
  succeeded: "tone-good", failed: "tone-bad", skipped: "tone-quiet", pending: "tone-info",
};

function Exchange({ step }: { step: RecordedStep }) {
  const { record } = step;
  return (
    <Reveal summary={t("run.exchange")} open={record.state === "failed"}>
      {record.idempotency_key && (
        <p class="small muted">{t("run.key")} <code>{record.idempotency_key}</code></p>
      )}
      <div class="beside">
        <section>
          <h3>{t("run.params")}</h3>
          <CodeView text={step.params_text} label={t("run.params")} file={`${record.name}.json`} />
        </section>
        <section>
          <h3>{t("run.result")}</h3>
          <CodeView text={step.result_text} label={t("run.result")}
            file={`${record.name}.result.json`} />
        </section>
      </div>
    </Reveal>
  );
}

function Beside({ record }: { record: StepRecord }) {
  return (
    <>
      {record.attempts > 1 && (
        <span class="muted small">{t("delivery.attempts_count", { count: record.attempts })}</span>
      )}
      {record.result && record.started_at && record.finished_at && (
        <span class="muted small">
          {record.result.duration > 0 ? duration(record.result.duration)
            : between(record.started_at, record.finished_at)}
        </span>
      )}
      <Badge state={record.state} family="step" />
    </>
  );
}

function Below({ steps }: { steps: RecordedStep[] }) {
  return (
    <>
      {steps.map((step) => (
        <div key={String(step.record.compensation)} class="stack-small">
          {step.record.compensation && (
            <p class="line tight">
              <Icon name="replay" size={14} />{t("loop.undone_by")} <code>{step.record.tool}</code>
              <span class="grow" /><Beside record={step.record} />
            </p>
          )}
          {step.record.outcome_unknown && (
            <p class="fault"><Icon name="warning" size={14} /> {t("run.outcome_unknown")}</p>
          )}
          {step.record.state !== "skipped" && <Exchange step={step} />}
        </div>
      ))}
    </>
  );
}

/** The steps as far as the journal knows them, where the definition is not at hand. */
function from_records(whole: WholeRun): LoopDefinition {
  return {
    name: whole.run.loop_name,
    steps: whole.steps.filter((one) => !one.record.compensation).map(
      ({ record }) => ({ name: record.name, tool: record.tool })),
  };
}

export function RunSteps({ whole, definition }: {
  whole: WholeRun; definition: LoopDefinition | undefined;
}) {
  // A compensation that is pending while nothing is being undone was called off by a redrive.
  const undoing = whole.run.state === "compensating";
  const records_of = (step: LoopStep) => whole.steps.filter(({ record }) =>
    record.name === step.name && (!record.compensation || undoing || record.state !== "pending"));
  const main_of = (step: LoopStep) =>
    records_of(step).find((one) => !one.record.compensation)?.record;
  const at_work = whole.run.state === "running";
  const next = (definition?.steps ?? []).find((step) => !main_of(step));
  return (
    <>
      <Flow definition={definition ?? from_records(whole)}
        tone={(step) => TONES[main_of(step)?.state ?? ""] ?? ""}
        beside={(step) => {
          const record = main_of(step);
          if (record) return <Beside record={record} />;
          return at_work && step === next
            ? <Badge state="running" family="run_state" />
            : <span class="muted small">{t("run.not_reached")}</span>;
        }}
        below={(step) => <Below steps={records_of(step)} />} />
      {whole.payload_text !== "" && (
        <Reveal summary={t("run.payload")}>
          <CodeView text={whole.payload_text} label={t("run.payload")} />
        </Reveal>
      )}
    </>
  );
}
