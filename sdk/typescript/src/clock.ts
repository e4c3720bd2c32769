/** The only source of time. Tests give their own: see `@malote/receiver/testing`. */
import { ConfigError } from "./errors.js";

export interface Clock {
  /** Milliseconds since 1970, as Date.now() tells them. */
  now(): number;
  /** Calls `done` once, `seconds` from now, unless the function it returns is called before. */
  after(seconds: number, done: () => void): () => void;
}

/** A clock, or only the time of one; timers are then the system's. */
export type ClockOption = Clock | (() => number);

export const systemClock: Clock = {
  now: () => Date.now(),
  after(seconds, done) {
    // setTimeout takes at most 2^31 - 1 ms and fires at once beyond that.
    const timer = setTimeout(done, Math.min(seconds * 1000, 2 ** 31 - 1));
    return () => clearTimeout(timer);
  },
};

export function readClock(option: ClockOption | undefined): Clock {
  if (option === undefined) return systemClock;
  if (typeof option === "function") return { ...systemClock, now: option };
  if (typeof option.now === "function" && typeof option.after === "function") return option;
  throw new ConfigError("bad_option", "clock is no function, and has no now and after");
}

/** Whole seconds since 1970. */
export function unixSeconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}

export const EXPIRED = Symbol("expired");

/** What `work` gives, or EXPIRED after `seconds`. `work` goes on; its failure is nobody's then. */
export async function within<T>(
  clock: Clock, seconds: number, work: Promise<T>,
): Promise<T | typeof EXPIRED> {
  let cancel = (): void => undefined;
  const expiry = new Promise<typeof EXPIRED>((resolve) => {
    cancel = clock.after(seconds, () => resolve(EXPIRED));
  });
  try {
    return await Promise.race([work, expiry]); // the race also takes a later failure of `work`
  } finally {
    cancel();
  }
}
