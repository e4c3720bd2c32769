<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** What a handler may return. Anything else, and nothing, is Outcome::ack(). */
final class Outcome
{
    private function __construct(
        public readonly string $kind,
        public readonly int $after = 0,
        public readonly string $reason = '',
    ) {
    }

    /** Done. */
    public static function ack(): self
    {
        return new self('ack');
    }

    /** Not now: the sender is told to come back. @param int $after seconds */
    public static function retry(int $after = 5): self
    {
        return new self('retry', max(0, $after));
    }

    /** Never: taken from the sender, and given to on_parked. */
    public static function park(string $reason): self
    {
        return new self('park', reason: $reason);
    }
}
