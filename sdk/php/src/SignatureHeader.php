<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** The signatures that a header's value holds, decoded. */
final class SignatureHeader
{
    private const MAC_BYTES = 32;

    /** @param list<string> $signatures 32 bytes each, at least one */
    private function __construct(
        public readonly array $signatures,
        public readonly string $timestamp = '',
    ) {
    }

    public static function read(Profile $profile, string $value, int $most): self|Refusal
    {
        return match ($profile->headerFormat) {
            'bare' => self::readBare($profile, $value),
            'v1-space-list' => self::readVersions($profile, $value, $most),
            't-v1-comma' => self::readMembers($profile, explode(',', $value), $most),
            't-v1-space' => self::readMembers($profile, explode(' ', $value), $most),
        };
    }

    private static function readBare(Profile $profile, string $value): self|Refusal
    {
        if (!str_starts_with($value, $profile->prefix)) {
            return self::malformed($profile, "does not begin with $profile->prefix");
        }
        $prefix = $profile->prefix !== '' ? $profile->prefix : $profile->lenientPrefix;
        if (str_starts_with($value, $prefix)) {
            $value = substr($value, strlen($prefix));
        }
        $mac = Encoding::decode($value, $profile->encoding);
        return $mac !== null && strlen($mac) === self::MAC_BYTES
            ? new self([$mac])
            : self::malformed($profile, "is not 32 bytes in $profile->encoding");
    }

    /** "v1,VALUE v1,VALUE v2,…" */
    private static function readVersions(Profile $profile, string $value, int $most): self|Refusal
    {
        $entries = preg_split('/ +/', $value, $most + 1, PREG_SPLIT_NO_EMPTY) ?: [];
        if (count($entries) > $most) {
            return self::malformed($profile, "has more than $most entries");
        }
        $known = [];
        $hasUnknown = false;
        foreach ($entries as $entry) {
            $comma = strpos($entry, ',');
            if ($comma === false) {
                continue;
            }
            if (substr($entry, 0, $comma) === 'v1') {
                $known[] = substr($entry, $comma + 1);
            } else {
                $hasUnknown = true;
            }
        }
        return self::decode($profile, $known, $hasUnknown, '');
    }

    /**
     * "t=TIME" once, "v1=VALUE" any number of times.
     *
     * @param list<string> $members
     */
    private static function readMembers(Profile $profile, array $members, int $most): self|Refusal
    {
        $known = [];
        $times = [];
        $others = 0;
        $hasUnknown = false;
        foreach ($members as $member) {
            $member = trim($member, " \t");
            if (str_starts_with($member, 't=')) {
                $times[] = substr($member, 2);
            } elseif (str_starts_with($member, 'v1=')) {
                $known[] = substr($member, 3);
            } elseif ($member !== '') {
                $others++;
                $hasUnknown = $hasUnknown || preg_match('/^v[0-9]+=/', $member) === 1;
            }
        }
        if (count($known) + $others > $most) {
            return self::malformed($profile, "has more than $most entries");
        }
        if (count($times) !== 1) {
            return self::malformed($profile, 'must have t= exactly once');
        }
        return self::decode($profile, $known, $hasUnknown, $times[0]);
    }

    /** @param list<string> $known */
    private static function decode(
        Profile $profile,
        array $known,
        bool $hasUnknown,
        string $timestamp,
    ): self|Refusal {
        $signatures = [];
        foreach ($known as $text) {
            $mac = Encoding::decode($text, $profile->encoding);
            if ($mac !== null && strlen($mac) === self::MAC_BYTES) {
                $signatures[] = $mac;
            }
        }
        if ($signatures !== []) {
            return new self($signatures, $timestamp);
        }
        if ($known === [] && $hasUnknown) {
            $hint = 'the header has signatures of other versions only';
            return new Refusal(RefusalCode::NoMatchingSignature, $profile->signatureHeader, $hint);
        }
        return self::malformed($profile, "has no v1 signature of 32 bytes in $profile->encoding");
    }

    private static function malformed(Profile $profile, string $what): Refusal
    {
        return new Refusal(
            RefusalCode::MalformedHeader,
            $profile->signatureHeader,
            "$profile->signatureHeader $what",
        );
    }
}
