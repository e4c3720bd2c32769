<?php

declare(strict_types=1);

namespace Malote\Receiver\Tests;

use Malote\Receiver\ConfigError;
use Malote\Receiver\Context;
use Malote\Receiver\Event;
use Malote\Receiver\Events\PaymentConfirmed;
use Malote\Receiver\Hints;
use Malote\Receiver\MemoryStore;
use Malote\Receiver\Outcome;
use Malote\Receiver\Receiver;

test('a right delivery runs its handler and is answered 200', function () {
    $seen = null;
    $handler = function (Event $event, Context $context) use (&$seen) {
        $seen = [$event->data['id'], $context->verified->matchedSecret, $context->known];
    };
    $receiver = receiver()->on('order.created', $handler);
    $answer = deliver($receiver);
    same([200, '{"received":true}'], [$answer->status, $answer->body]);
    same(['Content-Type' => 'application/json'], $answer->headers);
    same(['ord_1', 0, true], $seen);
});

test('what is refused for its head is refused before the body is read', function () {
    $receiver = receiver(maxBody: 100);
    $unread = static fn () => throw new \LogicException('the body was read');
    $heads = [
        ['GET', [], 405, 'method_not_allowed'],
        ['post', [], 405, 'method_not_allowed'],
        ['POST', ['Content-Encoding' => 'gzip'], 415, 'unsupported_media_type'],
        ['POST', ['Content-Encoding' => 'identity, br'], 415, 'unsupported_media_type'],
        ['POST', ['Content-Type' => null], 415, 'unsupported_media_type'],
        ['POST', ['Content-Type' => 'text/json'], 415, 'unsupported_media_type'],
        ['POST', ['Content-Type' => 'application/jsonp'], 415, 'unsupported_media_type'],
        ['POST', ['Content-Type' => 'application/+json'], 415, 'unsupported_media_type'],
        ['POST', ['Content-Length' => '101'], 413, 'body_too_large'],
        ['POST', ['Content-Length' => str_repeat('9', 400)], 413, 'body_too_large'],
    ];
    foreach ($heads as [$method, $headers, $status, $word]) {
        $answer = $receiver->respond($method, signed($receiver, ORDER, $headers), $unread);
        $wanted = "$status {\"error\":\"$word\"}";
        same($wanted, "$answer->status $answer->body", json_encode($headers));
    }
    same('POST', $receiver->respond('PUT', [], $unread)->headers['Allow']);
    $receiver = receiver(gone: true);
    $answer = $receiver->respond('GET', [], $unread);
    same([410, '{"error":"gone"}'], [$answer->status, $answer->body]);
});

test('JSON media types and identity are taken in any case, with parameters', function () {
    $types = ['Application/JSON', 'application/json; charset=utf-8', 'application/vnd.a-b+json ;x'];
    foreach ($types as $type) {
        $headers = ['Content-Type' => $type, 'Content-Encoding' => 'Identity'];
        same(200, deliver(receiver(), ORDER, $headers)->status, $type);
    }
});

test('a body is read one byte beyond the limit, and no further', function () {
    $receiver = receiver(maxBody: strlen(ORDER));
    same(200, deliver($receiver)->status);
    $asked = 0;
    $body = function (int $limit) use (&$asked): string {
        $asked = $limit;
        return str_repeat('x', $limit);
    };
    same(413, $receiver->respond('POST', signed($receiver), $body)->status);
    same(strlen(ORDER) + 1, $asked);
});

test('a forged delivery is 401 with nothing in it, and reaches nobody', function () {
    $store = new ScriptedStore(new MemoryStore());
    $store->down = ['begin'];
    $receiver = receiver(store: $store)->on('order.created', fn () => throw new \LogicException());
    $forged = ['webhook-signature' => 'v1,' . base64_encode(random_bytes(32))];
    $answer = deliver($receiver, ORDER, $forged);
    same([401, '{"error":"unauthorized"}'], [$answer->status, $answer->body]);
});

test('a signed body that cannot be read is 400, or parked', function () {
    $deep = str_repeat('[', 512) . str_repeat(']', 512);
    $bodies = [
        '', ' ', 'null', '[]', '"x"', '1', '{', '{}', '{"type":5}', '{"type":""}', '{"type":null}',
        '{"type":["a"]}', '{"type":123456789012345678901234567890}', "\xEF\xBB\xBF" . ORDER,
        "{\"type\":\"a\xFF\"}", '{"type":"a"}x', '{"type":"a"}{"type":"a"}', "{'type':'a'}",
        '{"type":"a",}', '/**/{"type":"a"}', '{"type":"a","x":NaN}', "{\"type\":\"a\1\"}",
        "{\"type\":\"a\",\"x\":$deep}", str_repeat('[', 1_048_576), str_repeat('{"a":', 200_000),
        mb_convert_encoding(ORDER, 'UTF-16LE'),
    ];
    foreach ($bodies as $body) {
        same('400 invalid_payload', refusal(receiver(), $body), substr($body, 0, 60));
    }
    $parked = [];
    $receiver = receiver(unreadable: 'park')->onParked(
        function (?Event $event, string $reason, string $raw) use (&$parked) {
            $parked = [$event, $raw];
        },
    );
    $answer = deliver($receiver, '[]');
    same([200, '{"received":true}'], [$answer->status, $answer->body]);
    same([null, '[]'], $parked);
});

test('odd but right JSON is read', function () {
    $deep = str_repeat('[', 511) . str_repeat(']', 511);
    $bodies = [
        '{"type":"a","data":' . $deep . '}',
        '{"type":"a","big":1e400,"small":-1e-400,"many":' . str_repeat('9', 100_000) . '}',
        '{"type":"x","type":"a"}',
        " \t\r\n{\"\":0,\"0\":1,\"\\u0000b\":2,\"type\":\"a\"}\n",
        '{"type":"a","__proto__":{"type":"b"},"constructor":1}',
    ];
    foreach ($bodies as $body) {
        $type = null;
        $receiver = receiver()->onUnhandled(function (Event $event) use (&$type) {
            $type = $event->type;
        });
        same(200, deliver($receiver, $body)->status, substr($body, 0, 60));
        same('a', $type);
    }
});

test('an event says what the sender wrote', function () {
    $event = null;
    $body = '{"id":12345678901234567890,"event":"payment.success","occurred_at":1776868195,'
        . '"data":{"id":"pay_1"}}';
    $receiver = receiver(scheme: 'codespar')->onAny(function (Event $seen) use (&$event) {
        $event = $seen;
    });
    deliver($receiver, $body, ['X-CodeSpar-Event' => 'other']);
    same(['payment.success', 'payment.confirmed'], [$event->type, $event->canonical]);
    same(['12345678901234567890', 'msg_1'], [$event->id, $event->deliveryId]);
    same('codespar/12345678901234567890', $event->key);
    same(['1776868195', ['id' => 'pay_1'], $body], [$event->occurredAt, $event->data, $event->raw]);
    same('payment.success', $event['event']);
    same([true, false, null], [isset($event['id']), isset($event['x']), $event['x']]);
    throws(\LogicException::class, fn () => $event['id'] = 1);
});

test('the key comes from signed material only', function () {
    $key = static function (string $scheme, string $body, array $headers = []): string {
        $key = '';
        $receiver = receiver(scheme: $scheme)->onAny(function (Event $event) use (&$key) {
            $key = $event->key;
        });
        deliver($receiver, $body, $headers);
        return $key;
    };
    same('standard/msg_1', $key('standard', ORDER));
    same('whatalo/dlv_9', $key('whatalo', '{"delivery_id":"dlv_9","event":"a"}'));
    same('stripe/evt_1', $key('stripe', ORDER));
    $hash = 'codespar/sha256:' . hash('sha256', '{"type":"a"}');
    same($hash, $key('codespar', '{"type":"a"}', ['X-CodeSpar-Delivery-Id' => 'x']));
    contains('codespar/sha256:', $key('codespar', '{"type":"a","id":""}'));
    contains('codespar/sha256:', $key('codespar', '{"type":"a","id":[1]}'));
});

test('a handler is found by type, then alias, then the longest prefix, then nobody', function () {
    $ran = '';
    $note = static function (string $who) use (&$ran): \Closure {
        return function () use ($who, &$ran) {
            $ran = $who;
        };
    };
    $receiver = receiver()
        ->on('payment.succeeded', $note('alias'))
        ->on('payment.confirmed', $note('canonical'))
        ->on('123', $note('number'))
        ->on('*', $note('star'))
        ->onPrefix('payment.', $note('prefix'))
        ->onPrefix('payment.refund.', $note('longer'))
        ->onPrefix('4', $note('four'))
        ->onUnhandled(function (Event $event, bool $known) use (&$ran) {
            $ran = $known ? 'known' : 'unknown';
        });
    $wanted = [
        'payment.confirmed' => 'canonical',
        'payment.succeeded' => 'alias', 'payment.success' => 'alias',
        'payment.refund.x' => 'longer', 'payment.x' => 'prefix', '123' => 'number', '*' => 'star',
        '45' => 'four', 'order.created' => 'known', 'Order.Created' => 'unknown', '0' => 'unknown',
        'constructor' => 'unknown', '__proto__' => 'unknown', '__construct' => 'unknown',
    ];
    foreach ($wanted as $type => $who) {
        $ran = 'nobody';
        same(200, deliver($receiver, json_encode(['type' => (string) $type]))->status);
        same($who, $ran, (string) $type);
    }
    foreach (['123', '*'] as $type) {
        $error = throws(ConfigError::class, fn () => $receiver->on($type, $note('again')));
        same('duplicate_handler', $error->kind);
    }
    $error = throws(ConfigError::class, fn () => $receiver->onPrefix('4', $note('again')));
    same('duplicate_handler', $error->kind);
});

test('whatever a handler throws is 500, and its text stays inside', function () {
    $thrown = [
        fn () => throw new \RuntimeException('inner secret'),
        fn () => throw new \TypeError("line\nbreak"),
        fn () => throw new class extends \Error {
        },
        fn () => strlen(),
        fn () => intdiv(1, 0),
        fn () => undefined_function(),
        fn (string $notAnEvent) => $notAnEvent,
        fn () => throw new ConfigError('no_secret', 'of another receiver'),
        fn () => \Fiber::suspend(),
    ];
    foreach ($thrown as $index => $handler) {
        $errors = 0;
        $receiver = receiver()->on('order.created', $handler)->onError(function () use (&$errors) {
            $errors++;
        });
        $answer = deliver($receiver);
        same('500 {"error":"handler_failed"}', "$answer->status $answer->body", "handler $index");
        same(1, $errors);
    }
});

test('an outcome decides the answer', function () {
    $answer = deliver(receiver()->on('order.created', fn () => Outcome::retry(30)));
    same('503 {"error":"try_again"}', "$answer->status $answer->body");
    same('30', $answer->headers['Retry-After']);
    $parked = '';
    $receiver = receiver()->on('order.created', fn () => Outcome::park('no stock'))
        ->onParked(function (?Event $event, string $reason) use (&$parked) {
            $parked = "$event->id $reason";
        });
    same([200, 'evt_1 no stock'], [deliver($receiver)->status, $parked]);
    foreach ([null, false, 0, 'no', [], Outcome::ack()] as $value) {
        same(200, deliver(receiver()->on('order.created', fn () => $value))->status);
    }
});

test('observers that throw change no answer', function () {
    $fail = fn () => throw new \Error('observer');
    $make = static fn (mixed ...$options): Receiver =>
        receiver(...$options)->onAny($fail)->onRefused($fail)->onParked($fail)->onError($fail);
    same(200, deliver($make())->status);
    same(401, deliver($make(), ORDER, ['webhook-id' => 'x'])->status);
    same(200, deliver($make(unreadable: 'park'), '[]')->status);
    same(200, deliver($make()->on('order.created', fn () => Outcome::park('x')))->status);
    same(500, deliver($make()->on('order.created', $fail))->status);
});

test('a secret can be looked up by what is not proven yet', function () {
    $make = static fn (mixed $found): Receiver => receiver(
        secret: null,
        scheme: 'whatalo',
        secretLookup: function (Hints $hints) use ($found) {
            same('shop_7', json_decode($hints->body, true)['store']);
            return $found instanceof \Throwable ? throw $found : $found;
        },
    );
    $body = '{"delivery_id":"1","event":"order.created","store":"shop_7"}';
    $headers = receiver(scheme: 'whatalo', secret: 'of shop 7')->sign('1', NOW, $body);
    $status = static fn (mixed $found): int =>
        $make($found)->respond('POST', $headers, $body)->status;
    same(200, $status('of shop 7'));
    same(200, $status(['other', 'of shop 7']));
    same(401, $status('other'));
    same(401, $status(null));
    same(401, $status([]));
    same(500, $status(['']));
    same(503, $status(new \RuntimeException('the database is down')));
});

test('options out of range are errors', function () {
    $wrong = [
        ['tolerance' => -1], ['maxBody' => 0], ['maxSignatures' => 0], ['budget' => 0.0],
        ['lease' => NAN], ['ttl' => -1.0], ['wait' => -0.1],
        ['onStoreError' => 'ignore'], ['unreadable' => 'drop'],
        ['scheme' => 'github', 'enforceUnsignedTimestamp' => true],
    ];
    foreach ($wrong as $options) {
        $error = throws(ConfigError::class, fn () => receiver(...$options));
        same('bad_option', $error->kind, json_encode(array_keys($options)));
    }
});

test('typed events are checked and found under every alias', function () {
    $seen = null;
    $receiver = receiver()->onTyped(
        PaymentConfirmed::class,
        function (PaymentConfirmed $payment, Event $event) use (&$seen) {
            $seen = [$payment->payment_id, $payment->amount, $payment->customer, $payment->method];
        },
    );
    $send = static fn (string $data): int =>
        deliver($receiver, "{\"type\":\"payment.success\",\"data\":$data}")->status;
    same(200, $send('{"payment_id":"p","amount":1.5,"customer":{"name":"M"},"new":1}'));
    same(['p', 1.5, ['name' => 'M'], null], $seen);
    $wrong = ['{}', '[]', 'null', '5', '{"payment_id":5}', '{"payment_id":"p","amount":"1"}'];
    foreach ($wrong as $data) {
        same(500, $send($data), $data);
    }
});

test('every class of the catalogue can be made of the catalogue\'s fixture', function () {
    $path = __DIR__ . '/../../../data/events.json';
    foreach (json_decode((string) file_get_contents($path), true)['events'] as $fixture) {
        $words = ucwords(strtr($fixture['name'], '._', '  '));
        $class = 'Malote\\Receiver\\Events\\' . str_replace(' ', '', $words);
        $data = $fixture['fixture'];
        $event = new Event($fixture['name'], $fixture['name'], '1', 'k', '', null, $data, [], '');
        same($fixture['name'], $class::TYPE);
        foreach ($class::from($event) as $member => $value) {
            if ($member !== 'event') {
                same($data[$member] ?? null, $value, "$class $member");
            }
        }
    }
});
