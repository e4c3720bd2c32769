<?php

declare(strict_types=1);

namespace Malote\Receiver;

/**
 * Claims in the memory of one process: for tests, and for servers of one process. Under PHP-FPM
 * every request starts with an empty one; use PdoStore there.
 */
final class MemoryStore implements Store
{
    /** @var array<string, array{bool, float}> key => [is done, until when] */
    private array $entries = [];

    /** @param int $maxKeys beyond it, the done keys that were added first are forgotten */
    public function __construct(
        private readonly Clock $clock = new SystemClock(),
        private readonly int $maxKeys = 100_000,
    ) {
    }

    public function begin(string $key, float $lease): Claim
    {
        $key = "k$key";
        $now = $this->clock->now();
        if (isset($this->entries[$key])) {
            [$isDone, $until] = $this->entries[$key];
            if ($until > $now && $isDone) {
                return Claim::Done;
            }
            if ($until > $now) {
                // a clock that was set back must not make a claim last longer than its lease
                $this->entries[$key][1] = min($until, $now + $lease);
                return Claim::InFlight;
            }
            unset($this->entries[$key]);
        }
        $this->makeRoom($now);
        $this->entries[$key] = [false, $now + $lease];
        return Claim::Acquired;
    }

    public function commit(string $key, float $ttl): void
    {
        unset($this->entries["k$key"]);
        $this->entries["k$key"] = [true, $this->clock->now() + $ttl];
    }

    public function abort(string $key): void
    {
        if (!($this->entries["k$key"][0] ?? true)) {
            unset($this->entries["k$key"]);
        }
    }

    private function makeRoom(float $now): void
    {
        if (count($this->entries) < $this->maxKeys) {
            return;
        }
        $this->entries = array_filter($this->entries, static fn (array $entry) => $entry[1] > $now);
        foreach ($this->entries as $key => [$isDone]) {
            if (count($this->entries) < $this->maxKeys) {
                return;
            }
            if ($isDone) {
                unset($this->entries[$key]);
            }
        }
        if (count($this->entries) >= $this->maxKeys) {
            throw new \OverflowException("the store is full: $this->maxKeys events in progress");
        }
    }
}
