// How it goes: what came in, what went out, how quickly, and what needs a look.
import { useMemo } from "preact/hooks";
import { useQuery } from "../../api/query";
import { may } from "../../api/session";
import type { Stats } from "../../api/types";
import { duration, number, t } from "../../base/i18n";
import { Link, set_query, useLocation } from "../../base/router";
import { now_ms, relative_time } from "../../base/time";
import { Chart } from "../../parts/chart";
import { Card, Page } from "../../parts/page";
import { Loaded } from "../../parts/states";
import { Figure } from "../triggers/performance";
import { ConnectionsCard, TriggersCard } from "./attention";
import { FirstSteps } from "./first_steps";
import { has_triggers, load_quiet, load_stats, Span } from "./load";

const REFRESH_MS = 10_000;
const HOUR_MS = 3_600_000;
const SPANS: Record<string, Span> = {
  "1h": { length_ms: HOUR_MS, bucket: "1m" },
  "24h": { length_ms: 24 * HOUR_MS, bucket: "30m" },
  "7d": { length_ms: 168 * HOUR_MS, bucket: "3h" },
};

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

function Figures({ stats: { total, now } }: { stats: Stats }) {
  const figure = (state: string, label: string, value: number, tone: string, plus = false) => (
    <Link class="figure-link" to={`/events?state=${state}`}>
      <Figure label={label} value={number(value) + (plus ? "+" : "")}
        tone={value > 0 ? tone : ""} />
    </Link>
  );
  return (
    <div class="figures">
      <Link class="figure-link" to="/events">
        <Figure label={t("overview.accepted")} value={number(total.events)} />
      </Link>
      {figure("delivered", t("overview.delivered"), total.delivered, "tone-good")}
      {figure("failing", t("overview.failed"), total.failed_attempts, "tone-warn")}
      {figure("waiting", t("overview.waiting"), now.waiting, "tone-info", !now.is_whole)}
      {figure("dead", t("overview.dead"), total.dead, "tone-bad")}
      <Figure label={t("overview.oldest")}
        value={now.oldest_waiting_at ? relative_time(now.oldest_waiting_at, "short") : "–"} />
    </div>
  );
}

function Charts({ stats }: { stats: Stats }) {
  const charts = useMemo(() => {
    const { buckets, total } = stats;
    const bars = (label: string, colour: string, name: "events" | "delivered" |
      "failed_attempts" | "dead") =>
      ({ label, colour, values: buckets.map((one) => one[name]) });
    const line = (label: string, share: "p50" | "p95" | "p99", colour: string) => ({
      label, colour, values: buckets.map((one) => one.latency_ms?.[share] ?? null),
      note: total.latency_ms ? duration(total.latency_ms[share]) : "–",
    });
    return {
      times: buckets.map((one) => Date.parse(one.at) / 1000),
      accepted: [bars(t("overview.accepted"), "--accent", "events")],
      attempts: [
        bars(t("overview.delivered"), "--good", "delivered"),
        bars(t("overview.failed"), "--warn", "failed_attempts"),
        bars(t("overview.dead"), "--bad", "dead"),
      ],
      latency: [
        line("50 %", "p50", "--info"), line("95 %", "p95", "--warn"), line("99 %", "p99", "--bad"),
      ],
    };
  }, [stats]);
  return (
    <div class="columns three">
      <Card title={t("overview.accepted")}>
        <Chart kind="stack" times={charts.times} series={charts.accepted}
          label={t("overview.accepted_chart", { count: stats.total.events })} />
      </Card>
      <Card title={t("overview.deliveries")}>
        <Chart kind="stack" times={charts.times} series={charts.attempts}
          label={t("overview.attempts_chart")} />
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
  const wanted = query.get("span") ?? "24h";
  const chosen = wanted in SPANS ? wanted : "24h";
  const stats = useQuery(`stats ${chosen}`, (signal) =>
    load_stats(SPANS[chosen]!, now_ms(), signal), REFRESH_MS);
  const triggers = useQuery("has triggers", async (signal) =>
    !may("triggers:read") || has_triggers(signal));
  const connections = useQuery("quiet", async (signal) => may("connections:read")
    ? load_quiet(now_ms(), signal) : { count: 0, troubled: [] }, REFRESH_MS);
  const bare = triggers.data === false && stats.data?.total.events === 0;
  return (
    <Page title={t("nav.overview")} actions={<SpanChoice chosen={chosen} />}>
      {bare && <FirstSteps connections={connections.data?.count ?? 0} />}
      <Loaded query={stats} rows={6}>
        {(data) => (
          <>
            <Figures stats={data} />
            <Charts stats={data} />
          </>
        )}
      </Loaded>
      <div class="columns">
        <TriggersCard query={stats} />
        {may("connections:read") && <ConnectionsCard query={connections} />}
      </div>
    </Page>
  );
}
