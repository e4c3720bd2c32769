<?php

declare(strict_types=1);

/* A receiver whose handlers do what they should not. */

use Malote\Receiver\Receiver;

require __DIR__ . '/../../autoload.php';

(new Receiver(secret: getenv('MALOTE_WEBHOOK_SECRET')))
    ->on('exit', static fn () => exit())
    ->on('die', static fn () => die('done'))
    ->on('fatal', static fn () => str_repeat('x', PHP_INT_MAX >> 2))
    ->on('throw', static fn () => throw new TypeError('inner secret'))
    ->on('warn', static fn () => trigger_error('inner secret', E_USER_WARNING))
    ->on('echo', static function () {
        echo 'inner secret';
        ob_start();
        echo 'more';
    })
    ->run();
