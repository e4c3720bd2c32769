// Accounts at providers, and where they post to.
import { useCursorList } from "../../api/list";
import { may } from "../../api/session";
import type { Connection } from "../../api/types";
import { t } from "../../base/i18n";
import { Link } from "../../base/router";
import { Badge } from "../../parts/badge";
import { Icon } from "../../parts/icon";
import { Moment } from "../../parts/moment";
import { Page } from "../../parts/page";
import { Empty } from "../../parts/states";
import { Column, ListTable } from "../../parts/table";
import { useProviders } from "./providers";

function NewButton() {
  return (
    <Link class="button primary" to="/connections/new">
      <Icon name="plus" size={16} />{t("connection.new")}
    </Link>
  );
}

export function SecretMark({ connection }: { connection: Connection }) {
  return connection.webhook_secret_set
    ? <span class="mark-text tone-good">{t("connection.secret_set")}</span>
    : <span class="mark-text tone-quiet">{t("connection.secret_unset")}</span>;
}

export function ConnectionsPage() {
  const list = useCursorList<Connection>("/v1/connections", {});
  const label_of = useProviders().label_of;
  const columns: Column<Connection>[] = [
    { label: t("trigger.name"), width: "minmax(160px, 1.2fr)", narrow: "lead",
      cell: (one) => <span class="strong">{one.display_name ?? label_of(one.server_id)}</span> },
    { label: t("connection.provider"), width: "minmax(120px, 1fr)", narrow: "below",
      cell: (one) => label_of(one.server_id) },
    { label: t("connection.status"), width: "130px", narrow: "below",
      cell: (one) => <Badge state={one.status} family="connection_status" /> },
    { label: t("connection.webhooks"), width: "minmax(130px, 1fr)", narrow: "hide",
      cell: (one) => <SecretMark connection={one} /> },
    { label: t("event.id"), width: "minmax(180px, 1fr)", narrow: "hide",
      cell: (one) => <code class="muted">{one.id}</code> },
    { label: t("connection.made"), width: "150px", narrow: "end",
      cell: (one) => <Moment at={one.created_at} /> },
  ];
  const write = may("connections:write");
  return (
    <Page title={t("nav.connections")} actions={write && <NewButton />}>
      <ListTable label={t("nav.connections")} list={list} columns={columns} id={(one) => one.id}
        to={(one) => `/connections/${one.id}`}
        empty={
          <Empty icon="connections" title={t("connections.none")}>
            <p>{t("connections.none_hint")}</p>
            {write && <NewButton />}
          </Empty>
        } />
    </Page>
  );
}
