<?php

declare(strict_types=1);

namespace Malote\Receiver;

/**
 * The data of one kind of event, checked and with names for its members. The classes in
 * Malote\Receiver\Events are made from the event catalogue; members the sender left out are null.
 */
abstract class TypedEvent
{
    /** The catalogue's name */
    public const TYPE = '';
    /** @var array<string, array{string, bool}> member => [types joined by |, required] */
    protected const MEMBERS = [];

    /**
     * @param array<array-key, mixed> $values
     * @param Event $event what it was made of, with every member the sender wrote
     */
    final private function __construct(array $values, public readonly Event $event)
    {
        // only the class that declares a readonly property may set it
        $fill = function (array $values): void {
            foreach (array_keys(static::MEMBERS) as $member) {
                $this->{$member} = $values[$member] ?? null;
            }
        };
        \Closure::bind($fill, $this, static::class)($values);
    }

    /** @throws \UnexpectedValueException a required member is missing, or one has the wrong type */
    final public static function from(Event $event): static
    {
        $data = $event->data;
        if (!is_array($data)) {
            throw new \UnexpectedValueException(static::TYPE . ': data is not an object');
        }
        foreach (static::MEMBERS as $member => [$types, $isRequired]) {
            if ($isRequired && !isset($data[$member])) {
                throw new \UnexpectedValueException(static::TYPE . ": data has no $member");
            }
            if (isset($data[$member]) && !self::isOf($data[$member], explode('|', $types))) {
                throw new \UnexpectedValueException(static::TYPE . ": data.$member is not $types");
            }
        }
        return new static($data, $event);
    }

    /** @param list<string> $types */
    private static function isOf(mixed $value, array $types): bool
    {
        return in_array(get_debug_type($value), $types, true);
    }
}
