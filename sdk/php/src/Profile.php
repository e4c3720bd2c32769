<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** A signature scheme as data: who signs what, how it is written, where an event's facts are. */
final class Profile
{
    private const MEMBERS = [
        'algorithm', 'encoding', 'secret_encoding', 'signature_header', 'header_format', 'prefix',
        'lenient_prefix', 'signed', 'timestamp', 'id', 'event_id', 'type', 'occurred_at', 'data',
    ];

    public readonly string $encoding;
    public readonly string $secretEncoding;
    public readonly string $signatureHeader;
    public readonly string $headerFormat;
    public readonly string $prefix;
    public readonly string $lenientPrefix;
    /** @var list<string> */
    public readonly array $signed;
    /** Whether there is a timestamp, and where: a header's name, or null for in the signature */
    public readonly bool $hasTimestamp;
    public readonly ?string $timestampHeader;
    public readonly string $timestampFormat;
    public readonly bool $timestampRequired;
    public readonly bool $timestampSigned;
    public readonly ?string $idHeader;
    public readonly bool $idRequired;
    public readonly bool $idSigned;
    /** @var array<string, list<string>> by event_id, type, occurred_at, data: where to look */
    public readonly array $sources;

    /**
     * @param array<string, mixed> $definition the members of a profile, as in profiles.json
     * @throws ConfigError bad_profile
     */
    public function __construct(
        private readonly array $definition,
        public readonly string $name = 'custom',
    ) {
        $unknown = array_diff(array_keys($definition), self::MEMBERS);
        if ($unknown !== []) {
            throw self::bad('does not know the member ' . implode(', ', $unknown));
        }
        $this->oneOf($definition, 'algorithm', ['hmac-sha256']);
        $this->encoding = $this->oneOf($definition, 'encoding', ['hex', 'base64']);
        $readings = ['utf8', 'whsec-base64', 'hex'];
        $this->secretEncoding = $this->oneOf($definition, 'secret_encoding', $readings);
        $this->signatureHeader = $this->text($definition, 'signature_header');
        $this->headerFormat = $this->oneOf(
            $definition,
            'header_format',
            ['bare', 'v1-space-list', 't-v1-comma', 't-v1-space'],
        );
        $this->prefix = isset($definition['prefix']) ? $this->text($definition, 'prefix') : '';
        $this->lenientPrefix = isset($definition['lenient_prefix'])
            ? $this->text($definition, 'lenient_prefix') : '';
        $this->signed = $this->texts($definition, 'signed');
        $this->readTimestamp($definition['timestamp'] ?? null);
        $this->readId($definition['id'] ?? null);
        $this->sources = [
            'event_id' => $this->readSources($definition, 'event_id'),
            'type' => $this->readSources($definition, 'type'),
            'occurred_at' => $this->readSources($definition, 'occurred_at'),
            'data' => $this->readSources($definition, 'data'),
        ];
        if (!in_array('body', $this->signed, true)) {
            throw self::bad('must have "body" in signed: nothing else proves what was sent');
        }
    }

    /** @throws ConfigError bad_profile */
    public static function named(string $name): self
    {
        if (!isset(Catalogue::PROFILES[$name])) {
            $names = implode(', ', array_keys(Catalogue::PROFILES));
            throw new ConfigError('bad_profile', "there is no scheme \"$name\"; there are $names");
        }
        return new self(Catalogue::PROFILES[$name], $name);
    }

    /**
     * The same scheme with other members.
     *
     * @param array<string, mixed> $changes
     */
    public function with(array $changes): self
    {
        return new self($changes + $this->definition, $this->name);
    }

    private function readTimestamp(mixed $timestamp): void
    {
        $this->hasTimestamp = $timestamp !== null;
        $inSignature = false;
        if ($timestamp !== null) {
            $members = ['header', 'in_signature', 'format', 'required', 'signed'];
            $this->onlyMembers($timestamp, 'timestamp', $members);
            $inSignature = $this->flag($timestamp, 'in_signature');
            $this->timestampHeader = $inSignature ? null : $this->text($timestamp, 'header');
            $this->timestampFormat = $this->oneOf($timestamp, 'format', ['unix', 'rfc3339']);
        } else {
            $this->timestampHeader = null;
            $this->timestampFormat = 'unix';
        }
        $this->timestampSigned = in_array('ts', $this->signed, true);
        if ($this->timestampSigned !== ($timestamp !== null && $this->flag($timestamp, 'signed'))) {
            throw self::bad('must say timestamp.signed if, and only if, signed has "ts"');
        }
        if ($inSignature !== str_starts_with($this->headerFormat, 't-v1-')) {
            throw self::bad('must say timestamp.in_signature if, and only if, the format is t-v1');
        }
        $this->timestampRequired = $this->timestampSigned
            || ($timestamp !== null && $this->flag($timestamp, 'required'));
    }

    private function readId(mixed $id): void
    {
        $this->idSigned = in_array('id', $this->signed, true);
        if ($id === null) {
            if ($this->idSigned) {
                throw self::bad('has "id" in signed, but no id header');
            }
            $this->idHeader = null;
            $this->idRequired = false;
            return;
        }
        $this->onlyMembers($id, 'id', ['header', 'required']);
        $this->idHeader = $this->text($id, 'header');
        $this->idRequired = $this->idSigned || $this->flag($id, 'required');
    }

    /**
     * @param array<string, mixed> $from
     * @return list<string>
     */
    private function readSources(array $from, string $member): array
    {
        $sources = $this->texts($from, $member);
        foreach ($sources as $source) {
            $isBody = $source === 'body:' || str_starts_with($source, 'body:/');
            if (!$isBody && preg_match('/^header:./D', $source) !== 1) {
                throw self::bad("has \"$source\" in $member; write body:/pointer or header:Name");
            }
        }
        return $sources;
    }

    /** @param list<string> $known */
    private function onlyMembers(mixed $value, string $member, array $known): void
    {
        if (!is_array($value)) {
            throw self::bad("must have an object or null as $member");
        }
        $unknown = array_diff(array_keys($value), $known);
        if ($unknown !== []) {
            throw self::bad("does not know $member." . implode(", $member.", $unknown));
        }
    }

    /** @param array<string, mixed> $from */
    private function text(array $from, string $member): string
    {
        $value = $from[$member] ?? null;
        if (!is_string($value) || $value === '') {
            throw self::bad("must have a text as $member");
        }
        return $value;
    }

    /** @param array<string, mixed> $from */
    private function flag(array $from, string $member): bool
    {
        $value = $from[$member] ?? false;
        if (!is_bool($value)) {
            throw self::bad("must have true or false as $member");
        }
        return $value;
    }

    /**
     * @param array<string, mixed> $from
     * @param list<string> $words
     */
    private function oneOf(array $from, string $member, array $words): string
    {
        $value = $from[$member] ?? null;
        if (!is_string($value) || !in_array($value, $words, true)) {
            throw self::bad("must have one of these as $member: " . implode(', ', $words));
        }
        return $value;
    }

    /**
     * @param array<string, mixed> $from
     * @return list<string>
     */
    private function texts(array $from, string $member): array
    {
        $value = $from[$member] ?? null;
        $isList = is_array($value) && array_is_list($value);
        if (!$isList || array_filter($value, 'is_string') !== $value) {
            throw self::bad("must have a list of texts as $member");
        }
        return $value;
    }

    private static function bad(string $what): ConfigError
    {
        return new ConfigError('bad_profile', "the profile $what");
    }
}
