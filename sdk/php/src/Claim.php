<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** What a store answers to an attempt to claim a key. */
enum Claim
{
    /** The caller has it, for as long as the lease holds. */
    case Acquired;
    /** The work was done before. */
    case Done;
    /** Somebody else has it. */
    case InFlight;
}
