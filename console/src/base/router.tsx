// Routing by the History API: paths below `/`, filters in the query, so that every view has a link.
import { ComponentChildren, JSX } from "preact";
import { make_store, useStore } from "./store";

const here = () => location.pathname + location.search;
const current = make_store(here());
addEventListener("popstate", () => current.set(here()));

/** Goes to a path of this site; `replace` leaves no entry in the history. */
export function navigate(to: string, options: { replace?: boolean } = {}): void {
  if (to === here()) return;
  history[options.replace ? "replaceState" : "pushState"](null, "", to);
  if (!options.replace) scrollTo(0, 0);
  current.set(here());
}

export function useLocation(): { path: string; query: URLSearchParams } {
  const [path = "/", search = ""] = useStore(current).split("?", 2);
  return { path, query: new URLSearchParams(search) };
}

/** Changes some of the query's members; an empty value takes a member out. */
export function set_query(changes: Record<string, string>, options = { replace: true }): void {
  const query = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value === "") query.delete(name);
    else query.set(name, value);
  }
  const text = query.toString();
  navigate(location.pathname + (text === "" ? "" : `?${text}`), options);
}

/** The parameters of `path` if it has the form of `pattern`, such as `/events/:id`. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/");
  const given = path.replace(/(.)\/+$/, "$1").split("/");
  if (wanted.length !== given.length) return null;
  const found: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? "";
    if (part.startsWith(":")) {
      try {
        found[part.slice(1)] = decodeURIComponent(value);
      } catch {
        return null;
      }
    } else if (part !== value) {
      return null;
    }
  }
  return found;
}

/**
 * `next` if it is a path of this site, else `/`. What comes from the address bar decides nothing
 * else: no other host, no scheme, no backslash that browsers take for a slash.
 */
export function safe_path(next: string | null): string {
  if (next === null || !/^\/(?![/\\])/.test(next)) return "/";
  try {
    const url = new URL(next, location.origin);
    if (url.origin !== location.origin || url.pathname.startsWith("//")) return "/";
    return url.pathname + url.search;
  } catch {
    return "/";
  }
}

export interface LinkProps extends Omit<JSX.HTMLAttributes<HTMLAnchorElement>, "href"> {
  to: string;
  class?: string;
  children?: ComponentChildren;
}

/** An anchor that stays in the application on an ordinary click. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const go = (event: JSX.TargetedMouseEvent<HTMLAnchorElement>) => {
    if (typeof onClick === "function") onClick(event as never);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!plain || event.altKey || event.defaultPrevented) return;
    event.preventDefault();
    navigate(to);
  };
  return <a href={to} onClick={go as never} {...rest} />;
}
