<?php

declare(strict_types=1);

/* What verifying 1 KiB costs, against the bare HMAC of the same bytes. */

use Malote\Receiver\Receiver;
use Malote\Receiver\Verified;

require __DIR__ . '/../autoload.php';

const ROUNDS = 15;
const LOOPS = 20_000;

/** The best of some rounds, in nanoseconds per call: what disturbs a machine only ever adds. */
function measure(Closure $work): float
{
    $best = INF;
    for ($round = 0; $round < ROUNDS; $round++) {
        $started = hrtime(true);
        for ($loop = 0; $loop < LOOPS; $loop++) {
            $work();
        }
        $best = min($best, (hrtime(true) - $started) / LOOPS);
    }
    return $best;
}

$now = 1_776_868_200;
$body = str_pad('{"id":"evt_1","type":"order.created","data":"', 1022, 'x') . '"}';
$key = random_bytes(32);
$bare = measure(static fn () => hash_hmac('sha256', $body, $key, true));
printf("%-16s %6.0f ns\n", 'hash_hmac', $bare);
foreach (['standard', 'codespar', 'stripe', 'whatalo'] as $scheme) {
    $secret = $scheme === 'standard' ? 'whsec_' . base64_encode($key) : bin2hex($key);
    $receiver = new Receiver(secret: $secret, scheme: $scheme, clock: static fn () => $now);
    $headers = $receiver->sign('msg_1', $now, $body) + ['Host' => 'example.com', 'Accept' => '*/*'];
    if (!$receiver->verify($headers, $body) instanceof Verified) {
        exit("verify of $scheme failed\n");
    }
    $cost = measure(static fn () => $receiver->verify($headers, $body));
    printf("%-16s %6.0f ns  %.2f times the bare HMAC\n", $scheme, $cost, $cost / $bare);
}
