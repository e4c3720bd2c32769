// One run: the loop's picture with each step's state, what it was given and what came back.
import { useEffect, useState } from "preact/hooks";
import { ApiError, call, call_text, get } from "../../api/client";
import { useAction, useQuery } from "../../api/query";
import { may } from "../../api/session";
import type { Loop, RunDetail } from "../../api/types";
import { t } from "../../base/i18n";
import { entry_texts, member_text } from "../../base/json_text";
import { Link } from "../../base/router";
import { between, due_time } from "../../base/time";
import { Badge } from "../../parts/badge";
import { Copyable } from "../../parts/copy";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { say } from "../../parts/notice";
import { Facts, Page } from "../../parts/page";
import { Loaded, Problem } from "../../parts/states";
import { RedriveDialog } from "./redrive";
import { RecordedStep, RunSteps } from "./run_steps";

const REFRESH_MS = 1500;

export interface WholeRun {
  run: RunDetail;
  steps: RecordedStep[];
  payload_text: string;
}

/** A member's text; nothing is shown as nothing. */
const shown = (text: string | null): string => (text === null || text === "null" ? "" : text);

async function load(id: string, signal: AbortSignal): Promise<WholeRun> {
  const text = await call_text("GET", `/v1/runs/${encodeURIComponent(id)}`, { signal });
  const run = JSON.parse(text) as RunDetail;
  const texts = entry_texts(member_text(text, "steps") ?? "[]");
  const steps = run.steps.map((record, index) => ({
    record,
    params_text: shown(member_text(texts[index] ?? "{}", "params")),
    result_text: shown(member_text(texts[index] ?? "{}", "result")),
  }));
  return { run, steps, payload_text: shown(member_text(text, "payload")) };
}

/** The definition that the run follows; null where the loop is gone or has a newer version. */
async function find_definition(run: RunDetail, signal: AbortSignal): Promise<Loop | null> {
  try {
    const loop = await get<Loop>(`/v1/loops/${run.loop_id}`, {}, signal);
    return loop.version === run.version ? loop : null;
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

function Actions({ run, reload }: { run: RunDetail; reload: () => void }) {
  const [open, set_open] = useState(false);
  const cancel = useAction(async () => {
    await call("POST", `/v1/runs/${run.id}/cancel`);
    say(t("run.cancelled"));
    reload();
  });
  const ended = run.state === "failed" || run.state === "cancelled";
  const at_work = run.state === "running" || run.state === "compensating";
  return (
    <>
      {ended && (
        <button type="button" class="button primary" onClick={() => set_open(true)}>
          <Icon name="replay" size={16} />{t("redrive.action")}
        </button>
      )}
      {at_work && (
        <button type="button" class="button" disabled={cancel.busy}
          onClick={() => void cancel.run()}>
          {t("run.cancel")}
        </button>
      )}
      {cancel.error && <Problem error={cancel.error} />}
      {open && <RedriveDialog run={run} close={() => set_open(false)} done={reload} />}
    </>
  );
}

function RunFacts({ run }: { run: RunDetail }) {
  return (
    <Facts facts={[
      [t("event.id"), <Copyable text={run.id} label={t("copy.id")} />],
      [t("run.loop"), <Link to={`/loops/${run.loop_id}`}>{run.loop_name} v{run.version}</Link>],
      [t("event.title"), run.event_id
        ? <Link to={`/events/${run.event_id}`}>{run.event_id}</Link> : t("loop.by_hand")],
      [t("run.started"), <Moment at={run.started_at} as="full" />],
      [t("run.took"), run.finished_at ? between(run.started_at, run.finished_at) : "–"],
      ...(run.next_attempt_at && !run.finished_at
        ? [[t("delivery.next_attempt"), due_time(run.next_attempt_at)] as [string, string]] : []),
    ]} />
  );
}

function RunView({ whole, reload }: { whole: WholeRun; reload: () => void }) {
  const { run } = whole;
  const loop = useQuery(`${run.loop_id} ${run.version}`, (signal) => find_definition(run, signal));
  return (
    <Page title={run.loop_name} tab={`${run.loop_name} ${run.id}`}
      back={{ to: `/loops/${run.loop_id}?view=runs`, label: t("run.all") }}
      beside={<Badge state={run.state} family="run_state" />}
      actions={may("loops:write") && <Actions run={run} reload={reload} />}
      lead={<RunFacts run={run} />}>
      {run.error && (
        <div class="note tone-bad" role="status">
          <Icon name="warning" />
          <div>
            {run.failed_step && (
              <p class="strong">{t("run.failed_at", { step: run.failed_step })}</p>
            )}
            <p class="break">{run.error}</p>
          </div>
        </div>
      )}
      <RunSteps whole={whole} definition={loop.data?.definition} />
    </Page>
  );
}

export function RunPage({ id }: { id: string }) {
  const [at_work, set_at_work] = useState(true);
  const whole = useQuery(id, (signal) => load(id, signal), at_work ? REFRESH_MS : 0);
  const state = whole.data?.run.state;
  useEffect(() => {
    set_at_work(state === undefined || state === "running" || state === "compensating");
  }, [state]);
  const reload = () => {
    set_at_work(true);
    whole.reload();
  };
  if (whole.data) return <RunView whole={whole.data} reload={reload} />;
  return (
    <Page title={t("run.title")} back={{ to: "/loops", label: t("nav.loops") }}>
      <Loaded query={whole} rows={8}>{() => null}</Loaded>
    </Page>
  );
}
