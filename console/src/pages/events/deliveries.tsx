// Where an event went: each delivery with its attempts, what was sent and what came back.
import { fresh_key, call, get } from "../../api/client";
import { useAction, useQuery } from "../../api/query";
import { may } from "../../api/session";
import type { Attempt, Delivery, DeliveryDetail, EventDetail } from "../../api/types";
import { duration, t, word } from "../../base/i18n";
import { Link } from "../../base/router";
import { due_time } from "../../base/time";
import { Badge, HttpStatus } from "../../parts/badge";
import { CodeView, Headers } from "../../parts/code_view";
import { Copyable } from "../../parts/copy";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { say } from "../../parts/notice";
import { Reveal } from "../../parts/reveal";
import { Loaded, Problem } from "../../parts/states";
import { Chapter } from "../../parts/timeline";
import { use_trigger_names } from "../triggers/names";

/** Deliveries whose details are shown without being asked for. */
const OPEN_AT_FIRST = 1;

function Attempts({ attempts }: { attempts: Attempt[] }) {
  if (attempts.length === 0) return <p class="muted">{t("delivery.no_attempt")}</p>;
  const slowest = Math.max(1, ...attempts.map((one) => one.duration_ms));
  return (
    <ol class="attempts">
      {attempts.map((one) => (
        <li key={one.attempt}>
          <span class="attempt-number">{t("delivery.attempt", { number: one.attempt })}</span>
          <Moment at={one.started_at} />
          <HttpStatus status={one.response_status} />
          <span class="attempt-time">
            <span class="bar" style={{ width: `${(one.duration_ms / slowest) * 100}%` }} />
            <span>{duration(one.duration_ms)}</span>
          </span>
          <span class="attempt-error">{one.error}</span>
          {one.response_body && attempts.length > 1 && (
            <Reveal summary={t("delivery.answer")}>
              <CodeView text={one.response_body} label={t("delivery.answer")} />
            </Reveal>
          )}
        </li>
      ))}
    </ol>
  );
}

function Exchange({ detail }: { detail: DeliveryDetail }) {
  const answer = detail.response;
  return (
    <div class="beside">
      <section>
        <h3>{t("delivery.sent")}</h3>
        <p class="break"><code>POST {detail.request.url}</code></p>
        <Reveal summary={t("story.headers", { count: Object.keys(detail.request.headers).length })}>
          <Headers headers={detail.request.headers} />
        </Reveal>
        <CodeView text={detail.request.body} label={t("delivery.sent")}
          file={`${detail.delivery.id}.json`} />
      </section>
      <section>
        <h3>{t("delivery.received")}</h3>
        {answer === null ? <p class="muted">{t("delivery.no_answer")}</p> : (
          <>
            <p><HttpStatus status={answer.status} /> <span class="muted">{answer.error}</span></p>
            {answer.headers && (
              <Reveal summary={t("story.headers", { count: Object.keys(answer.headers).length })}>
                <Headers headers={answer.headers} />
              </Reveal>
            )}
            <CodeView text={answer.body ?? ""} label={t("delivery.received")}
              file={`${detail.delivery.id}.answer.txt`} />
          </>
        )}
      </section>
    </div>
  );
}

function DeliveryDetails({ delivery }: { delivery: Delivery }) {
  // The state and the attempt are part of the key: the details are read again when they change.
  const key = `${delivery.id} ${delivery.status} ${delivery.attempt}`;
  const detail = useQuery(key, (signal) =>
    get<DeliveryDetail>(`/v1/deliveries/${delivery.id}`, {}, signal));
  return (
    <Loaded query={detail} rows={3}>
      {(data) => (
        <>
          <p class="small"><Copyable text={delivery.id} label={t("copy.id")} /></p>
          <Attempts attempts={data.attempts} />
          <Exchange detail={data} />
        </>
      )}
    </Loaded>
  );
}

export function RedeliverButton({ delivery, done }: { delivery: Delivery; done: () => void }) {
  const action = useAction(async () => {
    await call("POST", `/v1/triggers/deliveries/${delivery.id}/redeliver`,
      { idempotency_key: fresh_key() });
    say(t("delivery.redelivered"));
    done();
  });
  return (
    <>
      <button type="button" class="button small-button" disabled={action.busy}
        onClick={() => void action.run()}>
        <Icon name="replay" size={14} />{t("delivery.redeliver")}
      </button>
      {action.error && <Problem error={action.error} />}
    </>
  );
}

interface OneProps {
  delivery: Delivery;
  name: string;
  open: boolean;
  reload: () => void;
}

function OneDelivery({ delivery, name, open, reload }: OneProps) {
  const held = delivery.reason?.startsWith("trigger_") ?? false;
  const why = [delivery.error, held ? word("reason", delivery.reason!) : null].filter(Boolean);
  const settled = delivery.status !== "pending" && delivery.status !== "failed";
  return (
    <li class="delivery">
      <div class="line">
        <Badge state={delivery.status} />
        <Link class="strong" to={`/triggers/${delivery.trigger_id}`}>{name}</Link>
        {delivery.origin && delivery.origin !== "fan_out" && (
          <span class="mark-text tone-quiet">{word("origin", delivery.origin)}</span>
        )}
        <span class="muted">{t("delivery.attempts_count", { count: delivery.attempt })}</span>
        {why.length > 0 && <span class="muted break">{why.join("; ")}</span>}
        {!settled && !held && delivery.next_retry_at && (
          <span class="muted">
            {t("delivery.next", { when: due_time(delivery.next_retry_at) })}
          </span>
        )}
        <span class="grow" />
        <Moment at={delivery.delivered_at ?? delivery.dead_at ?? delivery.created_at} />
        {settled && may("triggers:write") && <RedeliverButton delivery={delivery} done={reload} />}
      </div>
      <Reveal summary={t("delivery.details")} open={open}>
        <DeliveryDetails delivery={delivery} />
      </Reveal>
    </li>
  );
}

export function DeliveriesChapter({ event, reload }: { event: EventDetail; reload: () => void }) {
  const name_of = use_trigger_names();
  const list = event.deliveries;
  const tone = list.some((one) => one.status === "dead") ? "bad"
    : list.some((one) => one.status === "failed") ? "warn" : list.length > 0 ? "good" : "quiet";
  return (
    <Chapter icon="send" title={t("story.deliveries", { count: list.length })} tone={tone}>
      {list.length === 0 ? <p class="muted">{t("story.nobody")}</p> : (
        <ol class="deliveries">
          {list.map((delivery, index) => (
            <OneDelivery key={delivery.id} delivery={delivery} name={name_of(delivery.trigger_id)}
              open={index < OPEN_AT_FIRST} reload={reload} />
          ))}
        </ol>
      )}
    </Chapter>
  );
}
