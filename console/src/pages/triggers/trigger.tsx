// One trigger: how it does, what it sent, what it gave up, how to receive it, its settings.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { call, get } from "../../api/client";
import { useCursorList } from "../../api/list";
import { useLive } from "../../api/live";
import { useAction, useQuery } from "../../api/query";
import { may } from "../../api/session";
import type { Delivery, Trigger } from "../../api/types";
import { t, word } from "../../base/i18n";
import { due_time } from "../../base/time";
import { Badge, HttpStatus } from "../../parts/badge";
import { Copyable } from "../../parts/copy";
import { Dialog } from "../../parts/dialog";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { say } from "../../parts/notice";
import { Card, Facts, Page } from "../../parts/page";
import { Empty, Loaded, Problem } from "../../parts/states";
import { Column, ListTable } from "../../parts/table";
import { Tabs, useView } from "../../parts/tabs";
import { TriggerActions } from "./actions";
import { DeadLetters } from "./dead_letters";
import { EventPicker } from "./event_picker";
import { body_of, Draft, draft_of, TriggerFields } from "./form";
import { Performance } from "./performance";
import { ReceiverSnippet } from "./receiver";
import { TestFire } from "./test_fire";
import { TriggerStatus } from "./triggers";

const REFRESH_MS = 3000;

const COLUMNS: () => Column<Delivery>[] = () => [
  { label: t("event.type"), width: "minmax(170px, 1fr)", narrow: "lead",
    cell: (row) => <span class="strong">{row.event_type}</span> },
  { label: t("delivery.state"), width: "130px", narrow: "below",
    cell: (row) => <Badge state={row.status} /> },
  { label: t("delivery.answer"), width: "minmax(150px, 1.3fr)", narrow: "below",
    cell: (row) => (
      <>
        <HttpStatus status={row.response_status} />{" "}
        <span class="muted">{row.error ?? (row.reason ? word("reason", row.reason) : "")}</span>
      </>
    ) },
  { label: t("delivery.attempts"), width: "90px", narrow: "hide", cell: (row) => row.attempt },
  { label: t("delivery.next_attempt"), width: "130px", narrow: "hide",
    cell: (row) => row.next_retry_at && row.status !== "delivered"
      ? due_time(row.next_retry_at) : <span class="muted">–</span> },
  { label: t("delivery.origin"), width: "100px", narrow: "hide",
    cell: (row) => row.origin && row.origin !== "fan_out" ? word("origin", row.origin)
      : <span class="muted">–</span> },
  { label: t("delivery.queued"), width: "140px", narrow: "end",
    cell: (row) => <Moment at={row.created_at} /> },
];

function Deliveries({ trigger }: { trigger: Trigger }) {
  const list = useCursorList<Delivery>(`/v1/triggers/${trigger.id}/deliveries`, {});
  useLive("/v1/deliveries/stream", true, list.refresh);
  return (
    <ListTable label={t("trigger.deliveries")} list={list} columns={COLUMNS()} id={(row) => row.id}
      to={(row) => `/events/${row.event_id}`}
      empty={<Empty icon="send" title={t("trigger.no_runs")} />} />
  );
}

function Settings({ trigger, reload }: { trigger: Trigger; reload: () => void }) {
  const [draft, set_draft] = useState(() => draft_of(trigger));
  const change = (changes: Partial<Draft>) => set_draft((before) => ({ ...before, ...changes }));
  const save = useAction(async () => {
    await call("PATCH", `/v1/triggers/${trigger.id}`, { body: body_of(draft, true) });
    say(t("trigger.saved"));
    reload();
  });
  if (!may("triggers:write")) {
    return (
      <Facts facts={[
        [t("trigger.timeout"), trigger.timeout_ms], [t("trigger.in_flight"), trigger.max_in_flight],
        [t("trigger.retries"), trigger.retry_schedule.join(", ")],
      ]} />
    );
  }
  return (
    <form class="stack" onSubmit={(event) => { event.preventDefault(); void save.run(); }}>
      <Card title={t("trigger.settings")} class="narrow">
        <TriggerFields draft={draft} change={change} issues={save.error?.issues ?? []} />
        <p class="muted small">{t("trigger.retries")}: {trigger.retry_schedule.join(", ")}</p>
      </Card>
      <Card title={t("trigger.events")}>
        <EventPicker chosen={draft.events} choose={(events) => change({ events })} />
      </Card>
      {save.error && <Problem error={save.error} />}
      <div class="form-foot">
        <button type="submit" class="button primary"
          disabled={save.busy || draft.events.length === 0}>
          {t("common.save")}
        </button>
      </div>
    </form>
  );
}

function TriggerFacts({ trigger }: { trigger: Trigger }) {
  return (
    <Facts facts={[
      [t("event.id"), <Copyable text={trigger.id} label={t("copy.id")} />],
      [t("trigger.url"), <code>{trigger.webhook_url}</code>],
      [t("trigger.events"), <code>{trigger.events.join(", ")}</code>],
      [t("trigger.provider"), trigger.server_id ?? t("trigger.provider_any")],
      [t("trigger.last_run"), <Moment at={trigger.last_success_at} as="relative" />],
      ...(trigger.previous_secret_until ? [[t("rotate.until"),
        <Moment at={trigger.previous_secret_until} as="full" />] as [string, JSX.Element]] : []),
    ]} />
  );
}

function TriggerView({ trigger, reload }: { trigger: Trigger; reload: () => void }) {
  const view = useView("performance");
  const [testing, set_testing] = useState(false);
  useEffect(() => set_testing(false), [view]);
  const write = may("triggers:write");
  return (
    <Page title={trigger.name} back={{ to: "/triggers", label: t("nav.triggers") }}
      beside={<TriggerStatus trigger={trigger} />}
      actions={write && (
        <>
          <button type="button" class="button" onClick={() => set_testing(true)}>
            <Icon name="send" size={16} />{t("test_fire.open")}
          </button>
          <TriggerActions trigger={trigger} reload={reload} />
        </>
      )}
      lead={<TriggerFacts trigger={trigger} />}>
      <Tabs label={trigger.name} tabs={[
        ["performance", t("trigger.performance")], ["deliveries", t("trigger.deliveries")],
        ["dead", t("dead.title")], ["receiver", t("receiver.title")],
        ["settings", t("nav.settings")],
      ]} />
      {view === "performance" && <Performance trigger={trigger} />}
      {view === "deliveries" && <Deliveries trigger={trigger} />}
      {view === "dead" && <DeadLetters trigger={trigger} />}
      {view === "receiver" && (
        <Card class="narrow"><ReceiverSnippet trigger={trigger} /></Card>
      )}
      {view === "settings" && <Settings trigger={trigger} reload={reload} />}
      {testing && (
        <Dialog title={t("test_fire.title")} close={() => { set_testing(false); reload(); }}>
          <p class="muted">{t("test_fire.text")}</p>
          <TestFire trigger={trigger} />
        </Dialog>
      )}
    </Page>
  );
}

export function TriggerPage({ id }: { id: string }) {
  const trigger = useQuery(id, (signal) =>
    get<Trigger>(`/v1/triggers/${encodeURIComponent(id)}`, {}, signal), REFRESH_MS);
  if (trigger.data) return <TriggerView trigger={trigger.data} reload={trigger.reload} />;
  return (
    <Page title={t("trigger.title")} back={{ to: "/triggers", label: t("nav.triggers") }}>
      <Loaded query={trigger} rows={8}>{() => null}</Loaded>
    </Page>
  );
}
