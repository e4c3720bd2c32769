<?php

declare(strict_types=1);

namespace Malote\Receiver;

use Psr\Http\Message\ResponseFactoryInterface;
use Psr\Http\Message\ResponseInterface;
use Psr\Http\Message\ServerRequestInterface;

/**
 * Receives signed webhooks: verifies the bytes, judges the time, parses, claims, dispatches.
 *
 *     (new Receiver(secret: getenv('MALOTE_WEBHOOK_SECRET')))
 *         ->on('order.created', fn (Event $event) => ship($event->data))
 *         ->run();
 *
 * Only building one throws (ConfigError); no request can make it throw.
 */
final class Receiver
{
    private const MAX_SECRETS = 8;

    private readonly Profile $profile;
    /** @var list<Secret> */
    private readonly array $secrets;
    private readonly Clock $clock;
    private readonly Limits $limits;
    private readonly Verifier $verifier;
    private readonly EventReader $reader;
    private readonly Handlers $handlers;
    private readonly Observers $observers;
    private readonly Processor $processor;

    /**
     * @param string|false|null $secret as the sender shows it; an unset variable's false is refused
     * @param string|array<string, mixed>|Profile $scheme a built-in profile's name, or a profile
     * @param list<string> $previousSecrets still taken after a rotation; at most 8 secrets in all
     * @param ?\Closure(Hints): (string|list<string>|null) $secretLookup instead of $secret, for one
     *     key per shop; what the hints say is not proven
     * @param ?int $tolerance seconds, both ways; null: times are not judged
     * @param bool $enforceUnsignedTimestamp judge a time that the signature does not cover
     * @param int $maxBody bytes
     * @param float $budget seconds for the handler of one delivery
     * @param ?Store $store without one every copy runs
     * @param float $lease seconds a claim holds without an outcome
     * @param float $ttl seconds a done key is kept
     * @param float $wait seconds a copy waits for the first
     * @param string $onStoreError "refuse": 503, or "run": handle it although it may be a copy
     * @param string $unreadable "refuse": 400, or "park": 200 and on_parked
     * @param Clock|\Closure(): (int|float)|null $clock the system's, if null
     * @param bool $gone answer 410 to everything
     * @param ?ResponseFactoryInterface $responseFactory for handle()
     * @throws ConfigError no_secret, bad_secret, bad_profile, bad_option
     */
    public function __construct(
        #[\SensitiveParameter] string|false|null $secret = null,
        string|array|Profile $scheme = 'standard',
        #[\SensitiveParameter] array $previousSecrets = [],
        private readonly ?\Closure $secretLookup = null,
        ?int $tolerance = 300,
        private readonly bool $enforceUnsignedTimestamp = false,
        int $maxBody = 1_048_576,
        int $maxSignatures = 16,
        float $budget = 8.0,
        ?Store $store = null,
        float $lease = 60.0,
        float $ttl = 604_800.0,
        float $wait = 5.0,
        string $onStoreError = 'refuse',
        private readonly string $unreadable = 'refuse',
        Clock|\Closure|null $clock = null,
        private readonly bool $gone = false,
        private readonly ?ResponseFactoryInterface $responseFactory = null,
    ) {
        try {
            $this->profile = match (true) {
                is_string($scheme) => Profile::named($scheme),
                is_array($scheme) => new Profile($scheme),
                default => $scheme,
            };
            $this->limits = new Limits($maxBody, $budget, $lease, $ttl, $wait, $onStoreError);
            $this->checkOptions($tolerance, $maxSignatures);
            $this->secrets = $this->readOwnSecrets($secret, $previousSecrets);
        } catch (ConfigError $error) {
            Sapi::markFailed();
            throw $error;
        }
        $this->clock = $clock instanceof \Closure
            ? new FunctionClock($clock) : $clock ?? new SystemClock();
        $this->verifier =
            new Verifier($this->profile, $tolerance, $enforceUnsignedTimestamp, $maxSignatures);
        $this->reader = new EventReader($this->profile);
        $this->handlers = new Handlers();
        $this->observers = new Observers();
        $this->processor =
            new Processor($this->handlers, $this->observers, $this->clock, $store, $this->limits);
    }

    /**
     * One handler per type. It is also found by any other alias of the same event.
     *
     * @param callable(Event, Context): mixed $handler returns an Outcome, or anything for done
     * @throws ConfigError duplicate_handler
     */
    public function on(string $type, callable $handler): self
    {
        $this->handlers->add($type, $handler(...));
        return $this;
    }

    /**
     * A handler that gets the data as one of the classes in Malote\Receiver\Events.
     *
     * @template T of TypedEvent
     * @param class-string<T> $class
     * @param callable(T, Event, Context): mixed $handler
     * @throws ConfigError duplicate_handler
     */
    public function onTyped(string $class, callable $handler): self
    {
        $handle = static fn (Event $event, Context $context): mixed =>
            $handler($class::from($event), $event, $context);
        return $this->on($class::TYPE, $handle);
    }

    /**
     * For types that have no handler of their own; the longest prefix that fits is taken.
     *
     * @param callable(Event, Context): mixed $handler
     * @throws ConfigError duplicate_handler
     */
    public function onPrefix(string $prefix, callable $handler): self
    {
        $this->handlers->addPrefix($prefix, $handler(...));
        return $this;
    }

    /** @param callable(Event, bool $known, Context): mixed $handler for what nobody handles */
    public function onUnhandled(callable $handler): self
    {
        $this->processor->unhandled = $handler(...);
        return $this;
    }

    /** @param callable(Event, Context): void $observer sees every event before its handler */
    public function onAny(callable $observer): self
    {
        $this->observers->any = $observer(...);
        return $this;
    }

    /** @param callable(Refusal, Hints): void $observer */
    public function onRefused(callable $observer): self
    {
        $this->observers->refused = $observer(...);
        return $this;
    }

    /** @param callable(\Throwable, ?Event): void $observer instead of PHP's log */
    public function onError(callable $observer): self
    {
        $this->observers->error = $observer(...);
        return $this;
    }

    /** @param callable(?Event, string $reason, string $raw): void $observer */
    public function onParked(callable $observer): self
    {
        $this->observers->parked = $observer(...);
        return $this;
    }

    /**
     * A PSR-7 request, as a PSR-15 handler would take it; needs a responseFactory.
     *
     * @throws ConfigError bad_option: no responseFactory
     */
    public function handle(ServerRequestInterface $request): ResponseInterface
    {
        if ($this->responseFactory === null) {
            throw new ConfigError('bad_option', 'handle() needs a PSR-17 responseFactory');
        }
        return Psr7::respond($this, $request, $this->responseFactory);
    }

    /** The request PHP is serving: reads php://input, sends the answer. */
    public function run(): void
    {
        Sapi::run($this);
    }

    /**
     * Any request. Headers are name => value(s), or pairs where copies must be seen.
     *
     * @param Headers|array<array-key, mixed> $headers
     * @param string|\Closure(int): string $body the bytes, or what reads at most so many; it may
     *     throw ConfigError body_consumed
     */
    public function respond(string $method, Headers|array $headers, string|\Closure $body): Response
    {
        try {
            return $this->answer($method, self::readHeaders($headers), $body);
        } catch (ConfigError $error) {
            $this->observers->error($error);
            return Response::notConfigured();
        } catch (\Throwable $error) {
            $this->observers->error($error);
            return Response::tryAgain();
        }
    }

    /**
     * Judges headers and body only; nothing is parsed, claimed or dispatched.
     *
     * @param Headers|array<array-key, mixed> $headers
     */
    public function verify(Headers|array $headers, string $body): Verified|Refusal
    {
        $headers = self::readHeaders($headers);
        $secrets = $this->secretLookup === null
            ? $this->secrets : $this->lookUp(new Hints($headers, $body));
        return $this->verifier->verify($headers, $body, $secrets ?? [], $this->now());
    }

    /**
     * What a sender of the scheme would send; for tests.
     *
     * @param int $time Unix seconds
     * @return array<string, string>
     * @throws ConfigError no_secret: a secretLookup cannot sign
     */
    public function sign(string $id, int $time, string $body): array
    {
        if ($this->secrets === []) {
            throw new ConfigError('no_secret', 'sign() needs the option secret');
        }
        return (new Signer($this->profile))->sign($this->secrets[0], $id, $time, $body);
    }

    /**
     * Why a signature is not right, in words for people: tries the usual mistakes. Never call it
     * while serving a request: it makes hundreds of MACs.
     *
     * @param Headers|array<array-key, mixed> $headers
     */
    public function explain(
        Headers|array $headers,
        string $body,
        #[\SensitiveParameter] string $secret,
    ): string {
        return (new Explainer($this->profile))
            ->explain(self::readHeaders($headers), $body, $secret, $this->now());
    }

    public function maxBody(): int
    {
        return $this->limits->maxBody;
    }

    private function answer(string $method, Headers $headers, string|\Closure $body): Response
    {
        $fault = $this->gone
            ? new Refusal(RefusalCode::Gone, '', 'the option gone is set')
            : Gate::findFault($method, $headers, $this->maxBody());
        if ($fault !== null) {
            return $this->refuse($fault, new Hints($headers, ''));
        }
        $raw = is_string($body) ? $body : $body($this->maxBody() + 1);
        if (strlen($raw) > $this->maxBody()) {
            return $this->refuse(Gate::tooLarge($this->maxBody()), new Hints($headers, ''));
        }
        $hints = new Hints($headers, $raw);
        $secrets = $this->secrets;
        if ($this->secretLookup !== null) {
            $secrets = $this->lookUp($hints);
            if ($secrets === null) {
                $none = RefusalCode::NoMatchingSignature;
                return $this->refuse(new Refusal($none, '', 'secretLookup found none'), $hints);
            }
        }
        $verified = $this->verifier->verify($headers, $raw, $secrets, $this->now());
        if ($verified instanceof Refusal) {
            return $this->refuse($verified, $hints);
        }
        $event = $this->reader->read($headers, $raw);
        if ($event instanceof Refusal) {
            return $this->refuseUnreadable($event, $hints);
        }
        return $this->processor->process($event, $verified);
    }

    private function refuse(Refusal $refusal, Hints $hints): Response
    {
        $this->observers->refused($refusal, $hints);
        return Response::refused($refusal->code);
    }

    private function refuseUnreadable(Refusal $refusal, Hints $hints): Response
    {
        $this->observers->refused($refusal, $hints);
        if ($this->unreadable === 'refuse') {
            return Response::refused($refusal->code);
        }
        $this->observers->parked(null, $refusal->hint, $hints->body);
        return Response::received();
    }

    /**
     * @return ?list<Secret> null if there is none
     * @throws ConfigError no_secret, bad_secret
     */
    private function lookUp(Hints $hints): ?array
    {
        $found = ($this->secretLookup)($hints);
        return $found === null || $found === [] ? null : $this->readSecrets((array) $found);
    }

    /**
     * @param list<string> $previous
     * @return list<Secret>
     */
    private function readOwnSecrets(
        #[\SensitiveParameter] string|false|null $secret,
        #[\SensitiveParameter] array $previous,
    ): array {
        if ($this->secretLookup === null) {
            return $this->readSecrets([(string) $secret, ...$previous]);
        }
        if (is_string($secret) || $previous !== []) {
            throw new ConfigError('bad_option', 'give either secret or secretLookup');
        }
        return [];
    }

    /**
     * @param array<array-key, mixed> $texts
     * @return list<Secret>
     */
    private function readSecrets(#[\SensitiveParameter] array $texts): array
    {
        if (count($texts) > self::MAX_SECRETS) {
            $most = self::MAX_SECRETS;
            throw new ConfigError('bad_secret', "at most $most secrets are taken");
        }
        $secrets = [];
        foreach ($texts as $text) {
            $text = is_string($text) ? $text : '';
            $secrets[] = Secret::read($text, $this->profile->secretEncoding);
        }
        return $secrets;
    }

    private function checkOptions(?int $tolerance, int $maxSignatures): void
    {
        if ($tolerance !== null && $tolerance < 0) {
            throw new ConfigError('bad_option', 'tolerance must be 0 or more, or null');
        }
        if ($maxSignatures < 1) {
            throw new ConfigError('bad_option', 'maxSignatures must be 1 or more');
        }
        if (!in_array($this->unreadable, ['refuse', 'park'], true)) {
            throw new ConfigError('bad_option', 'unreadable must be "refuse" or "park"');
        }
        if ($this->enforceUnsignedTimestamp && !$this->profile->hasTimestamp) {
            throw new ConfigError('bad_option', 'the scheme has no timestamp to enforce');
        }
    }

    private function now(): int
    {
        return (int) floor($this->clock->now());
    }

    /** @param Headers|array<array-key, mixed> $headers */
    private static function readHeaders(Headers|array $headers): Headers
    {
        if ($headers instanceof Headers) {
            return $headers;
        }
        return array_is_list($headers) ? Headers::fromPairs($headers) : Headers::fromMap($headers);
    }
}
