<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** What is known of a request before its signature is checked: nothing in here is proven. */
final class Hints
{
    public function __construct(public readonly Headers $headers, public readonly string $body)
    {
    }
}
