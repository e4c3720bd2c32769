// What was given up: filtered, counted before anything is done, and sent again.
import { useRef, useState } from "preact/hooks";
import { call } from "../../api/client";
import { useCursorList } from "../../api/list";
import { useAction } from "../../api/query";
import { may } from "../../api/session";
import type { BulkRedelivered, Trigger } from "../../api/types";
import { number, t } from "../../base/i18n";
import { useLocation } from "../../base/router";
import { HttpStatus } from "../../parts/badge";
import { Dialog } from "../../parts/dialog";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { say } from "../../parts/notice";
import { Empty, Problem } from "../../parts/states";
import { Column, ListTable } from "../../parts/table";
import { TimeFilter, TypedFilter } from "../events/filters";

const FILTERS = ["event", "error", "since", "until"];

interface DeadLetter {
  id: string;
  event_id: string;
  event_type: string;
  attempt: number;
  response_status: number | null;
  error: string | null;
  dead_at: string;
  sent_again: boolean;
}

type Filter = Record<string, string>;

/** Calls `path` page by page to the end, or until `stopped` says so. */
async function go_over(
  path: string, body: object, on_page: (page: BulkRedelivered) => void,
  stopped: () => boolean = () => false,
): Promise<void> {
  let before: string | null = null;
  do {
    const page: BulkRedelivered = await call<BulkRedelivered>("POST", path,
      { body: { ...body, before } });
    on_page(page);
    before = page.next_before;
  } while (before !== null && !stopped());
}

interface BulkProps {
  path: string;
  filter: Filter;
  close: () => void;
}

/** Counts first; sends only when told to; can be stopped; the gateway sends no letter twice. */
function BulkRedeliver({ path, filter, close }: BulkProps) {
  const [counted, set_counted] = useState<{ total: number; before: number } | undefined>();
  const [done, set_done] = useState(0);
  const stopped = useRef(false);
  const count = useAction(async () => {
    const sum = { total: 0, before: 0 };
    await go_over(path, { ...filter, dry_run: true }, (page) => {
      sum.total += page.matched;
      sum.before += page.sent_before;
    });
    set_counted(sum);
  });
  const send = useAction(async () => {
    stopped.current = false;
    await go_over(path, filter, (page) => set_done((before) => before + page.redelivered),
      () => stopped.current);
    say(t("bulk.done"));
    close();
  });
  const total = counted?.total ?? 0;
  const stop = () => {
    stopped.current = true;
    close();
  };
  return (
    <Dialog title={t("bulk.title")} close={stop}>
      <p>{t("bulk.text")}</p>
      {counted && !send.busy && (
        <p role="status">
          <span class="strong">{t("bulk.count", { count: total })}</span>
          {counted.before > 0 && <> {t("bulk.before", { count: counted.before })}</>}
        </p>
      )}
      {send.busy && (
        <p role="status">
          <progress max={total} value={done} aria-label={t("bulk.title")} />
          {" "}{t("bulk.progress", { done, total: number(total) })}
        </p>
      )}
      {(count.error ?? send.error) && <Problem error={(count.error ?? send.error)!} />}
      <footer class="dialog-foot">
        <button type="button" class="button" onClick={stop}>
          {send.busy ? t("bulk.stop") : t("common.cancel")}
        </button>
        {counted ? (
          <button type="button" class="button primary" disabled={send.busy || total === 0}
            onClick={() => void send.run()}>
            {t("bulk.go", { count: total })}
          </button>
        ) : (
          <button type="button" class="button primary" disabled={count.busy}
            onClick={() => void count.run()}>
            {t("bulk.dry_run")}
          </button>
        )}
      </footer>
    </Dialog>
  );
}

const COLUMNS: () => Column<DeadLetter>[] = () => [
  { label: t("event.type"), width: "minmax(170px, 1fr)", narrow: "lead",
    cell: (letter) => <span class="strong">{letter.event_type}</span> },
  { label: t("delivery.answer"), width: "minmax(160px, 1.4fr)", narrow: "below",
    cell: (letter) => (
      <><HttpStatus status={letter.response_status} /> <span class="muted">{letter.error}</span></>
    ) },
  { label: t("delivery.attempts"), width: "90px", narrow: "below",
    cell: (letter) => t("delivery.attempts_count", { count: letter.attempt }) },
  { label: t("dead.sent_again"), width: "110px", narrow: "hide",
    cell: (letter) => letter.sent_again ? t("common.yes") : <span class="muted">–</span> },
  { label: t("dead.given_up"), width: "150px", narrow: "end",
    cell: (letter) => <Moment at={letter.dead_at} /> },
];

export function DeadLetters({ trigger }: { trigger: Trigger }) {
  const path = `/v1/triggers/${trigger.id}/dlq`;
  const { query } = useLocation();
  const filter: Filter = {};
  for (const name of FILTERS) {
    const value = query.get(name);
    if (value) filter[name] = value;
  }
  const list = useCursorList<DeadLetter>(path, filter);
  const [open, set_open] = useState(false);
  const filtered = Object.keys(filter).length > 0;
  const nothing = <Empty icon="check" title={t("dead.none")}><p>{t("dead.none_hint")}</p></Empty>;
  if (!filtered && !list.loading && list.rows.length === 0 && !list.error) return nothing;
  return (
    <div class="stack">
      <search class="filters">
        <TypedFilter name="event" label={t("event.type")} />
        <TypedFilter name="error" label={t("dead.error")} />
        <TimeFilter name="since" label={t("filter.since")} />
        <TimeFilter name="until" label={t("filter.until")} />
        {may("triggers:write") && (
          <button type="button" class="button" onClick={() => set_open(true)}>
            <Icon name="replay" size={16} />{t("bulk.title")}
          </button>
        )}
      </search>
      <ListTable label={t("dead.title")} list={list} columns={COLUMNS()} id={(row) => row.id}
        to={(row) => `/events/${row.event_id}`}
        empty={<Empty icon="search" title={t("dead.none_fit")} />} />
      {open && (
        <BulkRedeliver path={`${path}/redeliver`} filter={filter} close={() => {
          set_open(false);
          list.refresh();
        }} />
      )}
    </div>
  );
}
