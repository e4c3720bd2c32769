// Who is signed in. The key itself is never kept: the browser holds an HttpOnly cookie, and this
// page the token that must go with every change.
import { make_store } from "../base/store";
import type { Session } from "./types";

/** undefined: not asked yet; null: nobody. */
export const session = make_store<Session | null | undefined>(undefined);

/** The project to work on; "" for the key's own. */
export const current_project = make_store(sessionStorage.getItem("malote.project") ?? "");

export function use_project(id: string): void {
  if (id === "") sessionStorage.removeItem("malote.project");
  else sessionStorage.setItem("malote.project", id);
  current_project.set(id);
}

/** The session is over, at the gateway too. */
export function signed_out(): void {
  use_project("");
  session.set(null);
}

/**
 * Whether the key may do `scope`, such as `triggers:write`. The gateway decides; this only
 * hides.
 */
export function may(scope: string): boolean {
  const now = session.get();
  if (!now) return false;
  if (now.read_only && scope.endsWith(":write")) return false;
  const [area, verb] = scope.split(":");
  return now.key.scopes.some(
    (given) => given === "*" || given === scope || given === `${area}:*` || given === `*:${verb}`);
}
