<?php

declare(strict_types=1);

use Malote\Receiver\Event;
use Malote\Receiver\PdoStore;
use Malote\Receiver\Receiver;
use Nyholm\Psr7\Factory\Psr17Factory;
use Nyholm\Psr7\ServerRequest;

require __DIR__ . '/autoload.php';

/** Your business logic goes here; this writes down what came. */
function record(Event $event): void
{
    $file = getenv('EFFECTS_FILE');
    if ($file !== false) {
        file_put_contents($file, "$event->id $event->type\n", FILE_APPEND);
    }
}

http_response_code(500); // until there is an answer
$receiver = (new Receiver(
    secret: getenv('MALOTE_WEBHOOK_SECRET'),
    store: PdoStore::sqlite(getenv('STATE_DIR') . '/malote-receiver.db'),
    responseFactory: new Psr17Factory(),
))
    ->on('order.created', record(...))
    ->onPrefix('', record(...)); // and all other types

// Slim, Mezzio and others make the request and send the response; without one it is done by hand.
$request = new ServerRequest(
    $_SERVER['REQUEST_METHOD'],
    $_SERVER['REQUEST_URI'],
    getallheaders(),
    fopen('php://input', 'rb'),
);
$response = $receiver->handle($request);

http_response_code($response->getStatusCode());
foreach ($response->getHeaders() as $name => $values) {
    foreach ($values as $value) {
        header("$name: $value", false);
    }
}
echo $response->getBody();
