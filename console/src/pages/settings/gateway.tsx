// The gateway itself: version, how large the store is, what waits; retention is set in its file.
import { call_text, get } from "../../api/client";
import { useQuery } from "../../api/query";
import { bytes, duration, number, t } from "../../base/i18n";
import { histogram_percentile, parse_metrics } from "../../base/stats";
import { Card, Facts } from "../../parts/page";
import { Loaded } from "../../parts/states";
import { Figure } from "../triggers/performance";

const REFRESH_MS = 5000;

export function GatewayInfo() {
  const health = useQuery("health", (signal) => get<{ version?: string }>("/healthz", {}, signal));
  const metrics = useQuery("metrics", async (signal) =>
    parse_metrics(await call_text("GET", "/metrics", { signal })), REFRESH_MS);
  const count = (values: Map<string, number>, name: string) => {
    const value = values.get(name);
    return value === undefined ? "–" : number(value);
  };
  return (
    <div class="stack">
      <Loaded query={metrics} rows={2}>
        {(values) => {
          const p95 = histogram_percentile(values, "malote_delivery_attempt_seconds", 0.95);
          return (
            <div class="figures">
              <Figure label={t("gateway.store")}
                value={bytes(values.get("malote_store_bytes") ?? 0)} />
              <Figure label={t("gateway.waiting")}
                value={count(values, 'malote_queue{of="pending"}')} />
              <Figure label={t("gateway.in_flight")}
                value={count(values, 'malote_queue{of="in_flight"}')} />
              <Figure label={t("gateway.dead")} value={count(values, 'malote_queue{of="dead"}')} />
              <Figure label={t("gateway.p95")} value={p95 === null ? "–" : duration(p95 * 1000)} />
            </div>
          );
        }}
      </Loaded>
      <Card title={t("gateway.retention")} class="narrow">
        <p>{t("gateway.retention_text")}</p>
        <pre class="code-text plain">{"[retention]\nkeep = \"30d\"\nmax_bytes = 0"}</pre>
        <Facts facts={[[t("gateway.version"), health.data?.version ?? "–"],
          [t("gateway.address"), location.origin]]} />
      </Card>
    </div>
  );
}
