// The gateway itself: version, how large the store is, what waits, how long things are kept.
import { call_text, get } from "../../api/client";
import { useQuery } from "../../api/query";
import type { GatewayStatus } from "../../api/types";
import { bytes, duration, number, t } from "../../base/i18n";
import { histogram_percentile, parse_metrics } from "../../base/stats";
import { Moment } from "../../parts/moment";
import { Card, Facts } from "../../parts/page";
import { Loaded } from "../../parts/states";
import { Figure } from "../triggers/performance";

const REFRESH_MS = 5000;

function StatusFacts({ status }: { status: GatewayStatus }) {
  const { retention, store } = status;
  return (
    <Facts facts={[
      [t("gateway.version"), status.version],
      [t("gateway.address"), location.origin],
      [t("gateway.started"), <Moment at={status.started_at} as="full" />],
      [t("gateway.keep"), retention.keep],
      [t("gateway.max_bytes"),
        retention.max_bytes > 0 ? bytes(retention.max_bytes) : t("gateway.no_limit")],
      [t("gateway.durability"), store.durability],
    ]} />
  );
}

export function GatewayInfo() {
  const status = useQuery("status", (signal) =>
    get<GatewayStatus>("/v1/status", {}, signal), REFRESH_MS);
  const metrics = useQuery("metrics", async (signal) =>
    parse_metrics(await call_text("GET", "/metrics", { signal })), REFRESH_MS);
  const p95 = metrics.data
    ? histogram_percentile(metrics.data, "malote_delivery_attempt_seconds", 0.95) : null;
  return (
    <Loaded query={status} rows={4}>
      {(now) => (
        <div class="stack">
          <div class="figures">
            <Figure label={t("gateway.store")} value={bytes(now.store.bytes)} />
            <Figure label={t("gateway.waiting")} value={number(now.queue.pending)} />
            <Figure label={t("gateway.in_flight")} value={number(now.queue.in_flight)} />
            <Figure label={t("gateway.dead")} value={number(now.queue.dead)} />
            <Figure label={t("gateway.p95")} value={p95 === null ? "–" : duration(p95 * 1000)} />
          </div>
          <Card title={t("gateway.retention")} class="narrow">
            <StatusFacts status={now} />
            <p>{t("gateway.retention_text")}</p>
            <pre class="code-text plain">{"[retention]\nkeep = \"30d\"\nmax_bytes = 0"}</pre>
          </Card>
        </div>
      )}
    </Loaded>
  );
}
