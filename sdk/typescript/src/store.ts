/**
 * Which deliveries are done, and which are being worked on.
 *
 * `begin` must be atomic: of several callers with one key, exactly one gets `acquired`. A claim
 * whose lease ran out counts as none. All methods may throw or reject; the receiver then answers by
 * `onStoreError`. A Redis store is `SET key claim NX EX lease` and `SET key done EX ttl`; an SQL
 * store is INSERT … ON CONFLICT.
 */
export interface IdempotencyStore {
  /** `lease` in seconds: how long the claim holds if neither commit nor abort comes. */
  begin(key: string, lease: number): Claim | Promise<Claim>;
  /** The work is done. `ttl` in seconds: how long copies are known as such. */
  commit(key: string, ttl: number): void | Promise<void>;
  /** The work failed: the next copy may try. Only ever called while the lease holds. */
  abort(key: string): void | Promise<void>;
}

export type Claim = "acquired" | "done" | "in_flight";
