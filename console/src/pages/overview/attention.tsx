// What needs a look: triggers that fail, connections that are refused or went quiet.
import { Query } from "../../api/query";
import { t, word } from "../../base/i18n";
import { Link } from "../../base/router";
import { Badge } from "../../parts/badge";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { Card } from "../../parts/page";
import { Loaded } from "../../parts/states";
import type { ConnectionTrouble, TriggerTrouble } from "./load";

function AllWell({ text }: { text: string }) {
  return <p class="all-well"><Icon name="check" size={16} />{text}</p>;
}

function TriggerLine({ trouble: { trigger, streak } }: { trouble: TriggerTrouble }) {
  return (
    <li class="line">
      <Link to={`/triggers/${trigger.id}`} class="strong">{trigger.name}</Link>
      {trigger.status !== "active" && <Badge state={trigger.status} family="trigger_status" />}
      {trigger.paused_reason && (
        <span class="muted">{word("paused_reason", trigger.paused_reason)}</span>
      )}
      <span class="grow" />
      {streak > 0 && <span class="muted">{t("overview.streak", { count: streak })}</span>}
      {trigger.pending > 0 && (
        <span class="muted">{t("overview.backlog", { count: trigger.pending })}</span>
      )}
    </li>
  );
}

export function TriggersCard({ query }: {
  query: Query<{ count: number; troubled: TriggerTrouble[] }>;
}) {
  return (
    <Card title={t("overview.triggers")}>
      <Loaded query={query} rows={2}>
        {({ troubled }) => troubled.length === 0
          ? <AllWell text={t("overview.triggers_well")} />
          : (
            <ul class="plain-list">
              {troubled.map((one) => <TriggerLine key={one.trigger.id} trouble={one} />)}
            </ul>
          )}
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
