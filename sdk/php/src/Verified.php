<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** What the signature proved. */
final class Verified
{
    /**
     * @param int $matchedSecret 0 is `secret`, 1 the first of the previous ones, and so on
     * @param ?int $signedAt Unix seconds, if the signature covers a time
     * @param string $messageId the id header; empty if there is none
     * @param bool $idSigned whether the signature covers that header
     * @param bool $replayProtected the time is signed, and was judged
     */
    public function __construct(
        public readonly int $matchedSecret,
        public readonly ?int $signedAt,
        public readonly string $messageId,
        public readonly bool $idSigned,
        public readonly bool $replayProtected,
    ) {
    }
}
