<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Cuts off work that takes too long, where PHP can: on the command line, with ext-pcntl. */
final class Alarm
{
    /**
     * @template T
     * @param float $seconds rounded up to whole ones
     * @param \Closure(): T $work
     * @return T
     * @throws OverBudget
     */
    public static function within(float $seconds, \Closure $work): mixed
    {
        if (!self::isAvailable()) {
            return $work();
        }
        $wasAsync = pcntl_async_signals(true);
        pcntl_signal(SIGALRM, static fn () => throw new OverBudget('the handler took too long'));
        try {
            pcntl_alarm((int) ceil($seconds));
            return $work();
        } finally {
            pcntl_alarm(0);
            pcntl_signal(SIGALRM, SIG_DFL);
            pcntl_async_signals($wasAsync);
        }
    }

    /**
     * Not within a fiber: the alarm would hit whichever one is running then. And a program that has
     * an alarm of its own keeps it.
     */
    private static function isAvailable(): bool
    {
        return PHP_SAPI === 'cli' && function_exists('pcntl_alarm') && \Fiber::getCurrent() === null
            && !extension_loaded('swoole') && pcntl_signal_get_handler(SIGALRM) === SIG_DFL;
    }
}
