// Views of one page, kept in the query, so that each has a link.
import { Link, useLocation } from "../base/router";

export function Tabs({ label, tabs }: { label: string; tabs: [string, string][] }) {
  const { path, query } = useLocation();
  const shown = query.get("view") ?? tabs[0]?.[0];
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(([view, text], index) => (
        <Link key={view} to={index === 0 ? path : `${path}?view=${view}`}
          aria-current={view === shown ? "page" : undefined}>
          {text}
        </Link>
      ))}
    </nav>
  );
}

export function useView(first: string): string {
  return useLocation().query.get("view") ?? first;
}
