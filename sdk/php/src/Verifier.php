<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Judges the bytes and headers of one request. Holds no state; throws nothing. */
final class Verifier
{
    /**
     * @param ?int $tolerance seconds, both ways, the edge included; null: times are not judged
     * @param bool $enforceUnsignedTimestamp demand and judge a time the signature does not cover
     */
    public function __construct(
        private readonly Profile $profile,
        private readonly ?int $tolerance = 300,
        private readonly bool $enforceUnsignedTimestamp = false,
        private readonly int $maxSignatures = 16,
    ) {
    }

    /**
     * @param list<Secret> $secrets at least one
     * @param int $now Unix seconds
     */
    public function verify(
        Headers $headers,
        string $body,
        array $secrets,
        int $now,
    ): Verified|Refusal {
        if ($secrets === []) {
            return new Refusal(RefusalCode::NoSecret, '', 'no secret is set');
        }
        $refusal = $this->findFault($headers);
        if ($refusal !== null) {
            return $refusal;
        }
        $profile = $this->profile;
        $given = SignatureHeader::read(
            $profile,
            $headers->first($profile->signatureHeader),
            $this->maxSignatures,
        );
        if ($given instanceof Refusal) {
            return $given;
        }
        $sentAt = $profile->timestampHeader === null
            ? $given->timestamp : $headers->first($profile->timestampHeader);
        $time = null;
        if ($profile->timestampSigned || $this->enforceUnsignedTimestamp) {
            $time = Timestamp::parse($sentAt, $profile->timestampFormat);
            if ($time === null) {
                return $this->refuseTime(
                    RefusalCode::MalformedHeader,
                    "the timestamp is not $profile->timestampFormat",
                );
            }
        }
        $id = $profile->idHeader === null ? '' : $headers->first($profile->idHeader);
        $text = $this->signedText($id, $sentAt, $body);
        $matched = self::findSecret($text, $given->signatures, $secrets);
        if ($matched === null) {
            $hint = 'no signature is right: another secret, or a body that is not the bytes sent';
            return new Refusal(RefusalCode::NoMatchingSignature, $profile->signatureHeader, $hint);
        }
        $age = $time === null ? 0 : $now - $time;
        if ($this->tolerance !== null && abs($age) > $this->tolerance) {
            return $age > 0
                ? $this->refuseTime(RefusalCode::TimestampTooOld, "the timestamp is $age s old")
                : $this->refuseTime(RefusalCode::TimestampTooNew, "the timestamp's age is $age s");
        }
        return new Verified(
            $matched,
            $profile->timestampSigned ? $time : null,
            $id,
            $profile->idSigned,
            $profile->timestampSigned && $this->tolerance !== null,
        );
    }

    /** What a signature of this scheme covers. */
    public function signedText(string $id, string $sentAt, string $body): string
    {
        $text = '';
        foreach ($this->profile->signed as $part) {
            $text .= match ($part) {
                'id' => $id,
                'ts' => $sentAt,
                'body' => $body,
                default => $part,
            };
        }
        return $text;
    }

    private function findFault(Headers $headers): ?Refusal
    {
        $profile = $this->profile;
        $needsTime = $profile->timestampRequired || $this->enforceUnsignedTimestamp;
        return self::findCopies($headers, $profile->signatureHeader)
            ?? self::findCopies($headers, $profile->timestampHeader)
            ?? self::findCopies($headers, $profile->idHeader)
            ?? self::findMissing($headers, $profile->signatureHeader)
            ?? ($needsTime ? self::findMissing($headers, $profile->timestampHeader) : null)
            ?? ($profile->idRequired ? self::findMissing($headers, $profile->idHeader) : null);
    }

    private static function findCopies(Headers $headers, ?string $name): ?Refusal
    {
        return $name !== null && count($headers->all($name)) > 1
            ? new Refusal(RefusalCode::MalformedHeader, $name, "$name came more than once") : null;
    }

    private static function findMissing(Headers $headers, ?string $name): ?Refusal
    {
        return $name !== null && $headers->first($name) === ''
            ? new Refusal(RefusalCode::MissingHeader, $name, "$name is missing or empty") : null;
    }

    /**
     * @param list<string> $signatures
     * @param list<Secret> $secrets
     */
    private static function findSecret(string $text, array $signatures, array $secrets): ?int
    {
        foreach ($secrets as $index => $secret) {
            $expected = $secret->mac($text);
            foreach ($signatures as $signature) {
                if (hash_equals($expected, $signature)) {
                    return $index;
                }
            }
        }
        return null;
    }

    private function refuseTime(RefusalCode $code, string $hint): Refusal
    {
        $header = $this->profile->timestampHeader ?? $this->profile->signatureHeader;
        return new Refusal($code, $header, $hint);
    }
}
