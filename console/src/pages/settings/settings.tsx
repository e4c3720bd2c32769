// Keys, projects, how much is kept, and how the dashboard looks.
import { may } from "../../api/session";
import { t } from "../../base/i18n";
import { Page } from "../../parts/page";
import { Tabs, useView } from "../../parts/tabs";
import { Appearance } from "./appearance";
import { GatewayInfo } from "./gateway";
import { Keys } from "./keys";
import { Projects } from "./projects";

export function SettingsPage() {
  const view = useView("appearance");
  const tabs: [string, string][] = [["appearance", t("settings.appearance")]];
  if (may("keys:read")) tabs.push(["keys", t("settings.keys")]);
  if (may("projects:read")) tabs.push(["projects", t("settings.projects")]);
  if (may("projects:read")) tabs.push(["gateway", t("settings.gateway")]);
  return (
    <Page title={t("nav.settings")}>
      <Tabs label={t("nav.settings")} tabs={tabs} />
      {view === "appearance" && <Appearance />}
      {view === "keys" && <Keys />}
      {view === "projects" && <Projects />}
      {view === "gateway" && <GatewayInfo />}
    </Page>
  );
}
