<?php

declare(strict_types=1);

namespace Malote\Receiver\Tests;

use Malote\Receiver\Clock;

/** A clock that moves when told to. Whoever sleeps lets the other fibers go on first. */
final class ManualClock implements Clock
{
    public function __construct(public float $now)
    {
    }

    public function now(): float
    {
        return $this->now;
    }

    public function sleep(float $seconds): void
    {
        $this->now += $seconds;
        if (\Fiber::getCurrent() !== null) {
            \Fiber::suspend();
        }
    }
}
