// What needs a look: triggers that fail, connections that are refused or went quiet.
import { Query } from "../../api/query";
import type { Stats, TriggerBacklog } from "../../api/types";
import { t, word } from "../../base/i18n";
import { Link } from "../../base/router";
import { Badge } from "../../parts/badge";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { Card } from "../../parts/page";
import { Loaded } from "../../parts/states";
import type { ConnectionTrouble } from "./load";

function AllWell({ text }: { text: string }) {
  return <p class="all-well"><Icon name="check" size={16} />{text}</p>;
}

function TriggerLine({ trigger }: { trigger: TriggerBacklog }) {
  const streak = trigger.consecutive_failures;
  return (
    <li class="line">
      <Link to={`/triggers/${trigger.id}`} class="strong">{trigger.name}</Link>
      {trigger.status !== "active" && <Badge state={trigger.status} family="trigger_status" />}
      {trigger.paused_reason && (
        <span class="muted">{word("paused_reason", trigger.paused_reason)}</span>
      )}
      <span class="grow" />
      {streak > 0 && <span class="muted">{t("overview.streak", { count: streak })}</span>}
      {trigger.waiting > 0 && (
        <span class="muted">{t("overview.backlog", { count: trigger.waiting })}</span>
      )}
    </li>
  );
}

/** Those that are not active or fail; one that only has something on its way does well. */
export function TriggersCard({ query }: { query: Query<Stats> }) {
  return (
    <Card title={t("overview.triggers")}>
      <Loaded query={query} rows={2}>
        {({ now }) => {
          const troubled = now.triggers.filter(
            (one) => one.status !== "active" || one.consecutive_failures > 0);
          if (troubled.length === 0) return <AllWell text={t("overview.triggers_well")} />;
          return (
            <ul class="plain-list">
              {troubled.map((one) => <TriggerLine key={one.id} trigger={one} />)}
            </ul>
          );
        }}
      </Loaded>
    </Card>
  );
}

function ConnectionLine({ trouble: { connection, health } }: { trouble: ConnectionTrouble }) {
  return (
    <li class="line">
      <Link to={`/connections/${connection.id}`} class="strong">
        {connection.display_name ?? connection.server_id}
      </Link>
      {connection.status === "expired" && <Badge state="expired" family="connection_status" />}
      {health.refused > 0 && (
        <span class="mark-text tone-bad">{t("overview.refused", { count: health.refused })}</span>
      )}
      <span class="grow" />
      <span class="muted">
        {health.last_received_at
          ? <>{t("overview.last")} <Moment at={health.last_received_at} as="relative" /></>
          : t("overview.never")}
      </span>
    </li>
  );
}

export function ConnectionsCard({ query }: {
  query: Query<{ count: number; troubled: ConnectionTrouble[] }>;
}) {
  return (
    <Card title={t("overview.connections")}>
      <Loaded query={query} rows={2}>
        {({ troubled }) => troubled.length === 0
          ? <AllWell text={t("overview.connections_well")} />
          : (
            <ul class="plain-list">
              {troubled.map((one) => <ConnectionLine key={one.connection.id} trouble={one} />)}
            </ul>
          )}
      </Loaded>
    </Card>
  );
}
