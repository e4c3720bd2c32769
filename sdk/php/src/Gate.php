<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** What is refused for its head alone, before a byte of the body is read or hashed. */
final class Gate
{
    public static function findFault(string $method, Headers $headers, int $maxBody): ?Refusal
    {
        if ($method !== 'POST') {
            return new Refusal(RefusalCode::MethodNotAllowed, '', 'webhooks are sent with POST');
        }
        foreach ($headers->all('content-encoding') as $encoding) {
            if ($encoding !== '' && strtolower($encoding) !== 'identity') {
                $code = RefusalCode::UnsupportedContentEncoding;
                return new Refusal($code, 'content-encoding', 'a body must not be compressed');
            }
        }
        $type = strtolower(rtrim(explode(';', $headers->single('content-type'), 2)[0], " \t"));
        if (preg_match('~^application/(?:json|[!#$%&\'*+.^_`|\~0-9a-z-]+\+json)$~D', $type) !== 1) {
            $hint = 'the content type must be application/json';
            return new Refusal(RefusalCode::UnsupportedMediaType, 'content-type', $hint);
        }
        $length = $headers->first('content-length');
        $isTooLong = preg_match('/^[0-9]+$/D', $length) === 1 && (float) $length > $maxBody;
        return $isTooLong ? self::tooLarge($maxBody) : null;
    }

    public static function tooLarge(int $maxBody): Refusal
    {
        return new Refusal(RefusalCode::BodyTooLarge, '', "the body is more than $maxBody bytes");
    }
}
