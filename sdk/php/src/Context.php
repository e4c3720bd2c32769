<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** What a handler may want to know besides the event. */
final class Context
{
    /**
     * @param bool $known whether the catalogue has the event's type
     * @param float $deadline Unix seconds; a handler should be done by then
     */
    public function __construct(
        public readonly Verified $verified,
        public readonly bool $known,
        public readonly float $deadline,
    ) {
    }
}
