<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Who handles what. Any text is a name; none is special. */
final class Handlers
{
    /** @var array<array-key, \Closure> */
    private array $byType = [];
    /** @var array<string, \Closure> the first that was set for any alias */
    private array $byCanonical = [];
    /** @var array<array-key, \Closure> the longest first */
    private array $byPrefix = [];

    /** @throws ConfigError duplicate_handler */
    public function add(string $type, \Closure $handler): void
    {
        if (isset($this->byType[$type])) {
            throw new ConfigError('duplicate_handler', "\"$type\" has a handler already");
        }
        $this->byType[$type] = $handler;
        $canonical = Catalogue::CANONICAL[$type] ?? null;
        if ($canonical !== null) {
            $this->byCanonical[$canonical] ??= $handler;
        }
    }

    /** @throws ConfigError duplicate_handler */
    public function addPrefix(string $prefix, \Closure $handler): void
    {
        if (isset($this->byPrefix[$prefix])) {
            throw new ConfigError('duplicate_handler', "prefix \"$prefix\" has a handler already");
        }
        $this->byPrefix[$prefix] = $handler;
        uksort($this->byPrefix, static fn ($a, $b) => strlen((string) $b) <=> strlen((string) $a));
    }

    /** By the type as sent, by another alias of it, by the longest prefix; null if there is none */
    public function find(Event $event): ?\Closure
    {
        $canonical = $event->canonical ?? '';
        $handler = $this->byType[$event->type] ?? $this->byCanonical[$canonical] ?? null;
        if ($handler !== null) {
            return $handler;
        }
        foreach ($this->byPrefix as $prefix => $handler) {
            if (str_starts_with($event->type, (string) $prefix)) {
                return $handler;
            }
        }
        return null;
    }
}
