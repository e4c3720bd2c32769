<?php

declare(strict_types=1);

namespace Malote\Receiver;

/**
 * The receiver cannot work as it is set up. Thrown while it is built, never because of a request.
 * The message says what to do, and never holds a secret.
 */
final class ConfigError extends \LogicException
{
    /**
     * @param string $kind no_secret, bad_secret, bad_profile, bad_option, duplicate_handler,
     *     body_consumed
     */
    public function __construct(public readonly string $kind, string $message)
    {
        parent::__construct("$kind: $message");
    }
}
