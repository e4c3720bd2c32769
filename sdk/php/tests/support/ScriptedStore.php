<?php

declare(strict_types=1);

namespace Malote\Receiver\Tests;

use Malote\Receiver\Claim;
use Malote\Receiver\Store;

/** A store that can be down. */
final class ScriptedStore implements Store
{
    /** @var list<string> the methods that fail: begin, commit, abort */
    public array $down = [];

    public function __construct(private readonly Store $inner)
    {
    }

    public function begin(string $key, float $lease): Claim
    {
        $this->failIfDown('begin');
        return $this->inner->begin($key, $lease);
    }

    public function commit(string $key, float $ttl): void
    {
        $this->failIfDown('commit');
        $this->inner->commit($key, $ttl);
    }

    public function abort(string $key): void
    {
        $this->failIfDown('abort');
        $this->inner->abort($key);
    }

    private function failIfDown(string $method): void
    {
        if (in_array($method, $this->down, true)) {
            throw new \RuntimeException("the store is down ($method)");
        }
    }
}
