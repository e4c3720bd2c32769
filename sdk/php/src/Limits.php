<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** How long things may take and how much they may be: seconds and bytes. */
final class Limits
{
    /** @throws ConfigError bad_option */
    public function __construct(
        public readonly int $maxBody,
        public readonly float $budget,
        public readonly float $lease,
        public readonly float $ttl,
        public readonly float $wait,
        public readonly string $onStoreError,
    ) {
        foreach (compact('maxBody', 'budget', 'lease', 'ttl') as $name => $value) {
            if (!($value > 0)) {
                throw new ConfigError('bad_option', "$name must be more than 0");
            }
        }
        if (!($wait >= 0)) {
            throw new ConfigError('bad_option', 'wait must be 0 or more');
        }
        if (!in_array($onStoreError, ['refuse', 'run'], true)) {
            throw new ConfigError('bad_option', 'onStoreError must be "refuse" or "run"');
        }
    }
}
