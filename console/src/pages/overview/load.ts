// What the overview shows, gathered from lists: the API keeps no sums over time.
import { get } from "../../api/client";
import { read_recent, Recent } from "../../api/recent";
import type {
  Connection, ConnectionHealth, Delivery, EventSummary, Page, Trigger,
} from "../../api/types";
import { failing_streak } from "../../base/stats";
import { all_triggers } from "../triggers/names";

const MOST = 1000;
const HEALTH_OF = 30;
const QUIET_AFTER_MS = 24 * 3_600_000;

export interface Flow {
  events: Recent<EventSummary>;
  deliveries: Recent<Delivery>;
  /** When the oldest delivery that is still on its way was queued, as far as pages were read. */
  oldest_waiting: string | null;
}

async function oldest_of(state: string, signal: AbortSignal): Promise<string | null> {
  let oldest: string | null = null;
  let before: string | null = null;
  for (let page = 0; page < 5; page++) {
    const answer: Page<Delivery> = await get<Page<Delivery>>(
      "/v1/deliveries", { state, limit: 200, before }, signal);
    oldest = answer.data[answer.data.length - 1]?.created_at ?? oldest;
    before = answer.next_before;
    if (before === null) break;
  }
  return oldest;
}

export async function load_flow(since_ms: number, signal: AbortSignal): Promise<Flow> {
  const [events, deliveries, pending, failed] = await Promise.all([
    read_recent<EventSummary>("/v1/events", since_ms, MOST, signal),
    read_recent<Delivery>("/v1/deliveries", since_ms, MOST, signal),
    oldest_of("pending", signal),
    oldest_of("failed", signal),
  ]);
  const waiting = [pending, failed].filter((at): at is string => at !== null).sort();
  return { events, deliveries, oldest_waiting: waiting[0] ?? null };
}

export interface TriggerTrouble {
  trigger: Trigger;
  streak: number;
}

/** Triggers that are not active, fail at the moment, or have a backlog. */
export async function load_trouble(
  deliveries: Delivery[], signal: AbortSignal,
): Promise<{ count: number; troubled: TriggerTrouble[] }> {
  const triggers = await all_triggers(signal);
  const troubled = triggers.map((trigger) => ({
    trigger, streak: failing_streak(deliveries.filter((one) => one.trigger_id === trigger.id)),
  })).filter(({ trigger, streak }) => trigger.status !== "active" || streak > 0);
  return { count: triggers.length, troubled };
}

export interface ConnectionTrouble {
  connection: Connection;
  health: ConnectionHealth;
}

/** Connections that refuse, expired, have no secret, or have been quiet for a day. */
export async function load_quiet(
  now: number, signal: AbortSignal,
): Promise<{ count: number; troubled: ConnectionTrouble[] }> {
  const { data } = await get<Page<Connection>>("/v1/connections", { limit: 100 }, signal);
  const live = data.filter((one) => one.status !== "revoked");
  const asked = live.filter((one) => one.webhook_secret_set).slice(0, HEALTH_OF);
  const healths = await Promise.all(asked.map((one) =>
    get<ConnectionHealth>(`/v1/connections/${one.id}/health`, {}, signal)));
  const troubled = asked.flatMap((connection, index) => {
    const health = healths[index]!;
    const last = health.last_received_at ? Date.parse(health.last_received_at) : null;
    const counted = Date.parse(health.counted_since ?? connection.created_at);
    const quiet = now - (last ?? counted) > QUIET_AFTER_MS;
    const bad = quiet || health.refused > 0 || connection.status === "expired";
    return bad ? [{ connection, health }] : [];
  });
  return { count: live.length, troubled };
}
