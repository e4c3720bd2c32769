<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Writes what a sender of the scheme would send; for tests. */
final class Signer
{
    public function __construct(private readonly Profile $profile)
    {
    }

    /**
     * @param int $time Unix seconds
     * @return array<string, string> headers
     */
    public function sign(Secret $secret, string $id, int $time, string $body): array
    {
        $profile = $this->profile;
        $sentAt = Timestamp::format($time, $profile->timestampFormat);
        $text = (new Verifier($profile))->signedText($id, $sentAt, $body);
        $value = Encoding::encode($secret->mac($text), $profile->encoding);
        $headers = ['Content-Type' => 'application/json'];
        $headers[$profile->signatureHeader] = match ($profile->headerFormat) {
            'bare' => $profile->prefix . $value,
            'v1-space-list' => "v1,$value",
            't-v1-comma' => "t=$sentAt,v1=$value",
            't-v1-space' => "t=$sentAt v1=$value",
        };
        if ($profile->timestampHeader !== null) {
            $headers[$profile->timestampHeader] = $sentAt;
        }
        if ($profile->idHeader !== null) {
            $headers[$profile->idHeader] = $id;
        }
        return $headers;
    }
}
