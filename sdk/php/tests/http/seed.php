<?php

declare(strict_types=1);

/*
 * Handler code as people have it: a switch over $event['type'] on arrays. Only how it is called
 * is new.
 */

use Malote\Receiver\PdoStore;
use Malote\Receiver\Receiver;

require __DIR__ . '/../../autoload.php';

(new Receiver(
    secret: getenv('STATESET_WEBHOOK_SECRET'),
    scheme: 'stateset',
    store: PdoStore::sqlite(getenv('STATE_DIR') . '/claims.db'),
))->onUnhandled(handleEvent(...))->run();

function handleEvent($event)
{
    $type = $event['type'];
    $data = $event['data'];

    switch ($type) {
        case 'order.created':
            orderCreated($data);
            break;
        case 'order.updated':
            orderUpdated($data);
            break;
        case 'payment.succeeded':
            paymentSucceeded($data);
            break;
        case 'shipment.delivered':
            shipmentDelivered($data);
            break;
        case 'inventory.low_stock':
            lowStock($data);
            break;
        default:
            note("nobody minds $type");
    }
}

function orderCreated($order)
{
    note("new order {$order['id']}");
}

function orderUpdated($order)
{
    note("order {$order['id']} is {$order['status']}");
}

function paymentSucceeded($payment)
{
    note("paid {$payment['id']}");
}

function shipmentDelivered($shipment)
{
    // an Error, not an Exception: the module behind it is not installed
    deliver_to_the_warehouse($shipment['id']);
}

function lowStock($inventory)
{
    note("{$inventory['sku']} is down to {$inventory['quantity_available']}");
}

function note($line)
{
    file_put_contents(getenv('EFFECTS_FILE'), "$line\n", FILE_APPEND);
}
