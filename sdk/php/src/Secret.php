<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** The key of a signature. Shows itself in no dump. */
final class Secret
{
    private function __construct(#[\SensitiveParameter] private readonly string $key)
    {
    }

    /**
     * @param string $encoding a profile's secret_encoding; the look of the text decides nothing
     * @throws ConfigError no_secret, bad_secret
     */
    public static function read(#[\SensitiveParameter] string $text, string $encoding): self
    {
        if ($text === '') {
            throw new ConfigError('no_secret', 'a secret is empty; is its variable set?');
        }
        $key = match ($encoding) {
            'utf8' => $text,
            'hex' => Encoding::hexDecode($text),
            'whsec-base64' => self::decodeWhsec($text),
        };
        if ($key === null) {
            throw new ConfigError('bad_secret', "a secret is not valid $encoding: look for white "
                . 'space around it, or a secret of another scheme');
        }
        if ($key === '') {
            throw new ConfigError('no_secret', 'a secret holds no bytes');
        }
        return new self($key);
    }

    /** HMAC-SHA256, 32 bytes */
    public function mac(string $message): string
    {
        return hash_hmac('sha256', $message, $this->key, true);
    }

    public function __debugInfo(): array
    {
        return ['key' => '[redacted]'];
    }

    public function __serialize(): array
    {
        throw new \LogicException('a secret is not serialised');
    }

    private static function decodeWhsec(#[\SensitiveParameter] string $text): ?string
    {
        if (str_starts_with($text, 'v1,whsec_')) {
            throw new ConfigError('bad_secret', 'drop the "v1," before "whsec_"');
        }
        return Encoding::base64Decode(
            str_starts_with($text, 'whsec_') ? substr($text, 6) : $text,
        );
    }
}
