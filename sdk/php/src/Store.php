<?php

declare(strict_types=1);

namespace Malote\Receiver;

/**
 * Remembers which events were handled. Each method may throw; what that means is on_store_error.
 * Keys are any bytes, of any length, and differ in case: hash them if your storage minds.
 */
interface Store
{
    /**
     * Claims the key, atomically. A claim whose lease ran out, and a done key past its ttl, count
     * as free.
     *
     * @param float $lease seconds the claim holds without an outcome
     */
    public function begin(string $key, float $lease): Claim;

    /** @param float $ttl seconds to remember that the key is done */
    public function commit(string $key, float $ttl): void;

    /** Frees the key, unless it is done. */
    public function abort(string $key): void;
}
