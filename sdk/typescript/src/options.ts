/** What a receiver can be told, and the checks of it. */
import { atLeast, ConfigError, type Refusal } from "./errors.js";
import type { WebhookEvent } from "./event.js";
import type { Context, Handler, Handlers } from "./dispatch.js";
import type { HeaderView } from "./headers.js";
import type { IdempotencyStore } from "./store.js";
import type { VerifierOptions } from "./verify.js";

/** All times are seconds. */
export interface ReceiverOptions extends VerifierOptions {
  /** One handler per type; a Map takes names that an object cannot hold, such as `__proto__`. */
  handlers?: Handlers | ReadonlyMap<string, Handler>;
  /** Handlers by the beginning of a type: the longest wins, after handlers by type. */
  prefixes?: Readonly<Record<string, Handler>> | ReadonlyMap<string, Handler>;
  /** Gets what no handler takes; `context.known` tells a new type from one you left out. */
  onUnhandled?: Handler;
  /** Sees every event, before its handler. */
  onAny?: (event: WebhookEvent, context: Context) => unknown;
  /** Sees why a request was refused. */
  onRefused?: (refusal: Refusal, request: RefusedRequest) => unknown;
  /** Sees what handlers, the store and observers threw. Without it they are logged. */
  onError?: (error: unknown, event: WebhookEvent | undefined) => unknown;
  /** Takes what is never to come again. Keep it somewhere: the sender is told 200. */
  onParked?: (parked: Parked) => unknown;
  /** How many bytes a body may have. Default 1 MiB; more is not read. */
  maxBody?: number;
  /** For all handlers of one delivery. Default 8; then the answer is 503. */
  budget?: number;
  /** Without one every copy of a delivery runs. */
  store?: IdempotencyStore;
  /** How long a claim holds without an outcome. Default 60. */
  lease?: number;
  /** How long a done delivery is known as such. Default 7 days. */
  ttl?: number;
  /** How long a copy waits for the first one's outcome. Default 5. */
  wait?: number;
  /** When the store fails: answer 503 (`refuse`, the default), or `run` without it. */
  onStoreError?: "refuse" | "run";
  /** A genuine body that cannot be read: 400 (`refuse`, the default), or 200 and `onParked`. */
  unreadable?: "refuse" | "park";
  /** The operator's switch: answer 410 to everything. */
  gone?: boolean | (() => boolean);
  /** Where lines for the operator go. Default console.error. They hold no secrets and no bodies. */
  log?: (line: string) => void;
}

export interface RefusedRequest {
  readonly method: string;
  readonly headers: HeaderView;
}

export interface Parked {
  readonly reason: string;
  readonly raw: Uint8Array;
  /** Absent if the body could not be read. */
  readonly event: WebhookEvent | undefined;
}

/** The options with their defaults. */
export interface Settings {
  readonly maxBody: number;
  readonly budget: number;
  readonly lease: number;
  readonly ttl: number;
  readonly wait: number;
  readonly onStoreError: "refuse" | "run";
  readonly unreadable: "refuse" | "park";
  readonly log: (line: string) => void;
}

const NAMES: ReadonlySet<string> = new Set<keyof ReceiverOptions>([
  "scheme", "secret", "previousSecrets", "secretLookup", "tolerance", "enforceUnsignedTimestamp",
  "maxSignatures", "clock", "handlers", "prefixes", "onUnhandled", "onAny", "onRefused", "onError",
  "onParked", "maxBody", "budget", "store", "lease", "ttl", "wait", "onStoreError", "unreadable",
  "gone", "log",
]);

const FUNCTIONS =
  ["onUnhandled", "onAny", "onRefused", "onError", "onParked", "log"] as const;

/** Throws a ConfigError of kind `bad_option`. */
export function readSettings(options: ReceiverOptions): Settings {
  for (const name of Object.keys(options)) {
    if (!NAMES.has(name)) throw new ConfigError("bad_option", `there is no option "${name}"`);
  }
  for (const name of FUNCTIONS) {
    if (options[name] !== undefined && typeof options[name] !== "function") {
      throw new ConfigError("bad_option", `${name} is no function`);
    }
  }
  for (const name of ["begin", "commit", "abort"] as const) {
    if (options.store !== undefined && typeof options.store[name] !== "function") {
      throw new ConfigError("bad_option", `store has no function ${name}`);
    }
  }
  for (const name of ["handlers", "prefixes"] as const) {
    if (options[name] !== undefined && typeof options[name] !== "object") {
      throw new ConfigError("bad_option", `${name} is no object`);
    }
  }
  if (!["undefined", "boolean", "function"].includes(typeof options.gone)) {
    throw new ConfigError("bad_option", "gone must be true, false or a function");
  }
  return {
    maxBody: atLeast("maxBody", 1, options.maxBody ?? 1024 * 1024),
    budget: atLeast("budget", 0, options.budget ?? 8),
    lease: atLeast("lease", 1, options.lease ?? 60),
    ttl: atLeast("ttl", 1, options.ttl ?? 7 * 24 * 3600),
    wait: atLeast("wait", 0, options.wait ?? 5),
    onStoreError: oneOf("onStoreError", options.onStoreError, ["refuse", "run"]),
    unreadable: oneOf("unreadable", options.unreadable, ["refuse", "park"]),
    log: options.log ?? ((line) => console.error(line)),
  };
}

/** The first of `values` is the default. */
function oneOf<T extends string>(name: string, value: T | undefined, values: readonly T[]): T {
  const chosen = value ?? values[0]!;
  if (values.includes(chosen)) return chosen;
  throw new ConfigError("bad_option", `${name} must be ${values.join(" or ")}`);
}
