<?php

declare(strict_types=1);

namespace Malote\Receiver\Tests;

use Malote\Receiver\Receiver;

const EXAMPLES = __DIR__ . '/../../../examples/receivers';

/** Right headers for the wall clock, which is what a server of its own process goes by. */
function signed_now(string $body, string $scheme = 'standard', string $id = 'msg_1'): array
{
    return (new Receiver(secret: WHSEC, scheme: $scheme))->sign($id, time(), $body);
}

test('the examples receive over HTTP', function () {
    foreach (['php-plain', 'php-psr7'] as $name) {
        if ($name === 'php-psr7' && !has_psr7()) {
            continue;
        }
        $server = new PhpServer(EXAMPLES . "/$name/index.php", ['MALOTE_WEBHOOK_SECRET' => WHSEC]);
        $right = signed_now(ORDER);
        same([200, '{"received":true}'], $server->post($right, ORDER), $name);
        same([200, '{"received":true,"duplicate":true}'], $server->post($right, ORDER), $name);
        $big = str_repeat('x', 2_097_152);
        $accents = ['webhook-signature' => 'v1,' . str_repeat('é', 22)];
        $form = ['Content-Type' => 'application/x-www-form-urlencoded'];
        $parts = ['Content-Type' => 'multipart/form-data; boundary=x'];
        $refused = [
            [401, $server->post($right, ORDER . ' ')],
            [401, $server->post(['webhook-signature' => 'v1'] + $right, ORDER)],
            [401, $server->post($accents + $right, ORDER)],
            [401, $server->post(['Content-Type' => 'application/json'], ORDER)],
            [401, $server->post(['webhook-id' => [$right['webhook-id'], 'b']] + $right, ORDER)],
            [401, $server->post(['123' => 'x'] + $right, '{}')],
            [400, $server->post(signed_now('[]'), '[]')],
            [405, $server->post($right, '', 'GET')],
            [405, $server->post($right, '', 'DELETE')],
            [413, $server->post(signed_now($big), $big)],
            [415, $server->post(['Content-Encoding' => 'gzip'] + $right, ORDER)],
            [415, $server->post($form + $right, ORDER)],
            [415, $server->post($parts + $right, ORDER)],
        ];
        foreach ($refused as $index => [$status, $answer]) {
            same($status, $answer[0], "$name, request $index: $answer[1]");
        }
        same(['evt_1 order.created'], $server->effects(), $name);
    }
});

test('of five copies at once one is handled', function () {
    $server = new PhpServer(EXAMPLES . '/php-plain/index.php', ['MALOTE_WEBHOOK_SECRET' => WHSEC]);
    foreach ($server->postAtOnce(5, signed_now(ORDER), ORDER) as [$status, $body]) {
        same(200, $status, $body);
    }
    same(['evt_1 order.created'], $server->effects());
});

test('without a secret nothing is answered 200, even where PHP shows errors', function () {
    foreach (['', null] as $secret) {
        $environment = $secret === null ? [] : ['MALOTE_WEBHOOK_SECRET' => $secret];
        $script = EXAMPLES . '/php-plain/index.php';
        $server = new PhpServer($script, $environment, ['display_errors=1', 'html_errors=0']);
        $headers = signed_now(ORDER);
        $text = "msg_1.{$headers['webhook-timestamp']}." . ORDER;
        $forged = 'v1,' . base64_encode(hash_hmac('sha256', $text, '', true));
        [$status] = $server->post(['webhook-signature' => $forged] + $headers, ORDER);
        same(500, $status);
        same([], $server->effects());
    }
});

test('a handler that ends the script does not look like success, nor does one leak', function () {
    $script = __DIR__ . '/http/misbehaving.php';
    $environment = ['MALOTE_WEBHOOK_SECRET' => WHSEC, 'PHP_CLI_SERVER_WORKERS' => '0'];
    $server = new PhpServer($script, $environment, ['display_errors=1', 'memory_limit=64M']);
    $wanted = ['exit' => 500, 'die' => 500, 'fatal' => 500, 'throw' => 500];
    $wanted += ['warn' => 200, 'echo' => 200];
    foreach ($wanted as $type => $status) {
        $body = "{\"type\":\"$type\"}";
        $answer = $server->post(signed_now($body), $body);
        same($status, $answer[0], $type);
        lacks('inner secret', $answer[1]);
    }
    same('{"received":true}', $answer[1]);
});

test('handlers written for arrays run as they are, without their old defects', function () {
    $environment = ['STATESET_WEBHOOK_SECRET' => WHSEC];
    $server = new PhpServer(__DIR__ . '/http/seed.php', $environment, ['display_errors=1']);
    $send = static function (string $type, string $data) use ($server): int {
        $body = "{\"type\":\"$type\",\"data\":$data}";
        return $server->post(signed_now($body, 'stateset'), $body)[0];
    };
    same(200, $send('order.created', '{"id":"o1"}'));
    same(200, $send('order.updated', '{"id":"o1","status":"packed"}'));
    same(200, $send('payment.succeeded', '{"id":"p1"}'));
    same(500, $send('shipment.delivered', '{"id":"s1"}'), 'an Error is no fatal page');
    same(200, $send('inventory.low_stock', '{"sku":"mug","quantity_available":2}'));
    same(200, $send('something.else', '{}'));
    $body = '{"type":"order.created","data":{"id":"o2"}}';
    $right = signed_now($body, 'stateset');
    foreach ($server->postAtOnce(5, $right, $body) as [$status]) {
        same(200, $status);
    }
    $name = 'X-StateSet-Signature';
    same(401, $server->post([$name => substr($right[$name], 1)] + $right, $body)[0], 'short');
    same(401, $server->post([$name => str_repeat('é', 32)] + $right, $body)[0], 'not ASCII');
    same(401, $server->post(array_diff_key($right, [$name => 1]), $body)[0], 'missing');
    same(400, $server->post(signed_now('{', 'stateset'), '{')[0], 'JSON that cannot be read');
    $marked = "\xEF\xBB\xBF$body";
    same(400, $server->post(signed_now($marked, 'stateset'), $marked)[0], 'BOM');
    $packed = gzencode($body);
    $headers = ['Content-Encoding' => 'gzip'] + signed_now($packed, 'stateset');
    same(415, $server->post($headers, $packed)[0], 'gzip');
    $big = str_repeat('x', 32 << 20);
    same(413, $server->post($right, $big)[0], 'big');
    same([
        'new order o1', 'order o1 is packed', 'paid p1', 'mug is down to 2',
        'nobody minds something.else', 'new order o2',
    ], $server->effects());

    $server = new PhpServer(__DIR__ . '/http/seed.php');
    $headers = [$name => hash_hmac('sha256', $body, '')] + $right;
    same(500, $server->post($headers, $body)[0], 'no secret is not the empty secret');
    same([], $server->effects());
});
