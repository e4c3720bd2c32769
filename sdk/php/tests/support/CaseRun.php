<?php

declare(strict_types=1);

namespace Malote\Receiver\Tests;

use Malote\Receiver\ConfigError;
use Malote\Receiver\Context;
use Malote\Receiver\Event;
use Malote\Receiver\Profile;
use Malote\Receiver\Receiver;
use Malote\Receiver\Refusal;

/** One case of a vector file: a request, and what must become of it. */
final class CaseRun
{
    /** @var array<string, mixed> what the receiver made of it, as the contract's --json line */
    public array $seen = [];

    /**
     * @param array<string, mixed> $case
     * @param array<string, mixed> $file
     */
    public function __construct(private readonly array $case, private readonly array $file)
    {
        $this->seen = [
            'id' => $case['id'],
            'verify' => 'ok',
            'http' => 0,
            'dispatch' => null,
            'matched_secret' => null,
            'replay_protected' => null,
            'event' => null,
        ];
        try {
            $this->seen['http'] = $this->send($this->makeReceiver());
        } catch (ConfigError $error) {
            // one that refuses to start serves nothing: what is in front of it answers 500
            $this->seen['verify'] = $error->kind;
            $this->seen['http'] = 500;
        }
    }

    /** @return list<string> what is not as the case expects */
    public function faults(): array
    {
        $faults = [];
        foreach ($this->case['expect'] as $member => $expected) {
            $seen = $this->seen[$member] ?? null;
            if ($member === 'event') {
                $seen = array_intersect_key($seen ?? [], $expected);
                ksort($seen);
                ksort($expected);
            }
            if ($seen !== $expected) {
                $faults[] = "$member is " . json_encode($seen) . ', not ' . json_encode($expected);
            }
        }
        return $faults;
    }

    private function makeReceiver(): Receiver
    {
        $options = ($this->case['options'] ?? []) + $this->file['defaults'];
        $profile = $this->file['profiles'][$this->case['profile']];
        if (isset($this->case['secrets'][0])) {
            $profile['secret_encoding'] = $this->case['secrets'][0]['enc'];
        }
        $secrets = array_column($this->case['secrets'], 'value');
        $now = $this->case['now'] ?? $this->file['now'];
        $receiver = new Receiver(
            secret: $secrets[0] ?? null,
            previousSecrets: array_slice($secrets, 1),
            scheme: new Profile($profile, $this->case['profile']),
            tolerance: $options['tolerance'],
            enforceUnsignedTimestamp: $options['enforce_unsigned_timestamp'] ?? false,
            maxBody: $options['max_body'],
            maxSignatures: $options['max_signatures'],
            clock: static fn () => $now,
        );
        return $receiver
            ->on('order.created', fn () => $this->seen['dispatch'] = 'handled')
            ->onUnhandled(fn () => $this->seen['dispatch'] = 'unhandled')
            ->onRefused(fn (Refusal $refusal) => $this->seen['verify'] = $refusal->code->value)
            ->onAny($this->note(...));
    }

    private function send(Receiver $receiver): int
    {
        $request = $this->case['request'];
        $body = self::bytes($request['body']);
        return $receiver->respond($request['method'], $request['headers'], $body)->status;
    }

    private function note(Event $event, Context $context): void
    {
        $this->seen['matched_secret'] = $context->verified->matchedSecret;
        $this->seen['replay_protected'] = $context->verified->replayProtected;
        $this->seen['event'] = ['type' => $event->type, 'event_id' => $event->id];
    }

    /** @param array<string, mixed> $body */
    private static function bytes(array $body): string
    {
        return match (true) {
            isset($body['utf8']) => $body['utf8'],
            isset($body['b64']) => (string) base64_decode($body['b64'], true),
            default => str_repeat($body['fill']['byte'], $body['fill']['count']),
        };
    }
}
