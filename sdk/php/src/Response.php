<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** An answer, free of any framework. */
final class Response
{
    private const ERRORS = [
        400 => 'unreadable_payload',
        401 => 'unauthorized',
        405 => 'method_not_allowed',
        410 => 'gone',
        413 => 'body_too_large',
        415 => 'unsupported_media_type',
    ];

    /** @param array<string, string> $headers */
    private function __construct(
        public readonly int $status,
        public readonly array $headers,
        public readonly string $body,
    ) {
    }

    public static function received(bool $isDuplicate = false): self
    {
        $answer = ['received' => true] + ($isDuplicate ? ['duplicate' => true] : []);
        return self::json(200, $answer);
    }

    public static function refused(RefusalCode $code): self
    {
        $status = match ($code) {
            RefusalCode::NoSecret => 500,
            RefusalCode::InvalidPayload => 400,
            RefusalCode::MethodNotAllowed => 405,
            RefusalCode::Gone => 410,
            RefusalCode::BodyTooLarge => 413,
            RefusalCode::UnsupportedMediaType, RefusalCode::UnsupportedContentEncoding => 415,
            default => 401,
        };
        if ($status === 500) {
            return self::notConfigured();
        }
        $headers = $status === 405 ? ['Allow' => 'POST'] : [];
        return self::json($status, ['error' => self::ERRORS[$status]], $headers);
    }

    public static function notConfigured(): self
    {
        return self::json(500, ['error' => 'not_configured']);
    }

    public static function handlerFailed(): self
    {
        return self::json(500, ['error' => 'handler_failed']);
    }

    /** @param int $after seconds */
    public static function tryAgain(int $after = 5): self
    {
        return self::json(503, ['error' => 'try_again'], ['Retry-After' => (string) $after]);
    }

    /**
     * @param array<string, bool|string> $answer
     * @param array<string, string> $headers
     */
    private static function json(int $status, array $answer, array $headers = []): self
    {
        return new self(
            $status,
            ['Content-Type' => 'application/json'] + $headers,
            json_encode($answer, JSON_THROW_ON_ERROR),
        );
    }
}
