// What came in: newest first, filtered by the query, fresh at its head while live.
import { useEffect, useState } from "preact/hooks";
import { get } from "../../api/client";
import { useCursorList } from "../../api/list";
import { LiveMode, useLive } from "../../api/live";
import { useQuery } from "../../api/query";
import { session } from "../../api/session";
import type { EventSummary, EventType, Page as Rows } from "../../api/types";
import { t } from "../../base/i18n";
import { set_query, useLocation } from "../../base/router";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { Page } from "../../parts/page";
import { Empty } from "../../parts/states";
import { Column, ListTable } from "../../parts/table";
import { EventFilters } from "./filters";

const FILTERS = ["type", "source", "external_reference", "connection_id", "since", "until",
  "state", "trigger_id", "q"];
/** What no index answers: the gateway looks row by row, and says how far it came. */
const SEARCHES = ["state", "trigger_id", "q"];

const COLUMNS: () => Column<EventSummary>[] = () => [
  { label: t("event.type"), width: "minmax(180px, 1.4fr)", narrow: "lead",
    cell: (event) => <span class="strong">{event.type}</span> },
  { label: t("event.source"), width: "minmax(110px, .8fr)", narrow: "below",
    cell: (event) => event.source },
  { label: t("event.reference"), width: "minmax(110px, 1fr)", narrow: "below",
    cell: (event) => event.external_reference ?? <span class="muted wide-only">–</span> },
  { label: t("event.id"), width: "minmax(190px, 1fr)", narrow: "hide",
    cell: (event) => <code class="muted">{event.id}</code> },
  { label: t("event.notes"), width: "150px", narrow: "hide",
    cell: (event) => <Notes of={event} /> },
  { label: t("event.received"), width: "150px", narrow: "end",
    cell: (event) => <Moment at={event.created_at} /> },
];

function Notes({ of: event }: { of: EventSummary }) {
  return (
    <span class="marks">
      {event.integrity === "unsigned_body" && (
        <span class="mark-text tone-warn" title={t("event.unsigned_hint")}>
          {t("event.unsigned")}
        </span>
      )}
      {!event.livemode && session.get()?.key.environment !== "test" && (
        <span class="mark-text tone-quiet">{t("event.test")}</span>
      )}
    </span>
  );
}

function EventList({ filter, live, on_mode }: ListProps) {
  const list = useCursorList<EventSummary>("/v1/events", filter);
  const mode = useLive("/v1/events/stream", live, list.refresh);
  useEffect(() => on_mode(mode), [mode]);
  return (
    <ListTable label={t("nav.events")} list={list} columns={COLUMNS()} id={(row) => row.id}
      to={(row) => `/events/${row.id}`}
      empty={<NoEvents filtered={Object.keys(filter).length > 0} />} />
  );
}

interface ListProps {
  filter: Record<string, string>;
  live: boolean;
  on_mode: (mode: LiveMode) => void;
}

function NoEvents({ filtered }: { filtered: boolean }) {
  if (filtered) {
    return (
      <Empty icon="search" title={t("events.none_fit")}><p>{t("events.none_fit_hint")}</p></Empty>
    );
  }
  return <Empty icon="inbox" title={t("events.none")}><p>{t("events.none_hint")}</p></Empty>;
}

function LiveButton({ live, mode }: { live: boolean; mode: LiveMode }) {
  const hint = mode === "stream" ? t("live.stream") : t("live.polling");
  return (
    <button type="button" class="button live" aria-pressed={live}
      onClick={() => set_query({ live: live ? "off" : "" })} title={live ? hint : t("live.off")}>
      <span class={live ? "live-dot on" : "live-dot"} aria-hidden="true" />
      {live ? t("live.on_label") : t("live.off_label")}
    </button>
  );
}

export function EventsPage() {
  const { query } = useLocation();
  const [mode, set_mode] = useState<LiveMode>("off");
  const types = useQuery("event-types", (signal) =>
    get<Rows<EventType>>("/v1/event-types", {}, signal));
  const filter: Record<string, string> = {};
  for (const name of FILTERS) {
    const value = query.get(name);
    if (value) filter[name] = value;
  }
  const searches = SEARCHES.some((name) => filter[name]);
  const live = query.get("live") !== "off" && !filter.until && !searches;
  return (
    <Page title={t("nav.events")} actions={<LiveButton live={live} mode={mode} />}>
      <EventFilters types={types.data?.data ?? []} />
      {filter.connection_id && (
        <p class="filter-note">
          {t("events.of_connection")} <code>{filter.connection_id}</code>
          <button type="button" class="icon-button" aria-label={t("events.clear_filter")}
            onClick={() => set_query({ connection_id: "" })}>
            <Icon name="close" size={14} />
          </button>
        </p>
      )}
      <EventList filter={filter} live={live} on_mode={set_mode} />
    </Page>
  );
}
