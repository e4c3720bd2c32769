import { readClock, type Clock, type ClockOption } from "./clock.js";
import { atLeast } from "./errors.js";
import type { Claim, IdempotencyStore } from "./store.js";

interface Entry {
  readonly done: boolean;
  /** Milliseconds since 1970. */
  expires: number;
}

/**
 * A store for one process, lost at its end. When `maxKeys` (default 100 000) are held, the oldest
 * done key goes: a copy of that one would run again. Claims never go; with nothing else left,
 * `begin` throws.
 */
export function memoryStore(
  options: { maxKeys?: number; clock?: ClockOption } = {},
): IdempotencyStore {
  return new MemoryStore(
    atLeast("maxKeys", 1, options.maxKeys ?? 100_000), readClock(options.clock));
}

class MemoryStore implements IdempotencyStore {
  readonly #entries = new Map<string, Entry>(); // oldest first

  constructor(private readonly maxKeys: number, private readonly clock: Clock) {}

  begin(key: string, lease: number): Claim {
    const now = this.clock.now();
    const entry = this.#entries.get(key);
    if (entry && entry.expires > now) {
      if (entry.done) return "done";
      // A clock that was set back must not make a claim last longer than its lease.
      entry.expires = Math.min(entry.expires, now + lease * 1000);
      return "in_flight";
    }
    this.#entries.delete(key);
    this.#makeRoom(now);
    this.#entries.set(key, { done: false, expires: now + lease * 1000 });
    return "acquired";
  }

  commit(key: string, ttl: number): void {
    this.#entries.delete(key); // so that it goes to the end
    this.#entries.set(key, { done: true, expires: this.clock.now() + ttl * 1000 });
  }

  abort(key: string): void {
    if (!this.#entries.get(key)?.done) this.#entries.delete(key);
  }

  #makeRoom(now: number): void {
    for (const [key, entry] of this.#entries) { // what has expired is nearly always in front
      if (entry.expires > now) break;
      this.#entries.delete(key);
    }
    if (this.#entries.size < this.maxKeys) return;
    for (const [key, entry] of this.#entries) {
      if (!entry.done && entry.expires > now) continue;
      this.#entries.delete(key);
      return;
    }
    throw new Error(`the memory store holds ${this.maxKeys} claims that are all being worked on`);
  }
}
