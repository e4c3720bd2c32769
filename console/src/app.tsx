// Which page is shown, and to whom.
import { ComponentChild } from "preact";
import { useEffect } from "preact/hooks";
import { current_project, session } from "./api/session";
import { resume } from "./api/sign_in";
import { useQuery } from "./api/query";
import { language, t } from "./base/i18n";
import { Link, match, navigate, safe_path, useLocation } from "./base/router";
import { useStore } from "./base/store";
import { ConnectionPage } from "./pages/connections/connection";
import { ConnectionsPage } from "./pages/connections/connections";
import { NewConnectionPage } from "./pages/connections/new_connection";
import { EventPage } from "./pages/events/event";
import { EventsPage } from "./pages/events/events";
import { LoopPage } from "./pages/loops/loop";
import { LoopsPage } from "./pages/loops/loops";
import { RunPage } from "./pages/loops/run";
import { OverviewPage } from "./pages/overview/overview";
import { SettingsPage } from "./pages/settings/settings";
import { SignInPage } from "./pages/sign_in/sign_in";
import { NewTriggerPage } from "./pages/triggers/new_trigger";
import { TriggerPage } from "./pages/triggers/trigger";
import { TriggersPage } from "./pages/triggers/triggers";
import { Layout } from "./parts/layout";
import { Notices } from "./parts/notice";
import { Page } from "./parts/page";
import { Empty, Loading, Problem } from "./parts/states";

type Params = Record<string, string>;

const ROUTES: [string, (params: Params) => ComponentChild][] = [
  ["/", () => <OverviewPage />],
  ["/events", () => <EventsPage />],
  ["/events/:id", ({ id = "" }) => <EventPage id={id} />],
  ["/triggers", () => <TriggersPage />],
  ["/triggers/new", () => <NewTriggerPage />],
  ["/triggers/:id", ({ id = "" }) => <TriggerPage id={id} />],
  ["/connections", () => <ConnectionsPage />],
  ["/connections/new", () => <NewConnectionPage />],
  ["/connections/:id", ({ id = "" }) => <ConnectionPage id={id} />],
  ["/loops", () => <LoopsPage />],
  ["/loops/:id", ({ id = "" }) => <LoopPage id={id} />],
  ["/runs/:id", ({ id = "" }) => <RunPage id={id} />],
  ["/settings", () => <SettingsPage />],
];

function page_at(path: string): ComponentChild {
  for (const [pattern, page] of ROUTES) {
    const params = match(pattern, path);
    if (params) return page(params);
  }
  return (
    <Page title={t("not_found.title")}>
      <Empty icon="search" title={t("not_found.text")}>
        <Link class="button" to="/">{t("nav.overview")}</Link>
      </Empty>
    </Page>
  );
}

function SignedIn() {
  const { path } = useLocation();
  const project = useStore(current_project);
  return <Layout><div class="content" key={project + path}>{page_at(path)}</div></Layout>;
}

function Gate() {
  const who = useStore(session);
  const { path, query } = useLocation();
  const asked = useQuery("session", resume);
  useEffect(() => {
    if (who === null && path !== "/sign-in") {
      const text = query.toString();
      const next = path + (text === "" ? "" : `?${text}`);
      const wanted = next === "/" ? "" : `?next=${encodeURIComponent(next)}`;
      navigate(`/sign-in${wanted}`, { replace: true });
    }
    if (who && path === "/sign-in") navigate(safe_path(query.get("next")), { replace: true });
  }, [who, path]);
  if (who === undefined) {
    return (
      <main class="page">
        {asked.error ? <Problem error={asked.error} retry={asked.reload} /> : <Loading />}
      </main>
    );
  }
  if (who === null) return <SignInPage />;
  return path === "/sign-in" ? null : <SignedIn />;
}

export function App() {
  const chosen = useStore(language);
  return (
    <div key={chosen} class="app">
      <Gate />
      <Notices />
    </div>
  );
}
