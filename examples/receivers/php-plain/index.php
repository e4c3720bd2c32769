<?php

declare(strict_types=1);

use Malote\Receiver\Event;
use Malote\Receiver\PdoStore;
use Malote\Receiver\Receiver;

// with Composer: require __DIR__ . '/vendor/autoload.php';
require __DIR__ . '/../../../sdk/php/autoload.php';

/** Your business logic goes here; this writes down what came. */
function record(Event $event): void
{
    $file = getenv('EFFECTS_FILE');
    if ($file !== false) {
        file_put_contents($file, "$event->id $event->type\n", FILE_APPEND);
    }
}

(new Receiver(
    secret: getenv('MALOTE_WEBHOOK_SECRET'),
    store: PdoStore::sqlite(getenv('STATE_DIR') . '/malote-receiver.db'),
))
    ->on('order.created', record(...))
    ->onPrefix('', record(...)) // and all other types
    ->run();
