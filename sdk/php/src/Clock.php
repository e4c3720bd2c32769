<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** The only source of time. */
interface Clock
{
    /** Unix seconds */
    public function now(): float;

    public function sleep(float $seconds): void;
}
