<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Those who watch. What they throw goes to the log and changes nothing. */
final class Observers
{
    public ?\Closure $any = null;
    public ?\Closure $refused = null;
    public ?\Closure $error = null;
    public ?\Closure $parked = null;

    public function any(Event $event, Context $context): void
    {
        $this->notify($this->any, $event, $context);
    }

    public function refused(Refusal $refusal, Hints $hints): void
    {
        $this->notify($this->refused, $refusal, $hints);
    }

    public function parked(?Event $event, string $reason, string $raw): void
    {
        $this->notify($this->parked, $event, $reason, $raw);
    }

    /** To on_error, or to PHP's log if nobody asked for it. */
    public function error(\Throwable $error, ?Event $event = null): void
    {
        if ($this->error === null) {
            self::log($error);
            return;
        }
        try {
            ($this->error)($error, $event);
        } catch (\Throwable $thrown) {
            self::log($error);
            self::log($thrown);
        }
    }

    private function notify(?\Closure $observer, mixed ...$arguments): void
    {
        try {
            $observer?->__invoke(...$arguments);
        } catch (\Throwable $thrown) {
            $this->error($thrown);
        }
    }

    private static function log(\Throwable $error): void
    {
        $text = $error::class . ': ' . $error->getMessage();
        error_log('malote/receiver: ' . preg_replace('/[[:cntrl:]]+/', ' ', $text));
    }
}
