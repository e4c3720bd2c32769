/** A clock for tests: it stands still until it is told to move, and its timers move with it. */
import type { Clock } from "./clock.js";

interface Timer {
  readonly due: number;
  readonly done: () => void;
}

export class ManualClock implements Clock {
  #now: number;
  readonly #timers = new Set<Timer>();

  constructor(unixSeconds: number) {
    this.#now = unixSeconds * 1000;
  }

  now(): number {
    return this.#now;
  }

  after(seconds: number, done: () => void): () => void {
    const timer = { due: this.#now + seconds * 1000, done };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves on, or back, and calls what has become due, in order. */
  advance(seconds: number): void {
    const target = this.#now + seconds * 1000;
    for (let next = this.#next(); next && next.due <= target; next = this.#next()) {
      this.#now = Math.max(this.#now, next.due);
      this.#timers.delete(next);
      next.done();
    }
    this.#now = target;
  }

  /** Moves to the next timer's time, and calls it; false if there is none. */
  advanceToNext(): boolean {
    const next = this.#next();
    if (next) this.advance(Math.max(0, next.due - this.#now) / 1000);
    return next !== undefined;
  }

  #next(): Timer | undefined {
    let first: Timer | undefined;
    for (const timer of this.#timers) if (!first || timer.due < first.due) first = timer;
    return first;
  }
}
