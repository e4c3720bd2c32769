<?php

declare(strict_types=1);

namespace Malote\Receiver;

/** Request headers: names compare without case, values are trimmed, copies are kept. */
final class Headers
{
    /** @var array<array-key, list<string>> by lower-case name */
    private array $values = [];

    /** @param iterable<array{string, string}> $pairs in order, copies included */
    public static function fromPairs(iterable $pairs): self
    {
        $headers = new self();
        foreach ($pairs as [$name, $value]) {
            $headers->values[strtolower((string) $name)][] = trim((string) $value, " \t");
        }
        return $headers;
    }

    /**
     * Copies may be joined by commas, as PHP does; signature lists are then taken apart.
     *
     * @param iterable<array-key, string|int|list<string|int>> $map name => value or values
     */
    public static function fromMap(iterable $map): self
    {
        $headers = new self();
        foreach ($map as $name => $values) {
            foreach (is_array($values) ? $values : [$values] as $value) {
                foreach (preg_split('/, *(?=v[0-9]+,)/', (string) $value) ?: [''] as $copy) {
                    $headers->values[strtolower((string) $name)][] = trim($copy, " \t");
                }
            }
        }
        return $headers;
    }

    /** Those of the request PHP is serving: one value per name, copies joined by commas. */
    public static function fromGlobals(): self
    {
        if (function_exists('getallheaders')) {
            return self::fromMap(getallheaders());
        }
        $map = [];
        foreach ($_SERVER as $name => $value) {
            $name = (string) $name;
            if (str_starts_with($name, 'HTTP_')) {
                $name = substr($name, 5);
            } elseif ($name !== 'CONTENT_TYPE' && $name !== 'CONTENT_LENGTH') {
                continue;
            }
            $map[strtolower(strtr($name, '_', '-'))] = $value;
        }
        return self::fromMap($map);
    }

    /** @return list<string> all values of the name, in order */
    public function all(string $name): array
    {
        return $this->values[strtolower($name)] ?? [];
    }

    /** The first value, or '' */
    public function first(string $name): string
    {
        return $this->values[strtolower($name)][0] ?? '';
    }

    /** The value if the header came exactly once, else '' */
    public function single(string $name): string
    {
        $values = $this->values[strtolower($name)] ?? [];
        return count($values) === 1 ? $values[0] : '';
    }
}
