<?php

declare(strict_types=1);

/* A small test tool: test() names a case, the checks throw, run_tests() counts. */

namespace Malote\Receiver\Tests;

final class Failed extends \Exception
{
}

final class Registry
{
    /** @var array<string, \Closure> */
    public static array $tests = [];
}

/** @param string $sentence what holds, as a sentence */
function test(string $sentence, \Closure $body): void
{
    if (isset(Registry::$tests[$sentence])) {
        throw new \LogicException("two tests are called \"$sentence\"");
    }
    Registry::$tests[$sentence] = $body;
}

function show(mixed $value): string
{
    $isPlain = !is_object($value) || $value instanceof \UnitEnum;
    return $isPlain ? var_export($value, true) : $value::class;
}

function same(mixed $expected, mixed $actual, string $about = ''): void
{
    if ($expected !== $actual) {
        throw new Failed("$about: " . show($actual) . ' is not ' . show($expected));
    }
}

function contains(string $part, string $text): void
{
    if (!str_contains($text, $part)) {
        throw new Failed(show($text) . ' does not contain ' . show($part));
    }
}

function lacks(string $part, string $text): void
{
    if (str_contains($text, $part)) {
        throw new Failed(show($text) . ' contains ' . show($part));
    }
}

/**
 * @template T of \Throwable
 * @param class-string<T> $class
 * @return T
 */
function throws(string $class, \Closure $work): \Throwable
{
    try {
        $work();
    } catch (\Throwable $thrown) {
        if ($thrown instanceof $class) {
            return $thrown;
        }
        throw new Failed($thrown::class . " ({$thrown->getMessage()}) was thrown, not $class");
    }
    throw new Failed("nothing was thrown, not $class");
}

/** @param string $only runs the tests whose sentence contains it */
function run_tests(string $only): int
{
    $failed = 0;
    $passed = 0;
    foreach (Registry::$tests as $sentence => $body) {
        if (!str_contains($sentence, $only)) {
            continue;
        }
        try {
            $body();
            $passed++;
            echo "ok   $sentence\n";
        } catch (\Throwable $error) {
            $failed++;
            echo "FAIL $sentence\n     {$error->getMessage()}\n     {$error->getTraceAsString()}\n";
        }
    }
    echo "$passed passed, $failed failed\n";
    return $failed === 0 && $passed > 0 ? 0 : 1;
}
