// How it goes: what came in, what went out, how quickly, and what needs a look.
import { useMemo } from "preact/hooks";
import { useQuery } from "../../api/query";
import { may } from "../../api/session";
import { duration, number, t } from "../../base/i18n";
import { Link, set_query, useLocation } from "../../base/router";
import {
  count_in, count_states, latency_in, make_buckets, percentile, time_to_deliver,
} from "../../base/stats";
import { now_ms, relative_time } from "../../base/time";
import { Chart } from "../../parts/chart";
import { Icon } from "../../parts/icon";
import { Card, Page } from "../../parts/page";
import { Loaded } from "../../parts/states";
import { Figure, state_series } from "../triggers/performance";
import { ConnectionsCard, TriggersCard } from "./attention";
import { FirstSteps } from "./first_steps";
import { Flow, load_flow, load_quiet, load_trouble } from "./load";

const REFRESH_MS = 10_000;
const HOUR_MS = 3_600_000;
const SPANS: Record<string, number> = { "1h": HOUR_MS, "24h": 24 * HOUR_MS, "7d": 168 * HOUR_MS };

function SpanChoice({ chosen }: { chosen: string }) {
  const labels: Record<string, string> = {
    "1h": t("overview.hour"), "24h": t("overview.day"), "7d": t("overview.week"),
  };
  return (
    <div class="segments" role="group" aria-label={t("overview.span")}>
      {Object.keys(SPANS).map((span) => (
        <button key={span} type="button" aria-pressed={span === chosen}
          onClick={() => set_query({ span: span === "24h" ? "" : span })}>
          {labels[span]}
        </button>
      ))}
    </div>
  );
}

function Figures({ flow }: { flow: Flow }) {
  const counts = count_states(flow.deliveries.rows);
  const plus = (complete: boolean, value: number) => number(value) + (complete ? "" : "+");
  const shown = (value: number) => plus(flow.deliveries.complete, value);
  const figure = (state: keyof typeof counts, label: string, tone: string) => (
    <Link class="figure-link" to={`/events?state=${state}`}>
      <Figure label={label} value={shown(counts[state])} tone={counts[state] > 0 ? tone : ""} />
    </Link>
  );
  return (
    <div class="figures">
      <Link class="figure-link" to="/events">
        <Figure label={t("overview.accepted")}
          value={plus(flow.events.complete, flow.events.rows.length)} />
      </Link>
      {figure("delivered", t("overview.delivered"), "tone-good")}
      {figure("failed", t("overview.failing"), "tone-warn")}
      {figure("pending", t("overview.waiting"), "tone-info")}
      {figure("dead", t("overview.dead"), "tone-bad")}
      <Figure label={t("overview.oldest")}
        value={flow.oldest_waiting ? relative_time(flow.oldest_waiting, "short") : "–"} />
    </div>
  );
}

function Charts({ flow, span_ms }: { flow: Flow; span_ms: number }) {
  const charts = useMemo(() => {
    const buckets = make_buckets(now_ms() - span_ms, now_ms());
    const rows = flow.deliveries.rows;
    const took = rows.flatMap((one) => time_to_deliver(one) ?? []);
    const line = (label: string, share: number, colour: string) => {
      const whole = percentile(took, share);
      return { label, colour, values: latency_in(buckets, rows, share),
        note: whole === null ? "–" : duration(whole) };
    };
    return {
      times: buckets.times,
      accepted: [{
        label: t("overview.accepted"), colour: "--accent",
        values: count_in(buckets, flow.events.rows.map((one) => Date.parse(one.created_at))),
      }],
      states: state_series(buckets, rows),
      latency: [
        line("50 %", 0.5, "--info"), line("95 %", 0.95, "--warn"), line("99 %", 0.99, "--bad"),
      ],
    };
  }, [flow, span_ms]);
  return (
    <div class="columns three">
      <Card title={t("overview.accepted")}>
        <Chart kind="stack" times={charts.times} series={charts.accepted}
          label={t("overview.accepted_chart", { count: flow.events.rows.length })} />
      </Card>
      <Card title={t("overview.deliveries")}>
        <Chart kind="stack" times={charts.times} series={charts.states}
          label={t("trigger.chart", { count: flow.deliveries.rows.length })} />
      </Card>
      <Card title={t("latency.title")}>
        <Chart kind="lines" times={charts.times} series={charts.latency} format={duration}
          label={t("latency.title")} />
      </Card>
    </div>
  );
}

export function OverviewPage() {
  const { query } = useLocation();
  const span = query.get("span") ?? "24h";
  const span_ms = SPANS[span] ?? 24 * HOUR_MS;
  const flow = useQuery(`flow ${span}`, (signal) =>
    load_flow(now_ms() - span_ms, signal), REFRESH_MS);
  const rows = flow.data?.deliveries.rows;
  const triggers = useQuery(`trouble ${rows === undefined}`, (signal) =>
    load_trouble(rows ?? [], signal), REFRESH_MS);
  const connections = useQuery("quiet", async (signal) => may("connections:read")
    ? load_quiet(now_ms(), signal) : { count: 0, troubled: [] }, REFRESH_MS);
  const bare = triggers.data?.count === 0 && flow.data?.events.rows.length === 0;
  const partial = flow.data && !(flow.data.deliveries.complete && flow.data.events.complete);
  return (
    <Page title={t("nav.overview")} actions={<SpanChoice chosen={span} />}>
      {bare && <FirstSteps connections={connections.data?.count ?? 0} />}
      <Loaded query={flow} rows={6}>
        {(data) => (
          <>
            <Figures flow={data} />
            {partial && (
              <p class="muted small">
                <Icon name="warning" size={14} /> {t("overview.partial")}
              </p>
            )}
            <Charts flow={data} span_ms={span_ms} />
          </>
        )}
      </Loaded>
      <div class="columns">
        <TriggersCard query={triggers} />
        {may("connections:read") && <ConnectionsCard query={connections} />}
      </div>
    </Page>
  );
}
