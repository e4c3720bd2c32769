// The frame around each page: navigation, project, who is signed in.
import { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { get } from "../api/client";
import { useQuery } from "../api/query";
import { current_project, session, use_project } from "../api/session";
import { sign_out } from "../api/sign_in";
import type { Page, Project } from "../api/types";
import { Key, t } from "../base/i18n";
import { Link, navigate, useLocation } from "../base/router";
import { useStore } from "../base/store";
import { clock_skew_ms } from "../base/time";
import { Icon, IconName, Mark } from "./icon";

const AREAS: [string, Key, IconName][] = [
  ["/", "nav.overview", "overview"],
  ["/events", "nav.events", "events"],
  ["/triggers", "nav.triggers", "triggers"],
  ["/connections", "nav.connections", "connections"],
  ["/loops", "nav.loops", "loops"],
  ["/settings", "nav.settings", "settings"],
];
const SKEW_TO_TELL_MS = 60_000;

function Navigation() {
  const { path } = useLocation();
  const area = path.startsWith("/runs/") ? "/loops" : path;
  const is_current = (to: string) => (to === "/" ? area === "/" : area.startsWith(to));
  return (
    <ul class="areas">
      {AREAS.map(([to, key, icon]) => (
        <li key={to}>
          <Link to={to} aria-current={is_current(to) ? "page" : undefined}>
            <Icon name={icon} />{t(key)}
          </Link>
        </li>
      ))}
    </ul>
  );
}

function ProjectChoice() {
  const chosen = useStore(current_project);
  const projects = useQuery("projects", (signal) =>
    get<Page<Project>>("/v1/projects", { limit: 100 }, signal));
  const own = session.get()?.project.id ?? "";
  const list = projects.data?.data ?? [];
  if (list.length < 2) return null;
  return (
    <label class="project">
      <span>{t("nav.project")}</span>
      <select value={chosen || own} onInput={(event) => {
        use_project(event.currentTarget.value);
        navigate("/");
      }}>
        {list.map((one) => (
          <option key={one.id} value={one.id} selected={one.id === (chosen || own)}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  );
}

function Who() {
  const who = useStore(session);
  const leave = () => sign_out().catch(() => undefined);
  return (
    <div class="who">
      <div>
        <p class="who-name">{who?.key.name ?? t("nav.key")}</p>
        <p class="small muted">
          {who?.key.prefix && <code>{who.key.prefix}…</code>}
          {who?.read_only && ` ${t("nav.read_only")}`}
        </p>
      </div>
      <button type="button" class="icon-button" onClick={leave} title={t("nav.sign_out")}
        aria-label={t("nav.sign_out")}>
        <Icon name="out" />
      </button>
    </div>
  );
}

export function Layout({ children }: { children: ComponentChildren }) {
  const { path } = useLocation();
  const [open, set_open] = useState(false);
  useEffect(() => set_open(false), [path]);
  return (
    <div class="frame">
      <a class="skip" href="#main">{t("nav.skip")}</a>
      <header class={open ? "side open" : "side"}>
        <div class="brand">
          <Link to="/" class="brand-link"><Mark /><span>Malote</span></Link>
          <button type="button" class="icon-button menu" aria-expanded={open}
            aria-controls="navigation" aria-label={t("nav.menu")} onClick={() => set_open(!open)}>
            <Icon name={open ? "close" : "menu"} />
          </button>
        </div>
        <nav id="navigation" class="side-body" aria-label={t("nav.label")}>
          <Navigation />
          <div class="side-foot"><ProjectChoice /><Who /></div>
        </nav>
      </header>
      <div class="main-column">
        {Math.abs(clock_skew_ms()) > SKEW_TO_TELL_MS && (
          <p class="banner"><Icon name="warning" size={16} />{t("nav.skew")}</p>
        )}
        {children}
      </div>
    </div>
  );
}
