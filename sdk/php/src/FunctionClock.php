<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** A function that tells the time, as a clock. */
final class FunctionClock implements Clock
{
    /** @param \Closure(): (int|float) $now Unix seconds */
    public function __construct(private readonly \Closure $now)
    {
    }

    public function now(): float
    {
        return (float) ($this->now)();
    }

    public function sleep(float $seconds): void
    {
        usleep((int) ($seconds * 1_000_000));
    }
}
