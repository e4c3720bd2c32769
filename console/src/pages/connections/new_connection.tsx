// Picking a provider and making the connection; its page says what to do at the provider.
import { useState } from "preact/hooks";
import { ApiError, call, fresh_key } from "../../api/client";
import { useAction } from "../../api/query";
import type { Connection, Provider } from "../../api/types";
import { t, word } from "../../base/i18n";
import { navigate, set_query, useLocation } from "../../base/router";
import { SelectField, TextArea, TextField } from "../../parts/field";
import { Icon } from "../../parts/icon";
import { Card, Page } from "../../parts/page";
import { Reveal } from "../../parts/reveal";
import { Empty, Loading, Problem } from "../../parts/states";
import { useProviders } from "./providers";

function ProviderTile({ provider }: { provider: Provider }) {
  const countries = (provider.countries ?? []).filter((one) => one !== "*");
  return (
    <button type="button" class="tile" onClick={() => set_query({ provider: provider.id },
      { replace: false })}>
      <span class="strong">{provider.label}</span>
      <span class="muted small">
        {word("category", provider.category)}
        {countries.length > 0 && ` · ${countries.join(", ")}`}
      </span>
    </button>
  );
}

function Picker({ providers }: { providers: Provider[] }) {
  const [text, set_text] = useState("");
  const [category, set_category] = useState("");
  const categories = [...new Set(providers.map((one) => one.category))].sort();
  const fitting = providers.filter((one) =>
    (category === "" || one.category === category) &&
    `${one.id} ${one.label} ${one.events.join(" ")}`.toLowerCase().includes(text.toLowerCase()));
  return (
    <>
      <search class="filters">
        <TextField compact type="search" label={t("connections.search")} value={text}
          onInput={set_text} />
        <SelectField compact label={t("connections.category")} value={category}
          onInput={set_category} options={[["", t("filter.any")], ...categories.map(
            (one): [string, string] => [one, word("category", one)])]} />
      </search>
      {fitting.length === 0
        ? <Empty icon="search" title={t("connections.no_provider")}>
          <p>{t("connections.no_provider_hint")}</p>
        </Empty>
        : (
          <div class="tiles">
            {fitting.map((one) => <ProviderTile key={one.id} provider={one} />)}
          </div>
        )}
    </>
  );
}

/** What was typed as JSON; a fault names it rather than the gateway. */
function parse_settings(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, "bad_json", t("connections.bad_json", { why: String(error) }));
  }
}

/** An API credential is a text, or an object where a provider has several. */
export function as_secret(text: string): unknown {
  const trimmed = text.trim();
  return trimmed.startsWith("{") ? parse_settings(trimmed) : trimmed;
}

function Details({ provider }: { provider: Provider }) {
  const [name, set_name] = useState("");
  const [scheme, set_scheme] = useState(provider.default_scheme);
  const [credential, set_credential] = useState("");
  const [settings, set_settings] = useState("");
  const create = useAction(async () => {
    const metadata = (parse_settings(settings) ?? {}) as { webhook_auth?: object };
    if (scheme !== provider.default_scheme) {
      metadata.webhook_auth = { ...metadata.webhook_auth, scheme };
    }
    const body: Record<string, unknown> = { server_id: provider.id };
    if (name.trim() !== "") body.display_name = name.trim();
    if (Object.keys(metadata).length > 0) body.connection_metadata = metadata;
    if (credential.trim() !== "") body.secret = as_secret(credential);
    const made = await call<Connection>("POST", "/v1/connections",
      { body, idempotency_key: fresh_key() });
    navigate(`/connections/${made.id}`);
  });
  return (
    <form onSubmit={(event) => { event.preventDefault(); void create.run(); }}>
      <Card title={provider.label} class="narrow" actions={
        <button type="button" class="button small-button quiet"
          onClick={() => set_query({ provider: "" })}>
          <Icon name="back" size={14} />{t("connections.other_provider")}
        </button>
      }>
        <p class="muted">{provider.events.join(", ")}</p>
        <TextField label={t("connections.name")} hint={t("connections.name_hint")} value={name}
          onInput={set_name} />
        {provider.schemes.length > 1 && (
          <SelectField label={t("connection.scheme")} hint={t("connections.scheme_hint")}
            value={scheme} onInput={set_scheme}
            options={provider.schemes.map((one): [string, string] => [one, one])} />
        )}
        <Reveal summary={t("trigger.more_settings")} open={provider.id === "custom"}>
          <TextField label={t("connections.credential")} hint={t("connections.credential_hint")}
            type="password" autocomplete="off" value={credential} onInput={set_credential} />
          <TextArea label={t("connections.settings")} hint={t("connections.settings_hint")}
            value={settings} onInput={set_settings} />
        </Reveal>
        {create.error && <Problem error={create.error} />}
        <div class="form-foot">
          <button type="submit" class="button primary" disabled={create.busy}>
            {t("connections.create")}
          </button>
        </div>
      </Card>
    </form>
  );
}

export function NewConnectionPage() {
  const { query } = useLocation();
  const { list, find } = useProviders();
  const chosen = find(query.get("provider") ?? "");
  return (
    <Page title={t("connection.new")} back={{ to: "/connections", label: t("nav.connections") }}>
      {list.length === 0 ? <Loading rows={6} />
        : chosen ? <Details key={chosen.id} provider={chosen} /> : <Picker providers={list} />}
    </Page>
  );
}
