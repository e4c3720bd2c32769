// Requests that were refused: why, what would make them pass, and taking them in after all.
import { useState } from "preact/hooks";
import { ApiError, call, get } from "../../api/client";
import { Query, useAction, useQuery } from "../../api/query";
import { may } from "../../api/session";
import type { Connection, ConnectionHealth, Rejected, RejectedDetail } from "../../api/types";
import { t, word } from "../../base/i18n";
import { Badge } from "../../parts/badge";
import { CodeView, Headers } from "../../parts/code_view";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { say } from "../../parts/notice";
import { Card } from "../../parts/page";
import { Reveal } from "../../parts/reveal";
import { Empty, Loaded, Problem } from "../../parts/states";

interface AcceptResult {
  accepted: boolean;
  outcome: string;
  reason: string | null;
}

/** Still being refused is an answer too, with 409. */
async function accept_request(path: string): Promise<AcceptResult> {
  try {
    return await call<AcceptResult>("POST", `${path}/accept`);
  } catch (error) {
    const refused = error instanceof ApiError && error.status === 409
      ? error.body as Partial<AcceptResult> | undefined : undefined;
    if (refused?.accepted === false) return refused as AcceptResult;
    throw error;
  }
}

function Explanation({ detail }: { detail: RejectedDetail }) {
  const { verdict, hint, reason, findings } = detail.explanation;
  const passes = verdict === "accepted";
  return (
    <div class={`note ${passes ? "tone-good" : "tone-warn"}`}>
      <Icon name={passes ? "check" : "warning"} />
      <div class="stack-small">
        <p class="strong">
          {passes ? t("refused.passes_now") : word("refused_reason", reason ?? detail.reason)}
        </p>
        {!passes && hint && <p>{hint}</p>}
        {findings.length > 0 && (
          <ul class="findings">
            {findings.map((one) => <li key={one.code + one.message}>{one.message}</li>)}
          </ul>
        )}
      </div>
    </div>
  );
}

function Details({ path, changed }: { path: string; changed: () => void }) {
  const [result, set_result] = useState<AcceptResult | undefined>();
  const detail = useQuery(path, (signal) => get<RejectedDetail>(path, {}, signal));
  const accept = useAction(async () => {
    const answer = await accept_request(path);
    set_result(answer);
    if (!answer.accepted) {
      detail.reload();
      return;
    }
    say(t("refused.taken_in", { outcome: word("outcome", answer.outcome) }));
    changed();
  });
  return (
    <Loaded query={detail} rows={2}>
      {(data) => (
        <>
          <Explanation detail={data} />
          {may("connections:write") && (
            <div>
              <button type="button" class="button" disabled={accept.busy}
                onClick={() => void accept.run()}>
                <Icon name="check" size={16} />{t("refused.accept")}
              </button>
            </div>
          )}
          {result && !result.accepted && (
            <p role="alert" class="fault">
              {t("refused.still",
                { reason: word("refused_reason", result.reason ?? result.outcome) })}
            </p>
          )}
          {accept.error && <Problem error={accept.error} />}
          <div class="beside">
            <section>
              <h3>{t("refused.headers")}</h3>
              <Headers headers={data.request.headers ?? {}} />
            </section>
            <section>
              <h3>{data.body_encoding === "base64" ? t("story.raw_base64") : t("story.raw")}</h3>
              <CodeView text={data.body} label={t("story.raw")} file={`${data.id}.txt`}
                json={data.body_encoding !== "base64"} />
            </section>
          </div>
        </>
      )}
    </Loaded>
  );
}

interface RefusedProps {
  connection: Connection;
  health: ConnectionHealth;
  list: Query<{ data: Rejected[] }>;
  changed: () => void;
}

export function RefusedCard({ connection, health, list, changed }: RefusedProps) {
  const base = `/v1/connections/${connection.id}/rejected`;
  return (
    <Card title={t("refused.title")}>
      <p class="muted">{t("refused.text")}</p>
      <Loaded query={list} rows={2}>
        {({ data }) => data.length === 0
          ? <Empty icon="shield" title={t("refused.none")} />
          : (
            <ol class="refused">
              {data.map((one) => (
                <li key={one.id}>
                  <Reveal summary={
                    <span class="refused-line">
                      <Badge state="refused" />
                      <span class="strong">{word("refused_reason", one.reason)}</span>
                      <Moment at={one.received_at} />
                    </span>
                  }>
                    {/* Judged anew with each new secret. */}
                    <Details key={health.webhook_secret_set_at ?? ""} path={`${base}/${one.id}`}
                      changed={changed} />
                  </Reveal>
                </li>
              ))}
            </ol>
          )}
      </Loaded>
    </Card>
  );
}
