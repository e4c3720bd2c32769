// Numbers over rows that were read: buckets over time, percentiles. Pure.
import type { Delivery, DeliveryState } from "../api/types";

export interface Buckets {
  /** Beginning of each bucket, Unix seconds. */
  times: number[];
  step_ms: number;
}

const STEPS_MS = [1, 5, 10, 60, 300, 900, 3600, 10_800, 21_600, 86_400].map((s) => s * 1000);

/** Even buckets that cover from `from_ms` to `to_ms`, at most about `wanted` of them. */
export function make_buckets(from_ms: number, to_ms: number, wanted = 48): Buckets {
  const span = Math.max(1000, to_ms - from_ms);
  const step_ms = STEPS_MS.find((step) => span / step <= wanted) ?? 7 * 86_400_000;
  const times: number[] = [];
  const first = Math.floor(from_ms / step_ms) * step_ms;
  for (let at = first; at <= to_ms; at += step_ms) times.push(at / 1000);
  return { times, step_ms };
}

export function bucket_of(buckets: Buckets, at_ms: number): number {
  const first = (buckets.times[0] ?? 0) * 1000;
  const index = Math.floor((at_ms - first) / buckets.step_ms);
  return index >= 0 && index < buckets.times.length ? index : -1;
}

/** How many of `times_ms` fall into each bucket. */
export function count_in(buckets: Buckets, times_ms: number[]): number[] {
  const counts = buckets.times.map(() => 0);
  for (const at of times_ms) {
    const index = bucket_of(buckets, at);
    if (index >= 0) counts[index]! += 1;
  }
  return counts;
}

/** The value below which `share` (0 to 1) of `values` lie; null of nothing. */
export function percentile(values: number[], share: number): number | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** From queued to arrived, all attempts included; null for what has not arrived. */
export function time_to_deliver(delivery: Delivery): number | null {
  if (delivery.delivered_at === null) return null;
  return Math.max(0, Date.parse(delivery.delivered_at) - Date.parse(delivery.created_at));
}

export function count_states(deliveries: Delivery[]): Record<DeliveryState, number> {
  const counts = { pending: 0, delivered: 0, failed: 0, dead: 0 };
  for (const delivery of deliveries) counts[delivery.status] += 1;
  return counts;
}

/** A percentile of the time to deliver per bucket. */
export function latency_in(
  buckets: Buckets, deliveries: Delivery[], share: number,
): (number | null)[] {
  const values: number[][] = buckets.times.map(() => []);
  for (const delivery of deliveries) {
    const took = time_to_deliver(delivery);
    const index = bucket_of(buckets, Date.parse(delivery.created_at));
    if (took !== null && index >= 0) values[index]!.push(took);
  }
  return values.map((list) => percentile(list, share));
}

/** Prometheus' text format, as far as it is read here: value by name and labels. */
export function parse_metrics(text: string): Map<string, number> {
  const values = new Map<string, number>();
  for (const line of text.split("\n")) {
    const found = /^([a-z_]+(?:\{[^}]*\})?) (\S+)$/i.exec(line);
    if (found) values.set(found[1]!, Number(found[2]));
  }
  return values;
}

/** A percentile read off a histogram's buckets, as Prometheus does it; null where it is empty. */
export function histogram_percentile(
  metrics: Map<string, number>, name: string, share: number,
): number | null {
  const buckets = [...metrics].flatMap(([key, count]) => {
    const found = /^(\w+)_bucket\{le="([^"]+)"\}$/.exec(key);
    return found && found[1] === name
      ? [{ limit: found[2] === "+Inf" ? Infinity : Number(found[2]), count }] : [];
  }).sort((a, b) => a.limit - b.limit);
  const total = buckets[buckets.length - 1]?.count ?? 0;
  if (total === 0) return null;
  const wanted = share * total;
  let below = { limit: 0, count: 0 };
  for (const bucket of buckets) {
    if (bucket.count >= wanted) {
      if (bucket.limit === Infinity) return below.limit;
      const part = (wanted - below.count) / Math.max(1, bucket.count - below.count);
      return below.limit + (bucket.limit - below.limit) * part;
    }
    below = bucket;
  }
  return null;
}
