<?php

declare(strict_types=1);

// Made by sdk/generate.py from data/receiver/profiles.json and data/events.json. Do not edit.

namespace Malote\Receiver\Events;

use Malote\Receiver\TypedEvent;

/** The provider reports that the money of a charge has arrived. */
final class PaymentConfirmed extends TypedEvent
{
    public const TYPE = 'payment.confirmed';
    protected const MEMBERS = [
        'payment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'method' => ['string', false],
        'status' => ['string', false],
        'paid_at' => ['string', false],
        'customer' => ['array', false],
        'items' => ['array', false],
        'shipping' => ['array', false],
    ];

    /** Id of the payment at its provider. */
    public readonly string $payment_id;

    /** The id of the payment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is paid for. */
    public readonly ?string $order_id;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
    public readonly ?string $method;

    /** State of the payment in one word. */
    public readonly ?string $status;

    /** When the money arrived. RFC 3339, UTC, milliseconds. */
    public readonly ?string $paid_at;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * buyer, as far as the provider tells.
     */
    public readonly ?array $customer;

    /**
     * @var list<array{name?: string, sku?: string, quantity?: int, unit_price?: int|float,
     * ...}>|null What was bought.
     */
    public readonly ?array $items;

    /** @var array{cep?: string, weight?: int|float, ...}|null Where the goods go. */
    public readonly ?array $shipping;
}

/** A charge was refused or broke off, and no money was taken. */
final class PaymentFailed extends TypedEvent
{
    public const TYPE = 'payment.failed';
    protected const MEMBERS = [
        'payment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'method' => ['string', false],
        'status' => ['string', false],
        'reason' => ['string', false],
        'final' => ['bool', false],
        'customer' => ['array', false],
    ];

    /** Id of the payment at its provider. */
    public readonly string $payment_id;

    /** The id of the payment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is paid for. */
    public readonly ?string $order_id;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
    public readonly ?string $method;

    /** State of the payment in one word. */
    public readonly ?string $status;

    /** Why it failed, as a short code where the provider has one. */
    public readonly ?string $reason;

    /** True when no further attempt follows, false when one may, null when unknown. */
    public readonly ?bool $final;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * buyer, as far as the provider tells.
     */
    public readonly ?array $customer;
}

/** The provider has tried once more to collect a charge that had failed. */
final class PaymentRetried extends TypedEvent
{
    public const TYPE = 'payment.retried';
    protected const MEMBERS = [
        'payment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'method' => ['string', false],
        'status' => ['string', false],
        'attempt' => ['int', false],
        'reason' => ['string', false],
    ];

    /** Id of the payment at its provider. */
    public readonly string $payment_id;

    /** The id of the payment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is paid for. */
    public readonly ?string $order_id;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
    public readonly ?string $method;

    /** State of the payment in one word. */
    public readonly ?string $status;

    /** Which attempt this was, the first being 1. */
    public readonly ?int $attempt;

    /** Why the attempt before it failed. */
    public readonly ?string $reason;
}

/** Money of an earlier payment is back with the buyer, in full or in part. */
final class PaymentRefunded extends TypedEvent
{
    public const TYPE = 'payment.refunded';
    protected const MEMBERS = [
        'payment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'method' => ['string', false],
        'status' => ['string', false],
        'refund_id' => ['string', false],
        'reason' => ['string', false],
        'partial' => ['bool', false],
        'refunded_at' => ['string', false],
        'customer' => ['array', false],
    ];

    /** Id of the payment at its provider. */
    public readonly string $payment_id;

    /** The id of the payment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is paid for. */
    public readonly ?string $order_id;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
    public readonly ?string $method;

    /** State of the payment in one word. */
    public readonly ?string $status;

    /** Id of the refund at its provider. */
    public readonly ?string $refund_id;

    /** Why the money goes back, or why it could not. */
    public readonly ?string $reason;

    /** True when less than the whole payment went back. */
    public readonly ?bool $partial;

    /** When the money went back. RFC 3339, UTC, milliseconds. */
    public readonly ?string $refunded_at;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * buyer, as far as the provider tells.
     */
    public readonly ?array $customer;
}

/** A refund was asked for and is under way; nothing has been paid back yet. */
final class PaymentRefundInitiated extends TypedEvent
{
    public const TYPE = 'payment.refund.initiated';
    protected const MEMBERS = [
        'payment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'method' => ['string', false],
        'status' => ['string', false],
        'refund_id' => ['string', false],
        'reason' => ['string', false],
        'requested_at' => ['string', false],
    ];

    /** Id of the payment at its provider. */
    public readonly string $payment_id;

    /** The id of the payment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is paid for. */
    public readonly ?string $order_id;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
    public readonly ?string $method;

    /** State of the payment in one word. */
    public readonly ?string $status;

    /** Id of the refund at its provider. */
    public readonly ?string $refund_id;

    /** Why the money goes back, or why it could not. */
    public readonly ?string $reason;

    /** When it was asked for. RFC 3339, UTC, milliseconds. */
    public readonly ?string $requested_at;
}

/** A refund could not be carried out, and the money stays where it was. */
final class PaymentRefundFailed extends TypedEvent
{
    public const TYPE = 'payment.refund.failed';
    protected const MEMBERS = [
        'payment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'method' => ['string', false],
        'status' => ['string', false],
        'refund_id' => ['string', false],
        'reason' => ['string', false],
    ];

    /** Id of the payment at its provider. */
    public readonly string $payment_id;

    /** The id of the payment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is paid for. */
    public readonly ?string $order_id;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
    public readonly ?string $method;

    /** State of the payment in one word. */
    public readonly ?string $status;

    /** Id of the refund at its provider. */
    public readonly ?string $refund_id;

    /** Why the money goes back, or why it could not. */
    public readonly ?string $reason;
}

/** Money that was sent out has reached the account it was meant for. */
final class PayoutSettled extends TypedEvent
{
    public const TYPE = 'payout.settled';
    protected const MEMBERS = [
        'payout_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'method' => ['string', false],
        'status' => ['string', false],
        'destination' => ['array', false],
        'reason' => ['string', false],
        'settled_at' => ['string', false],
    ];

    /** Id of the payout at its provider. */
    public readonly string $payout_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
    public readonly ?string $method;

    /** State of the payout in one word. */
    public readonly ?string $status;

    /** @var array{kind?: string, masked?: string, ...}|null Where the money went. */
    public readonly ?array $destination;

    /** Remark of the provider. */
    public readonly ?string $reason;

    /** When it arrived. RFC 3339, UTC, milliseconds. */
    public readonly ?string $settled_at;
}

/** The tax authority has accepted a fiscal document, which is now valid. */
final class InvoiceAuthorized extends TypedEvent
{
    public const TYPE = 'invoice.authorized';
    protected const MEMBERS = [
        'invoice_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'kind' => ['string', false],
        'status' => ['string', false],
        'number' => ['string', false],
        'series' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'payment_id' => ['string', false],
        'order_id' => ['string', false],
        'access_key' => ['string', false],
        'authority' => ['string', false],
        'pdf_url' => ['string', false],
        'xml_url' => ['string', false],
        'issued_at' => ['string', false],
    ];

    /** Id of the fiscal document at its provider. */
    public readonly string $invoice_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Which document: nfe, nfse, nfce, cfdi or another. */
    public readonly ?string $kind;

    /** State of the document in one word. */
    public readonly ?string $status;

    /** Number of the document. */
    public readonly ?string $number;

    /** Series of the document. */
    public readonly ?string $series;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /** Payment the document is about. */
    public readonly ?string $payment_id;

    /** Order the document is about. */
    public readonly ?string $order_id;

    /** Access key (chave) of an NF-e or NFC-e: 44 digits. */
    public readonly ?string $access_key;

    /** Authority that accepted it. */
    public readonly ?string $authority;

    /** Printable form of the document. */
    public readonly ?string $pdf_url;

    /** The document itself. */
    public readonly ?string $xml_url;

    /** When it was accepted. RFC 3339, UTC, milliseconds. */
    public readonly ?string $issued_at;
}

/** The tax authority has refused a fiscal document; `reason` says why. */
final class InvoiceRejected extends TypedEvent
{
    public const TYPE = 'invoice.rejected';
    protected const MEMBERS = [
        'invoice_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'kind' => ['string', false],
        'status' => ['string', false],
        'number' => ['string', false],
        'series' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'payment_id' => ['string', false],
        'order_id' => ['string', false],
        'reason' => ['string', false],
        'reason_code' => ['string', false],
        'authority' => ['string', false],
        'rejected_at' => ['string', false],
    ];

    /** Id of the fiscal document at its provider. */
    public readonly string $invoice_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Which document: nfe, nfse, nfce, cfdi or another. */
    public readonly ?string $kind;

    /** State of the document in one word. */
    public readonly ?string $status;

    /** Number of the document. */
    public readonly ?string $number;

    /** Series of the document. */
    public readonly ?string $series;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /** Payment the document is about. */
    public readonly ?string $payment_id;

    /** Order the document is about. */
    public readonly ?string $order_id;

    /** The authority's or the provider's explanation. */
    public readonly ?string $reason;

    /** Code of the explanation, where there is one. */
    public readonly ?string $reason_code;

    /** Authority that refused it. */
    public readonly ?string $authority;

    /** When it was refused. RFC 3339, UTC, milliseconds. */
    public readonly ?string $rejected_at;
}

/** A shipment was entered for an order; nothing has been bought or sent yet. */
final class ShipmentCreated extends TypedEvent
{
    public const TYPE = 'shipment.created';
    protected const MEMBERS = [
        'shipment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'status' => ['string', false],
        'carrier' => ['string', false],
        'service' => ['string', false],
        'tracking_code' => ['string', false],
        'tracking_url' => ['string', false],
        'items' => ['array', false],
    ];

    /** Id of the shipment at its provider. */
    public readonly string $shipment_id;

    /** The id of the shipment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is shipped. */
    public readonly ?string $order_id;

    /** State of the shipment in one word. */
    public readonly ?string $status;

    /** Name of the carrier. */
    public readonly ?string $carrier;

    /** Service bought from the carrier. */
    public readonly ?string $service;

    /** The carrier's tracking code, once it is known. */
    public readonly ?string $tracking_code;

    /** Page that shows where the parcel is. */
    public readonly ?string $tracking_url;

    /**
     * @var list<array{name?: string, sku?: string, quantity?: int, unit_price?: int|float,
     * ...}>|null What was bought.
     */
    public readonly ?array $items;
}

/** The postage is paid and the label can be printed. */
final class ShipmentLabelCreated extends TypedEvent
{
    public const TYPE = 'shipment.label_created';
    protected const MEMBERS = [
        'shipment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'status' => ['string', false],
        'carrier' => ['string', false],
        'service' => ['string', false],
        'tracking_code' => ['string', false],
        'tracking_url' => ['string', false],
        'label_url' => ['string', false],
        'label_created_at' => ['string', false],
    ];

    /** Id of the shipment at its provider. */
    public readonly string $shipment_id;

    /** The id of the shipment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is shipped. */
    public readonly ?string $order_id;

    /** State of the shipment in one word. */
    public readonly ?string $status;

    /** Name of the carrier. */
    public readonly ?string $carrier;

    /** Service bought from the carrier. */
    public readonly ?string $service;

    /** The carrier's tracking code, once it is known. */
    public readonly ?string $tracking_code;

    /** Page that shows where the parcel is. */
    public readonly ?string $tracking_url;

    /** The printable label. */
    public readonly ?string $label_url;

    /** When the label was made. RFC 3339, UTC, milliseconds. */
    public readonly ?string $label_created_at;
}

/** Something about a shipment has changed, such as its status or the expected date. */
final class ShipmentUpdated extends TypedEvent
{
    public const TYPE = 'shipment.updated';
    protected const MEMBERS = [
        'shipment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'status' => ['string', false],
        'carrier' => ['string', false],
        'service' => ['string', false],
        'tracking_code' => ['string', false],
        'tracking_url' => ['string', false],
        'eta' => ['string', false],
    ];

    /** Id of the shipment at its provider. */
    public readonly string $shipment_id;

    /** The id of the shipment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is shipped. */
    public readonly ?string $order_id;

    /** State of the shipment in one word. */
    public readonly ?string $status;

    /** Name of the carrier. */
    public readonly ?string $carrier;

    /** Service bought from the carrier. */
    public readonly ?string $service;

    /** The carrier's tracking code, once it is known. */
    public readonly ?string $tracking_code;

    /** Page that shows where the parcel is. */
    public readonly ?string $tracking_url;

    /** When it is expected to arrive. RFC 3339, UTC, milliseconds. */
    public readonly ?string $eta;
}

/** The merchant says that the parcel has left; the carrier has not yet confirmed it. */
final class ShipmentShipped extends TypedEvent
{
    public const TYPE = 'shipment.shipped';
    protected const MEMBERS = [
        'shipment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'status' => ['string', false],
        'carrier' => ['string', false],
        'service' => ['string', false],
        'tracking_code' => ['string', false],
        'tracking_url' => ['string', false],
        'shipped_at' => ['string', false],
    ];

    /** Id of the shipment at its provider. */
    public readonly string $shipment_id;

    /** The id of the shipment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is shipped. */
    public readonly ?string $order_id;

    /** State of the shipment in one word. */
    public readonly ?string $status;

    /** Name of the carrier. */
    public readonly ?string $carrier;

    /** Service bought from the carrier. */
    public readonly ?string $service;

    /** The carrier's tracking code, once it is known. */
    public readonly ?string $tracking_code;

    /** Page that shows where the parcel is. */
    public readonly ?string $tracking_url;

    /** When it left. RFC 3339, UTC, milliseconds. */
    public readonly ?string $shipped_at;
}

/** The carrier has the parcel and has scanned it on its way. */
final class ShipmentInTransit extends TypedEvent
{
    public const TYPE = 'shipment.in_transit';
    protected const MEMBERS = [
        'shipment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'status' => ['string', false],
        'carrier' => ['string', false],
        'service' => ['string', false],
        'tracking_code' => ['string', false],
        'tracking_url' => ['string', false],
        'scan' => ['array', false],
        'eta' => ['string', false],
    ];

    /** Id of the shipment at its provider. */
    public readonly string $shipment_id;

    /** The id of the shipment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is shipped. */
    public readonly ?string $order_id;

    /** State of the shipment in one word. */
    public readonly ?string $status;

    /** Name of the carrier. */
    public readonly ?string $carrier;

    /** Service bought from the carrier. */
    public readonly ?string $service;

    /** The carrier's tracking code, once it is known. */
    public readonly ?string $tracking_code;

    /** Page that shows where the parcel is. */
    public readonly ?string $tracking_url;

    /** @var array{at?: string, place?: string, ...}|null The carrier's newest scan. */
    public readonly ?array $scan;

    /** When it is expected to arrive. RFC 3339, UTC, milliseconds. */
    public readonly ?string $eta;
}

/** The carrier has handed the parcel over. */
final class ShipmentDelivered extends TypedEvent
{
    public const TYPE = 'shipment.delivered';
    protected const MEMBERS = [
        'shipment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'status' => ['string', false],
        'carrier' => ['string', false],
        'service' => ['string', false],
        'tracking_code' => ['string', false],
        'tracking_url' => ['string', false],
        'delivered_at' => ['string', false],
        'received_by' => ['string', false],
    ];

    /** Id of the shipment at its provider. */
    public readonly string $shipment_id;

    /** The id of the shipment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is shipped. */
    public readonly ?string $order_id;

    /** State of the shipment in one word. */
    public readonly ?string $status;

    /** Name of the carrier. */
    public readonly ?string $carrier;

    /** Service bought from the carrier. */
    public readonly ?string $service;

    /** The carrier's tracking code, once it is known. */
    public readonly ?string $tracking_code;

    /** Page that shows where the parcel is. */
    public readonly ?string $tracking_url;

    /** When it was handed over. RFC 3339, UTC, milliseconds. */
    public readonly ?string $delivered_at;

    /** Who took it, where the carrier notes that. */
    public readonly ?string $received_by;
}

/** A shipment was called off and will not arrive. */
final class ShipmentCancelled extends TypedEvent
{
    public const TYPE = 'shipment.cancelled';
    protected const MEMBERS = [
        'shipment_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'status' => ['string', false],
        'carrier' => ['string', false],
        'service' => ['string', false],
        'tracking_code' => ['string', false],
        'tracking_url' => ['string', false],
        'reason' => ['string', false],
        'cancelled_at' => ['string', false],
    ];

    /** Id of the shipment at its provider. */
    public readonly string $shipment_id;

    /** The id of the shipment again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order that is shipped. */
    public readonly ?string $order_id;

    /** State of the shipment in one word. */
    public readonly ?string $status;

    /** Name of the carrier. */
    public readonly ?string $carrier;

    /** Service bought from the carrier. */
    public readonly ?string $service;

    /** The carrier's tracking code, once it is known. */
    public readonly ?string $tracking_code;

    /** Page that shows where the parcel is. */
    public readonly ?string $tracking_url;

    /** Why it was called off. */
    public readonly ?string $reason;

    /** When it was called off. RFC 3339, UTC, milliseconds. */
    public readonly ?string $cancelled_at;
}

/** The channel reports that a message is on the recipient's device. */
final class MessageDelivered extends TypedEvent
{
    public const TYPE = 'message.delivered';
    protected const MEMBERS = [
        'message_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'channel' => ['string', false],
        'status' => ['string', false],
        'to' => ['string', false],
        'phone' => ['string', false],
        'template' => ['string', false],
        'delivered_at' => ['string', false],
    ];

    /** Id of the message at its provider. */
    public readonly string $message_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** whatsapp, sms or email. */
    public readonly ?string $channel;

    /** State of the message in one word. */
    public readonly ?string $status;

    /** Recipient, partly masked. */
    public readonly ?string $to;

    /** Recipient's number in E.164 form, where the channel has numbers. */
    public readonly ?string $phone;

    /** Template the message was made from. */
    public readonly ?string $template;

    /** When it got there. RFC 3339, UTC, milliseconds. */
    public readonly ?string $delivered_at;
}

/** The recipient has opened a message, where the channel tells. */
final class MessageRead extends TypedEvent
{
    public const TYPE = 'message.read';
    protected const MEMBERS = [
        'message_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'channel' => ['string', false],
        'status' => ['string', false],
        'to' => ['string', false],
        'phone' => ['string', false],
        'template' => ['string', false],
        'read_at' => ['string', false],
    ];

    /** Id of the message at its provider. */
    public readonly string $message_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** whatsapp, sms or email. */
    public readonly ?string $channel;

    /** State of the message in one word. */
    public readonly ?string $status;

    /** Recipient, partly masked. */
    public readonly ?string $to;

    /** Recipient's number in E.164 form, where the channel has numbers. */
    public readonly ?string $phone;

    /** Template the message was made from. */
    public readonly ?string $template;

    /** When it was opened. RFC 3339, UTC, milliseconds. */
    public readonly ?string $read_at;
}

/** The credentials of a connection no longer work, and someone has to renew them. */
final class ConnectionExpired extends TypedEvent
{
    public const TYPE = 'connection.expired';
    protected const MEMBERS = [
        'connection_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', false],
        'reason' => ['string', false],
        'expired_at' => ['string', false],
        'reauth_url' => ['string', false],
    ];

    /** Id of the connection in this gateway, or of the account at its provider. */
    public readonly string $connection_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** State of the connection in one word. */
    public readonly ?string $status;

    /** Why the credentials stopped working. */
    public readonly ?string $reason;

    /** When they stopped working. RFC 3339, UTC, milliseconds. */
    public readonly ?string $expired_at;

    /** Page where they can be renewed. */
    public readonly ?string $reauth_url;
}

/** A buyer has placed an order. */
final class OrderCreated extends TypedEvent
{
    public const TYPE = 'order.created';
    protected const MEMBERS = [
        'order_id' => ['string', true],
        'id' => ['string', false],
        'order_number' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', false],
        'payment_status' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'customer' => ['array', false],
        'customer_email' => ['string', false],
        'items' => ['array', false],
        'shipping_address' => ['array', false],
        'placed_at' => ['string', false],
    ];

    /** Id of the order at its provider. */
    public readonly string $order_id;

    /** The id of the order again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Number shown to people. */
    public readonly ?string $order_number;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** State of the order in one word. */
    public readonly ?string $status;

    /** State of its payment in one word. */
    public readonly ?string $payment_status;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * buyer, as far as the provider tells.
     */
    public readonly ?array $customer;

    /** The buyer's e-mail address again. */
    public readonly ?string $customer_email;

    /**
     * @var list<array{name?: string, sku?: string, quantity?: int, unit_price?: int|float,
     * ...}>|null What was bought.
     */
    public readonly ?array $items;

    /**
     * @var array{line1?: string, line2?: string, district?: string, city?: string, region?:
     * string, postal_code?: string, country?: string, ...}|null A postal address.
     */
    public readonly ?array $shipping_address;

    /** When it was placed. RFC 3339, UTC, milliseconds. */
    public readonly ?string $placed_at;
}

/** The merchant has accepted an order. */
final class OrderConfirmed extends TypedEvent
{
    public const TYPE = 'order.confirmed';
    protected const MEMBERS = [
        'order_id' => ['string', true],
        'id' => ['string', false],
        'order_number' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', false],
        'payment_status' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'customer' => ['array', false],
        'customer_email' => ['string', false],
        'items' => ['array', false],
        'shipping_address' => ['array', false],
        'confirmed_at' => ['string', false],
    ];

    /** Id of the order at its provider. */
    public readonly string $order_id;

    /** The id of the order again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Number shown to people. */
    public readonly ?string $order_number;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** State of the order in one word. */
    public readonly ?string $status;

    /** State of its payment in one word. */
    public readonly ?string $payment_status;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * buyer, as far as the provider tells.
     */
    public readonly ?array $customer;

    /** The buyer's e-mail address again. */
    public readonly ?string $customer_email;

    /**
     * @var list<array{name?: string, sku?: string, quantity?: int, unit_price?: int|float,
     * ...}>|null What was bought.
     */
    public readonly ?array $items;

    /**
     * @var array{line1?: string, line2?: string, district?: string, city?: string, region?:
     * string, postal_code?: string, country?: string, ...}|null A postal address.
     */
    public readonly ?array $shipping_address;

    /** When it was accepted. RFC 3339, UTC, milliseconds. */
    public readonly ?string $confirmed_at;
}

/** Details of an order have changed. */
final class OrderUpdated extends TypedEvent
{
    public const TYPE = 'order.updated';
    protected const MEMBERS = [
        'order_id' => ['string', true],
        'id' => ['string', false],
        'order_number' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', false],
        'payment_status' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'customer' => ['array', false],
        'customer_email' => ['string', false],
        'items' => ['array', false],
        'shipping_address' => ['array', false],
        'changed' => ['array', false],
    ];

    /** Id of the order at its provider. */
    public readonly string $order_id;

    /** The id of the order again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Number shown to people. */
    public readonly ?string $order_number;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** State of the order in one word. */
    public readonly ?string $status;

    /** State of its payment in one word. */
    public readonly ?string $payment_status;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * buyer, as far as the provider tells.
     */
    public readonly ?array $customer;

    /** The buyer's e-mail address again. */
    public readonly ?string $customer_email;

    /**
     * @var list<array{name?: string, sku?: string, quantity?: int, unit_price?: int|float,
     * ...}>|null What was bought.
     */
    public readonly ?array $items;

    /**
     * @var array{line1?: string, line2?: string, district?: string, city?: string, region?:
     * string, postal_code?: string, country?: string, ...}|null A postal address.
     */
    public readonly ?array $shipping_address;

    /** @var list<string>|null Names of the members that changed. */
    public readonly ?array $changed;
}

/** An order has gone from one status to another. */
final class OrderStatusChanged extends TypedEvent
{
    public const TYPE = 'order.status_changed';
    protected const MEMBERS = [
        'order_id' => ['string', true],
        'id' => ['string', false],
        'order_number' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', true],
        'payment_status' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'customer' => ['array', false],
        'customer_email' => ['string', false],
        'items' => ['array', false],
        'shipping_address' => ['array', false],
        'previous_status' => ['string', false],
    ];

    /** Id of the order at its provider. */
    public readonly string $order_id;

    /** The id of the order again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Number shown to people. */
    public readonly ?string $order_number;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** State of the order in one word. */
    public readonly string $status;

    /** State of its payment in one word. */
    public readonly ?string $payment_status;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * buyer, as far as the provider tells.
     */
    public readonly ?array $customer;

    /** The buyer's e-mail address again. */
    public readonly ?string $customer_email;

    /**
     * @var list<array{name?: string, sku?: string, quantity?: int, unit_price?: int|float,
     * ...}>|null What was bought.
     */
    public readonly ?array $items;

    /**
     * @var array{line1?: string, line2?: string, district?: string, city?: string, region?:
     * string, postal_code?: string, country?: string, ...}|null A postal address.
     */
    public readonly ?array $shipping_address;

    /** The status before. */
    public readonly ?string $previous_status;
}

/** An order is finished: everything in it was supplied. */
final class OrderCompleted extends TypedEvent
{
    public const TYPE = 'order.completed';
    protected const MEMBERS = [
        'order_id' => ['string', true],
        'id' => ['string', false],
        'order_number' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', false],
        'payment_status' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'customer' => ['array', false],
        'customer_email' => ['string', false],
        'items' => ['array', false],
        'shipping_address' => ['array', false],
        'completed_at' => ['string', false],
    ];

    /** Id of the order at its provider. */
    public readonly string $order_id;

    /** The id of the order again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Number shown to people. */
    public readonly ?string $order_number;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** State of the order in one word. */
    public readonly ?string $status;

    /** State of its payment in one word. */
    public readonly ?string $payment_status;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * buyer, as far as the provider tells.
     */
    public readonly ?array $customer;

    /** The buyer's e-mail address again. */
    public readonly ?string $customer_email;

    /**
     * @var list<array{name?: string, sku?: string, quantity?: int, unit_price?: int|float,
     * ...}>|null What was bought.
     */
    public readonly ?array $items;

    /**
     * @var array{line1?: string, line2?: string, district?: string, city?: string, region?:
     * string, postal_code?: string, country?: string, ...}|null A postal address.
     */
    public readonly ?array $shipping_address;

    /** When it was finished. RFC 3339, UTC, milliseconds. */
    public readonly ?string $completed_at;
}

/** An order was called off. */
final class OrderCancelled extends TypedEvent
{
    public const TYPE = 'order.cancelled';
    protected const MEMBERS = [
        'order_id' => ['string', true],
        'id' => ['string', false],
        'order_number' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', false],
        'payment_status' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'customer' => ['array', false],
        'customer_email' => ['string', false],
        'items' => ['array', false],
        'shipping_address' => ['array', false],
        'reason' => ['string', false],
        'cancelled_at' => ['string', false],
    ];

    /** Id of the order at its provider. */
    public readonly string $order_id;

    /** The id of the order again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Number shown to people. */
    public readonly ?string $order_number;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** State of the order in one word. */
    public readonly ?string $status;

    /** State of its payment in one word. */
    public readonly ?string $payment_status;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * buyer, as far as the provider tells.
     */
    public readonly ?array $customer;

    /** The buyer's e-mail address again. */
    public readonly ?string $customer_email;

    /**
     * @var list<array{name?: string, sku?: string, quantity?: int, unit_price?: int|float,
     * ...}>|null What was bought.
     */
    public readonly ?array $items;

    /**
     * @var array{line1?: string, line2?: string, district?: string, city?: string, region?:
     * string, postal_code?: string, country?: string, ...}|null A postal address.
     */
    public readonly ?array $shipping_address;

    /** Why it was called off. */
    public readonly ?string $reason;

    /** When it was called off. RFC 3339, UTC, milliseconds. */
    public readonly ?string $cancelled_at;
}

/** The stock of an article has changed. */
final class InventoryUpdated extends TypedEvent
{
    public const TYPE = 'inventory.updated';
    protected const MEMBERS = [
        'sku' => ['string', true],
        'product_id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'location_id' => ['string', false],
        'quantity_available' => ['int', false],
        'previous_quantity' => ['int', false],
        'delta' => ['int', false],
        'reason' => ['string', false],
    ];

    /** Your stock code of the article. */
    public readonly string $sku;

    /** Product the article belongs to. */
    public readonly ?string $product_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Warehouse or shop. */
    public readonly ?string $location_id;

    /** How many can be sold now. */
    public readonly ?int $quantity_available;

    /** How many it was before. */
    public readonly ?int $previous_quantity;

    /** The difference, negative when stock went down. */
    public readonly ?int $delta;

    /** What changed it. */
    public readonly ?string $reason;
}

/** The stock of an article has fallen to its warning level or below. */
final class InventoryLowStock extends TypedEvent
{
    public const TYPE = 'inventory.low_stock';
    protected const MEMBERS = [
        'sku' => ['string', true],
        'product_id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'location_id' => ['string', false],
        'quantity_available' => ['int', false],
        'previous_quantity' => ['int', false],
        'threshold' => ['int', false],
        'reorder_point' => ['int', false],
    ];

    /** Your stock code of the article. */
    public readonly string $sku;

    /** Product the article belongs to. */
    public readonly ?string $product_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Warehouse or shop. */
    public readonly ?string $location_id;

    /** How many can be sold now. */
    public readonly ?int $quantity_available;

    /** How many it was before. */
    public readonly ?int $previous_quantity;

    /** The warning level. */
    public readonly ?int $threshold;

    /** Stock at which to order more. */
    public readonly ?int $reorder_point;
}

/** A buyer has asked to send goods back. */
final class ReturnCreated extends TypedEvent
{
    public const TYPE = 'return.created';
    protected const MEMBERS = [
        'return_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'status' => ['string', false],
        'items' => ['array', false],
        'requested_at' => ['string', false],
    ];

    /** Id of the return at its provider. */
    public readonly string $return_id;

    /** The id of the return again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order the goods came from. */
    public readonly ?string $order_id;

    /** State of the return in one word. */
    public readonly ?string $status;

    /**
     * @var list<array{sku?: string, name?: string, quantity?: int, reason?: string, ...}>|null
     * What comes back.
     */
    public readonly ?array $items;

    /** When it was asked for. RFC 3339, UTC, milliseconds. */
    public readonly ?string $requested_at;
}

/** The merchant has agreed to take goods back. */
final class ReturnApproved extends TypedEvent
{
    public const TYPE = 'return.approved';
    protected const MEMBERS = [
        'return_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'status' => ['string', false],
        'items' => ['array', false],
        'approved_at' => ['string', false],
    ];

    /** Id of the return at its provider. */
    public readonly string $return_id;

    /** The id of the return again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order the goods came from. */
    public readonly ?string $order_id;

    /** State of the return in one word. */
    public readonly ?string $status;

    /**
     * @var list<array{sku?: string, name?: string, quantity?: int, reason?: string, ...}>|null
     * What comes back.
     */
    public readonly ?array $items;

    /** When it was agreed. RFC 3339, UTC, milliseconds. */
    public readonly ?string $approved_at;
}

/** Returned goods have arrived and the case is closed. */
final class ReturnCompleted extends TypedEvent
{
    public const TYPE = 'return.completed';
    protected const MEMBERS = [
        'return_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'order_id' => ['string', false],
        'status' => ['string', false],
        'items' => ['array', false],
        'refund' => ['array', false],
        'completed_at' => ['string', false],
    ];

    /** Id of the return at its provider. */
    public readonly string $return_id;

    /** The id of the return again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Order the goods came from. */
    public readonly ?string $order_id;

    /** State of the return in one word. */
    public readonly ?string $status;

    /**
     * @var list<array{sku?: string, name?: string, quantity?: int, reason?: string, ...}>|null
     * What comes back.
     */
    public readonly ?array $items;

    /**
     * @var array{amount?: int|float, amount_minor?: int, currency?: string, ...}|null What the
     * buyer gets back.
     */
    public readonly ?array $refund;

    /** When it was closed. RFC 3339, UTC, milliseconds. */
    public readonly ?string $completed_at;
}

/** Details of a product have changed. */
final class ProductUpdated extends TypedEvent
{
    public const TYPE = 'product.updated';
    protected const MEMBERS = [
        'product_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'sku' => ['string', false],
        'name' => ['string', false],
        'status' => ['string', false],
        'amount' => ['int|float', false],
        'amount_minor' => ['int', false],
        'currency' => ['string', false],
        'changed' => ['array', false],
    ];

    /** Id of the product at its provider. */
    public readonly string $product_id;

    /** The id of the product again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Your stock code. */
    public readonly ?string $sku;

    /** Name shown to buyers. */
    public readonly ?string $name;

    /** State of the product in one word. */
    public readonly ?string $status;

    /** Amount in major units, digit for digit as the provider wrote it. */
    public readonly int|float|null $amount;

    /** The same amount in the currency's smallest unit. */
    public readonly ?int $amount_minor;

    /** ISO 4217 code in capitals. */
    public readonly ?string $currency;

    /** @var list<string>|null Names of the members that changed. */
    public readonly ?array $changed;
}

/** A new customer has registered. */
final class CustomerCreated extends TypedEvent
{
    public const TYPE = 'customer.created';
    protected const MEMBERS = [
        'customer_id' => ['string', true],
        'id' => ['string', false],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'name' => ['string', false],
        'cpf' => ['string', false],
        'email' => ['string', false],
        'phone' => ['string', false],
        'registered_at' => ['string', false],
    ];

    /** Id of the customer at its provider. */
    public readonly string $customer_id;

    /** The id of the customer again, for receivers that look for `id`. */
    public readonly ?string $id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Full name. */
    public readonly ?string $name;

    /** CPF or CNPJ, digits only. */
    public readonly ?string $cpf;

    /** E-mail address. */
    public readonly ?string $email;

    /** Telephone number in E.164 form. */
    public readonly ?string $phone;

    /** When the customer registered. RFC 3339, UTC, milliseconds. */
    public readonly ?string $registered_at;
}

/** A shop has installed the app. */
final class AppInstalled extends TypedEvent
{
    public const TYPE = 'app.installed';
    protected const MEMBERS = [
        'app_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'installation_id' => ['string', false],
        'store' => ['array', false],
        'scopes' => ['array', false],
        'actor' => ['string', false],
        'installed_at' => ['string', false],
    ];

    /** Id of the app at its provider. */
    public readonly string $app_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Id of this one installation. */
    public readonly ?string $installation_id;

    /** @var array{id?: string, name?: string, ...}|null The shop. */
    public readonly ?array $store;

    /** @var list<string>|null Permissions of the app. */
    public readonly ?array $scopes;

    /** Who did it, partly masked. */
    public readonly ?string $actor;

    /** When. RFC 3339, UTC, milliseconds. */
    public readonly ?string $installed_at;
}

/** A shop has removed the app, and the data kept for it may have to go. */
final class AppUninstalled extends TypedEvent
{
    public const TYPE = 'app.uninstalled';
    protected const MEMBERS = [
        'app_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'installation_id' => ['string', false],
        'store' => ['array', false],
        'scopes' => ['array', false],
        'actor' => ['string', false],
        'uninstalled_at' => ['string', false],
    ];

    /** Id of the app at its provider. */
    public readonly string $app_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** Id of this one installation. */
    public readonly ?string $installation_id;

    /** @var array{id?: string, name?: string, ...}|null The shop. */
    public readonly ?array $store;

    /** @var list<string>|null Permissions of the app. */
    public readonly ?array $scopes;

    /** Who did it, partly masked. */
    public readonly ?string $actor;

    /** When. RFC 3339, UTC, milliseconds. */
    public readonly ?string $uninstalled_at;
}

/** A verification ended well: the person or company passed. */
final class KycApproved extends TypedEvent
{
    public const TYPE = 'kyc.approved';
    protected const MEMBERS = [
        'verification_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', false],
        'check_type' => ['string', false],
        'person' => ['array', false],
        'score' => ['int|float', false],
        'reason' => ['string', false],
        'hosted_url' => ['string', false],
        'decided_at' => ['string', false],
    ];

    /** Id of the verification at its provider. */
    public readonly string $verification_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** The verdict in one word. */
    public readonly ?string $status;

    /** What was examined: identity, document, risk-score or sanctions. */
    public readonly ?string $check_type;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * person under examination.
     */
    public readonly ?array $person;

    /** The provider's score from 0 to 1, where it gives one. */
    public readonly int|float|null $score;

    /** Why the verdict is what it is. */
    public readonly ?string $reason;

    /** Page where the person goes on with the check. */
    public readonly ?string $hosted_url;

    /** When the verdict fell. RFC 3339, UTC, milliseconds. */
    public readonly ?string $decided_at;
}

/** A verification ended badly: the person or company did not pass. */
final class KycRejected extends TypedEvent
{
    public const TYPE = 'kyc.rejected';
    protected const MEMBERS = [
        'verification_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', false],
        'check_type' => ['string', false],
        'person' => ['array', false],
        'score' => ['int|float', false],
        'reason' => ['string', false],
        'hosted_url' => ['string', false],
        'decided_at' => ['string', false],
    ];

    /** Id of the verification at its provider. */
    public readonly string $verification_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** The verdict in one word. */
    public readonly ?string $status;

    /** What was examined: identity, document, risk-score or sanctions. */
    public readonly ?string $check_type;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * person under examination.
     */
    public readonly ?array $person;

    /** The provider's score from 0 to 1, where it gives one. */
    public readonly int|float|null $score;

    /** Why the verdict is what it is. */
    public readonly ?string $reason;

    /** Page where the person goes on with the check. */
    public readonly ?string $hosted_url;

    /** When the verdict fell. RFC 3339, UTC, milliseconds. */
    public readonly ?string $decided_at;
}

/** A verification needs a human decision before it can end. */
final class KycReview extends TypedEvent
{
    public const TYPE = 'kyc.review';
    protected const MEMBERS = [
        'verification_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', false],
        'check_type' => ['string', false],
        'person' => ['array', false],
        'score' => ['int|float', false],
        'reason' => ['string', false],
        'hosted_url' => ['string', false],
        'decided_at' => ['string', false],
    ];

    /** Id of the verification at its provider. */
    public readonly string $verification_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** The verdict in one word. */
    public readonly ?string $status;

    /** What was examined: identity, document, risk-score or sanctions. */
    public readonly ?string $check_type;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * person under examination.
     */
    public readonly ?array $person;

    /** The provider's score from 0 to 1, where it gives one. */
    public readonly int|float|null $score;

    /** Why the verdict is what it is. */
    public readonly ?string $reason;

    /** Page where the person goes on with the check. */
    public readonly ?string $hosted_url;

    /** When the verdict fell. RFC 3339, UTC, milliseconds. */
    public readonly ?string $decided_at;
}

/** A verification ran out of time before the person finished it. */
final class KycExpired extends TypedEvent
{
    public const TYPE = 'kyc.expired';
    protected const MEMBERS = [
        'verification_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', false],
        'check_type' => ['string', false],
        'person' => ['array', false],
        'score' => ['int|float', false],
        'reason' => ['string', false],
        'hosted_url' => ['string', false],
        'decided_at' => ['string', false],
    ];

    /** Id of the verification at its provider. */
    public readonly string $verification_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** The verdict in one word. */
    public readonly ?string $status;

    /** What was examined: identity, document, risk-score or sanctions. */
    public readonly ?string $check_type;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * person under examination.
     */
    public readonly ?array $person;

    /** The provider's score from 0 to 1, where it gives one. */
    public readonly int|float|null $score;

    /** Why the verdict is what it is. */
    public readonly ?string $reason;

    /** Page where the person goes on with the check. */
    public readonly ?string $hosted_url;

    /** When the verdict fell. RFC 3339, UTC, milliseconds. */
    public readonly ?string $decided_at;
}

/** A verification has begun or goes on, and there is no verdict yet. */
final class KycPending extends TypedEvent
{
    public const TYPE = 'kyc.pending';
    protected const MEMBERS = [
        'verification_id' => ['string', true],
        'external_reference' => ['string', false],
        'provider' => ['string', false],
        'provider_action' => ['string', false],
        'provider_event_id' => ['string', false],
        'status' => ['string', false],
        'check_type' => ['string', false],
        'person' => ['array', false],
        'score' => ['int|float', false],
        'reason' => ['string', false],
        'hosted_url' => ['string', false],
        'decided_at' => ['string', false],
    ];

    /** Id of the verification at its provider. */
    public readonly string $verification_id;

    /** Your own reference, given to the provider when the resource was made. */
    public readonly ?string $external_reference;

    /** Id of the provider that reported this. */
    public readonly ?string $provider;

    /** The provider's own name of what happened. */
    public readonly ?string $provider_action;

    /** The provider's own id of this notification, where it has one. */
    public readonly ?string $provider_event_id;

    /** The verdict in one word. */
    public readonly ?string $status;

    /** What was examined: identity, document, risk-score or sanctions. */
    public readonly ?string $check_type;

    /**
     * @var array{name?: string, cpf?: string, email?: string, phone?: string, ...}|null The
     * person under examination.
     */
    public readonly ?array $person;

    /** The provider's score from 0 to 1, where it gives one. */
    public readonly int|float|null $score;

    /** Why the verdict is what it is. */
    public readonly ?string $reason;

    /** Page where the person goes on with the check. */
    public readonly ?string $hosted_url;

    /** When the verdict fell. RFC 3339, UTC, milliseconds. */
    public readonly ?string $decided_at;
}

/** Every step of a loop's run has succeeded or was skipped. */
final class LoopCompleted extends TypedEvent
{
    public const TYPE = 'loop.completed';
    protected const MEMBERS = [
        'run_id' => ['string', true],
        'loop_id' => ['string', false],
        'loop_name' => ['string', false],
        'version' => ['int', false],
        'event_id' => ['string', false],
        'state' => ['string', false],
        'error' => ['string', false],
        'failed_step' => ['string', false],
        'steps' => ['array', false],
    ];

    /** Id of the run. */
    public readonly string $run_id;

    /** Id of its loop. */
    public readonly ?string $loop_id;

    /** Name of its loop. */
    public readonly ?string $loop_name;

    /** Version of the loop that it ran. */
    public readonly ?int $version;

    /** The event that started it; null when it was started with a payload. */
    public readonly ?string $event_id;

    /** completed or failed. */
    public readonly ?string $state;

    /** What the first step that failed said. */
    public readonly ?string $error;

    /** Name of the first step that failed. */
    public readonly ?string $failed_step;

    /**
     * @var list<array{name?: string, tool?: string, state?: string, ...}>|null What became of
     * each step, in order.
     */
    public readonly ?array $steps;
}

/** A loop's run has ended with a step that failed. */
final class LoopFailed extends TypedEvent
{
    public const TYPE = 'loop.failed';
    protected const MEMBERS = [
        'run_id' => ['string', true],
        'loop_id' => ['string', false],
        'loop_name' => ['string', false],
        'version' => ['int', false],
        'event_id' => ['string', false],
        'state' => ['string', false],
        'error' => ['string', false],
        'failed_step' => ['string', false],
        'steps' => ['array', false],
    ];

    /** Id of the run. */
    public readonly string $run_id;

    /** Id of its loop. */
    public readonly ?string $loop_id;

    /** Name of its loop. */
    public readonly ?string $loop_name;

    /** Version of the loop that it ran. */
    public readonly ?int $version;

    /** The event that started it; null when it was started with a payload. */
    public readonly ?string $event_id;

    /** completed or failed. */
    public readonly ?string $state;

    /** What the first step that failed said. */
    public readonly ?string $error;

    /** Name of the first step that failed. */
    public readonly ?string $failed_step;

    /**
     * @var list<array{name?: string, tool?: string, state?: string, ...}>|null What became of
     * each step, in order.
     */
    public readonly ?array $steps;
}

/** A session was closed. */
final class SessionClosed extends TypedEvent
{
    public const TYPE = 'session.closed';
    protected const MEMBERS = [
        'session_id' => ['string', true],
        'user_id' => ['string', false],
        'closed_at' => ['string', false],
        'tool_calls' => ['int', false],
    ];

    /** Id of the session. */
    public readonly string $session_id;

    /** Whose session it was. */
    public readonly ?string $user_id;

    /** When it was closed. RFC 3339, UTC, milliseconds. */
    public readonly ?string $closed_at;

    /** How many tools were called in it. */
    public readonly ?int $tool_calls;
}
