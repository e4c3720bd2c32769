<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Claims an event, runs its handler, and settles the claim. */
final class Processor
{
    private const POLL_SECONDS = 0.1;

    public ?\Closure $unhandled = null;

    public function __construct(
        private readonly Handlers $handlers,
        private readonly Observers $observers,
        private readonly Clock $clock,
        private readonly ?Store $store,
        private readonly Limits $limits,
    ) {
    }

    public function process(Event $event, Verified $verified): Response
    {
        $leasedUntil = INF;
        $store = $this->store;
        if ($store !== null) {
            try {
                $leasedUntil = $this->clock->now() + $this->limits->lease;
                $claim = $this->claim($store, $event->key);
                if ($claim !== Claim::Acquired) {
                    return $claim === Claim::Done ? Response::received(true) : Response::tryAgain();
                }
            } catch (\Throwable $error) {
                $this->observers->error($error, $event);
                if ($this->limits->onStoreError !== 'run') {
                    return Response::tryAgain();
                }
                $store = null;
            }
        }
        return $this->dispatch($event, $verified, $store, $leasedUntil);
    }

    /** Waits for a copy that has the claim, as long as allowed. */
    private function claim(Store $store, string $key): Claim
    {
        $claim = $store->begin($key, $this->limits->lease);
        for ($waited = 0.0; $claim === Claim::InFlight && $waited < $this->limits->wait;) {
            $this->clock->sleep(self::POLL_SECONDS);
            $waited += self::POLL_SECONDS;
            $claim = $store->begin($key, $this->limits->lease);
        }
        return $claim;
    }

    private function dispatch(
        Event $event,
        Verified $verified,
        ?Store $store,
        float $leasedUntil,
    ): Response {
        $started = $this->clock->now();
        $known = $event->canonical !== null;
        $context = new Context($verified, $known, $started + $this->limits->budget);
        $this->observers->any($event, $context);
        try {
            $work = fn () => $this->handle($event, $context);
            $outcome = Alarm::within($this->limits->budget, $work);
        } catch (OverBudget $cutOff) {
            // how far it came nobody knows: as after a crash, the lease decides
            $this->observers->error($cutOff, $event);
            return Response::tryAgain();
        } catch (\Throwable $error) {
            $this->observers->error($error, $event);
            $this->abort($event, $store, $leasedUntil);
            return $this->isOver($started) ? Response::tryAgain() : Response::handlerFailed();
        }
        if ($outcome instanceof Outcome && $outcome->kind === 'retry') {
            $this->abort($event, $store, $leasedUntil);
            return Response::tryAgain($outcome->after);
        }
        if ($outcome instanceof Outcome && $outcome->kind === 'park') {
            $this->observers->parked($event, $outcome->reason, $event->raw);
        }
        $this->settle($event, fn () => $store?->commit($event->key, $this->limits->ttl));
        return $this->isOver($started) ? Response::tryAgain() : Response::received();
    }

    private function handle(Event $event, Context $context): mixed
    {
        $handler = $this->handlers->find($event);
        return $handler !== null
            ? $handler($event, $context)
            : $this->unhandled?->__invoke($event, $context->known, $context);
    }

    private function abort(Event $event, ?Store $store, float $leasedUntil): void
    {
        // a lease that ran out is no longer ours, and another may have the claim by now
        if ($this->clock->now() < $leasedUntil) {
            $this->settle($event, fn () => $store?->abort($event->key));
        }
    }

    private function settle(Event $event, \Closure $step): void
    {
        try {
            $step();
        } catch (\Throwable $error) {
            $this->observers->error($error, $event);
        }
    }

    private function isOver(float $started): bool
    {
        return $this->clock->now() - $started > $this->limits->budget;
    }
}
