// What the overview shows: the project's numbers over time, and connections that need a look.
import { get } from "../../api/client";
import type { Connection, ConnectionHealth, Page, Stats, Trigger } from "../../api/types";

const HEALTH_OF = 30;
const QUIET_AFTER_MS = 24 * 3_600_000;

export interface Span {
  length_ms: number;
  bucket: string;
}

export const load_stats = (span: Span, now: number, signal: AbortSignal): Promise<Stats> =>
  get<Stats>("/v1/stats", {
    since: new Date(now - span.length_ms).toISOString(), bucket: span.bucket,
  }, signal);

export async function has_triggers(signal: AbortSignal): Promise<boolean> {
  return (await get<Page<Trigger>>("/v1/triggers", { limit: 1 }, signal)).data.length > 0;
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
