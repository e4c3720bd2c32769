<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Makes an event of a body whose signature is right. */
final class EventReader
{
    /** 512 within each other: json_decode() takes one less than it is told. */
    private const DEPTH = 513;

    public function __construct(private readonly Profile $profile)
    {
    }

    public function read(Headers $headers, string $body): Event|Refusal
    {
        if (str_starts_with($body, "\xEF\xBB\xBF")) {
            return self::refuse('the body begins with a byte order mark');
        }
        if ((ltrim($body, " \t\r\n")[0] ?? '') !== '{') {
            return self::refuse('the body is not a JSON object');
        }
        try {
            $flags = JSON_THROW_ON_ERROR | JSON_BIGINT_AS_STRING;
            $text = self::mendHalfPairs($body);
            $payload = json_decode($text, true, self::DEPTH, $flags);
        } catch (\JsonException $error) {
            return self::refuse('the body cannot be read: ' . $error->getMessage());
        }
        $type = $this->findText('type', $headers, $payload, $text, false);
        if ($type === null || $type === '') {
            return self::refuse('the event has no type');
        }
        $idHeader = $this->profile->idHeader;
        $deliveryId = $idHeader === null ? '' : $headers->single($idHeader);
        return new Event(
            $type,
            Catalogue::CANONICAL[$type] ?? null,
            $this->findText('event_id', $headers, $payload, $text, true) ?? '',
            $this->profile->name . '/' . $this->makeKey($deliveryId, $payload, $body),
            $deliveryId,
            $this->findText('occurred_at', $headers, $payload, $text, true),
            $this->findData($payload),
            $payload,
            $body,
        );
    }

    /** Half a surrogate pair, as an escape of those who cut texts in UTF-16, reads as U+FFFD. */
    private static function mendHalfPairs(string $json): string
    {
        if (preg_match('/\\\\ud[89a-f]/i', $json) !== 1) {
            return $json;
        }
        $escape = '/\\\\(?:ud[89ab][0-9a-f]{2}\\\\ud[c-f][0-9a-f]{2}|(ud[89a-f][0-9a-f]{2})|.)/is';
        $mend = fn (array $found): string => isset($found[1]) ? '\ufffd' : $found[0];
        return preg_replace_callback($escape, $mend, $json) ?? $json;
    }

    /** @param array<array-key, mixed> $payload */
    private function makeKey(string $deliveryId, array $payload, string $body): string
    {
        if ($this->profile->idSigned) {
            return $deliveryId;
        }
        foreach ($this->profile->sources['event_id'] as $source) {
            if (str_starts_with($source, 'body:')) {
                $id = self::textAt($payload, $source, $body, true);
                // an empty id would make one event of all that have none
                if ($id !== null && $id !== '') {
                    return $id;
                }
            }
        }
        return 'sha256:' . hash('sha256', $body);
    }

    /** @param array<array-key, mixed> $payload */
    private function findText(
        string $member,
        Headers $headers,
        array $payload,
        string $body,
        bool $takesIntegers,
    ): ?string {
        foreach ($this->profile->sources[$member] as $source) {
            if (str_starts_with($source, 'header:')) {
                $text = $headers->single(substr($source, 7));
                if ($text !== '') {
                    return $text;
                }
                continue;
            }
            $text = self::textAt($payload, $source, $body, $takesIntegers);
            if ($text !== null && ($text !== '' || $member === 'type')) {
                return $text;
            }
        }
        return null;
    }

    /** @param array<array-key, mixed> $payload */
    private function findData(array $payload): mixed
    {
        foreach ($this->profile->sources['data'] as $source) {
            if (str_starts_with($source, 'body:') && self::find($payload, $source, $value)) {
                return $value;
            }
        }
        return null;
    }

    /** @param array<array-key, mixed> $payload */
    private static function textAt(
        array $payload,
        string $source,
        string $body,
        bool $takesIntegers,
    ): ?string {
        if (!self::find($payload, $source, $value)) {
            return null;
        }
        if (is_int($value)) {
            return $takesIntegers ? (string) $value : null;
        }
        if (!is_string($value) || (!$takesIntegers && self::isBigInteger($value, $source, $body))) {
            return null;
        }
        return $value;
    }

    /** Integers beyond 64 bits were read as strings, to keep their digits. */
    private static function isBigInteger(string $value, string $source, string $body): bool
    {
        if (preg_match('/^-?[0-9]{19,}$/D', $value) !== 1) {
            return false;
        }
        self::find(json_decode($body, true, self::DEPTH), $source, $again);
        return !is_string($again);
    }

    /**
     * @param array<array-key, mixed> $payload
     * @param string $source "body:" and a JSON Pointer
     */
    private static function find(array $payload, string $source, mixed &$value): bool
    {
        $value = $payload;
        foreach (array_slice(explode('/', substr($source, 5)), 1) as $token) {
            $token = strtr($token, ['~1' => '/', '~0' => '~']);
            if (!is_array($value) || !array_key_exists($token, $value)) {
                return false;
            }
            $value = $value[$token];
        }
        return true;
    }

    private static function refuse(string $hint): Refusal
    {
        return new Refusal(RefusalCode::InvalidPayload, '', $hint);
    }
}
