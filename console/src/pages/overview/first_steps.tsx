// What a new gateway needs, in order.
import { may } from "../../api/session";
import { t } from "../../base/i18n";
import { Link } from "../../base/router";
import { Card } from "../../parts/page";

export function FirstSteps({ connections }: { connections: number }) {
  return (
    <Card title={t("first.title")}>
      <ol class="numbered">
        <li>
          {t("first.connection")}{" "}
          {connections === 0 && may("connections:write") && (
            <Link to="/connections/new">{t("connection.new")}</Link>
          )}
        </li>
        <li>
          {t("first.trigger")}{" "}
          {may("triggers:write") && <Link to="/triggers/new">{t("trigger.new")}</Link>}
        </li>
        <li>{t("first.watch")} <Link to="/events">{t("nav.events")}</Link></li>
      </ol>
    </Card>
  );
}
