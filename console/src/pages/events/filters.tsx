// The filters over the list of events. They live in the address, so that a view can be shared.
import { useEffect, useId, useState } from "preact/hooks";
import { get } from "../../api/client";
import { useQuery } from "../../api/query";
import { may } from "../../api/session";
import type { EventType, Page, Provider } from "../../api/types";
import { t, word } from "../../base/i18n";
import { set_query, useLocation } from "../../base/router";
import { iso_to_local, local_to_iso } from "../../base/time";
import { SelectField, TextField } from "../../parts/field";
import { Reveal } from "../../parts/reveal";
import { useNarrow } from "../../parts/table";
import { all_triggers } from "../triggers/names";

const STATES = ["delivered", "failing", "waiting", "dead", "none"];
const TYPING_MS = 350;
const NAMES = ["type", "source", "state", "trigger_id", "external_reference", "q", "since",
  "until"];

/** A text filter that goes to the address when typing rests. */
export function TypedFilter({ name, label, list }: { name: string; label: string; list?: string }) {
  const given = useLocation().query.get(name) ?? "";
  const [value, set_value] = useState(given);
  useEffect(() => set_value(given), [given]);
  useEffect(() => {
    if (value === given) return undefined;
    const timer = setTimeout(() => set_query({ [name]: value.trim() }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [value]);
  return (
    <TextField compact label={label} type="search" value={value} list={list} onInput={set_value} />
  );
}

export function TimeFilter({ name, label }: { name: string; label: string }) {
  const given = useLocation().query.get(name) ?? "";
  return (
    <TextField compact label={label} type="datetime-local" value={iso_to_local(given)}
      onInput={(value) => set_query({ [name]: local_to_iso(value) })} />
  );
}

export function EventFilters({ types }: { types: EventType[] }) {
  const { query } = useLocation();
  const names = useId();
  const providers = useQuery("providers", (signal) =>
    get<Page<Provider>>("/v1/providers", {}, signal));
  const triggers = useQuery("all triggers", async (signal) =>
    may("triggers:read") ? all_triggers(signal) : []);
  const sources: [string, string][] = [
    ["", t("filter.any")], ["api", t("filter.api")],
    ...(providers.data?.data ?? []).map((one): [string, string] => [one.id, one.label]),
  ];
  const domains = [...new Set(types.map((type) => `${type.domain}.*`))];
  const set_count = NAMES.filter((name) => query.get(name)).length;
  const fields = (
    <search class="filters">
      <TypedFilter name="type" label={t("event.type")} list={names} />
      <datalist id={names}>
        {[...domains, ...types.map((type) => type.name)].map((name) => (
          <option key={name} value={name} />
        ))}
      </datalist>
      <SelectField compact label={t("event.source")} value={query.get("source") ?? ""}
        options={sources} onInput={(source) => set_query({ source })} />
      <SelectField compact label={t("delivery.state")} value={query.get("state") ?? ""}
        options={[["", t("filter.any")],
          ...STATES.map((state): [string, string] => [state, word("event_state", state)])]}
        onInput={(state) => set_query({ state })} />
      {triggers.data && triggers.data.length > 0 && (
        <SelectField compact label={t("delivery.trigger")} value={query.get("trigger_id") ?? ""}
          options={[["", t("filter.any")],
            ...triggers.data.map((one): [string, string] => [one.id, one.name])]}
          onInput={(trigger_id) => set_query({ trigger_id })} />
      )}
      <TypedFilter name="external_reference" label={t("event.reference")} />
      <TypedFilter name="q" label={t("filter.text")} />
      <TimeFilter name="since" label={t("filter.since")} />
      <TimeFilter name="until" label={t("filter.until")} />
      {set_count > 0 && (
        <button type="button" class="button quiet"
          onClick={() => set_query(Object.fromEntries(NAMES.map((name) => [name, ""])))}>
          {t("filter.clear")}
        </button>
      )}
    </search>
  );
  if (!useNarrow()) return fields;
  return <Reveal summary={t("filter.title", { count: set_count })}>{fields}</Reveal>;
}
