/**
 * Takes one delivery: verify the bytes, judge the time, parse, claim, dispatch. Nothing touches the
 * store or a handler before the signature is right, and `handle` never throws or rejects.
 */
import { toBytes } from "./bytes.js";
import { EXPIRED, readClock, within, type Clock } from "./clock.js";
import { refuse, type Refusal } from "./errors.js";
import { readEvent, type EventOf, type EventType, type WebhookEvent } from "./event.js";
import { HandlerTable, type Context, type Handler } from "./dispatch.js";
import { viewHeaders, type HeaderView } from "./headers.js";
import { checkHead, failed, received, refused, tryAgain } from "./message.js";
import type { IncomingRequest, OutgoingResponse } from "./message.js";
import { readSettings, type ReceiverOptions, type Settings } from "./options.js";
import { readOutcome, type Outcome } from "./outcome.js";
import { Verifier, type Verified } from "./verify.js";

/** What a receiver asks of its verifier. */
export interface VerifiesRequests {
  verify(headers: HeaderView, body: Uint8Array): Promise<Verified | Refusal>;
}

type Ended = Outcome | { readonly kind: "failed"; readonly error: unknown };

/** Held from `begin` to the outcome; none where there is no store, or it failed and we `run`. */
interface Held {
  readonly key: string;
  /** Milliseconds since 1970: after that another copy may hold it. */
  readonly until: number;
}

const CONSUMED =
  "the webhook's body has been read by a parser before, so its signature cannot be checked: " +
  "mount the webhook route before express.json() and the like, leave the parser out for this " +
  "path, or in Next's pages/api export const config = { api: { bodyParser: false } }";

export class Receiver {
  readonly #options: ReceiverOptions;
  readonly #settings: Settings;
  readonly #verifier: VerifiesRequests;
  readonly #clock: Clock;
  readonly #table = new HandlerTable();

  /** Throws a ConfigError. `verifier` is for those who verify by more than one scheme. */
  constructor(options: ReceiverOptions, verifier?: VerifiesRequests) {
    this.#settings = readSettings(options);
    this.#options = { ...options };
    this.#verifier = verifier ?? new Verifier(options);
    this.#clock = readClock(options.clock);
    for (const [type, handler] of pairs(options.handlers)) this.#table.set(type, handler);
    for (const [prefix, handler] of pairs(options.prefixes)) {
      this.#table.setPrefix(prefix, handler);
    }
  }

  /** Throws a ConfigError of kind `duplicate_handler` if the type has a handler. */
  on<K extends EventType>(type: K, handler: Handler<EventOf<K>>): this;
  on(type: string, handler: Handler): this;
  on(type: string, handler: Handler<any>): this {
    this.#table.set(type, handler);
    return this;
  }

  onPrefix(prefix: string, handler: Handler): this {
    this.#table.setPrefix(prefix, handler);
    return this;
  }

  /** Never rejects: whatever happens becomes an answer. */
  async handle(request: IncomingRequest): Promise<OutgoingResponse> {
    try {
      return await this.#handle(request);
    } catch (error) {
      await this.#report(error, undefined);
      return tryAgain();
    }
  }

  async #handle(request: IncomingRequest): Promise<OutgoingResponse> {
    const { gone } = this.#options;
    if (typeof gone === "function" ? gone() : gone) return failed("gone");
    const headers = viewHeaders(request.headers);
    const about = { method: request.method, headers };
    const { maxBody } = this.#settings;
    const wrong = checkHead(request.method, headers, maxBody);
    if (wrong) return this.#refuse(wrong, about);
    const body = await readBody(request, maxBody);
    if (body === "consumed") {
      this.#log(`@malote/receiver: ${CONSUMED}`);
      return failed("not_configured");
    }
    if (body === "too_large") {
      const hint = `the body has more than ${maxBody} bytes`;
      return this.#refuse(refuse("body_too_large", "", hint), about);
    }
    const verified = await this.#limited(this.#verifier.verify(headers, body), "verifying");
    if (!verified.ok) return this.#refuse(verified, about);
    const event = await readEvent(verified, headers, body);
    if ("ok" in event) return this.#refuseUnreadable(event, about, body);
    return this.#take(event, verified);
  }

  async #refuse(refusal: Refusal, request: { method: string; headers: HeaderView }) {
    if (refusal.code === "no_secret") this.#log(`@malote/receiver: ${refusal.hint}`);
    await this.#observe(() => this.#options.onRefused?.(refusal, request), undefined);
    return refused(refusal.code);
  }

  async #refuseUnreadable(
    refusal: Refusal, request: { method: string; headers: HeaderView }, raw: Uint8Array,
  ): Promise<OutgoingResponse> {
    const answer = await this.#refuse(refusal, request);
    if (this.#settings.unreadable === "refuse") return answer;
    const parked = { reason: refusal.hint, raw, event: undefined };
    await this.#observe(() => this.#options.onParked?.(parked), undefined);
    return received();
  }

  async #take(event: WebhookEvent, verified: Verified): Promise<OutgoingResponse> {
    const claim = await this.#claim(event);
    if (claim === "done") return received(true);
    if (claim === "busy") return tryAgain();
    const controller = new AbortController();
    const known = event.canonical !== undefined;
    const work = this.#run(event, { verified, signal: controller.signal, known });
    const ended = await within(this.#clock, this.#settings.budget, work);
    if (ended !== EXPIRED) {
      await this.#settle(ended, event, claim);
      return answerTo(ended);
    }
    controller.abort();
    const late = new Error(`no outcome of ${event.key} within ${this.#settings.budget} s`);
    await this.#report(late, event);
    void work.then((outcome) => this.#settle(outcome, event, claim)); // neither of them rejects
    return tryAgain();
  }

  /** Never rejects. */
  async #run(event: WebhookEvent, context: Context): Promise<Ended> {
    try {
      await this.#observe(() => this.#options.onAny?.(event, context), event);
      const handler = this.#table.find(event.type) ?? this.#options.onUnhandled;
      return readOutcome(await handler?.(event, context));
    } catch (error) {
      return { kind: "failed", error };
    }
  }

  /** Never rejects: by now the work is done, or has failed, whatever the store says. */
  async #settle(ended: Ended, event: WebhookEvent, held: Held | undefined): Promise<void> {
    if (ended.kind === "failed") await this.#report(ended.error, event);
    try {
      if (held) await this.#limited(this.#release(ended, held), "the store");
    } catch (error) {
      await this.#report(error, event);
    }
    if (ended.kind !== "park") return;
    const parked = { reason: ended.reason, raw: event.raw, event };
    await this.#observe(() => this.#options.onParked?.(parked), event);
  }

  async #release(ended: Ended, held: Held): Promise<void> {
    const { store } = this.#options;
    if (ended.kind === "ack" || ended.kind === "park") {
      await store?.commit(held.key, this.#settings.ttl);
    } else if (this.#clock.now() < held.until) {
      await store?.abort(held.key);
    }
  }

  async #claim(event: WebhookEvent): Promise<Held | undefined | "done" | "busy"> {
    const { store } = this.#options;
    if (!store) return undefined;
    const { lease, wait, onStoreError } = this.#settings;
    try {
      for (let waited = 0, pause = 0.02; ; pause = Math.min(2 * pause, 0.25)) {
        const until = this.#clock.now() + lease * 1000;
        const begun = (async () => store.begin(event.key, lease))();
        const claim = await this.#limited(begun, "the store");
        if (claim === "acquired") return { key: event.key, until };
        if (claim === "done") return "done";
        if (claim !== "in_flight") throw new Error(`the store's begin gave ${describe(claim)}`);
        if (waited >= wait) return "busy";
        await new Promise<void>((resolve) => this.#clock.after(pause, resolve));
        waited += pause;
      }
    } catch (error) {
      await this.#report(error, event);
      return onStoreError === "run" ? undefined : "busy";
    }
  }

  /** What `work` gives, or an error once the budget is used up. */
  async #limited<T>(work: Promise<T>, what: string): Promise<T> {
    const { budget } = this.#settings;
    const result = await within(this.#clock, budget, work);
    if (result === EXPIRED) throw new Error(`${what} took longer than ${budget} s`);
    return result;
  }

  /** Calls an observer: what it throws is reported, and changes nothing. */
  async #observe(call: () => unknown, event: WebhookEvent | undefined): Promise<void> {
    try {
      await this.#limited((async () => call())(), "an observer");
    } catch (error) {
      await this.#report(error, event);
    }
  }

  /** Never rejects. */
  async #report(error: unknown, event: WebhookEvent | undefined): Promise<void> {
    const { onError } = this.#options;
    try {
      if (onError) await this.#limited((async () => onError(error, event))(), "onError");
    } catch (another) {
      this.#log(`@malote/receiver: onError threw ${describe(another)}`);
    }
    if (onError) return;
    const what = event ? ` in ${JSON.stringify(event.type)} (${event.key})` : "";
    this.#log(`@malote/receiver: an error${what}: ${describe(error)}`);
  }

  #log(line: string): void {
    try {
      this.#settings.log(line);
    } catch {
      // Nowhere is left to say it.
    }
  }
}

function answerTo(ended: Ended): OutgoingResponse {
  if (ended.kind === "failed") return failed("handler_failed");
  return ended.kind === "retry" ? tryAgain(ended.after) : received();
}

async function readBody(request: IncomingRequest, limit: number) {
  const { body } = request;
  const read = typeof body === "function" ? await body(limit) : toBytes(body);
  return typeof read !== "string" && read.length > limit ? "too_large" : read;
}

function pairs(
  handlers: object | ReadonlyMap<string, unknown> | undefined,
): Iterable<readonly [string, Handler]> {
  const entries = handlers instanceof Map ? [...handlers] : Object.entries(handlers ?? {});
  return entries.filter(([, handler]) => handler !== undefined);
}

/** Anything can be thrown: undefined, a symbol, an object whose `stack` throws. */
function describe(thrown: unknown): string {
  try {
    return thrown instanceof Error ? String(thrown.stack ?? thrown) : String(thrown);
  } catch {
    return "something that cannot be printed";
  }
}

export function createReceiver(options: ReceiverOptions): Receiver {
  return new Receiver(options);
}
