<?php

declare(strict_types=1);

namespace Malote\Receiver\Tests;

use Malote\Receiver\Catalogue;
use Malote\Receiver\ConfigError;
use Malote\Receiver\Headers;
use Malote\Receiver\Profile;
use Malote\Receiver\Receiver;
use Malote\Receiver\Secret;
use Malote\Receiver\Verified;

test('what sign() writes is right in every scheme', function () {
    foreach (array_keys(Catalogue::PROFILES) as $scheme) {
        $receiver = receiver(scheme: $scheme);
        $verdict = $receiver->verify($receiver->sign('msg_1', NOW, ORDER), ORDER);
        same('ok', code($verdict), $scheme);
        same(0, $verdict->matchedSecret);
    }
});

test('the Verified says what was proven', function () {
    $receiver = receiver();
    $verdict = $receiver->verify(signed($receiver), ORDER);
    same(true, $verdict instanceof Verified);
    same([NOW, 'msg_1', true, true], [
        $verdict->signedAt, $verdict->messageId, $verdict->idSigned, $verdict->replayProtected,
    ]);
    $receiver = receiver(tolerance: null);
    same(false, $receiver->verify(signed($receiver), ORDER)->replayProtected);
    $receiver = receiver(scheme: 'codespar');
    $verdict = $receiver->verify(signed($receiver), ORDER);
    same([null, 'msg_1', false, false], [
        $verdict->signedAt, $verdict->messageId, $verdict->idSigned, $verdict->replayProtected,
    ]);
});

test('a time is judged both ways, the edge included, and only after the signature', function () {
    $receiver = receiver();
    $wanted = [300 => 'ok', 301 => 'timestamp_too_old', -300 => 'ok', -301 => 'timestamp_too_new'];
    foreach ($wanted as $age => $code) {
        $headers = $receiver->sign('msg_1', NOW - $age, ORDER);
        same($code, code($receiver->verify($headers, ORDER)), (string) $age);
    }
    $headers = $receiver->sign('msg_1', NOW - 9999, ORDER);
    same('no_matching_signature', code($receiver->verify($headers, ORDER . ' ')));
});

test('a clock that goes back makes times too new, and nothing else', function () {
    $now = NOW;
    $receiver = receiver(clock: static function () use (&$now) {
        return $now;
    });
    $headers = $receiver->sign('msg_1', NOW, ORDER);
    same('ok', code($receiver->verify($headers, ORDER)));
    $now = NOW - 4000;
    same('timestamp_too_new', code($receiver->verify($headers, ORDER)));
    $now = -5;
    same('timestamp_too_new', code($receiver->verify($headers, ORDER)));
});

test('RFC 3339 times are full and real dates', function () {
    $wanted = [
        '2026-04-22T14:30:00Z' => 'ok',
        '2026-04-22T14:30:00.999999999Z' => 'ok',
        '2026-04-22T16:30:00+02:00' => 'ok',
        '2026-04-22T09:00:00-05:30' => 'ok',
        '2026-04-22T14:24:59Z' => 'timestamp_too_old',
        '2024-02-29T00:00:00Z' => 'timestamp_too_old',
        '2026-02-29T14:30:00Z' => 'malformed_header',
        '2026-04-31T14:30:00Z' => 'malformed_header',
        '2026-13-01T14:30:00Z' => 'malformed_header',
        '2026-04-22T24:00:00Z' => 'malformed_header',
        '2026-04-22T14:30:00' => 'malformed_header',
        '2026-04-22 14:30:00Z' => 'malformed_header',
        '2026-04-22T14:30Z' => 'malformed_header',
        '2026-04-22T14:30:00.Z' => 'malformed_header',
        '2026-04-22T14:30:00+25:00' => 'malformed_header',
        "2026-04-22T14:30:00Z\n" => 'malformed_header',
        '1776868200' => 'malformed_header',
    ];
    $receiver = receiver(scheme: 'codespar', enforceUnsignedTimestamp: true);
    foreach ($wanted as $text => $code) {
        $headers = signed($receiver, ORDER, ['X-CodeSpar-Timestamp' => (string) $text]);
        same($code, code($receiver->verify($headers, ORDER)), (string) $text);
    }
});

test('header names have no case, values are trimmed of spaces and tabs only', function () {
    $receiver = receiver();
    foreach ($receiver->sign('msg_1', NOW, ORDER) as $name => $value) {
        $headers[strtoupper($name)] = " \t$value\t ";
    }
    same('ok', code($receiver->verify($headers, ORDER)));
    $headers['WEBHOOK-TIMESTAMP'] .= "\n";
    same('malformed_header', code($receiver->verify($headers, ORDER)));
});

test('a header of the scheme that comes twice is malformed, even with one value', function () {
    $receiver = receiver();
    foreach (['webhook-signature', 'webhook-timestamp', 'webhook-id'] as $name) {
        $headers = signed($receiver);
        $headers[$name] = [$headers[$name], $headers[$name]];
        $refusal = $receiver->verify(Headers::fromMap($headers), ORDER);
        same(['malformed_header', $name], [code($refusal), $refusal->header]);
    }
    $receiver = receiver(scheme: 'codespar');
    $headers = ['X-CodeSpar-Timestamp' => ['a', 'b']] + signed($receiver);
    same('malformed_header', code($receiver->verify(Headers::fromMap($headers), ORDER)));
});

test('two signature headers that PHP joined are malformed', function () {
    $receiver = receiver();
    $headers = signed($receiver);
    $right = $headers['webhook-signature'];
    $wrong = 'v1,' . base64_encode(str_repeat("\0", 32));
    $pairs = [[$right, $right], [$wrong, $right], [$right, $wrong], ['v2,x', $right]];
    foreach ($pairs as $copies) {
        $headers['webhook-signature'] = implode(', ', $copies);
        $code = code($receiver->verify(Headers::fromMap($headers), ORDER));
        same('malformed_header', $code, $headers['webhook-signature']);
    }
    $headers['webhook-signature'] = "$wrong v2,x $right";
    same('ok', code($receiver->verify(Headers::fromMap($headers), ORDER)));
});

test('a signature list takes sixteen entries, in any order of junk', function () {
    $receiver = receiver();
    $right = signed($receiver)['webhook-signature'];
    $wrong = 'v1,' . base64_encode(str_repeat("\0", 32));
    $lists = [
        [str_repeat("$wrong ", 15) . $right, 'ok'],
        [str_repeat("$wrong ", 16) . $right, 'malformed_header'],
        ["junk  v2,x   $right", 'ok'],
        ["$wrong v1,short", 'no_matching_signature'],
        ['v1,short v2,x', 'malformed_header'],
        ['v2,x v1a,y', 'no_matching_signature'],
        ['v1,', 'malformed_header'],
        [str_replace('v1,', 'V1,', $right), 'no_matching_signature'],
        [str_replace('=', '', $right), 'malformed_header'],
        [substr($right, 0, 20) . ' ' . substr($right, 20), 'malformed_header'],
        [substr($right, 0, 20) . "\n" . substr($right, 20), 'malformed_header'],
        [str_replace('v1,', 'v1, ', $right), 'malformed_header'],
    ];
    foreach ($lists as [$list, $code]) {
        $verdict = $receiver->verify(['webhook-signature' => $list] + signed($receiver), ORDER);
        same($code, code($verdict), $list);
    }
});

test('t= comes once, and members that are not known are skipped', function () {
    foreach (['stripe' => ',', 'stateset-t' => ' '] as $scheme => $separator) {
        $receiver = receiver(scheme: $scheme);
        $name = $scheme === 'stripe' ? 'Stripe-Signature' : 'Stateset-Signature';
        [$time, $right] = explode($separator, signed($receiver)[$name]);
        $wrong = 'v1=' . str_repeat('0', 64);
        $values = [
            [[$right, 'v0=1', 'junk', $wrong, $time], 'ok'],
            [[$time, ...array_fill(0, 15, $wrong), $right], 'ok'],
            [[$time, ...array_fill(0, 16, $wrong), $right], 'malformed_header'],
            [['', $time, ' ', ...array_fill(0, 15, $wrong), '', $right, ''], 'ok'],
            [[$time, ...array_fill(0, 16, 'junk'), $right], 'malformed_header'],
            [[...array_fill(0, 50, ''), $time, $right], 'ok'],
            [[$time, $time, $right], 'malformed_header'],
            [[$right], 'malformed_header'],
            [[$time], 'malformed_header'],
            [[$time, 'v0=1'], 'no_matching_signature'],
            [[$time, 'v1', 'v1='], 'malformed_header'],
        ];
        foreach ($values as [$members, $code]) {
            $verdict = $receiver->verify([$name => implode($separator, $members)], ORDER);
            same($code, code($verdict), implode($separator, $members));
        }
    }
});

test('a prefix is demanded or allowed as the profile says', function () {
    $github = receiver(scheme: 'github');
    $value = signed($github)['X-Hub-Signature-256'];
    contains('sha256=', $value);
    $bare = ['X-Hub-Signature-256' => substr($value, 7)] + signed($github);
    same('malformed_header', code($github->verify($bare, ORDER)));
    $codespar = receiver(scheme: 'codespar');
    $name = 'X-CodeSpar-Signature';
    $prefixed = [$name => 'sha256=' . signed($codespar)[$name]] + signed($codespar);
    same('ok', code($codespar->verify($prefixed, ORDER)));
    $twice = [$name => 'sha256=' . $prefixed[$name]] + $prefixed;
    same('malformed_header', code($codespar->verify($twice, ORDER)));
});

test('the first secret that matches is named', function () {
    $receiver = receiver(scheme: 'github', secret: 'new', previousSecrets: ['old', 'older']);
    foreach (['new', 'old', 'older'] as $index => $secret) {
        $headers = receiver(scheme: 'github', secret: $secret)->sign('1', NOW, ORDER);
        same($index, $receiver->verify($headers, ORDER)->matchedSecret);
    }
});

test('no secret, an empty one and one that does not decode are errors at once', function () {
    $kind = static fn (mixed ...$options): string =>
        throws(ConfigError::class, static fn () => new Receiver(...$options))->kind;
    same('no_secret', $kind());
    same('no_secret', $kind(secret: ''));
    same('no_secret', $kind(secret: false));
    same('no_secret', $kind(secret: WHSEC, previousSecrets: ['']));
    same('no_secret', $kind(secret: WHSEC, previousSecrets: [null]));
    same('no_secret', $kind(secret: 'whsec_'));
    same('bad_secret', $kind(secret: WHSEC . "\n"));
    same('bad_secret', $kind(secret: 'whsec_not base64'));
    same('bad_secret', $kind(secret: 'abc'));
    same('bad_secret', $kind(secret: WHSEC, previousSecrets: array_fill(0, 8, WHSEC)));
    $hex = ['secret_encoding' => 'hex'] + Catalogue::PROFILES['github'];
    same('bad_secret', $kind(secret: 'abc', scheme: $hex));
    same('bad_option', $kind(secret: WHSEC, secretLookup: static fn () => null));
});

test('a secret that begins with v1, is refused with the remedy, not shown', function () {
    $error = throws(ConfigError::class, fn () => new Receiver(secret: 'v1,' . WHSEC));
    same('bad_secret', $error->kind);
    contains('drop the "v1,"', $error->getMessage());
    lacks(substr(WHSEC, 6), $error->getMessage() . $error->getTraceAsString());
});

test('a secret is read as the profile says, whatever it looks like', function () {
    $receiver = receiver(scheme: 'codespar', secret: WHSEC);
    $mac = hash_hmac('sha256', ORDER, WHSEC);
    same('ok', code($receiver->verify(['x-codespar-signature' => $mac], ORDER)));
    foreach (["Grüße, ☃", "line\n", ' '] as $secret) {
        $receiver = receiver(scheme: 'codespar', secret: $secret);
        $mac = hash_hmac('sha256', ORDER, $secret);
        same('ok', code($receiver->verify(['x-codespar-signature' => $mac], ORDER)));
    }
});

test('a secret shows itself in no dump, trace or serialisation', function () {
    $secret = Secret::read('verysecret', 'utf8');
    lacks('verysecret', print_r($secret, true));
    ob_start();
    var_dump(receiver(scheme: 'github', secret: 'verysecret'));
    lacks('verysecret', (string) ob_get_clean());
    throws(\LogicException::class, fn () => serialize($secret));
});

test('a profile with a fault is refused, and the fault is named', function () {
    $faults = [
        'colour' => 'red', 'algorithm' => 'md5', 'encoding' => 'hex64', 'secret_encoding' => null,
        'signature_header' => '', 'header_format' => 't-v1', 'signed' => ['ts'],
        'id' => ['name' => 'x'], 'event_id' => 'body:/id', 'type' => ['cookie:x'], 'data' => [5],
        'timestamp' => ['header' => 'X', 'format' => 'unix', 'signed' => true],
    ];
    foreach ($faults as $member => $value) {
        $profile = [$member => $value] + Catalogue::PROFILES['github'];
        $error = throws(ConfigError::class, fn () => new Profile($profile));
        same('bad_profile', $error->kind, $member);
    }
    same('bad_profile', throws(ConfigError::class, fn () => receiver(scheme: 'gitlab'))->kind);
    $error = throws(ConfigError::class, fn () => Profile::named('x'));
    contains('there are standard', $error->getMessage());
});

test('hostile headers end in a refusal, never in an error', function () {
    $texts = [
        "\0", str_repeat("\xFF", 64), str_repeat('é', 32), str_repeat('0', 63) . 'é', 'v1', 'v1=',
        '=', ',', 't=,v1=', str_repeat(',', 100_000), str_repeat('v1,', 100_000),
        str_repeat(' ', 100_000),
        str_repeat('=', 44), 'v1,' . str_repeat('=', 44), 'sha256=', "t=1\n,v1=2", '0', '-0', '[]',
    ];
    foreach (array_keys(Catalogue::PROFILES) as $scheme) {
        $receiver = receiver(scheme: $scheme);
        foreach (array_keys(signed($receiver)) as $name) {
            foreach ($texts as $text) {
                $headers = [$name => $text] + signed($receiver);
                $verdict = $receiver->verify($headers, ORDER);
                if ($name === Profile::named($scheme)->signatureHeader) {
                    same(false, $verdict instanceof Verified);
                }
            }
        }
    }
});

test('a flood of headers is carried', function () {
    $receiver = receiver();
    $headers = signed($receiver);
    for ($number = 0; $number < 50_000; $number++) {
        $headers[$number] = "x$number";
        $headers["X-$number"] = ['a', 'b'];
    }
    same('ok', code($receiver->verify(Headers::fromMap($headers), ORDER)));
});

test('explain() names the mistake', function () {
    $receiver = receiver(clock: static fn () => NOW + 7200);
    $right = $receiver->sign('msg_1', NOW, ORDER);
    $explain = static fn (array $headers, string $body, string $secret = WHSEC): string =>
        $receiver->explain($headers, $body, $secret);
    contains('is right. Its time is 7200 s before', $explain($right, ORDER));
    contains('a newline after the body', $explain($receiver->sign('m', NOW, ORDER . "\n"), ORDER));
    contains('newline at the end of the body removed', $explain($right, ORDER . "\r\n"));
    contains('white space around the secret', $explain($right, ORDER, WHSEC . "\n"));
    contains('"v1," before the secret', $explain($right, ORDER, 'v1,' . WHSEC));
    $stripe = receiver(scheme: 'stripe');
    contains('the scheme stripe', $explain($stripe->sign('', NOW, ORDER), ORDER));
    $asText = receiver(scheme: ['secret_encoding' => 'utf8'] + Catalogue::PROFILES['standard']);
    contains('the secret read as utf8', $explain($asText->sign('m', NOW, ORDER), ORDER));
    $asHex = receiver(scheme: ['encoding' => 'hex'] + Catalogue::PROFILES['standard']);
    contains('the signature in hex', $explain($asHex->sign('m', NOW, ORDER), ORDER));
    $other = $explain($right, '{}');
    contains('No usual mistake', $other);
    lacks(substr(WHSEC, 6), $other);
});
