// How an event came in, and how that was proven.
import { ApiError, get } from "../../api/client";
import { useQuery } from "../../api/query";
import type { Connection, EventDetail, Page, Provider } from "../../api/types";
import { t } from "../../base/i18n";
import { Link } from "../../base/router";
import { Facts } from "../../parts/page";
import { Headers } from "../../parts/code_view";
import { Reveal } from "../../parts/reveal";
import { Chapter } from "../../parts/timeline";

export function ReceivedChapter({ event }: { event: EventDetail }) {
  const raw = event.raw_request;
  const title = event.server_id === null ? t("story.published")
    : t("story.received", { provider: event.server_id });
  return (
    <Chapter icon="inbox" title={title} at={raw?.received_at ?? event.created_at} tone="info">
      {raw ? (
        <>
          <p class="muted">
            <code>{raw.method}</code> {raw.remote_ip && t("story.from_address")}
            {" "}{raw.remote_ip && <code>{raw.remote_ip}</code>}
          </p>
          <Reveal summary={t("story.headers", { count: Object.keys(raw.headers).length })}>
            <Headers headers={raw.headers} />
          </Reveal>
        </>
      ) : <p class="muted">{event.server_id === null ? t("story.no_request") : t("story.gone")}</p>}
    </Chapter>
  );
}

/** The connection, or null where it is no more. */
async function find_connection(id: string, signal: AbortSignal): Promise<Connection | null> {
  try {
    return await get<Connection>(`/v1/connections/${id}`, {}, signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return null;
    throw error;
  }
}

export function VerifiedChapter({ event }: { event: EventDetail }) {
  const id = event.connection_id;
  const found = useQuery(`proof of ${id}`, async (signal) => {
    if (id === null) return null;
    const [connection, providers] = await Promise.all([
      find_connection(id, signal), get<Page<Provider>>("/v1/providers", {}, signal)]);
    return { connection, provider: providers.data.find((one) => one.id === event.server_id) };
  });
  if (id === null) {
    return <Chapter icon="shield" title={t("story.by_key")} tone="good" />;
  }
  const { connection, provider } = found.data ?? {};
  const scheme = connection?.connection_metadata?.webhook_auth?.scheme ?? provider?.default_scheme;
  const unsigned = event.integrity === "unsigned_body";
  return (
    <Chapter icon="shield" title={unsigned ? t("story.verified_sender") : t("story.verified_body")}
      tone={unsigned ? "warn" : "good"}>
      <p class={unsigned ? "" : "muted"}>
        {unsigned ? t("story.unsigned_text") : t("story.signed_text")}
      </p>
      <Facts facts={[
        [t("connection.scheme"), <code>{scheme ?? "–"}</code>],
        [t("connection.title"), <Link to={`/connections/${id}`}>
          {connection?.display_name ?? id}
        </Link>],
      ]} />
    </Chapter>
  );
}
