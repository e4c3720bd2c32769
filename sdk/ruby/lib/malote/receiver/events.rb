# frozen_string_literal: true

# Made by sdk/generate.py from data/receiver/profiles.json and data/events.json. Do not edit.

module Malote
  # One class for the data of each kind of event.
  module Events
    # The provider reports that the money of a charge has arrived.
    class PaymentConfirmed < TypedEvent
      TYPE = "payment.confirmed"
      MEMBERS = {
        "payment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "method" => [[String], false],
        "status" => [[String], false],
        "paid_at" => [[String], false],
        "customer" => [[Hash], false],
        "items" => [[Array], false],
        "shipping" => [[Hash], false]
      }.freeze

      # @return [String] Id of the payment at its provider.
      attr_reader :payment_id

      # @return [String, nil] The id of the payment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is paid for.
      attr_reader :order_id

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [String, nil] How it was paid, such as pix, boleto, card, spei or bank_transfer.
      attr_reader :method

      # @return [String, nil] State of the payment in one word.
      attr_reader :status

      # @return [String, nil] When the money arrived. RFC 3339, UTC, milliseconds.
      attr_reader :paid_at

      # @return [Hash{name, cpf, email, phone}, nil] The buyer, as far as the provider tells.
      attr_reader :customer

      # @return [Array<Hash{name, sku, quantity, unit_price}>, nil] What was bought.
      attr_reader :items

      # @return [Hash{cep, weight}, nil] Where the goods go.
      attr_reader :shipping
    end

    # A charge was refused or broke off, and no money was taken.
    class PaymentFailed < TypedEvent
      TYPE = "payment.failed"
      MEMBERS = {
        "payment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "method" => [[String], false],
        "status" => [[String], false],
        "reason" => [[String], false],
        "final" => [[TrueClass, FalseClass], false],
        "customer" => [[Hash], false]
      }.freeze

      # @return [String] Id of the payment at its provider.
      attr_reader :payment_id

      # @return [String, nil] The id of the payment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is paid for.
      attr_reader :order_id

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [String, nil] How it was paid, such as pix, boleto, card, spei or bank_transfer.
      attr_reader :method

      # @return [String, nil] State of the payment in one word.
      attr_reader :status

      # @return [String, nil] Why it failed, as a short code where the provider has one.
      attr_reader :reason

      # @return [Boolean, nil] True when no further attempt follows, false when one may, null when
      # unknown.
      attr_reader :final

      # @return [Hash{name, cpf, email, phone}, nil] The buyer, as far as the provider tells.
      attr_reader :customer
    end

    # The provider has tried once more to collect a charge that had failed.
    class PaymentRetried < TypedEvent
      TYPE = "payment.retried"
      MEMBERS = {
        "payment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "method" => [[String], false],
        "status" => [[String], false],
        "attempt" => [[Integer], false],
        "reason" => [[String], false]
      }.freeze

      # @return [String] Id of the payment at its provider.
      attr_reader :payment_id

      # @return [String, nil] The id of the payment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is paid for.
      attr_reader :order_id

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [String, nil] How it was paid, such as pix, boleto, card, spei or bank_transfer.
      attr_reader :method

      # @return [String, nil] State of the payment in one word.
      attr_reader :status

      # @return [Integer, nil] Which attempt this was, the first being 1.
      attr_reader :attempt

      # @return [String, nil] Why the attempt before it failed.
      attr_reader :reason
    end

    # Money of an earlier payment is back with the buyer, in full or in part.
    class PaymentRefunded < TypedEvent
      TYPE = "payment.refunded"
      MEMBERS = {
        "payment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "method" => [[String], false],
        "status" => [[String], false],
        "refund_id" => [[String], false],
        "reason" => [[String], false],
        "partial" => [[TrueClass, FalseClass], false],
        "refunded_at" => [[String], false],
        "customer" => [[Hash], false]
      }.freeze

      # @return [String] Id of the payment at its provider.
      attr_reader :payment_id

      # @return [String, nil] The id of the payment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is paid for.
      attr_reader :order_id

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [String, nil] How it was paid, such as pix, boleto, card, spei or bank_transfer.
      attr_reader :method

      # @return [String, nil] State of the payment in one word.
      attr_reader :status

      # @return [String, nil] Id of the refund at its provider.
      attr_reader :refund_id

      # @return [String, nil] Why the money goes back, or why it could not.
      attr_reader :reason

      # @return [Boolean, nil] True when less than the whole payment went back.
      attr_reader :partial

      # @return [String, nil] When the money went back. RFC 3339, UTC, milliseconds.
      attr_reader :refunded_at

      # @return [Hash{name, cpf, email, phone}, nil] The buyer, as far as the provider tells.
      attr_reader :customer
    end

    # A refund was asked for and is under way; nothing has been paid back yet.
    class PaymentRefundInitiated < TypedEvent
      TYPE = "payment.refund.initiated"
      MEMBERS = {
        "payment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "method" => [[String], false],
        "status" => [[String], false],
        "refund_id" => [[String], false],
        "reason" => [[String], false],
        "requested_at" => [[String], false]
      }.freeze

      # @return [String] Id of the payment at its provider.
      attr_reader :payment_id

      # @return [String, nil] The id of the payment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is paid for.
      attr_reader :order_id

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [String, nil] How it was paid, such as pix, boleto, card, spei or bank_transfer.
      attr_reader :method

      # @return [String, nil] State of the payment in one word.
      attr_reader :status

      # @return [String, nil] Id of the refund at its provider.
      attr_reader :refund_id

      # @return [String, nil] Why the money goes back, or why it could not.
      attr_reader :reason

      # @return [String, nil] When it was asked for. RFC 3339, UTC, milliseconds.
      attr_reader :requested_at
    end

    # A refund could not be carried out, and the money stays where it was.
    class PaymentRefundFailed < TypedEvent
      TYPE = "payment.refund.failed"
      MEMBERS = {
        "payment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "method" => [[String], false],
        "status" => [[String], false],
        "refund_id" => [[String], false],
        "reason" => [[String], false]
      }.freeze

      # @return [String] Id of the payment at its provider.
      attr_reader :payment_id

      # @return [String, nil] The id of the payment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is paid for.
      attr_reader :order_id

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [String, nil] How it was paid, such as pix, boleto, card, spei or bank_transfer.
      attr_reader :method

      # @return [String, nil] State of the payment in one word.
      attr_reader :status

      # @return [String, nil] Id of the refund at its provider.
      attr_reader :refund_id

      # @return [String, nil] Why the money goes back, or why it could not.
      attr_reader :reason
    end

    # Money that was sent out has reached the account it was meant for.
    class PayoutSettled < TypedEvent
      TYPE = "payout.settled"
      MEMBERS = {
        "payout_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "method" => [[String], false],
        "status" => [[String], false],
        "destination" => [[Hash], false],
        "reason" => [[String], false],
        "settled_at" => [[String], false]
      }.freeze

      # @return [String] Id of the payout at its provider.
      attr_reader :payout_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [String, nil] How it was paid, such as pix, boleto, card, spei or bank_transfer.
      attr_reader :method

      # @return [String, nil] State of the payout in one word.
      attr_reader :status

      # @return [Hash{kind, masked}, nil] Where the money went.
      attr_reader :destination

      # @return [String, nil] Remark of the provider.
      attr_reader :reason

      # @return [String, nil] When it arrived. RFC 3339, UTC, milliseconds.
      attr_reader :settled_at
    end

    # The tax authority has accepted a fiscal document, which is now valid.
    class InvoiceAuthorized < TypedEvent
      TYPE = "invoice.authorized"
      MEMBERS = {
        "invoice_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "kind" => [[String], false],
        "status" => [[String], false],
        "number" => [[String], false],
        "series" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "payment_id" => [[String], false],
        "order_id" => [[String], false],
        "access_key" => [[String], false],
        "authority" => [[String], false],
        "pdf_url" => [[String], false],
        "xml_url" => [[String], false],
        "issued_at" => [[String], false]
      }.freeze

      # @return [String] Id of the fiscal document at its provider.
      attr_reader :invoice_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Which document: nfe, nfse, nfce, cfdi or another.
      attr_reader :kind

      # @return [String, nil] State of the document in one word.
      attr_reader :status

      # @return [String, nil] Number of the document.
      attr_reader :number

      # @return [String, nil] Series of the document.
      attr_reader :series

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [String, nil] Payment the document is about.
      attr_reader :payment_id

      # @return [String, nil] Order the document is about.
      attr_reader :order_id

      # @return [String, nil] Access key (chave) of an NF-e or NFC-e: 44 digits.
      attr_reader :access_key

      # @return [String, nil] Authority that accepted it.
      attr_reader :authority

      # @return [String, nil] Printable form of the document.
      attr_reader :pdf_url

      # @return [String, nil] The document itself.
      attr_reader :xml_url

      # @return [String, nil] When it was accepted. RFC 3339, UTC, milliseconds.
      attr_reader :issued_at
    end

    # The tax authority has refused a fiscal document; `reason` says why.
    class InvoiceRejected < TypedEvent
      TYPE = "invoice.rejected"
      MEMBERS = {
        "invoice_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "kind" => [[String], false],
        "status" => [[String], false],
        "number" => [[String], false],
        "series" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "payment_id" => [[String], false],
        "order_id" => [[String], false],
        "reason" => [[String], false],
        "reason_code" => [[String], false],
        "authority" => [[String], false],
        "rejected_at" => [[String], false]
      }.freeze

      # @return [String] Id of the fiscal document at its provider.
      attr_reader :invoice_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Which document: nfe, nfse, nfce, cfdi or another.
      attr_reader :kind

      # @return [String, nil] State of the document in one word.
      attr_reader :status

      # @return [String, nil] Number of the document.
      attr_reader :number

      # @return [String, nil] Series of the document.
      attr_reader :series

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [String, nil] Payment the document is about.
      attr_reader :payment_id

      # @return [String, nil] Order the document is about.
      attr_reader :order_id

      # @return [String, nil] The authority's or the provider's explanation.
      attr_reader :reason

      # @return [String, nil] Code of the explanation, where there is one.
      attr_reader :reason_code

      # @return [String, nil] Authority that refused it.
      attr_reader :authority

      # @return [String, nil] When it was refused. RFC 3339, UTC, milliseconds.
      attr_reader :rejected_at
    end

    # A shipment was entered for an order; nothing has been bought or sent yet.
    class ShipmentCreated < TypedEvent
      TYPE = "shipment.created"
      MEMBERS = {
        "shipment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "status" => [[String], false],
        "carrier" => [[String], false],
        "service" => [[String], false],
        "tracking_code" => [[String], false],
        "tracking_url" => [[String], false],
        "items" => [[Array], false]
      }.freeze

      # @return [String] Id of the shipment at its provider.
      attr_reader :shipment_id

      # @return [String, nil] The id of the shipment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is shipped.
      attr_reader :order_id

      # @return [String, nil] State of the shipment in one word.
      attr_reader :status

      # @return [String, nil] Name of the carrier.
      attr_reader :carrier

      # @return [String, nil] Service bought from the carrier.
      attr_reader :service

      # @return [String, nil] The carrier's tracking code, once it is known.
      attr_reader :tracking_code

      # @return [String, nil] Page that shows where the parcel is.
      attr_reader :tracking_url

      # @return [Array<Hash{name, sku, quantity, unit_price}>, nil] What was bought.
      attr_reader :items
    end

    # The postage is paid and the label can be printed.
    class ShipmentLabelCreated < TypedEvent
      TYPE = "shipment.label_created"
      MEMBERS = {
        "shipment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "status" => [[String], false],
        "carrier" => [[String], false],
        "service" => [[String], false],
        "tracking_code" => [[String], false],
        "tracking_url" => [[String], false],
        "label_url" => [[String], false],
        "label_created_at" => [[String], false]
      }.freeze

      # @return [String] Id of the shipment at its provider.
      attr_reader :shipment_id

      # @return [String, nil] The id of the shipment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is shipped.
      attr_reader :order_id

      # @return [String, nil] State of the shipment in one word.
      attr_reader :status

      # @return [String, nil] Name of the carrier.
      attr_reader :carrier

      # @return [String, nil] Service bought from the carrier.
      attr_reader :service

      # @return [String, nil] The carrier's tracking code, once it is known.
      attr_reader :tracking_code

      # @return [String, nil] Page that shows where the parcel is.
      attr_reader :tracking_url

      # @return [String, nil] The printable label.
      attr_reader :label_url

      # @return [String, nil] When the label was made. RFC 3339, UTC, milliseconds.
      attr_reader :label_created_at
    end

    # Something about a shipment has changed, such as its status or the expected date.
    class ShipmentUpdated < TypedEvent
      TYPE = "shipment.updated"
      MEMBERS = {
        "shipment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "status" => [[String], false],
        "carrier" => [[String], false],
        "service" => [[String], false],
        "tracking_code" => [[String], false],
        "tracking_url" => [[String], false],
        "eta" => [[String], false]
      }.freeze

      # @return [String] Id of the shipment at its provider.
      attr_reader :shipment_id

      # @return [String, nil] The id of the shipment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is shipped.
      attr_reader :order_id

      # @return [String, nil] State of the shipment in one word.
      attr_reader :status

      # @return [String, nil] Name of the carrier.
      attr_reader :carrier

      # @return [String, nil] Service bought from the carrier.
      attr_reader :service

      # @return [String, nil] The carrier's tracking code, once it is known.
      attr_reader :tracking_code

      # @return [String, nil] Page that shows where the parcel is.
      attr_reader :tracking_url

      # @return [String, nil] When it is expected to arrive. RFC 3339, UTC, milliseconds.
      attr_reader :eta
    end

    # The merchant says that the parcel has left; the carrier has not yet confirmed it.
    class ShipmentShipped < TypedEvent
      TYPE = "shipment.shipped"
      MEMBERS = {
        "shipment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "status" => [[String], false],
        "carrier" => [[String], false],
        "service" => [[String], false],
        "tracking_code" => [[String], false],
        "tracking_url" => [[String], false],
        "shipped_at" => [[String], false]
      }.freeze

      # @return [String] Id of the shipment at its provider.
      attr_reader :shipment_id

      # @return [String, nil] The id of the shipment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is shipped.
      attr_reader :order_id

      # @return [String, nil] State of the shipment in one word.
      attr_reader :status

      # @return [String, nil] Name of the carrier.
      attr_reader :carrier

      # @return [String, nil] Service bought from the carrier.
      attr_reader :service

      # @return [String, nil] The carrier's tracking code, once it is known.
      attr_reader :tracking_code

      # @return [String, nil] Page that shows where the parcel is.
      attr_reader :tracking_url

      # @return [String, nil] When it left. RFC 3339, UTC, milliseconds.
      attr_reader :shipped_at
    end

    # The carrier has the parcel and has scanned it on its way.
    class ShipmentInTransit < TypedEvent
      TYPE = "shipment.in_transit"
      MEMBERS = {
        "shipment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "status" => [[String], false],
        "carrier" => [[String], false],
        "service" => [[String], false],
        "tracking_code" => [[String], false],
        "tracking_url" => [[String], false],
        "scan" => [[Hash], false],
        "eta" => [[String], false]
      }.freeze

      # @return [String] Id of the shipment at its provider.
      attr_reader :shipment_id

      # @return [String, nil] The id of the shipment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is shipped.
      attr_reader :order_id

      # @return [String, nil] State of the shipment in one word.
      attr_reader :status

      # @return [String, nil] Name of the carrier.
      attr_reader :carrier

      # @return [String, nil] Service bought from the carrier.
      attr_reader :service

      # @return [String, nil] The carrier's tracking code, once it is known.
      attr_reader :tracking_code

      # @return [String, nil] Page that shows where the parcel is.
      attr_reader :tracking_url

      # @return [Hash{at, place}, nil] The carrier's newest scan.
      attr_reader :scan

      # @return [String, nil] When it is expected to arrive. RFC 3339, UTC, milliseconds.
      attr_reader :eta
    end

    # The carrier has handed the parcel over.
    class ShipmentDelivered < TypedEvent
      TYPE = "shipment.delivered"
      MEMBERS = {
        "shipment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "status" => [[String], false],
        "carrier" => [[String], false],
        "service" => [[String], false],
        "tracking_code" => [[String], false],
        "tracking_url" => [[String], false],
        "delivered_at" => [[String], false],
        "received_by" => [[String], false]
      }.freeze

      # @return [String] Id of the shipment at its provider.
      attr_reader :shipment_id

      # @return [String, nil] The id of the shipment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is shipped.
      attr_reader :order_id

      # @return [String, nil] State of the shipment in one word.
      attr_reader :status

      # @return [String, nil] Name of the carrier.
      attr_reader :carrier

      # @return [String, nil] Service bought from the carrier.
      attr_reader :service

      # @return [String, nil] The carrier's tracking code, once it is known.
      attr_reader :tracking_code

      # @return [String, nil] Page that shows where the parcel is.
      attr_reader :tracking_url

      # @return [String, nil] When it was handed over. RFC 3339, UTC, milliseconds.
      attr_reader :delivered_at

      # @return [String, nil] Who took it, where the carrier notes that.
      attr_reader :received_by
    end

    # A shipment was called off and will not arrive.
    class ShipmentCancelled < TypedEvent
      TYPE = "shipment.cancelled"
      MEMBERS = {
        "shipment_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "status" => [[String], false],
        "carrier" => [[String], false],
        "service" => [[String], false],
        "tracking_code" => [[String], false],
        "tracking_url" => [[String], false],
        "reason" => [[String], false],
        "cancelled_at" => [[String], false]
      }.freeze

      # @return [String] Id of the shipment at its provider.
      attr_reader :shipment_id

      # @return [String, nil] The id of the shipment again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order that is shipped.
      attr_reader :order_id

      # @return [String, nil] State of the shipment in one word.
      attr_reader :status

      # @return [String, nil] Name of the carrier.
      attr_reader :carrier

      # @return [String, nil] Service bought from the carrier.
      attr_reader :service

      # @return [String, nil] The carrier's tracking code, once it is known.
      attr_reader :tracking_code

      # @return [String, nil] Page that shows where the parcel is.
      attr_reader :tracking_url

      # @return [String, nil] Why it was called off.
      attr_reader :reason

      # @return [String, nil] When it was called off. RFC 3339, UTC, milliseconds.
      attr_reader :cancelled_at
    end

    # The channel reports that a message is on the recipient's device.
    class MessageDelivered < TypedEvent
      TYPE = "message.delivered"
      MEMBERS = {
        "message_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "channel" => [[String], false],
        "status" => [[String], false],
        "to" => [[String], false],
        "phone" => [[String], false],
        "template" => [[String], false],
        "delivered_at" => [[String], false]
      }.freeze

      # @return [String] Id of the message at its provider.
      attr_reader :message_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] whatsapp, sms or email.
      attr_reader :channel

      # @return [String, nil] State of the message in one word.
      attr_reader :status

      # @return [String, nil] Recipient, partly masked.
      attr_reader :to

      # @return [String, nil] Recipient's number in E.164 form, where the channel has numbers.
      attr_reader :phone

      # @return [String, nil] Template the message was made from.
      attr_reader :template

      # @return [String, nil] When it got there. RFC 3339, UTC, milliseconds.
      attr_reader :delivered_at
    end

    # The recipient has opened a message, where the channel tells.
    class MessageRead < TypedEvent
      TYPE = "message.read"
      MEMBERS = {
        "message_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "channel" => [[String], false],
        "status" => [[String], false],
        "to" => [[String], false],
        "phone" => [[String], false],
        "template" => [[String], false],
        "read_at" => [[String], false]
      }.freeze

      # @return [String] Id of the message at its provider.
      attr_reader :message_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] whatsapp, sms or email.
      attr_reader :channel

      # @return [String, nil] State of the message in one word.
      attr_reader :status

      # @return [String, nil] Recipient, partly masked.
      attr_reader :to

      # @return [String, nil] Recipient's number in E.164 form, where the channel has numbers.
      attr_reader :phone

      # @return [String, nil] Template the message was made from.
      attr_reader :template

      # @return [String, nil] When it was opened. RFC 3339, UTC, milliseconds.
      attr_reader :read_at
    end

    # The credentials of a connection no longer work, and someone has to renew them.
    class ConnectionExpired < TypedEvent
      TYPE = "connection.expired"
      MEMBERS = {
        "connection_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], false],
        "reason" => [[String], false],
        "expired_at" => [[String], false],
        "reauth_url" => [[String], false]
      }.freeze

      # @return [String] Id of the connection in this gateway, or of the account at its provider.
      attr_reader :connection_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] State of the connection in one word.
      attr_reader :status

      # @return [String, nil] Why the credentials stopped working.
      attr_reader :reason

      # @return [String, nil] When they stopped working. RFC 3339, UTC, milliseconds.
      attr_reader :expired_at

      # @return [String, nil] Page where they can be renewed.
      attr_reader :reauth_url
    end

    # A buyer has placed an order.
    class OrderCreated < TypedEvent
      TYPE = "order.created"
      MEMBERS = {
        "order_id" => [[String], true],
        "id" => [[String], false],
        "order_number" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], false],
        "payment_status" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "customer" => [[Hash], false],
        "customer_email" => [[String], false],
        "items" => [[Array], false],
        "shipping_address" => [[Hash], false],
        "placed_at" => [[String], false]
      }.freeze

      # @return [String] Id of the order at its provider.
      attr_reader :order_id

      # @return [String, nil] The id of the order again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Number shown to people.
      attr_reader :order_number

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] State of the order in one word.
      attr_reader :status

      # @return [String, nil] State of its payment in one word.
      attr_reader :payment_status

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [Hash{name, cpf, email, phone}, nil] The buyer, as far as the provider tells.
      attr_reader :customer

      # @return [String, nil] The buyer's e-mail address again.
      attr_reader :customer_email

      # @return [Array<Hash{name, sku, quantity, unit_price}>, nil] What was bought.
      attr_reader :items

      # @return [Hash{line1, line2, district, city, region, postal_code, country}, nil] A postal
      # address.
      attr_reader :shipping_address

      # @return [String, nil] When it was placed. RFC 3339, UTC, milliseconds.
      attr_reader :placed_at
    end

    # The merchant has accepted an order.
    class OrderConfirmed < TypedEvent
      TYPE = "order.confirmed"
      MEMBERS = {
        "order_id" => [[String], true],
        "id" => [[String], false],
        "order_number" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], false],
        "payment_status" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "customer" => [[Hash], false],
        "customer_email" => [[String], false],
        "items" => [[Array], false],
        "shipping_address" => [[Hash], false],
        "confirmed_at" => [[String], false]
      }.freeze

      # @return [String] Id of the order at its provider.
      attr_reader :order_id

      # @return [String, nil] The id of the order again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Number shown to people.
      attr_reader :order_number

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] State of the order in one word.
      attr_reader :status

      # @return [String, nil] State of its payment in one word.
      attr_reader :payment_status

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [Hash{name, cpf, email, phone}, nil] The buyer, as far as the provider tells.
      attr_reader :customer

      # @return [String, nil] The buyer's e-mail address again.
      attr_reader :customer_email

      # @return [Array<Hash{name, sku, quantity, unit_price}>, nil] What was bought.
      attr_reader :items

      # @return [Hash{line1, line2, district, city, region, postal_code, country}, nil] A postal
      # address.
      attr_reader :shipping_address

      # @return [String, nil] When it was accepted. RFC 3339, UTC, milliseconds.
      attr_reader :confirmed_at
    end

    # Details of an order have changed.
    class OrderUpdated < TypedEvent
      TYPE = "order.updated"
      MEMBERS = {
        "order_id" => [[String], true],
        "id" => [[String], false],
        "order_number" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], false],
        "payment_status" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "customer" => [[Hash], false],
        "customer_email" => [[String], false],
        "items" => [[Array], false],
        "shipping_address" => [[Hash], false],
        "changed" => [[Array], false]
      }.freeze

      # @return [String] Id of the order at its provider.
      attr_reader :order_id

      # @return [String, nil] The id of the order again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Number shown to people.
      attr_reader :order_number

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] State of the order in one word.
      attr_reader :status

      # @return [String, nil] State of its payment in one word.
      attr_reader :payment_status

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [Hash{name, cpf, email, phone}, nil] The buyer, as far as the provider tells.
      attr_reader :customer

      # @return [String, nil] The buyer's e-mail address again.
      attr_reader :customer_email

      # @return [Array<Hash{name, sku, quantity, unit_price}>, nil] What was bought.
      attr_reader :items

      # @return [Hash{line1, line2, district, city, region, postal_code, country}, nil] A postal
      # address.
      attr_reader :shipping_address

      # @return [Array<String>, nil] Names of the members that changed.
      attr_reader :changed
    end

    # An order has gone from one status to another.
    class OrderStatusChanged < TypedEvent
      TYPE = "order.status_changed"
      MEMBERS = {
        "order_id" => [[String], true],
        "id" => [[String], false],
        "order_number" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], true],
        "payment_status" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "customer" => [[Hash], false],
        "customer_email" => [[String], false],
        "items" => [[Array], false],
        "shipping_address" => [[Hash], false],
        "previous_status" => [[String], false]
      }.freeze

      # @return [String] Id of the order at its provider.
      attr_reader :order_id

      # @return [String, nil] The id of the order again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Number shown to people.
      attr_reader :order_number

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String] State of the order in one word.
      attr_reader :status

      # @return [String, nil] State of its payment in one word.
      attr_reader :payment_status

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [Hash{name, cpf, email, phone}, nil] The buyer, as far as the provider tells.
      attr_reader :customer

      # @return [String, nil] The buyer's e-mail address again.
      attr_reader :customer_email

      # @return [Array<Hash{name, sku, quantity, unit_price}>, nil] What was bought.
      attr_reader :items

      # @return [Hash{line1, line2, district, city, region, postal_code, country}, nil] A postal
      # address.
      attr_reader :shipping_address

      # @return [String, nil] The status before.
      attr_reader :previous_status
    end

    # An order is finished: everything in it was supplied.
    class OrderCompleted < TypedEvent
      TYPE = "order.completed"
      MEMBERS = {
        "order_id" => [[String], true],
        "id" => [[String], false],
        "order_number" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], false],
        "payment_status" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "customer" => [[Hash], false],
        "customer_email" => [[String], false],
        "items" => [[Array], false],
        "shipping_address" => [[Hash], false],
        "completed_at" => [[String], false]
      }.freeze

      # @return [String] Id of the order at its provider.
      attr_reader :order_id

      # @return [String, nil] The id of the order again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Number shown to people.
      attr_reader :order_number

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] State of the order in one word.
      attr_reader :status

      # @return [String, nil] State of its payment in one word.
      attr_reader :payment_status

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [Hash{name, cpf, email, phone}, nil] The buyer, as far as the provider tells.
      attr_reader :customer

      # @return [String, nil] The buyer's e-mail address again.
      attr_reader :customer_email

      # @return [Array<Hash{name, sku, quantity, unit_price}>, nil] What was bought.
      attr_reader :items

      # @return [Hash{line1, line2, district, city, region, postal_code, country}, nil] A postal
      # address.
      attr_reader :shipping_address

      # @return [String, nil] When it was finished. RFC 3339, UTC, milliseconds.
      attr_reader :completed_at
    end

    # An order was called off.
    class OrderCancelled < TypedEvent
      TYPE = "order.cancelled"
      MEMBERS = {
        "order_id" => [[String], true],
        "id" => [[String], false],
        "order_number" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], false],
        "payment_status" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "customer" => [[Hash], false],
        "customer_email" => [[String], false],
        "items" => [[Array], false],
        "shipping_address" => [[Hash], false],
        "reason" => [[String], false],
        "cancelled_at" => [[String], false]
      }.freeze

      # @return [String] Id of the order at its provider.
      attr_reader :order_id

      # @return [String, nil] The id of the order again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Number shown to people.
      attr_reader :order_number

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] State of the order in one word.
      attr_reader :status

      # @return [String, nil] State of its payment in one word.
      attr_reader :payment_status

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [Hash{name, cpf, email, phone}, nil] The buyer, as far as the provider tells.
      attr_reader :customer

      # @return [String, nil] The buyer's e-mail address again.
      attr_reader :customer_email

      # @return [Array<Hash{name, sku, quantity, unit_price}>, nil] What was bought.
      attr_reader :items

      # @return [Hash{line1, line2, district, city, region, postal_code, country}, nil] A postal
      # address.
      attr_reader :shipping_address

      # @return [String, nil] Why it was called off.
      attr_reader :reason

      # @return [String, nil] When it was called off. RFC 3339, UTC, milliseconds.
      attr_reader :cancelled_at
    end

    # The stock of an article has changed.
    class InventoryUpdated < TypedEvent
      TYPE = "inventory.updated"
      MEMBERS = {
        "sku" => [[String], true],
        "product_id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "location_id" => [[String], false],
        "quantity_available" => [[Integer], false],
        "previous_quantity" => [[Integer], false],
        "delta" => [[Integer], false],
        "reason" => [[String], false]
      }.freeze

      # @return [String] Your stock code of the article.
      attr_reader :sku

      # @return [String, nil] Product the article belongs to.
      attr_reader :product_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Warehouse or shop.
      attr_reader :location_id

      # @return [Integer, nil] How many can be sold now.
      attr_reader :quantity_available

      # @return [Integer, nil] How many it was before.
      attr_reader :previous_quantity

      # @return [Integer, nil] The difference, negative when stock went down.
      attr_reader :delta

      # @return [String, nil] What changed it.
      attr_reader :reason
    end

    # The stock of an article has fallen to its warning level or below.
    class InventoryLowStock < TypedEvent
      TYPE = "inventory.low_stock"
      MEMBERS = {
        "sku" => [[String], true],
        "product_id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "location_id" => [[String], false],
        "quantity_available" => [[Integer], false],
        "previous_quantity" => [[Integer], false],
        "threshold" => [[Integer], false],
        "reorder_point" => [[Integer], false]
      }.freeze

      # @return [String] Your stock code of the article.
      attr_reader :sku

      # @return [String, nil] Product the article belongs to.
      attr_reader :product_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Warehouse or shop.
      attr_reader :location_id

      # @return [Integer, nil] How many can be sold now.
      attr_reader :quantity_available

      # @return [Integer, nil] How many it was before.
      attr_reader :previous_quantity

      # @return [Integer, nil] The warning level.
      attr_reader :threshold

      # @return [Integer, nil] Stock at which to order more.
      attr_reader :reorder_point
    end

    # A buyer has asked to send goods back.
    class ReturnCreated < TypedEvent
      TYPE = "return.created"
      MEMBERS = {
        "return_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "status" => [[String], false],
        "items" => [[Array], false],
        "requested_at" => [[String], false]
      }.freeze

      # @return [String] Id of the return at its provider.
      attr_reader :return_id

      # @return [String, nil] The id of the return again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order the goods came from.
      attr_reader :order_id

      # @return [String, nil] State of the return in one word.
      attr_reader :status

      # @return [Array<Hash{sku, name, quantity, reason}>, nil] What comes back.
      attr_reader :items

      # @return [String, nil] When it was asked for. RFC 3339, UTC, milliseconds.
      attr_reader :requested_at
    end

    # The merchant has agreed to take goods back.
    class ReturnApproved < TypedEvent
      TYPE = "return.approved"
      MEMBERS = {
        "return_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "status" => [[String], false],
        "items" => [[Array], false],
        "approved_at" => [[String], false]
      }.freeze

      # @return [String] Id of the return at its provider.
      attr_reader :return_id

      # @return [String, nil] The id of the return again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order the goods came from.
      attr_reader :order_id

      # @return [String, nil] State of the return in one word.
      attr_reader :status

      # @return [Array<Hash{sku, name, quantity, reason}>, nil] What comes back.
      attr_reader :items

      # @return [String, nil] When it was agreed. RFC 3339, UTC, milliseconds.
      attr_reader :approved_at
    end

    # Returned goods have arrived and the case is closed.
    class ReturnCompleted < TypedEvent
      TYPE = "return.completed"
      MEMBERS = {
        "return_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "order_id" => [[String], false],
        "status" => [[String], false],
        "items" => [[Array], false],
        "refund" => [[Hash], false],
        "completed_at" => [[String], false]
      }.freeze

      # @return [String] Id of the return at its provider.
      attr_reader :return_id

      # @return [String, nil] The id of the return again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Order the goods came from.
      attr_reader :order_id

      # @return [String, nil] State of the return in one word.
      attr_reader :status

      # @return [Array<Hash{sku, name, quantity, reason}>, nil] What comes back.
      attr_reader :items

      # @return [Hash{amount, amount_minor, currency}, nil] What the buyer gets back.
      attr_reader :refund

      # @return [String, nil] When it was closed. RFC 3339, UTC, milliseconds.
      attr_reader :completed_at
    end

    # Details of a product have changed.
    class ProductUpdated < TypedEvent
      TYPE = "product.updated"
      MEMBERS = {
        "product_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "sku" => [[String], false],
        "name" => [[String], false],
        "status" => [[String], false],
        "amount" => [[Numeric], false],
        "amount_minor" => [[Integer], false],
        "currency" => [[String], false],
        "changed" => [[Array], false]
      }.freeze

      # @return [String] Id of the product at its provider.
      attr_reader :product_id

      # @return [String, nil] The id of the product again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Your stock code.
      attr_reader :sku

      # @return [String, nil] Name shown to buyers.
      attr_reader :name

      # @return [String, nil] State of the product in one word.
      attr_reader :status

      # @return [Numeric, nil] Amount in major units, digit for digit as the provider wrote it.
      attr_reader :amount

      # @return [Integer, nil] The same amount in the currency's smallest unit.
      attr_reader :amount_minor

      # @return [String, nil] ISO 4217 code in capitals.
      attr_reader :currency

      # @return [Array<String>, nil] Names of the members that changed.
      attr_reader :changed
    end

    # A new customer has registered.
    class CustomerCreated < TypedEvent
      TYPE = "customer.created"
      MEMBERS = {
        "customer_id" => [[String], true],
        "id" => [[String], false],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "name" => [[String], false],
        "cpf" => [[String], false],
        "email" => [[String], false],
        "phone" => [[String], false],
        "registered_at" => [[String], false]
      }.freeze

      # @return [String] Id of the customer at its provider.
      attr_reader :customer_id

      # @return [String, nil] The id of the customer again, for receivers that look for `id`.
      attr_reader :id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Full name.
      attr_reader :name

      # @return [String, nil] CPF or CNPJ, digits only.
      attr_reader :cpf

      # @return [String, nil] E-mail address.
      attr_reader :email

      # @return [String, nil] Telephone number in E.164 form.
      attr_reader :phone

      # @return [String, nil] When the customer registered. RFC 3339, UTC, milliseconds.
      attr_reader :registered_at
    end

    # A shop has installed the app.
    class AppInstalled < TypedEvent
      TYPE = "app.installed"
      MEMBERS = {
        "app_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "installation_id" => [[String], false],
        "store" => [[Hash], false],
        "scopes" => [[Array], false],
        "actor" => [[String], false],
        "installed_at" => [[String], false]
      }.freeze

      # @return [String] Id of the app at its provider.
      attr_reader :app_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Id of this one installation.
      attr_reader :installation_id

      # @return [Hash{id, name}, nil] The shop.
      attr_reader :store

      # @return [Array<String>, nil] Permissions of the app.
      attr_reader :scopes

      # @return [String, nil] Who did it, partly masked.
      attr_reader :actor

      # @return [String, nil] When. RFC 3339, UTC, milliseconds.
      attr_reader :installed_at
    end

    # A shop has removed the app, and the data kept for it may have to go.
    class AppUninstalled < TypedEvent
      TYPE = "app.uninstalled"
      MEMBERS = {
        "app_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "installation_id" => [[String], false],
        "store" => [[Hash], false],
        "scopes" => [[Array], false],
        "actor" => [[String], false],
        "uninstalled_at" => [[String], false]
      }.freeze

      # @return [String] Id of the app at its provider.
      attr_reader :app_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] Id of this one installation.
      attr_reader :installation_id

      # @return [Hash{id, name}, nil] The shop.
      attr_reader :store

      # @return [Array<String>, nil] Permissions of the app.
      attr_reader :scopes

      # @return [String, nil] Who did it, partly masked.
      attr_reader :actor

      # @return [String, nil] When. RFC 3339, UTC, milliseconds.
      attr_reader :uninstalled_at
    end

    # A verification ended well: the person or company passed.
    class KycApproved < TypedEvent
      TYPE = "kyc.approved"
      MEMBERS = {
        "verification_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], false],
        "check_type" => [[String], false],
        "person" => [[Hash], false],
        "score" => [[Numeric], false],
        "reason" => [[String], false],
        "hosted_url" => [[String], false],
        "decided_at" => [[String], false]
      }.freeze

      # @return [String] Id of the verification at its provider.
      attr_reader :verification_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] The verdict in one word.
      attr_reader :status

      # @return [String, nil] What was examined: identity, document, risk-score or sanctions.
      attr_reader :check_type

      # @return [Hash{name, cpf, email, phone}, nil] The person under examination.
      attr_reader :person

      # @return [Numeric, nil] The provider's score from 0 to 1, where it gives one.
      attr_reader :score

      # @return [String, nil] Why the verdict is what it is.
      attr_reader :reason

      # @return [String, nil] Page where the person goes on with the check.
      attr_reader :hosted_url

      # @return [String, nil] When the verdict fell. RFC 3339, UTC, milliseconds.
      attr_reader :decided_at
    end

    # A verification ended badly: the person or company did not pass.
    class KycRejected < TypedEvent
      TYPE = "kyc.rejected"
      MEMBERS = {
        "verification_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], false],
        "check_type" => [[String], false],
        "person" => [[Hash], false],
        "score" => [[Numeric], false],
        "reason" => [[String], false],
        "hosted_url" => [[String], false],
        "decided_at" => [[String], false]
      }.freeze

      # @return [String] Id of the verification at its provider.
      attr_reader :verification_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] The verdict in one word.
      attr_reader :status

      # @return [String, nil] What was examined: identity, document, risk-score or sanctions.
      attr_reader :check_type

      # @return [Hash{name, cpf, email, phone}, nil] The person under examination.
      attr_reader :person

      # @return [Numeric, nil] The provider's score from 0 to 1, where it gives one.
      attr_reader :score

      # @return [String, nil] Why the verdict is what it is.
      attr_reader :reason

      # @return [String, nil] Page where the person goes on with the check.
      attr_reader :hosted_url

      # @return [String, nil] When the verdict fell. RFC 3339, UTC, milliseconds.
      attr_reader :decided_at
    end

    # A verification needs a human decision before it can end.
    class KycReview < TypedEvent
      TYPE = "kyc.review"
      MEMBERS = {
        "verification_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], false],
        "check_type" => [[String], false],
        "person" => [[Hash], false],
        "score" => [[Numeric], false],
        "reason" => [[String], false],
        "hosted_url" => [[String], false],
        "decided_at" => [[String], false]
      }.freeze

      # @return [String] Id of the verification at its provider.
      attr_reader :verification_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] The verdict in one word.
      attr_reader :status

      # @return [String, nil] What was examined: identity, document, risk-score or sanctions.
      attr_reader :check_type

      # @return [Hash{name, cpf, email, phone}, nil] The person under examination.
      attr_reader :person

      # @return [Numeric, nil] The provider's score from 0 to 1, where it gives one.
      attr_reader :score

      # @return [String, nil] Why the verdict is what it is.
      attr_reader :reason

      # @return [String, nil] Page where the person goes on with the check.
      attr_reader :hosted_url

      # @return [String, nil] When the verdict fell. RFC 3339, UTC, milliseconds.
      attr_reader :decided_at
    end

    # A verification ran out of time before the person finished it.
    class KycExpired < TypedEvent
      TYPE = "kyc.expired"
      MEMBERS = {
        "verification_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], false],
        "check_type" => [[String], false],
        "person" => [[Hash], false],
        "score" => [[Numeric], false],
        "reason" => [[String], false],
        "hosted_url" => [[String], false],
        "decided_at" => [[String], false]
      }.freeze

      # @return [String] Id of the verification at its provider.
      attr_reader :verification_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] The verdict in one word.
      attr_reader :status

      # @return [String, nil] What was examined: identity, document, risk-score or sanctions.
      attr_reader :check_type

      # @return [Hash{name, cpf, email, phone}, nil] The person under examination.
      attr_reader :person

      # @return [Numeric, nil] The provider's score from 0 to 1, where it gives one.
      attr_reader :score

      # @return [String, nil] Why the verdict is what it is.
      attr_reader :reason

      # @return [String, nil] Page where the person goes on with the check.
      attr_reader :hosted_url

      # @return [String, nil] When the verdict fell. RFC 3339, UTC, milliseconds.
      attr_reader :decided_at
    end

    # A verification has begun or goes on, and there is no verdict yet.
    class KycPending < TypedEvent
      TYPE = "kyc.pending"
      MEMBERS = {
        "verification_id" => [[String], true],
        "external_reference" => [[String], false],
        "provider" => [[String], false],
        "provider_action" => [[String], false],
        "provider_event_id" => [[String], false],
        "status" => [[String], false],
        "check_type" => [[String], false],
        "person" => [[Hash], false],
        "score" => [[Numeric], false],
        "reason" => [[String], false],
        "hosted_url" => [[String], false],
        "decided_at" => [[String], false]
      }.freeze

      # @return [String] Id of the verification at its provider.
      attr_reader :verification_id

      # @return [String, nil] Your own reference, given to the provider when the resource was
      # made.
      attr_reader :external_reference

      # @return [String, nil] Id of the provider that reported this.
      attr_reader :provider

      # @return [String, nil] The provider's own name of what happened.
      attr_reader :provider_action

      # @return [String, nil] The provider's own id of this notification, where it has one.
      attr_reader :provider_event_id

      # @return [String, nil] The verdict in one word.
      attr_reader :status

      # @return [String, nil] What was examined: identity, document, risk-score or sanctions.
      attr_reader :check_type

      # @return [Hash{name, cpf, email, phone}, nil] The person under examination.
      attr_reader :person

      # @return [Numeric, nil] The provider's score from 0 to 1, where it gives one.
      attr_reader :score

      # @return [String, nil] Why the verdict is what it is.
      attr_reader :reason

      # @return [String, nil] Page where the person goes on with the check.
      attr_reader :hosted_url

      # @return [String, nil] When the verdict fell. RFC 3339, UTC, milliseconds.
      attr_reader :decided_at
    end

    # Every step of a loop's run has succeeded or was skipped.
    class LoopCompleted < TypedEvent
      TYPE = "loop.completed"
      MEMBERS = {
        "run_id" => [[String], true],
        "loop_id" => [[String], false],
        "loop_name" => [[String], false],
        "version" => [[Integer], false],
        "event_id" => [[String], false],
        "state" => [[String], false],
        "error" => [[String], false],
        "failed_step" => [[String], false],
        "steps" => [[Array], false]
      }.freeze

      # @return [String] Id of the run.
      attr_reader :run_id

      # @return [String, nil] Id of its loop.
      attr_reader :loop_id

      # @return [String, nil] Name of its loop.
      attr_reader :loop_name

      # @return [Integer, nil] Version of the loop that it ran.
      attr_reader :version

      # @return [String, nil] The event that started it; null when it was started with a payload.
      attr_reader :event_id

      # @return [String, nil] completed or failed.
      attr_reader :state

      # @return [String, nil] What the first step that failed said.
      attr_reader :error

      # @return [String, nil] Name of the first step that failed.
      attr_reader :failed_step

      # @return [Array<Hash{name, tool, state}>, nil] What became of each step, in order.
      attr_reader :steps
    end

    # A loop's run has ended with a step that failed.
    class LoopFailed < TypedEvent
      TYPE = "loop.failed"
      MEMBERS = {
        "run_id" => [[String], true],
        "loop_id" => [[String], false],
        "loop_name" => [[String], false],
        "version" => [[Integer], false],
        "event_id" => [[String], false],
        "state" => [[String], false],
        "error" => [[String], false],
        "failed_step" => [[String], false],
        "steps" => [[Array], false]
      }.freeze

      # @return [String] Id of the run.
      attr_reader :run_id

      # @return [String, nil] Id of its loop.
      attr_reader :loop_id

      # @return [String, nil] Name of its loop.
      attr_reader :loop_name

      # @return [Integer, nil] Version of the loop that it ran.
      attr_reader :version

      # @return [String, nil] The event that started it; null when it was started with a payload.
      attr_reader :event_id

      # @return [String, nil] completed or failed.
      attr_reader :state

      # @return [String, nil] What the first step that failed said.
      attr_reader :error

      # @return [String, nil] Name of the first step that failed.
      attr_reader :failed_step

      # @return [Array<Hash{name, tool, state}>, nil] What became of each step, in order.
      attr_reader :steps
    end

    # A session was closed.
    class SessionClosed < TypedEvent
      TYPE = "session.closed"
      MEMBERS = {
        "session_id" => [[String], true],
        "user_id" => [[String], false],
        "closed_at" => [[String], false],
        "tool_calls" => [[Integer], false]
      }.freeze

      # @return [String] Id of the session.
      attr_reader :session_id

      # @return [String, nil] Whose session it was.
      attr_reader :user_id

      # @return [String, nil] When it was closed. RFC 3339, UTC, milliseconds.
      attr_reader :closed_at

      # @return [Integer, nil] How many tools were called in it.
      attr_reader :tool_calls
    end
  end
end
