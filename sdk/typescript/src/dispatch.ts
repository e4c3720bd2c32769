/** Handlers by type: as sent, then by alias, then by the longest prefix. */
import { ConfigError } from "./errors.js";
import { canonicalType, namesOf } from "./event.js";
import type { EventOf, EventType, WebhookEvent } from "./event.js";
import type { Verified } from "./verify.js";

export interface Context {
  /** What the signature proved. */
  readonly verified: Verified;
  /** Aborted when the budget is used up: the sender has had its answer by then. */
  readonly signal: AbortSignal;
  /** Whether the catalogue has this type. */
  readonly known: boolean;
}

/** Handles one event. It returns an Outcome or a promise of one; anything else means done. */
export type Handler<E = WebhookEvent> = (event: E, context: Context) => unknown;

/** Handlers by type. A type the catalogue does not have is as good as one that it has. */
export type Handlers =
  & { [K in EventType]?: Handler<EventOf<K>> }
  & { [type: string]: Handler<any> | undefined };

export class HandlerTable {
  // Maps, because types come from outside: `constructor` and `__proto__` are names like any other.
  readonly #byType = new Map<string, Handler>();
  readonly #byPrefix = new Map<string, Handler>();

  set(type: string, handler: Handler): void {
    add(this.#byType, type, handler, "type");
  }

  setPrefix(prefix: string, handler: Handler): void {
    add(this.#byPrefix, prefix, handler, "prefix");
  }

  find(type: string): Handler | undefined {
    return this.#byType.get(type) ?? this.#findAlias(type) ?? this.#findPrefix(type);
  }

  #findAlias(type: string): Handler | undefined {
    const canonical = canonicalType(type);
    const names = canonical === undefined ? [] : namesOf(canonical);
    const name = names.find((each) => this.#byType.has(each));
    return name === undefined ? undefined : this.#byType.get(name);
  }

  #findPrefix(type: string): Handler | undefined {
    let longest: string | undefined;
    for (const prefix of this.#byPrefix.keys()) {
      if (type.startsWith(prefix) && prefix.length > (longest?.length ?? 0)) longest = prefix;
    }
    return longest === undefined ? undefined : this.#byPrefix.get(longest);
  }
}

function add(table: Map<string, Handler>, name: string, handler: unknown, what: string): void {
  if (typeof name !== "string" || name === "") {
    throw new ConfigError("bad_option", `a handler's ${what} must be text, and not empty`);
  }
  if (typeof handler !== "function") {
    throw new ConfigError("bad_option", `the handler of ${what} "${name}" is no function`);
  }
  if (table.has(name)) {
    throw new ConfigError("duplicate_handler", `there is a handler of ${what} "${name}" already`);
  }
  table.set(name, handler as Handler);
}
