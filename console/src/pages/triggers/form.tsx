// What a trigger is made of, as form fields; the same for making and changing one.
import { get, Issue } from "../../api/client";
import { useQuery } from "../../api/query";
import type { Page, Provider, Trigger } from "../../api/types";
import { t } from "../../base/i18n";
import { SelectField, TextField } from "../../parts/field";
import { Reveal } from "../../parts/reveal";

export interface Draft {
  name: string;
  events: string[];
  webhook_url: string;
  server_id: string;
  timeout_ms: string;
  max_in_flight: string;
  rate_limit_per_s: string;
  payload_format: "flat" | "envelope";
}

export const empty_draft = (): Draft => ({
  name: "", events: [], webhook_url: "", server_id: "", timeout_ms: "", max_in_flight: "",
  rate_limit_per_s: "", payload_format: "flat",
});

export const draft_of = (trigger: Trigger): Draft => ({
  name: trigger.name,
  events: trigger.events,
  webhook_url: trigger.webhook_url,
  server_id: trigger.server_id ?? "",
  timeout_ms: String(trigger.timeout_ms),
  max_in_flight: String(trigger.max_in_flight),
  rate_limit_per_s: trigger.rate_limit_per_s === null ? "" : String(trigger.rate_limit_per_s),
  payload_format: trigger.payload_format,
});

/** The request's body. Empty numbers are left to the gateway's defaults, or set back to them. */
export function body_of(draft: Draft, existing: boolean): Record<string, unknown> {
  const body: Record<string, unknown> = {
    name: draft.name.trim(),
    events: draft.events,
    webhook_url: draft.webhook_url.trim(),
    payload_format: draft.payload_format,
  };
  if (draft.server_id !== "" || existing) body.server_id = draft.server_id || null;
  for (const name of ["timeout_ms", "max_in_flight", "rate_limit_per_s"] as const) {
    if (draft[name] !== "") body[name] = Number(draft[name]);
    else if (existing) body[name] = null;
  }
  return body;
}

interface FieldsProps {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  issues: Issue[];
}

export function TriggerFields({ draft, change, issues }: FieldsProps) {
  const providers = useQuery("providers", (signal) =>
    get<Page<Provider>>("/v1/providers", {}, signal));
  const fault = (name: string) =>
    issues.find((issue) => issue.path.replace(/^\W+/, "").startsWith(name))?.message;
  const number_field = (name: "timeout_ms" | "max_in_flight" | "rate_limit_per_s",
    label: string, hint?: string) => (
    <TextField label={label} type="number" min={1} value={draft[name]} fault={fault(name)}
      {...(hint ? { hint } : {})} onInput={(value) => change({ [name]: value })} />
  );
  return (
    <>
      <TextField label={t("trigger.url")} hint={t("trigger.url_hint")} type="url"
        value={draft.webhook_url} fault={fault("webhook_url")} placeholder="https://"
        onInput={(webhook_url) => change({ webhook_url })} />
      <TextField label={t("trigger.name")} value={draft.name} fault={fault("name")}
        onInput={(name) => change({ name })} />
      <Reveal summary={t("trigger.more_settings")}>
        <SelectField label={t("trigger.provider")} hint={t("trigger.provider_hint")}
          value={draft.server_id} onInput={(server_id) => change({ server_id })}
          options={[["", t("trigger.provider_any")], ...(providers.data?.data ?? []).map(
            (one): [string, string] => [one.id, one.label])]} />
        <SelectField label={t("trigger.format")} value={draft.payload_format}
          options={[["flat", t("trigger.format_flat")], ["envelope", t("trigger.format_envelope")]]}
          onInput={(value) => change({ payload_format: value as Draft["payload_format"] })} />
        {number_field("timeout_ms", t("trigger.timeout"))}
        {number_field("max_in_flight", t("trigger.in_flight"))}
        {number_field("rate_limit_per_s", t("trigger.rate"), t("trigger.rate_hint"))}
      </Reveal>
    </>
  );
}
