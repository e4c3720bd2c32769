<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Strict decoders: null for anything a sender of the scheme would not write. */
final class Encoding
{
    /** Either case, an even number of digits */
    public static function hexDecode(string $text): ?string
    {
        return preg_match('/^(?:[0-9a-fA-F]{2})+$/D', $text) === 1 ? (string) hex2bin($text) : null;
    }

    /** The standard alphabet, padded */
    public static function base64Decode(string $text): ?string
    {
        // base64_decode() skips white space even when strict
        if (strlen($text) % 4 !== 0 || preg_match('~^[A-Za-z0-9+/]*={0,2}$~D', $text) !== 1) {
            return null;
        }
        $bytes = base64_decode($text, true);
        return $bytes === false ? null : $bytes;
    }

    public static function decode(string $text, string $encoding): ?string
    {
        return $encoding === 'hex' ? self::hexDecode($text) : self::base64Decode($text);
    }

    public static function encode(string $bytes, string $encoding): string
    {
        return $encoding === 'hex' ? bin2hex($bytes) : base64_encode($bytes);
    }
}
