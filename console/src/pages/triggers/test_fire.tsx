// A sample event through the real path, followed until it arrived or failed.
import { useEffect, useState } from "preact/hooks";
import { ApiError, call, fresh_key, get } from "../../api/client";
import { useAction, useQuery } from "../../api/query";
import type { DeliveryDetail, Trigger } from "../../api/types";
import { duration, t } from "../../base/i18n";
import { Link } from "../../base/router";
import { due_time } from "../../base/time";
import { Badge, HttpStatus } from "../../parts/badge";
import { CodeView } from "../../parts/code_view";
import { SelectField, TextArea } from "../../parts/field";
import { Icon } from "../../parts/icon";
import { Reveal } from "../../parts/reveal";
import { Problem } from "../../parts/states";
import { covers, useEventTypes } from "./event_picker";

const FOLLOW_MS = 800;

function Outcome({ id }: { id: string }) {
  const [settled, set_settled] = useState(false);
  const detail = useQuery(id, (signal) =>
    get<DeliveryDetail>(`/v1/deliveries/${id}`, {}, signal), settled ? 0 : FOLLOW_MS);
  const delivery = detail.data?.delivery;
  const done = delivery?.status === "delivered" || delivery?.status === "dead";
  useEffect(() => set_settled(done), [done]);
  if (detail.error) return <Problem error={detail.error} />;
  if (!detail.data || !delivery) return null;
  const last = detail.data.attempts[detail.data.attempts.length - 1];
  const answer = detail.data.response;
  return (
    <div class="outcome" role="status">
      <p class="line">
        <Badge state={delivery.status} />
        <HttpStatus status={delivery.response_status} />
        {last && <span class="muted">{duration(last.duration_ms)}</span>}
        <span class="muted break">{delivery.error}</span>
        {!done && delivery.next_retry_at && delivery.attempt > 0 && (
          <span class="muted">
            {t("delivery.next", { when: due_time(delivery.next_retry_at) })}
          </span>
        )}
        <span class="grow" />
        <Link to={`/events/${delivery.event_id}`}>{t("test_fire.story")}</Link>
      </p>
      {answer?.body && <CodeView text={answer.body} label={t("delivery.received")} />}
    </div>
  );
}

function parsed(text: string): unknown {
  if (text.trim() === "") return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, "bad_json", t("test_fire.bad_json", { why: String(error) }));
  }
}

export function TestFire({ trigger }: { trigger: Trigger }) {
  const types = useEventTypes();
  const fitting = (types.data ?? []).map((type) => type.name).filter(
    (name) => trigger.events.some((pattern) => covers(pattern, name)));
  const [event, set_event] = useState("");
  const [data, set_data] = useState("");
  const [fired, set_fired] = useState<string[]>([]);
  const chosen = event || fitting[0] || trigger.events[0] || "";
  const action = useAction(async () => {
    const body: Record<string, unknown> = { event: chosen };
    const given = parsed(data);
    if (given !== undefined) body.data = given;
    const answer = await call<{ delivery_id: string }>(
      "POST", `/v1/triggers/${trigger.id}/test-fire`, { body, idempotency_key: fresh_key() });
    set_fired((before) => [answer.delivery_id, ...before].slice(0, 5));
  });
  const names = fitting.length > 0 ? fitting : [chosen];
  return (
    <div class="stack">
      <SelectField label={t("test_fire.event")} value={chosen} onInput={set_event}
        options={names.map((name): [string, string] => [name, name])} />
      <Reveal summary={t("test_fire.own_data")}>
        <TextArea label={t("test_fire.data")} hint={t("test_fire.data_hint")} value={data}
          onInput={set_data} />
      </Reveal>
      {trigger.status !== "active" && <p class="muted">{t("test_fire.paused")}</p>}
      <div>
        <button type="button" class="button primary" disabled={action.busy || chosen === ""}
          onClick={() => void action.run()}>
          <Icon name="send" size={16} />{t("test_fire.go")}
        </button>
      </div>
      {action.error && <Problem error={action.error} />}
      {fired.map((id) => <Outcome key={id} id={id} />)}
    </div>
  );
}
