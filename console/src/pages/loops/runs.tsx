// Runs, newest first; kept fresh, as each may be at work.
import { useEffect } from "preact/hooks";
import { useCursorList } from "../../api/list";
import type { Run } from "../../api/types";
import { t, word } from "../../base/i18n";
import { set_query, useLocation } from "../../base/router";
import { between } from "../../base/time";
import { Badge } from "../../parts/badge";
import { SelectField } from "../../parts/field";
import { Moment } from "../../parts/moment";
import { Empty } from "../../parts/states";
import { Column, ListTable } from "../../parts/table";

const REFRESH_MS = 3000;
const STATES = ["running", "compensating", "completed", "failed", "cancelled"];

const COLUMNS: () => Column<Run>[] = () => [
  { label: t("run.loop"), width: "minmax(150px, 1fr)", narrow: "lead",
    cell: (run) => <span class="strong">{run.loop_name}</span> },
  { label: t("delivery.state"), width: "140px", narrow: "below",
    cell: (run) => <Badge state={run.state} family="run_state" /> },
  { label: t("run.what"), width: "minmax(180px, 1.6fr)", narrow: "below",
    cell: (run) => run.failed_step
      ? <span class="muted">{t("run.failed_at", { step: run.failed_step })}: {run.error}</span>
      : <span class="muted wide-only">–</span> },
  { label: t("event.id"), width: "minmax(190px, 1fr)", narrow: "hide",
    cell: (run) => <code class="muted">{run.id}</code> },
  { label: t("run.took"), width: "90px", narrow: "hide",
    cell: (run) => run.finished_at ? between(run.started_at, run.finished_at)
      : <span class="muted">–</span> },
  { label: t("run.started"), width: "140px", narrow: "end",
    cell: (run) => <Moment at={run.started_at} /> },
];

export function RunTable({ filter }: { filter: Record<string, string> }) {
  const { query } = useLocation();
  const state = query.get("state") ?? "";
  const list = useCursorList<Run>("/v1/runs", state === "" ? filter : { ...filter, state });
  useEffect(() => {
    const timer = setInterval(() => { if (!document.hidden) list.refresh(); }, REFRESH_MS);
    return () => clearInterval(timer);
  }, [list.refresh]);
  return (
    <>
      <search class="filters">
        <SelectField compact label={t("delivery.state")} value={state}
          onInput={(value) => set_query({ state: value })}
          options={[["", t("filter.any")],
            ...STATES.map((one): [string, string] => [one, word("run_state", one)])]} />
      </search>
      <ListTable label={t("run.all")} list={list} columns={COLUMNS()} id={(run) => run.id}
        to={(run) => `/runs/${run.id}`}
        empty={<Empty icon="loops" title={t("run.none")}><p>{t("run.none_hint")}</p></Empty>} />
    </>
  );
}
