<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Thrown into a handler that the alarm cuts off. No Exception, so that few handlers catch it. */
final class OverBudget extends \Error
{
}
