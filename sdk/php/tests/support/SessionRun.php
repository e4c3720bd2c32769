<?php

declare(strict_types=1);

namespace Malote\Receiver\Tests;

use Malote\Receiver\Event;
use Malote\Receiver\MemoryStore;
use Malote\Receiver\OverBudget;
use Malote\Receiver\Profile;
use Malote\Receiver\Receiver;
use Malote\Receiver\Response;

/**
 * One session of a vector file: deliveries to one receiver, with a store and a handler that do what
 * each step says. Parallel steps are fibers; all time is the clock's.
 */
final class SessionRun
{
    private const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
    private const HEX_SECRET = '303132333435363738396162636465663031323334353637383961626364656630';
    private const BUDGET = 8.0;

    private readonly ManualClock $clock;
    private readonly ScriptedStore $store;
    private readonly Receiver $receiver;
    /** @var array<string, mixed> */
    private readonly array $profile;
    /** @var list<string> */
    private array $faults = [];
    /** The step whose copy is being handled, by the event in hand */
    private int $current = 0;
    /** @var array<int, bool> */
    private array $ran = [];
    /** @var list<\Fiber> of handlers that died; kept so that nothing of theirs is unwound */
    private array $dead = [];

    /**
     * @param array<string, mixed> $session
     * @param array<string, mixed> $file
     */
    public function __construct(private readonly array $session, array $file)
    {
        $this->clock = new ManualClock((float) $file['now']);
        $this->store = new ScriptedStore(new MemoryStore($this->clock));
        $this->profile = $file['profiles'][$session['profile']];
        $options = ($session['options'] ?? []) + $file['defaults'];
        $this->receiver = new Receiver(
            secret: $this->profile['secret_encoding'] === 'hex' ? self::HEX_SECRET : self::SECRET,
            scheme: new Profile($this->profile, $session['profile']),
            tolerance: $options['tolerance'],
            budget: self::BUDGET,
            store: $this->store,
            onStoreError: $options['on_store_error'] ?? 'refuse',
            clock: $this->clock,
        );
        $this->receiver
            ->onPrefix('', fn (Event $event) => $this->handle())
            ->onError(static fn () => null);
        ($session['parallel'] ?? false) ? $this->runParallel() : $this->runInOrder();
    }

    /** @return list<string> */
    public function faults(): array
    {
        return $this->faults;
    }

    private function runInOrder(): void
    {
        foreach (array_keys($this->session['steps']) as $index) {
            $fiber = $this->begin($index);
            while ($this->isAlive($fiber)) {
                $this->go($fiber, $index);
            }
            $this->judge($index, $fiber);
        }
    }

    private function runParallel(): void
    {
        $fibers = [];
        foreach (array_keys($this->session['steps']) as $index) {
            $fibers[$index] = $this->begin($index);
        }
        do {
            $alive = array_filter($fibers, $this->isAlive(...));
            foreach ($alive as $index => $fiber) {
                $this->go($fiber, $index);
            }
        } while ($alive !== []);
        foreach ($fibers as $index => $fiber) {
            $this->judge($index, $fiber);
        }
    }

    /** The delivery of a step up to where it first waits; null if the step only moves the clock. */
    private function begin(int $index): ?\Fiber
    {
        $step = $this->session['steps'][$index];
        $this->clock->now += $step['advance_s'] ?? 0;
        if (!isset($step['delivery'])) {
            return null;
        }
        [$headers, $body] = $this->makeRequest($step);
        $fiber = new \Fiber(fn (): Response => $this->receiver->respond('POST', $headers, $body));
        $this->ran[$index] = false;
        $this->go($fiber, $index);
        return $fiber;
    }

    private function isAlive(?\Fiber $fiber): bool
    {
        return $fiber !== null && !$fiber->isTerminated() && !in_array($fiber, $this->dead, true);
    }

    private function go(\Fiber $fiber, int $index): void
    {
        $this->current = $index;
        $isDown = ($this->session['steps'][$index]['store'] ?? 'ok') === 'down';
        $this->store->down = $isDown ? ['begin', 'commit', 'abort'] : [];
        $fiber->isStarted() ? $fiber->resume() : $fiber->start();
    }

    private function handle(): void
    {
        $index = $this->current;
        $this->ran[$index] = true;
        switch ($this->session['steps'][$index]['handler'] ?? 'ok') {
            case 'slow':
                $this->clock->sleep(1.0);
                break;
            case 'throw':
                throw new \DomainException('the handler fails');
            case 'hang':
                // what the alarm does to a handler that hangs
                $this->clock->sleep(self::BUDGET + 1);
                throw new OverBudget('the handler took too long');
            case 'crash':
                $this->dead[] = \Fiber::getCurrent();
                \Fiber::suspend();
        }
    }

    private function judge(int $index, ?\Fiber $fiber): void
    {
        $step = $this->session['steps'][$index];
        if ($fiber === null) {
            return;
        }
        $response = $fiber->isTerminated() ? $fiber->getReturn() : null;
        $status = $response?->status ?? 0;
        if (isset($step['http']) && !in_array($status, $this->wanted($step), true)) {
            $this->fail($index, "http is $status");
        }
        if (isset($step['ran']) && $this->ran[$index] !== $step['ran']) {
            $this->fail($index, $step['ran'] ? 'the handler did not run' : 'the handler ran');
        }
        $isDuplicate = isset(json_decode($response?->body ?? '{}', true)['duplicate']);
        if (isset($step['duplicate']) && $isDuplicate !== $step['duplicate']) {
            $this->fail($index, 'duplicate is ' . json_encode($isDuplicate));
        }
    }

    /**
     * @param array<string, mixed> $step
     * @return list<int> after a crash there is no answer, and a proxy would make a 5xx of that
     */
    private function wanted(array $step): array
    {
        $wanted = (array) $step['http'];
        $isServerError = static fn (int $status): bool => $status >= 500;
        return array_filter($wanted, $isServerError) !== [] && ($step['handler'] ?? '') === 'crash'
            ? [0, ...$wanted] : $wanted;
    }

    private function fail(int $index, string $what): void
    {
        $this->faults[] = 'step ' . ($index + 1) . ": $what";
    }

    /**
     * @param array<string, mixed> $step
     * @return array{array<string, string>, string} headers and body
     */
    private function makeRequest(array $step): array
    {
        $id = 'dlv_' . $step['delivery'];
        // no two deliveries are the same bytes, or schemes without ids could not tell them apart
        $entity = $step['entity'] ?? 'ord_1';
        $members = ['delivery' => $step['delivery'], 'data' => ['id' => $entity]];
        $headers = [];
        foreach (['type' => 'order.created', 'event_id' => $id] as $fact => $value) {
            foreach ($this->profile[$fact] as $source) {
                [$place, $name] = explode(':', $source, 2);
                if ($place === 'header') {
                    $headers[$name] = $value;
                } elseif ($name !== '') {
                    $members[substr($name, 1)] = $value;
                }
            }
        }
        $members += ['event_id' => $entity];
        $body = json_encode($members, JSON_THROW_ON_ERROR);
        return [$this->receiver->sign($id, (int) $this->clock->now, $body) + $headers, $body];
    }
}
