// One connection: how to set it up, how it does, what was refused.
import { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { call, get } from "../../api/client";
import { useAction, useQuery } from "../../api/query";
import { may } from "../../api/session";
import type { Connection, ConnectionHealth, Rejected } from "../../api/types";
import { number, t, word } from "../../base/i18n";
import { Link, navigate } from "../../base/router";
import { relative_time } from "../../base/time";
import { Badge } from "../../parts/badge";
import { Copyable } from "../../parts/copy";
import { Confirm } from "../../parts/dialog";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { say } from "../../parts/notice";
import { Facts, Page } from "../../parts/page";
import { Loaded } from "../../parts/states";
import { Figure } from "../triggers/performance";
import { useProviders } from "./providers";
import { RefusedCard } from "./refused";
import { SetupCard } from "./setup_card";

const REFRESH_MS = 3000;

interface Whole {
  connection: Connection;
  health: ConnectionHealth;
}

async function load(id: string, signal: AbortSignal): Promise<Whole> {
  const path = `/v1/connections/${encodeURIComponent(id)}`;
  const [connection, health] = await Promise.all([
    get<Connection>(path, {}, signal), get<ConnectionHealth>(`${path}/health`, {}, signal)]);
  return { connection, health };
}

function Health({ health }: { health: ConnectionHealth }) {
  return (
    <div class="figures">
      <Figure label={t("health.received")} value={number(health.received)}
        tone={health.received > 0 ? "tone-good" : ""} />
      <Figure label={t("health.refused")} value={number(health.refused)}
        tone={health.refused > 0 ? "tone-bad" : ""} />
      <Figure label={t("health.last_received")}
        value={health.last_received_at ? relative_time(health.last_received_at, "short") : "–"} />
      <Figure label={t("health.last_refused")}
        value={health.last_refused_at ? relative_time(health.last_refused_at, "short") : "–"} />
    </div>
  );
}

function Actions({ connection, reload }: { connection: Connection; reload: () => void }) {
  const [open, set_open] = useState<"revoke" | "remove" | null>(null);
  const close = () => set_open(null);
  const path = `/v1/connections/${connection.id}`;
  const revoke = useAction(async () => {
    await call("POST", `${path}/revoke`);
    say(t("connection.revoked"));
    reload();
  });
  const remove = useAction(async () => {
    await call("DELETE", path);
    say(t("connection.removed"));
    navigate("/connections");
  });
  return (
    <>
      {connection.status !== "revoked" && (
        <button type="button" class="button" onClick={() => set_open("revoke")}>
          {t("connection.revoke")}
        </button>
      )}
      <button type="button" class="button danger" onClick={() => set_open("remove")}>
        <Icon name="trash" size={16} />{t("trigger.remove")}
      </button>
      {open === "revoke" && (
        <Confirm title={t("connection.revoke_title")} label={t("connection.revoke")} danger
          action={revoke} close={close}>
          <p>{t("connection.revoke_text")}</p>
        </Confirm>
      )}
      {open === "remove" && (
        <Confirm title={t("connection.remove_title")} label={t("trigger.remove")} danger
          action={remove} close={close}>
          <p>{t("connection.remove_text")}</p>
        </Confirm>
      )}
    </>
  );
}

function ConnectionFacts({ whole: { connection, health } }: { whole: Whole }) {
  const { find, label_of } = useProviders();
  const provider = find(connection.server_id);
  const scheme = connection.connection_metadata?.webhook_auth?.scheme;
  return (
    <Facts facts={[
      [t("event.id"), <Copyable text={connection.id} label={t("copy.id")} />],
      [t("connection.provider"), label_of(connection.server_id)],
      [t("connection.scheme"), <code>{String(scheme ?? provider?.default_scheme ?? "–")}</code>],
      [t("connection.secret_since"), <Moment at={health.webhook_secret_set_at} />],
      ...(health.previous_secret_until ? [[t("connection.old_secret_until"),
        <Moment at={health.previous_secret_until} />] as [string, ComponentChildren]] : []),
      ...(connection.expires_at ? [[t("connection.expires"),
        <Moment at={connection.expires_at} />] as [string, ComponentChildren]] : []),
    ]} />
  );
}

export function ConnectionPage({ id }: { id: string }) {
  const whole = useQuery(id, (signal) => load(id, signal), REFRESH_MS);
  const refused = useQuery(`refused ${id}`, (signal) => get<{ data: Rejected[] }>(
    `/v1/connections/${encodeURIComponent(id)}/rejected`, {}, signal), REFRESH_MS);
  const { find, label_of } = useProviders();
  const back = { to: "/connections", label: t("nav.connections") };
  if (!whole.data) {
    return (
      <Page title={t("connection.title")} back={back}>
        <Loaded query={whole} rows={8}>{() => null}</Loaded>
      </Page>
    );
  }
  const { connection, health } = whole.data;
  const reload = () => {
    whole.reload();
    refused.reload();
  };
  return (
    <Page title={connection.display_name ?? label_of(connection.server_id)} back={back}
      beside={<Badge state={connection.status} family="connection_status" />}
      lead={<ConnectionFacts whole={whole.data} />}
      actions={
        <>
          <Link class="button" to={`/events?connection_id=${connection.id}`}>
            <Icon name="events" size={16} />{t("connection.events")}
          </Link>
          {may("connections:write") && <Actions connection={connection} reload={reload} />}
        </>
      }>
      <Health health={health} />
      {health.last_refused_reason && (
        <p class="muted small">
          {t("health.last_reason", { reason: word("refused_reason", health.last_refused_reason) })}
        </p>
      )}
      <div class="columns">
        <SetupCard connection={connection} provider={find(connection.server_id)} done={reload} />
        <RefusedCard connection={connection} health={health} list={refused} changed={reload} />
      </div>
    </Page>
  );
}
