/**
 * Whatalo's own handler shape, so that code written for its SDK runs with the import changed.
 *
 * Whatalo has signed in two ways: `timestamp.body`, and the body alone. No header says which, so
 * both are tried. That confuses nothing: a signed text of the first kind begins with digits and a
 * dot, and as a body of the second kind that would not be a JSON object; nor does a body of the
 * second kind, which begins with a brace or a blank, read as digits, a dot and a body.
 */
import type { Context, Handler } from "../dispatch.js";
import type { RefusalCode } from "../errors.js";
import type { EventType, OpenData, WebhookEvent } from "../event.js";
import type { HeaderView } from "../headers.js";
import { memoryStore } from "../memory_store.js";
import type { ReceiverOptions } from "../options.js";
import { Receiver, type VerifiesRequests } from "../receiver.js";
import type { IdempotencyStore } from "../store.js";
import { Verifier } from "../verify.js";

export interface WebhookPayload<D = any> {
  /** The delivery's id. */
  readonly id: string;
  /** The event's type, as sent. */
  readonly event: string;
  /** The store's id. */
  readonly store: string;
  /** ISO 8601, as sent. */
  readonly timestamp: string;
  readonly data: D;
}

export type PayloadHandler = (payload: WebhookPayload, context: Context) => unknown;

export interface WhataloOptions
  extends Omit<ReceiverOptions, "scheme" | "handlers" | "prefixes" | "onUnhandled"> {
  handlers: { [K in EventType]?: PayloadHandler } & { [type: string]: PayloadHandler | undefined };
  /** Gets what no handler takes. */
  onUnhandledEvent?: (event: string, payload: WebhookPayload, context: Context) => unknown;
  /** Default: a memory store, as code written for Whatalo's SDK names none. */
  store?: IdempotencyStore;
}

/** Throws a ConfigError. */
export function whataloReceiver(options: WhataloOptions): Receiver {
  const { handlers, onUnhandledEvent, ...given } = options;
  const rest = { ...given, store: given.store ?? memoryStore({ clock: given.clock }) };
  const adapted = new Map<string, Handler>();
  for (const [type, handler] of Object.entries(handlers ?? {})) {
    if (handler) adapted.set(type, (event, context) => handler(readPayload(event), context));
  }
  const onUnhandled: Handler | undefined = onUnhandledEvent &&
    ((event, context) => onUnhandledEvent(event.type, readPayload(event), context));
  return new Receiver({ ...rest, handlers: adapted, onUnhandled }, whataloVerifier(rest));
}

const TRY_BODY_ALONE: ReadonlySet<RefusalCode> = new Set<RefusalCode>([
  "no_matching_signature", "missing_header",
]);

function whataloVerifier(options: ReceiverOptions): VerifiesRequests {
  const timed = new Verifier({ ...options, scheme: "whatalo" });
  const bodyAlone = new Verifier({ ...options, scheme: "whatalo-body" });
  return {
    async verify(headers: HeaderView, body: Uint8Array) {
      const verdict = await timed.verify(headers, body);
      if (verdict.ok || !TRY_BODY_ALONE.has(verdict.code)) return verdict;
      const second = await bodyAlone.verify(headers, body);
      return second.ok ? second : verdict;
    },
  };
}

function readPayload(event: WebhookEvent): WebhookPayload {
  const { store, data } = event.payload;
  return {
    id: event.deliveryId || event.id,
    event: event.type,
    store: typeof store === "string" ? store : String((store as OpenData)?.["id"] ?? ""),
    timestamp: event.occurredAt ?? "",
    data: data === undefined ? event.payload : data,
  };
}
