// What was given up: filtered, counted before anything is done, and sent again.
import { useRef, useState } from "preact/hooks";
import { call, get } from "../../api/client";
import { useCursorList } from "../../api/list";
import { useAction } from "../../api/query";
import { may } from "../../api/session";
import type { Page, Trigger } from "../../api/types";
import { number, t } from "../../base/i18n";
import { local_to_iso, iso_to_local } from "../../base/time";
import { HttpStatus } from "../../parts/badge";
import { Dialog } from "../../parts/dialog";
import { TextField } from "../../parts/field";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { say } from "../../parts/notice";
import { Empty, Problem } from "../../parts/states";
import { Column, ListTable } from "../../parts/table";

const AT_ONCE = 4;

interface DeadLetter {
  id: string;
  event_id: string;
  event_type: string;
  attempt: number;
  response_status: number | null;
  error: string | null;
  dead_at: string;
}

interface Filter {
  type: string;
  error: string;
  since: string;
  until: string;
}

function fits(letter: DeadLetter, filter: Filter): boolean {
  const at = Date.parse(letter.dead_at);
  return letter.event_type.includes(filter.type.trim()) &&
    (letter.error ?? "").toLowerCase().includes(filter.error.trim().toLowerCase()) &&
    (filter.since === "" || at >= Date.parse(filter.since)) &&
    (filter.until === "" || at < Date.parse(filter.until));
}

/** The ids of all dead letters that fit, over all pages. */
async function find_all(path: string, filter: Filter): Promise<string[]> {
  const found: string[] = [];
  let before: string | null = null;
  do {
    const page: Page<DeadLetter> = await get<Page<DeadLetter>>(path, { limit: 200, before });
    found.push(...page.data.filter((one) => fits(one, filter)).map((one) => one.id));
    before = page.next_before;
  } while (before !== null);
  return found;
}

interface BulkProps {
  path: string;
  filter: Filter;
  close: () => void;
}

/** Counts first; sends only when told to; can be stopped; the same letter is never sent twice. */
function BulkRedeliver({ path, filter, close }: BulkProps) {
  const [ids, set_ids] = useState<string[] | undefined>();
  const [done, set_done] = useState(0);
  const stopped = useRef(false);
  const count = useAction(async () => set_ids(await find_all(path, filter)));
  const send = useAction(async () => {
    const waiting = [...(ids ?? [])];
    stopped.current = false;
    const worker = async () => {
      for (let id = waiting.shift(); id && !stopped.current; id = waiting.shift()) {
        // The key belongs to the dead letter: going through the same ones again sends nothing.
        await call("POST", `/v1/triggers/deliveries/${id}/redeliver`,
          { idempotency_key: `console-dead-letter-${id}` });
        set_done((before) => before + 1);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    say(t("bulk.done"));
    close();
  });
  const total = ids?.length ?? 0;
  const stop = () => {
    stopped.current = true;
    close();
  };
  return (
    <Dialog title={t("bulk.title")} close={stop}>
      <p>{t("bulk.text")}</p>
      {ids && !send.busy && <p class="strong" role="status">{t("bulk.count", { count: total })}</p>}
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
        {ids ? (
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
  { label: t("dead.given_up"), width: "150px", narrow: "end",
    cell: (letter) => <Moment at={letter.dead_at} /> },
];

export function DeadLetters({ trigger }: { trigger: Trigger }) {
  const path = `/v1/triggers/${trigger.id}/dlq`;
  const list = useCursorList<DeadLetter>(path, {});
  const [filter, set_filter] = useState<Filter>({ type: "", error: "", since: "", until: "" });
  const [open, set_open] = useState(false);
  const change = (changes: Partial<Filter>) => set_filter((before) => ({ ...before, ...changes }));
  const nothing = <Empty icon="check" title={t("dead.none")}><p>{t("dead.none_hint")}</p></Empty>;
  if (!list.loading && list.rows.length === 0 && !list.error) return nothing;
  return (
    <div class="stack">
      <search class="filters">
        <TextField compact label={t("event.type")} type="search" value={filter.type}
          onInput={(type) => change({ type })} />
        <TextField compact label={t("dead.error")} type="search" value={filter.error}
          onInput={(error) => change({ error })} />
        <TextField compact label={t("filter.since")} type="datetime-local"
          value={iso_to_local(filter.since)}
          onInput={(value) => change({ since: local_to_iso(value) })} />
        <TextField compact label={t("filter.until")} type="datetime-local"
          value={iso_to_local(filter.until)}
          onInput={(value) => change({ until: local_to_iso(value) })} />
        {may("triggers:write") && (
          <button type="button" class="button" onClick={() => set_open(true)}>
            <Icon name="replay" size={16} />{t("bulk.title")}
          </button>
        )}
      </search>
      <ListTable label={t("dead.title")} list={list} columns={COLUMNS()} id={(row) => row.id}
        to={(row) => `/events/${row.event_id}`} keep={(row) => fits(row, filter)}
        empty={<Empty icon="search" title={t("dead.none_fit")} />} />
      {open && (
        <BulkRedeliver path={path} filter={filter} close={() => {
          set_open(false);
          list.refresh();
        }} />
      )}
    </div>
  );
}
