// The subscriptions of your applications.
import { useCursorList } from "../../api/list";
import { may } from "../../api/session";
import type { Trigger } from "../../api/types";
import { number, t, word } from "../../base/i18n";
import { Link } from "../../base/router";
import { Badge } from "../../parts/badge";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { Page } from "../../parts/page";
import { Empty } from "../../parts/states";
import { Column, ListTable } from "../../parts/table";

const COLUMNS: () => Column<Trigger>[] = () => [
  { label: t("trigger.name"), width: "minmax(140px, 1fr)", narrow: "lead",
    cell: (trigger) => <span class="strong">{trigger.name}</span> },
  { label: t("trigger.status"), width: "minmax(110px, .7fr)", narrow: "below",
    cell: (trigger) => <TriggerStatus trigger={trigger} /> },
  { label: t("trigger.events"), width: "minmax(140px, 1fr)", narrow: "hide",
    cell: (trigger) => <code>{trigger.events.join(", ")}</code> },
  { label: t("trigger.url"), width: "minmax(180px, 1.6fr)", narrow: "hide",
    cell: (trigger) => <code class="muted">{trigger.webhook_url}</code> },
  { label: t("trigger.backlog"), width: "120px", narrow: "below",
    cell: (trigger) => <Backlog trigger={trigger} /> },
  { label: t("trigger.last_failure"), width: "150px", narrow: "hide",
    cell: (trigger) => <LastFailure trigger={trigger} /> },
  { label: t("trigger.last_run"), width: "120px", narrow: "end",
    cell: (trigger) => <Moment at={trigger.last_success_at} as="relative" /> },
];

function Backlog({ trigger }: { trigger: Trigger }) {
  if (trigger.pending === 0) return <span class="muted wide-only">0</span>;
  return (
    <span>
      {t("overview.backlog", { count: trigger.pending })}{" "}
      <span class="muted small"><Moment at={trigger.oldest_waiting_at} as="relative" /></span>
    </span>
  );
}

/** The last one, and how many failed in a row if it goes on. */
function LastFailure({ trigger }: { trigger: Trigger }) {
  const streak = trigger.consecutive_failures;
  if (!trigger.last_failure_at) return <span class="muted">–</span>;
  return (
    <span title={trigger.last_error ?? undefined}
      class={streak > 0 ? "tone-bad mark-text" : "muted"}>
      <Moment at={trigger.last_failure_at} as="relative" />
      {streak > 0 && <> ({number(streak)})</>}
    </span>
  );
}

export function TriggerStatus({ trigger }: { trigger: Trigger }) {
  return (
    <>
      <Badge state={trigger.status} family="trigger_status" />
      {trigger.paused_reason && (
        <span class="muted small"> {word("paused_reason", trigger.paused_reason)}</span>
      )}
    </>
  );
}

function NewButton() {
  return (
    <Link class="button primary" to="/triggers/new">
      <Icon name="plus" size={16} />{t("trigger.new")}
    </Link>
  );
}

export function TriggersPage() {
  const list = useCursorList<Trigger>("/v1/triggers", {});
  const write = may("triggers:write");
  return (
    <Page title={t("nav.triggers")} actions={write && <NewButton />}>
      <ListTable label={t("nav.triggers")} list={list} columns={COLUMNS()} id={(row) => row.id}
        to={(row) => `/triggers/${row.id}`}
        empty={
          <Empty icon="triggers" title={t("triggers.none")}>
            <p>{t("triggers.none_hint")}</p>
            {write && <NewButton />}
          </Empty>
        } />
    </Page>
  );
}
