<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** A request that was not taken. Header and hint are for your log; nothing of it is answered. */
final class Refusal
{
    public function __construct(
        public readonly RefusalCode $code,
        public readonly string $header = '',
        public readonly string $hint = '',
    ) {
    }
}
