/** What a handler may return besides nothing. Throwing is a failure: 500, and it comes again. */

const BRAND = Symbol.for("@malote/receiver/outcome"); // holds across two copies of this package

export type Outcome = Ack | Retry | Park;
interface Ack {
  readonly kind: "ack";
}
interface Retry {
  readonly kind: "retry";
  /** Seconds. */
  readonly after: number;
}
interface Park {
  readonly kind: "park";
  readonly reason: string;
}

/** How many seconds a sender is asked to wait if nobody said otherwise. */
export const RETRY_AFTER = 5;

/** Done: the same as returning nothing. */
export function ack(): Outcome {
  return branded({ kind: "ack" });
}

/** Not now: 503 with Retry-After; the sender brings it again and the handler runs again. */
export function retry(afterSeconds: number = RETRY_AFTER): Outcome {
  const after = Number.isFinite(afterSeconds) ? Math.max(0, Math.ceil(afterSeconds)) : RETRY_AFTER;
  return branded({ kind: "retry", after });
}

/** Never: 200, so that the sender stops, and `onParked` gets it for a person to look at. */
export function park(reason: string): Outcome {
  return branded({ kind: "park", reason });
}

function branded(outcome: Outcome): Outcome {
  return Object.freeze({ ...outcome, [BRAND]: true });
}

/** Whatever else a handler returns, an ORM's row for instance, means that it is done. */
export function readOutcome(returned: unknown): Outcome {
  return isOutcome(returned) ? returned : ack();
}

function isOutcome(returned: unknown): returned is Outcome {
  return typeof returned === "object" && returned !== null && BRAND in returned;
}
