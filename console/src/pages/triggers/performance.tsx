// How a trigger has been doing: the newest deliveries as a strip, over time, and how long they
// took.
import { useMemo } from "preact/hooks";
import { read_recent } from "../../api/recent";
import { useQuery } from "../../api/query";
import type { Delivery, Trigger } from "../../api/types";
import { duration, number, t, word } from "../../base/i18n";
import {
  Buckets, count_in, count_states, latency_in, make_buckets, percentile,
  time_to_deliver,
} from "../../base/stats";
import { now_ms, utc } from "../../base/time";
import { Chart, Series } from "../../parts/chart";
import { Card } from "../../parts/page";
import { Empty, Loaded } from "../../parts/states";

const MOST = 1000;
const STRIP = 40;
const REFRESH_MS = 5000;
const PAUSES_AT = 50;  // failed deliveries in a row, docs/operations.md
const COLOURS = {
  delivered: "--good", failed: "--warn", pending: "--info", dead: "--bad",
} as const;

/** The states of `deliveries` per bucket, for a stacked chart. */
export function state_series(buckets: Buckets, deliveries: Delivery[]): Series[] {
  return (Object.keys(COLOURS) as (keyof typeof COLOURS)[]).map((state) => ({
    label: word("state", state),
    colour: COLOURS[state],
    values: count_in(buckets, deliveries.filter((one) => one.status === state).map(
      (one) => Date.parse(one.created_at))),
  }));
}

export function Figure({ label, value, tone = "" }: {
  label: string; value: string; tone?: string;
}) {
  return (
    <div class={`figure ${tone}`}>
      <p class="figure-value">{value}</p>
      <p class="figure-label">{label}</p>
    </div>
  );
}

/** One mark per delivery, newest at the right. */
function Strip({ deliveries }: { deliveries: Delivery[] }) {
  const shown = deliveries.slice(0, STRIP).reverse();
  const counts = count_states(shown);
  const text = Object.entries(counts).filter(([, count]) => count > 0).map(
    ([state, count]) => `${number(count)} ${word("state", state)}`).join(", ");
  return (
    <div class="strip" role="img" aria-label={t("trigger.strip", { count: shown.length, text })}>
      {shown.map((one) => (
        <span key={one.id} class={`strip-mark state-${one.status}`}
          title={`${utc(one.created_at)} ${word("state", one.status)}`} />
      ))}
    </div>
  );
}

function Charts({ rows }: { rows: Delivery[] }) {
  const charts = useMemo(() => {
    const first = Date.parse(rows[rows.length - 1]?.created_at ?? "");
    const buckets = make_buckets(Math.min(first, now_ms() - 3_600_000), now_ms());
    return {
      times: buckets.times,
      states: state_series(buckets, rows),
      latency: [
        { label: t("latency.p50"), colour: "--info", values: latency_in(buckets, rows, 0.5) },
        { label: t("latency.p95"), colour: "--warn", values: latency_in(buckets, rows, 0.95) },
      ],
    };
  }, [rows]);
  return (
    <div class="columns">
      <Card title={t("trigger.over_time")}>
        <Chart kind="stack" times={charts.times} series={charts.states}
          label={t("trigger.chart", { count: rows.length })} />
      </Card>
      <Card title={t("latency.title")}>
        <Chart kind="lines" times={charts.times} series={charts.latency} format={duration}
          label={t("latency.title")} />
      </Card>
    </div>
  );
}

export function Performance({ trigger }: { trigger: Trigger }) {
  const path = `/v1/triggers/${trigger.id}/deliveries`;
  const recent = useQuery(path, (signal) =>
    read_recent<Delivery>(path, 0, MOST, signal), REFRESH_MS);
  return (
    <Loaded query={recent}>
      {({ rows, complete }) => {
        if (rows.length === 0) {
          return (
            <Empty icon="triggers" title={t("trigger.no_runs")}>
              <p>{t("trigger.no_runs_hint")}</p>
            </Empty>
          );
        }
        const streak = trigger.consecutive_failures;
        const took = rows.flatMap((one) => time_to_deliver(one) ?? []);
        const show = (share: number) => {
          const value = percentile(took, share);
          return value === null ? "–" : duration(value);
        };
        return (
          <div class="stack">
            <div class="figures">
              <Figure label={t("trigger.streak", { limit: PAUSES_AT })} value={number(streak)}
                tone={streak > 0 ? "tone-bad" : "tone-good"} />
              <Figure label={t("trigger.backlog")} value={number(trigger.pending)} />
              <Figure label={t("latency.p50")} value={show(0.5)} />
              <Figure label={t("latency.p95")} value={show(0.95)} />
              <Figure label={t("trigger.total")} value={number(trigger.total_runs)} />
            </div>
            <Strip deliveries={rows} />
            {!complete && <p class="muted small">{t("stats.newest", { count: rows.length })}</p>}
            <Charts rows={rows} />
          </div>
        );
      }}
    </Loaded>
  );
}
