// What came in: newest first, filtered by the query, fresh at its head while live.
import { useEffect, useState } from "preact/hooks";
import { get } from "../../api/client";
import { useCursorList } from "../../api/list";
import { LiveMode, useLive } from "../../api/live";
import { useQuery } from "../../api/query";
import { session } from "../../api/session";
import type { Delivery, EventSummary, EventType, Page as Rows } from "../../api/types";
import { t, word } from "../../base/i18n";
import { set_query, useLocation } from "../../base/router";
import { Badge, HttpStatus } from "../../parts/badge";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { Page } from "../../parts/page";
import { Empty } from "../../parts/states";
import { Column, ListTable } from "../../parts/table";
import { EventFilters } from "./filters";
import { use_trigger_names } from "../triggers/names";

/** The filters that the API knows; the others are applied to the rows here. */
const API_FILTERS = ["type", "source", "external_reference", "connection_id", "since", "until"];

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

function contains(row: object, text: string): boolean {
  return Object.values(row).some(
    (value) => typeof value === "string" && value.toLowerCase().includes(text));
}

/** `payment.*` and names, as the API reads them. */
function fits_type(pattern: string, type: string): boolean {
  if (pattern === "" || pattern === "*") return true;
  return pattern.endsWith(".*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern;
}

function EventList({ filter, text, live, on_mode }: ListProps) {
  const list = useCursorList<EventSummary>("/v1/events", filter);
  const mode = useLive("/v1/events/stream", live, list.refresh);
  useEffect(() => on_mode(mode), [mode]);
  return (
    <ListTable label={t("nav.events")} list={list} columns={COLUMNS()} id={(row) => row.id}
      to={(row) => `/events/${row.id}`} keep={(row) => contains(row, text)}
      empty={<NoEvents filtered={Object.keys(filter).length > 0 || text !== ""} />} />
  );
}

interface ListProps {
  filter: Record<string, string>;
  text: string;
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

/** The rows of one delivery state: the API keeps states with deliveries, not with events. */
function DeliveryList({ filter, text, live, on_mode, state }: ListProps & { state: string }) {
  const list = useCursorList<Delivery>("/v1/deliveries", { state });
  const name_of = use_trigger_names();
  const mode = useLive("/v1/deliveries/stream", live, list.refresh);
  useEffect(() => on_mode(mode), [mode]);
  const since = Date.parse(filter.since ?? "") || 0;
  const until = Date.parse(filter.until ?? "") || Infinity;
  const columns: Column<Delivery>[] = [
    { label: t("event.type"), width: "minmax(180px, 1.2fr)", narrow: "lead",
      cell: (row) => <span class="strong">{row.event_type}</span> },
    { label: t("delivery.trigger"), width: "minmax(120px, 1fr)", narrow: "below",
      cell: (row) => name_of(row.trigger_id) },
    { label: t("delivery.state"), width: "140px", narrow: "below",
      cell: (row) => <Badge state={row.status} /> },
    { label: t("delivery.answer"), width: "minmax(110px, 1fr)", narrow: "hide",
      cell: (row) => <>{row.response_status !== null && <HttpStatus status={row.response_status} />}
        {" "}<span class="muted">{row.error}</span></> },
    { label: t("delivery.attempts"), width: "90px", narrow: "hide", cell: (row) => row.attempt },
    { label: t("event.received"), width: "150px", narrow: "end",
      cell: (row) => <Moment at={row.created_at} /> },
  ];
  return (
    <ListTable label={t("nav.events")} list={list} columns={columns} id={(row) => row.id}
      to={(row) => `/events/${row.event_id}`}
      keep={(row) => fits_type(filter.type ?? "", row.event_type) && contains(row, text) &&
        Date.parse(row.created_at) >= since && Date.parse(row.created_at) < until}
      empty={
        <Empty icon="check" title={t("events.none_state", { state: word("state", state) })} />
      } />
  );
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
  for (const name of API_FILTERS) {
    const value = query.get(name);
    if (value) filter[name] = value;
  }
  const state = query.get("state") ?? "";
  const live = query.get("live") !== "off" && !filter.until;
  const shown: ListProps = {
    filter, live, on_mode: set_mode, text: (query.get("text") ?? "").trim().toLowerCase(),
  };
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
      {state === "" ? <EventList key="events" {...shown} />
        : <DeliveryList key={state} {...shown} state={state} />}
    </Page>
  );
}
