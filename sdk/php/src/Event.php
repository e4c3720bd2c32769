<?php

declare(strict_types=1);

namespace Malote\Receiver;

/**
 * One event, proven and parsed. `$event['member']` reads the payload; objects are arrays.
 *
 * @implements \ArrayAccess<string, mixed>
 */
final class Event implements \ArrayAccess
{
    /**
     * @param string $type as the sender wrote it
     * @param ?string $canonical the catalogue's name, if it has the type under any alias
     * @param string $id the event's id; empty if the sender gives none
     * @param string $key what duplicates are told by; only what is signed goes into it
     * @param string $deliveryId the id header, signed or not
     * @param ?string $occurredAt as the sender wrote it
     * @param mixed $data the part of the payload that the profile calls data
     * @param array<array-key, mixed> $payload the whole object
     * @param string $raw the bytes
     */
    public function __construct(
        public readonly string $type,
        public readonly ?string $canonical,
        public readonly string $id,
        public readonly string $key,
        public readonly string $deliveryId,
        public readonly ?string $occurredAt,
        public readonly mixed $data,
        public readonly array $payload,
        public readonly string $raw,
    ) {
    }

    public function offsetExists(mixed $offset): bool
    {
        return isset($this->payload[$offset]);
    }

    public function offsetGet(mixed $offset): mixed
    {
        return $this->payload[$offset] ?? null;
    }

    public function offsetSet(mixed $offset, mixed $value): void
    {
        throw new \LogicException('an event cannot be changed');
    }

    public function offsetUnset(mixed $offset): void
    {
        throw new \LogicException('an event cannot be changed');
    }
}
