<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Why a request was refused: the words all Malote receivers share. For logs, not for the wire. */
enum RefusalCode: string
{
    case NoSecret = 'no_secret';
    case MissingHeader = 'missing_header';
    case MalformedHeader = 'malformed_header';
    case NoMatchingSignature = 'no_matching_signature';
    case TimestampTooOld = 'timestamp_too_old';
    case TimestampTooNew = 'timestamp_too_new';
    case InvalidPayload = 'invalid_payload';
    case MethodNotAllowed = 'method_not_allowed';
    case UnsupportedContentEncoding = 'unsupported_content_encoding';
    case UnsupportedMediaType = 'unsupported_media_type';
    case BodyTooLarge = 'body_too_large';
    case Gone = 'gone';
}
