<?php

declare(strict_types=1);

/* Requests as a sender makes them, for the tests. */

namespace Malote\Receiver\Tests;

use Malote\Receiver\Receiver;
use Malote\Receiver\Refusal;
use Malote\Receiver\Response;
use Malote\Receiver\Verified;

const NOW = 1_776_868_200;
const WHSEC = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';
const ORDER = '{"id":"evt_1","type":"order.created","data":{"id":"ord_1","amount":15000}}';

/** A receiver whose clock stands still; options as of Receiver. */
function receiver(mixed ...$options): Receiver
{
    $receiver = new Receiver(...$options + ['secret' => WHSEC, 'clock' => static fn () => NOW]);
    return $receiver->onError(static fn () => null);
}

/** A right request to the receiver; $headers replace the sender's, null takes one away. */
function deliver(
    Receiver $receiver,
    string $body = ORDER,
    array $headers = [],
    string $id = 'msg_1',
    string $method = 'POST',
): Response {
    return $receiver->respond($method, signed($receiver, $body, $headers, $id), $body);
}

/** @return array<string, mixed> */
function signed(
    Receiver $receiver,
    string $body = ORDER,
    array $headers = [],
    string $id = 'msg_1',
): array {
    $all = $headers + $receiver->sign($id, NOW, $body);
    return array_filter($all, static fn ($value) => $value !== null);
}

function code(Verified|Refusal $verdict): string
{
    return $verdict instanceof Verified ? 'ok' : $verdict->code->value;
}

/** The code of what a receiver refuses, and the status it answers. */
function refusal(Receiver $receiver, string $body = ORDER, array $headers = []): string
{
    $code = 'none';
    $receiver->onRefused(static function (Refusal $refusal) use (&$code): void {
        $code = $refusal->code->value;
    });
    $status = deliver($receiver, $body, $headers)->status;
    return "$status $code";
}
