// Written by sdk/generate.py from data/receiver/profiles.json and data/events.json; do not edit.
import type { Profile } from "./profile.js";

/** The names of the built-in signature schemes. */
export type SchemeName =
  | "standard"
  | "codespar"
  | "codespar-t"
  | "commerce-engine"
  | "whatalo"
  | "whatalo-body"
  | "stateset"
  | "stateset-t"
  | "stripe"
  | "github"
  | "shopify";

/** The built-in signature schemes. */
export const PROFILES: Readonly<Record<SchemeName, Profile>> = {
  standard: {
    algorithm: "hmac-sha256",
    encoding: "base64",
    secret_encoding: "whsec-base64",
    signature_header: "webhook-signature",
    header_format: "v1-space-list",
    signed: ["id", ".", "ts", ".", "body"],
    timestamp: { header: "webhook-timestamp", format: "unix", required: true, signed: true },
    id: { header: "webhook-id", required: true },
    event_id: ["body:/id", "header:webhook-id"],
    type: ["body:/type"],
    occurred_at: ["body:/timestamp", "body:/occurred_at"],
    data: ["body:/data"],
  },
  codespar: {
    algorithm: "hmac-sha256",
    encoding: "hex",
    secret_encoding: "utf8",
    signature_header: "X-CodeSpar-Signature",
    header_format: "bare",
    lenient_prefix: "sha256=",
    signed: ["body"],
    timestamp: {
      header: "X-CodeSpar-Timestamp",
      format: "rfc3339",
      required: false,
      signed: false,
    },
    id: { header: "X-CodeSpar-Delivery-Id", required: false },
    event_id: ["body:/id", "header:X-CodeSpar-Delivery-Id"],
    type: ["body:/type", "body:/event", "header:X-CodeSpar-Event"],
    occurred_at: ["body:/occurred_at", "header:X-CodeSpar-Timestamp"],
    data: ["body:/data", "body:"],
  },
  "codespar-t": {
    algorithm: "hmac-sha256",
    encoding: "hex",
    secret_encoding: "utf8",
    signature_header: "X-CodeSpar-Signature",
    header_format: "t-v1-comma",
    signed: ["ts", ".", "body"],
    timestamp: { in_signature: true, format: "unix", required: true, signed: true },
    id: { header: "X-CodeSpar-Delivery-Id", required: false },
    event_id: ["body:/id"],
    type: ["body:/type"],
    occurred_at: ["body:/occurred_at"],
    data: ["body:/data"],
  },
  "commerce-engine": {
    algorithm: "hmac-sha256",
    encoding: "hex",
    secret_encoding: "utf8",
    signature_header: "X-Webhook-Signature",
    header_format: "bare",
    lenient_prefix: "sha256=",
    signed: ["body"],
    timestamp: null,
    id: null,
    event_id: ["body:/id"],
    type: ["body:/event_type"],
    occurred_at: ["body:/timestamp"],
    data: ["body:/data"],
  },
  whatalo: {
    algorithm: "hmac-sha256",
    encoding: "hex",
    secret_encoding: "utf8",
    signature_header: "X-Webhook-Signature",
    header_format: "bare",
    signed: ["ts", ".", "body"],
    timestamp: { header: "X-Webhook-Timestamp", format: "unix", required: true, signed: true },
    id: { header: "X-Webhook-Id", required: true },
    event_id: ["body:/delivery_id", "header:X-Webhook-Id"],
    type: ["header:X-Webhook-Event", "body:/event"],
    occurred_at: ["body:/occurred_at", "body:/timestamp"],
    data: ["body:/data", "body:"],
  },
  "whatalo-body": {
    algorithm: "hmac-sha256",
    encoding: "hex",
    secret_encoding: "utf8",
    signature_header: "X-Webhook-Signature",
    header_format: "bare",
    signed: ["body"],
    timestamp: { header: "X-Webhook-Timestamp", format: "unix", required: false, signed: false },
    id: { header: "X-Webhook-ID", required: false },
    event_id: ["body:/id", "header:X-Webhook-ID"],
    type: ["body:/event", "header:X-Webhook-Event"],
    occurred_at: ["body:/timestamp"],
    data: ["body:/data"],
  },
  stateset: {
    algorithm: "hmac-sha256",
    encoding: "hex",
    secret_encoding: "utf8",
    signature_header: "X-StateSet-Signature",
    header_format: "bare",
    lenient_prefix: "sha256=",
    signed: ["body"],
    timestamp: {
      header: "X-StateSet-Timestamp",
      format: "rfc3339",
      required: false,
      signed: false,
    },
    id: { header: "X-StateSet-Delivery-Id", required: false },
    event_id: ["body:/id", "header:X-StateSet-Delivery-Id"],
    type: ["body:/type", "body:/event_type", "body:/event"],
    occurred_at: ["body:/timestamp", "body:/created"],
    data: ["body:/data/object", "body:/data", "body:/payload"],
  },
  "stateset-t": {
    algorithm: "hmac-sha256",
    encoding: "hex",
    secret_encoding: "utf8",
    signature_header: "Stateset-Signature",
    header_format: "t-v1-space",
    signed: ["ts", ".", "body"],
    timestamp: { in_signature: true, format: "unix", required: true, signed: true },
    id: null,
    event_id: ["body:/id"],
    type: ["body:/type"],
    occurred_at: ["body:/created"],
    data: ["body:/data/object", "body:/data"],
  },
  stripe: {
    algorithm: "hmac-sha256",
    encoding: "hex",
    secret_encoding: "utf8",
    signature_header: "Stripe-Signature",
    header_format: "t-v1-comma",
    signed: ["ts", ".", "body"],
    timestamp: { in_signature: true, format: "unix", required: true, signed: true },
    id: null,
    event_id: ["body:/id"],
    type: ["body:/type"],
    occurred_at: ["body:/created"],
    data: ["body:/data/object", "body:/data"],
  },
  github: {
    algorithm: "hmac-sha256",
    encoding: "hex",
    secret_encoding: "utf8",
    signature_header: "X-Hub-Signature-256",
    header_format: "bare",
    prefix: "sha256=",
    signed: ["body"],
    timestamp: null,
    id: { header: "X-GitHub-Delivery", required: false },
    event_id: ["header:X-GitHub-Delivery"],
    type: ["header:X-GitHub-Event"],
    occurred_at: [],
    data: ["body:"],
  },
  shopify: {
    algorithm: "hmac-sha256",
    encoding: "base64",
    secret_encoding: "utf8",
    signature_header: "X-Shopify-Hmac-Sha256",
    header_format: "bare",
    signed: ["body"],
    timestamp: {
      header: "X-Shopify-Triggered-At",
      format: "rfc3339",
      required: false,
      signed: false,
    },
    id: { header: "X-Shopify-Webhook-Id", required: false },
    event_id: ["header:X-Shopify-Webhook-Id"],
    type: ["header:X-Shopify-Topic"],
    occurred_at: ["header:X-Shopify-Triggered-At"],
    data: ["body:"],
  },
};

/** What other senders call an event: [canonical name, its aliases]. */
export const CATALOGUE = [
  ["payment.confirmed", [
    "payment.success",
    "payment.succeeded",
    "payment.processed",
    "payment.completed",
    "commerce.payment.succeeded",
    "commerce.charge.paid",
  ]],
  ["payment.failed", [
    "commerce.payment.failed",
  ]],
  ["payment.retried", [
  ]],
  ["payment.refunded", [
    "payment.refund.success",
    "payment.refund.succeeded",
    "refund.succeeded",
    "commerce.payment.refunded",
  ]],
  ["payment.refund.initiated", [
    "payment.refund.created",
    "refund.created",
  ]],
  ["payment.refund.failed", [
    "refund.failed",
  ]],
  ["payout.settled", [
    "commerce.pix_out.succeeded",
  ]],
  ["invoice.authorized", [
  ]],
  ["invoice.rejected", [
  ]],
  ["shipment.created", [
  ]],
  ["shipment.label_created", [
  ]],
  ["shipment.updated", [
  ]],
  ["shipment.shipped", [
  ]],
  ["shipment.in_transit", [
  ]],
  ["shipment.delivered", [
  ]],
  ["shipment.cancelled", [
    "shipment.canceled",
  ]],
  ["message.delivered", [
  ]],
  ["message.read", [
  ]],
  ["connection.expired", [
  ]],
  ["order.created", [
  ]],
  ["order.confirmed", [
  ]],
  ["order.updated", [
  ]],
  ["order.status_changed", [
  ]],
  ["order.completed", [
    "order.fulfilled",
  ]],
  ["order.cancelled", [
    "order.canceled",
  ]],
  ["inventory.updated", [
  ]],
  ["inventory.low_stock", [
  ]],
  ["return.created", [
  ]],
  ["return.approved", [
  ]],
  ["return.completed", [
  ]],
  ["product.updated", [
  ]],
  ["customer.created", [
  ]],
  ["app.installed", [
  ]],
  ["app.uninstalled", [
  ]],
  ["kyc.approved", [
    "commerce.kyc.approved",
  ]],
  ["kyc.rejected", [
    "commerce.kyc.rejected",
  ]],
  ["kyc.review", [
    "commerce.kyc.review",
  ]],
  ["kyc.expired", [
    "commerce.kyc.expired",
  ]],
  ["kyc.pending", [
    "commerce.kyc.pending",
  ]],
  ["loop.completed", [
  ]],
  ["loop.failed", [
  ]],
  ["session.closed", [
  ]],
] as const;

/** The provider reports that the money of a charge has arrived. */
export interface PaymentConfirmed {
  /** Id of the payment at its provider. */
  payment_id: string;
  /** The id of the payment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is paid for. */
  order_id?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
  method?: string;
  /** State of the payment in one word. */
  status?: string;
  /** When the money arrived. RFC 3339, UTC, milliseconds. */
  paid_at?: string;
  /** The buyer, as far as the provider tells. */
  customer?: {
    /** Full name. */
    name?: string;
    /** CPF or CNPJ, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** What was bought. */
  items?: Array<{
    /** Name shown to the buyer. */
    name?: string;
    /** Your stock code. */
    sku?: string;
    /** How many. */
    quantity?: number;
    /** Price of one, in major units. */
    unit_price?: number;
    [member: string]: unknown;
  }>;
  /** Where the goods go. */
  shipping?: {
    /** Postal code, digits only. */
    cep?: string;
    /** Weight of the parcel in kilograms. */
    weight?: number;
    [member: string]: unknown;
  };
  [member: string]: unknown;
}

/** A charge was refused or broke off, and no money was taken. */
export interface PaymentFailed {
  /** Id of the payment at its provider. */
  payment_id: string;
  /** The id of the payment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is paid for. */
  order_id?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
  method?: string;
  /** State of the payment in one word. */
  status?: string;
  /** Why it failed, as a short code where the provider has one. */
  reason?: string;
  /** True when no further attempt follows, false when one may, null when unknown. */
  final?: boolean | null;
  /** The buyer, as far as the provider tells. */
  customer?: {
    /** Full name. */
    name?: string;
    /** CPF or CNPJ, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  [member: string]: unknown;
}

/** The provider has tried once more to collect a charge that had failed. */
export interface PaymentRetried {
  /** Id of the payment at its provider. */
  payment_id: string;
  /** The id of the payment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is paid for. */
  order_id?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
  method?: string;
  /** State of the payment in one word. */
  status?: string;
  /** Which attempt this was, the first being 1. */
  attempt?: number;
  /** Why the attempt before it failed. */
  reason?: string;
  [member: string]: unknown;
}

/** Money of an earlier payment is back with the buyer, in full or in part. */
export interface PaymentRefunded {
  /** Id of the payment at its provider. */
  payment_id: string;
  /** The id of the payment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is paid for. */
  order_id?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
  method?: string;
  /** State of the payment in one word. */
  status?: string;
  /** Id of the refund at its provider. */
  refund_id?: string;
  /** Why the money goes back, or why it could not. */
  reason?: string;
  /** True when less than the whole payment went back. */
  partial?: boolean;
  /** When the money went back. RFC 3339, UTC, milliseconds. */
  refunded_at?: string;
  /** The buyer, as far as the provider tells. */
  customer?: {
    /** Full name. */
    name?: string;
    /** CPF or CNPJ, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  [member: string]: unknown;
}

/** A refund was asked for and is under way; nothing has been paid back yet. */
export interface PaymentRefundInitiated {
  /** Id of the payment at its provider. */
  payment_id: string;
  /** The id of the payment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is paid for. */
  order_id?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
  method?: string;
  /** State of the payment in one word. */
  status?: string;
  /** Id of the refund at its provider. */
  refund_id?: string;
  /** Why the money goes back, or why it could not. */
  reason?: string;
  /** When it was asked for. RFC 3339, UTC, milliseconds. */
  requested_at?: string;
  [member: string]: unknown;
}

/** A refund could not be carried out, and the money stays where it was. */
export interface PaymentRefundFailed {
  /** Id of the payment at its provider. */
  payment_id: string;
  /** The id of the payment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is paid for. */
  order_id?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
  method?: string;
  /** State of the payment in one word. */
  status?: string;
  /** Id of the refund at its provider. */
  refund_id?: string;
  /** Why the money goes back, or why it could not. */
  reason?: string;
  [member: string]: unknown;
}

/** Money that was sent out has reached the account it was meant for. */
export interface PayoutSettled {
  /** Id of the payout at its provider. */
  payout_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** How it was paid, such as pix, boleto, card, spei or bank_transfer. */
  method?: string;
  /** State of the payout in one word. */
  status?: string;
  /** Where the money went. */
  destination?: {
    /** Kind of account or key. */
    kind?: string;
    /** The account or key, partly masked. */
    masked?: string;
    [member: string]: unknown;
  };
  /** Remark of the provider. */
  reason?: string;
  /** When it arrived. RFC 3339, UTC, milliseconds. */
  settled_at?: string;
  [member: string]: unknown;
}

/** The tax authority has accepted a fiscal document, which is now valid. */
export interface InvoiceAuthorized {
  /** Id of the fiscal document at its provider. */
  invoice_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Which document: nfe, nfse, nfce, cfdi or another. */
  kind?: string;
  /** State of the document in one word. */
  status?: string;
  /** Number of the document. */
  number?: string;
  /** Series of the document. */
  series?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** Payment the document is about. */
  payment_id?: string;
  /** Order the document is about. */
  order_id?: string;
  /** Access key (chave) of an NF-e or NFC-e: 44 digits. */
  access_key?: string;
  /** Authority that accepted it. */
  authority?: string;
  /** Printable form of the document. */
  pdf_url?: string | null;
  /** The document itself. */
  xml_url?: string | null;
  /** When it was accepted. RFC 3339, UTC, milliseconds. */
  issued_at?: string;
  [member: string]: unknown;
}

/** The tax authority has refused a fiscal document; `reason` says why. */
export interface InvoiceRejected {
  /** Id of the fiscal document at its provider. */
  invoice_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Which document: nfe, nfse, nfce, cfdi or another. */
  kind?: string;
  /** State of the document in one word. */
  status?: string;
  /** Number of the document. */
  number?: string;
  /** Series of the document. */
  series?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** Payment the document is about. */
  payment_id?: string;
  /** Order the document is about. */
  order_id?: string;
  /** The authority's or the provider's explanation. */
  reason?: string;
  /** Code of the explanation, where there is one. */
  reason_code?: string;
  /** Authority that refused it. */
  authority?: string;
  /** When it was refused. RFC 3339, UTC, milliseconds. */
  rejected_at?: string;
  [member: string]: unknown;
}

/** A shipment was entered for an order; nothing has been bought or sent yet. */
export interface ShipmentCreated {
  /** Id of the shipment at its provider. */
  shipment_id: string;
  /** The id of the shipment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is shipped. */
  order_id?: string;
  /** State of the shipment in one word. */
  status?: string;
  /** Name of the carrier. */
  carrier?: string;
  /** Service bought from the carrier. */
  service?: string;
  /** The carrier's tracking code, once it is known. */
  tracking_code?: string | null;
  /** Page that shows where the parcel is. */
  tracking_url?: string | null;
  /** What was bought. */
  items?: Array<{
    /** Name shown to the buyer. */
    name?: string;
    /** Your stock code. */
    sku?: string;
    /** How many. */
    quantity?: number;
    /** Price of one, in major units. */
    unit_price?: number;
    [member: string]: unknown;
  }>;
  [member: string]: unknown;
}

/** The postage is paid and the label can be printed. */
export interface ShipmentLabelCreated {
  /** Id of the shipment at its provider. */
  shipment_id: string;
  /** The id of the shipment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is shipped. */
  order_id?: string;
  /** State of the shipment in one word. */
  status?: string;
  /** Name of the carrier. */
  carrier?: string;
  /** Service bought from the carrier. */
  service?: string;
  /** The carrier's tracking code, once it is known. */
  tracking_code?: string | null;
  /** Page that shows where the parcel is. */
  tracking_url?: string | null;
  /** The printable label. */
  label_url?: string | null;
  /** When the label was made. RFC 3339, UTC, milliseconds. */
  label_created_at?: string;
  [member: string]: unknown;
}

/** Something about a shipment has changed, such as its status or the expected date. */
export interface ShipmentUpdated {
  /** Id of the shipment at its provider. */
  shipment_id: string;
  /** The id of the shipment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is shipped. */
  order_id?: string;
  /** State of the shipment in one word. */
  status?: string;
  /** Name of the carrier. */
  carrier?: string;
  /** Service bought from the carrier. */
  service?: string;
  /** The carrier's tracking code, once it is known. */
  tracking_code?: string | null;
  /** Page that shows where the parcel is. */
  tracking_url?: string | null;
  /** When it is expected to arrive. RFC 3339, UTC, milliseconds. */
  eta?: string;
  [member: string]: unknown;
}

/** The merchant says that the parcel has left; the carrier has not yet confirmed it. */
export interface ShipmentShipped {
  /** Id of the shipment at its provider. */
  shipment_id: string;
  /** The id of the shipment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is shipped. */
  order_id?: string;
  /** State of the shipment in one word. */
  status?: string;
  /** Name of the carrier. */
  carrier?: string;
  /** Service bought from the carrier. */
  service?: string;
  /** The carrier's tracking code, once it is known. */
  tracking_code?: string | null;
  /** Page that shows where the parcel is. */
  tracking_url?: string | null;
  /** When it left. RFC 3339, UTC, milliseconds. */
  shipped_at?: string;
  [member: string]: unknown;
}

/** The carrier has the parcel and has scanned it on its way. */
export interface ShipmentInTransit {
  /** Id of the shipment at its provider. */
  shipment_id: string;
  /** The id of the shipment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is shipped. */
  order_id?: string;
  /** State of the shipment in one word. */
  status?: string;
  /** Name of the carrier. */
  carrier?: string;
  /** Service bought from the carrier. */
  service?: string;
  /** The carrier's tracking code, once it is known. */
  tracking_code?: string | null;
  /** Page that shows where the parcel is. */
  tracking_url?: string | null;
  /** The carrier's newest scan. */
  scan?: {
    /** When. RFC 3339, UTC, milliseconds. */
    at?: string;
    /** Where. */
    place?: string;
    [member: string]: unknown;
  };
  /** When it is expected to arrive. RFC 3339, UTC, milliseconds. */
  eta?: string;
  [member: string]: unknown;
}

/** The carrier has handed the parcel over. */
export interface ShipmentDelivered {
  /** Id of the shipment at its provider. */
  shipment_id: string;
  /** The id of the shipment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is shipped. */
  order_id?: string;
  /** State of the shipment in one word. */
  status?: string;
  /** Name of the carrier. */
  carrier?: string;
  /** Service bought from the carrier. */
  service?: string;
  /** The carrier's tracking code, once it is known. */
  tracking_code?: string | null;
  /** Page that shows where the parcel is. */
  tracking_url?: string | null;
  /** When it was handed over. RFC 3339, UTC, milliseconds. */
  delivered_at?: string;
  /** Who took it, where the carrier notes that. */
  received_by?: string;
  [member: string]: unknown;
}

/** A shipment was called off and will not arrive. */
export interface ShipmentCancelled {
  /** Id of the shipment at its provider. */
  shipment_id: string;
  /** The id of the shipment again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order that is shipped. */
  order_id?: string;
  /** State of the shipment in one word. */
  status?: string;
  /** Name of the carrier. */
  carrier?: string;
  /** Service bought from the carrier. */
  service?: string;
  /** The carrier's tracking code, once it is known. */
  tracking_code?: string | null;
  /** Page that shows where the parcel is. */
  tracking_url?: string | null;
  /** Why it was called off. */
  reason?: string;
  /** When it was called off. RFC 3339, UTC, milliseconds. */
  cancelled_at?: string;
  [member: string]: unknown;
}

/** The channel reports that a message is on the recipient's device. */
export interface MessageDelivered {
  /** Id of the message at its provider. */
  message_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** whatsapp, sms or email. */
  channel?: string;
  /** State of the message in one word. */
  status?: string;
  /** Recipient, partly masked. */
  to?: string;
  /** Recipient's number in E.164 form, where the channel has numbers. */
  phone?: string;
  /** Template the message was made from. */
  template?: string;
  /** When it got there. RFC 3339, UTC, milliseconds. */
  delivered_at?: string;
  [member: string]: unknown;
}

/** The recipient has opened a message, where the channel tells. */
export interface MessageRead {
  /** Id of the message at its provider. */
  message_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** whatsapp, sms or email. */
  channel?: string;
  /** State of the message in one word. */
  status?: string;
  /** Recipient, partly masked. */
  to?: string;
  /** Recipient's number in E.164 form, where the channel has numbers. */
  phone?: string;
  /** Template the message was made from. */
  template?: string;
  /** When it was opened. RFC 3339, UTC, milliseconds. */
  read_at?: string;
  [member: string]: unknown;
}

/** The credentials of a connection no longer work, and someone has to renew them. */
export interface ConnectionExpired {
  /** Id of the connection in this gateway, or of the account at its provider. */
  connection_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** State of the connection in one word. */
  status?: string;
  /** Why the credentials stopped working. */
  reason?: string;
  /** When they stopped working. RFC 3339, UTC, milliseconds. */
  expired_at?: string;
  /** Page where they can be renewed. */
  reauth_url?: string | null;
  [member: string]: unknown;
}

/** A buyer has placed an order. */
export interface OrderCreated {
  /** Id of the order at its provider. */
  order_id: string;
  /** The id of the order again, for receivers that look for `id`. */
  id?: string;
  /** Number shown to people. */
  order_number?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** State of the order in one word. */
  status?: string;
  /** State of its payment in one word. */
  payment_status?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** The buyer, as far as the provider tells. */
  customer?: {
    /** Full name. */
    name?: string;
    /** CPF or CNPJ, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** The buyer's e-mail address again. */
  customer_email?: string;
  /** What was bought. */
  items?: Array<{
    /** Name shown to the buyer. */
    name?: string;
    /** Your stock code. */
    sku?: string;
    /** How many. */
    quantity?: number;
    /** Price of one, in major units. */
    unit_price?: number;
    [member: string]: unknown;
  }>;
  /** A postal address. */
  shipping_address?: {
    /** Street and number. */
    line1?: string;
    /** Complement. */
    line2?: string;
    /** Neighbourhood. */
    district?: string;
    /** City. */
    city?: string;
    /** State or province code. */
    region?: string;
    /** Postal code, digits only. */
    postal_code?: string;
    /** ISO 3166-1 alpha-2 code. */
    country?: string;
    [member: string]: unknown;
  };
  /** When it was placed. RFC 3339, UTC, milliseconds. */
  placed_at?: string;
  [member: string]: unknown;
}

/** The merchant has accepted an order. */
export interface OrderConfirmed {
  /** Id of the order at its provider. */
  order_id: string;
  /** The id of the order again, for receivers that look for `id`. */
  id?: string;
  /** Number shown to people. */
  order_number?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** State of the order in one word. */
  status?: string;
  /** State of its payment in one word. */
  payment_status?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** The buyer, as far as the provider tells. */
  customer?: {
    /** Full name. */
    name?: string;
    /** CPF or CNPJ, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** The buyer's e-mail address again. */
  customer_email?: string;
  /** What was bought. */
  items?: Array<{
    /** Name shown to the buyer. */
    name?: string;
    /** Your stock code. */
    sku?: string;
    /** How many. */
    quantity?: number;
    /** Price of one, in major units. */
    unit_price?: number;
    [member: string]: unknown;
  }>;
  /** A postal address. */
  shipping_address?: {
    /** Street and number. */
    line1?: string;
    /** Complement. */
    line2?: string;
    /** Neighbourhood. */
    district?: string;
    /** City. */
    city?: string;
    /** State or province code. */
    region?: string;
    /** Postal code, digits only. */
    postal_code?: string;
    /** ISO 3166-1 alpha-2 code. */
    country?: string;
    [member: string]: unknown;
  };
  /** When it was accepted. RFC 3339, UTC, milliseconds. */
  confirmed_at?: string;
  [member: string]: unknown;
}

/** Details of an order have changed. */
export interface OrderUpdated {
  /** Id of the order at its provider. */
  order_id: string;
  /** The id of the order again, for receivers that look for `id`. */
  id?: string;
  /** Number shown to people. */
  order_number?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** State of the order in one word. */
  status?: string;
  /** State of its payment in one word. */
  payment_status?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** The buyer, as far as the provider tells. */
  customer?: {
    /** Full name. */
    name?: string;
    /** CPF or CNPJ, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** The buyer's e-mail address again. */
  customer_email?: string;
  /** What was bought. */
  items?: Array<{
    /** Name shown to the buyer. */
    name?: string;
    /** Your stock code. */
    sku?: string;
    /** How many. */
    quantity?: number;
    /** Price of one, in major units. */
    unit_price?: number;
    [member: string]: unknown;
  }>;
  /** A postal address. */
  shipping_address?: {
    /** Street and number. */
    line1?: string;
    /** Complement. */
    line2?: string;
    /** Neighbourhood. */
    district?: string;
    /** City. */
    city?: string;
    /** State or province code. */
    region?: string;
    /** Postal code, digits only. */
    postal_code?: string;
    /** ISO 3166-1 alpha-2 code. */
    country?: string;
    [member: string]: unknown;
  };
  /** Names of the members that changed. */
  changed?: Array<string>;
  [member: string]: unknown;
}

/** An order has gone from one status to another. */
export interface OrderStatusChanged {
  /** Id of the order at its provider. */
  order_id: string;
  /** The id of the order again, for receivers that look for `id`. */
  id?: string;
  /** Number shown to people. */
  order_number?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** State of the order in one word. */
  status: string;
  /** State of its payment in one word. */
  payment_status?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** The buyer, as far as the provider tells. */
  customer?: {
    /** Full name. */
    name?: string;
    /** CPF or CNPJ, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** The buyer's e-mail address again. */
  customer_email?: string;
  /** What was bought. */
  items?: Array<{
    /** Name shown to the buyer. */
    name?: string;
    /** Your stock code. */
    sku?: string;
    /** How many. */
    quantity?: number;
    /** Price of one, in major units. */
    unit_price?: number;
    [member: string]: unknown;
  }>;
  /** A postal address. */
  shipping_address?: {
    /** Street and number. */
    line1?: string;
    /** Complement. */
    line2?: string;
    /** Neighbourhood. */
    district?: string;
    /** City. */
    city?: string;
    /** State or province code. */
    region?: string;
    /** Postal code, digits only. */
    postal_code?: string;
    /** ISO 3166-1 alpha-2 code. */
    country?: string;
    [member: string]: unknown;
  };
  /** The status before. */
  previous_status?: string;
  [member: string]: unknown;
}

/** An order is finished: everything in it was supplied. */
export interface OrderCompleted {
  /** Id of the order at its provider. */
  order_id: string;
  /** The id of the order again, for receivers that look for `id`. */
  id?: string;
  /** Number shown to people. */
  order_number?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** State of the order in one word. */
  status?: string;
  /** State of its payment in one word. */
  payment_status?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** The buyer, as far as the provider tells. */
  customer?: {
    /** Full name. */
    name?: string;
    /** CPF or CNPJ, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** The buyer's e-mail address again. */
  customer_email?: string;
  /** What was bought. */
  items?: Array<{
    /** Name shown to the buyer. */
    name?: string;
    /** Your stock code. */
    sku?: string;
    /** How many. */
    quantity?: number;
    /** Price of one, in major units. */
    unit_price?: number;
    [member: string]: unknown;
  }>;
  /** A postal address. */
  shipping_address?: {
    /** Street and number. */
    line1?: string;
    /** Complement. */
    line2?: string;
    /** Neighbourhood. */
    district?: string;
    /** City. */
    city?: string;
    /** State or province code. */
    region?: string;
    /** Postal code, digits only. */
    postal_code?: string;
    /** ISO 3166-1 alpha-2 code. */
    country?: string;
    [member: string]: unknown;
  };
  /** When it was finished. RFC 3339, UTC, milliseconds. */
  completed_at?: string;
  [member: string]: unknown;
}

/** An order was called off. */
export interface OrderCancelled {
  /** Id of the order at its provider. */
  order_id: string;
  /** The id of the order again, for receivers that look for `id`. */
  id?: string;
  /** Number shown to people. */
  order_number?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** State of the order in one word. */
  status?: string;
  /** State of its payment in one word. */
  payment_status?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** The buyer, as far as the provider tells. */
  customer?: {
    /** Full name. */
    name?: string;
    /** CPF or CNPJ, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** The buyer's e-mail address again. */
  customer_email?: string;
  /** What was bought. */
  items?: Array<{
    /** Name shown to the buyer. */
    name?: string;
    /** Your stock code. */
    sku?: string;
    /** How many. */
    quantity?: number;
    /** Price of one, in major units. */
    unit_price?: number;
    [member: string]: unknown;
  }>;
  /** A postal address. */
  shipping_address?: {
    /** Street and number. */
    line1?: string;
    /** Complement. */
    line2?: string;
    /** Neighbourhood. */
    district?: string;
    /** City. */
    city?: string;
    /** State or province code. */
    region?: string;
    /** Postal code, digits only. */
    postal_code?: string;
    /** ISO 3166-1 alpha-2 code. */
    country?: string;
    [member: string]: unknown;
  };
  /** Why it was called off. */
  reason?: string;
  /** When it was called off. RFC 3339, UTC, milliseconds. */
  cancelled_at?: string;
  [member: string]: unknown;
}

/** The stock of an article has changed. */
export interface InventoryUpdated {
  /** Your stock code of the article. */
  sku: string;
  /** Product the article belongs to. */
  product_id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Warehouse or shop. */
  location_id?: string;
  /** How many can be sold now. */
  quantity_available?: number;
  /** How many it was before. */
  previous_quantity?: number;
  /** The difference, negative when stock went down. */
  delta?: number;
  /** What changed it. */
  reason?: string;
  [member: string]: unknown;
}

/** The stock of an article has fallen to its warning level or below. */
export interface InventoryLowStock {
  /** Your stock code of the article. */
  sku: string;
  /** Product the article belongs to. */
  product_id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Warehouse or shop. */
  location_id?: string;
  /** How many can be sold now. */
  quantity_available?: number;
  /** How many it was before. */
  previous_quantity?: number;
  /** The warning level. */
  threshold?: number;
  /** Stock at which to order more. */
  reorder_point?: number;
  [member: string]: unknown;
}

/** A buyer has asked to send goods back. */
export interface ReturnCreated {
  /** Id of the return at its provider. */
  return_id: string;
  /** The id of the return again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order the goods came from. */
  order_id?: string;
  /** State of the return in one word. */
  status?: string;
  /** What comes back. */
  items?: Array<{
    /** Your stock code. */
    sku?: string;
    /** Name shown to the buyer. */
    name?: string;
    /** How many. */
    quantity?: number;
    /** Why it comes back. */
    reason?: string;
    [member: string]: unknown;
  }>;
  /** When it was asked for. RFC 3339, UTC, milliseconds. */
  requested_at?: string;
  [member: string]: unknown;
}

/** The merchant has agreed to take goods back. */
export interface ReturnApproved {
  /** Id of the return at its provider. */
  return_id: string;
  /** The id of the return again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order the goods came from. */
  order_id?: string;
  /** State of the return in one word. */
  status?: string;
  /** What comes back. */
  items?: Array<{
    /** Your stock code. */
    sku?: string;
    /** Name shown to the buyer. */
    name?: string;
    /** How many. */
    quantity?: number;
    /** Why it comes back. */
    reason?: string;
    [member: string]: unknown;
  }>;
  /** When it was agreed. RFC 3339, UTC, milliseconds. */
  approved_at?: string;
  [member: string]: unknown;
}

/** Returned goods have arrived and the case is closed. */
export interface ReturnCompleted {
  /** Id of the return at its provider. */
  return_id: string;
  /** The id of the return again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Order the goods came from. */
  order_id?: string;
  /** State of the return in one word. */
  status?: string;
  /** What comes back. */
  items?: Array<{
    /** Your stock code. */
    sku?: string;
    /** Name shown to the buyer. */
    name?: string;
    /** How many. */
    quantity?: number;
    /** Why it comes back. */
    reason?: string;
    [member: string]: unknown;
  }>;
  /** What the buyer gets back. */
  refund?: {
    /** Amount in major units, digit for digit as the provider wrote it. */
    amount?: number;
    /** The same amount in the currency's smallest unit. */
    amount_minor?: number;
    /** ISO 4217 code in capitals. */
    currency?: string;
    [member: string]: unknown;
  };
  /** When it was closed. RFC 3339, UTC, milliseconds. */
  completed_at?: string;
  [member: string]: unknown;
}

/** Details of a product have changed. */
export interface ProductUpdated {
  /** Id of the product at its provider. */
  product_id: string;
  /** The id of the product again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Your stock code. */
  sku?: string;
  /** Name shown to buyers. */
  name?: string;
  /** State of the product in one word. */
  status?: string;
  /** Amount in major units, digit for digit as the provider wrote it. */
  amount?: number;
  /** The same amount in the currency's smallest unit. */
  amount_minor?: number;
  /** ISO 4217 code in capitals. */
  currency?: string;
  /** Names of the members that changed. */
  changed?: Array<string>;
  [member: string]: unknown;
}

/** A new customer has registered. */
export interface CustomerCreated {
  /** Id of the customer at its provider. */
  customer_id: string;
  /** The id of the customer again, for receivers that look for `id`. */
  id?: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Full name. */
  name?: string;
  /** CPF or CNPJ, digits only. */
  cpf?: string;
  /** E-mail address. */
  email?: string;
  /** Telephone number in E.164 form. */
  phone?: string;
  /** When the customer registered. RFC 3339, UTC, milliseconds. */
  registered_at?: string;
  [member: string]: unknown;
}

/** A shop has installed the app. */
export interface AppInstalled {
  /** Id of the app at its provider. */
  app_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Id of this one installation. */
  installation_id?: string;
  /** The shop. */
  store?: {
    /** Id of the shop. */
    id?: string;
    /** Name of the shop. */
    name?: string;
    [member: string]: unknown;
  };
  /** Permissions of the app. */
  scopes?: Array<string>;
  /** Who did it, partly masked. */
  actor?: string;
  /** When. RFC 3339, UTC, milliseconds. */
  installed_at?: string;
  [member: string]: unknown;
}

/** A shop has removed the app, and the data kept for it may have to go. */
export interface AppUninstalled {
  /** Id of the app at its provider. */
  app_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** Id of this one installation. */
  installation_id?: string;
  /** The shop. */
  store?: {
    /** Id of the shop. */
    id?: string;
    /** Name of the shop. */
    name?: string;
    [member: string]: unknown;
  };
  /** Permissions of the app. */
  scopes?: Array<string>;
  /** Who did it, partly masked. */
  actor?: string;
  /** When. RFC 3339, UTC, milliseconds. */
  uninstalled_at?: string;
  [member: string]: unknown;
}

/** A verification ended well: the person or company passed. */
export interface KycApproved {
  /** Id of the verification at its provider. */
  verification_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** The verdict in one word. */
  status?: string;
  /** What was examined: identity, document, risk-score or sanctions. */
  check_type?: string;
  /** The person under examination. */
  person?: {
    /** Full name. */
    name?: string;
    /** CPF, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** The provider's score from 0 to 1, where it gives one. */
  score?: number | null;
  /** Why the verdict is what it is. */
  reason?: string;
  /** Page where the person goes on with the check. */
  hosted_url?: string | null;
  /** When the verdict fell. RFC 3339, UTC, milliseconds. */
  decided_at?: string;
  [member: string]: unknown;
}

/** A verification ended badly: the person or company did not pass. */
export interface KycRejected {
  /** Id of the verification at its provider. */
  verification_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** The verdict in one word. */
  status?: string;
  /** What was examined: identity, document, risk-score or sanctions. */
  check_type?: string;
  /** The person under examination. */
  person?: {
    /** Full name. */
    name?: string;
    /** CPF, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** The provider's score from 0 to 1, where it gives one. */
  score?: number | null;
  /** Why the verdict is what it is. */
  reason?: string;
  /** Page where the person goes on with the check. */
  hosted_url?: string | null;
  /** When the verdict fell. RFC 3339, UTC, milliseconds. */
  decided_at?: string;
  [member: string]: unknown;
}

/** A verification needs a human decision before it can end. */
export interface KycReview {
  /** Id of the verification at its provider. */
  verification_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** The verdict in one word. */
  status?: string;
  /** What was examined: identity, document, risk-score or sanctions. */
  check_type?: string;
  /** The person under examination. */
  person?: {
    /** Full name. */
    name?: string;
    /** CPF, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** The provider's score from 0 to 1, where it gives one. */
  score?: number | null;
  /** Why the verdict is what it is. */
  reason?: string;
  /** Page where the person goes on with the check. */
  hosted_url?: string | null;
  /** When the verdict fell. RFC 3339, UTC, milliseconds. */
  decided_at?: string;
  [member: string]: unknown;
}

/** A verification ran out of time before the person finished it. */
export interface KycExpired {
  /** Id of the verification at its provider. */
  verification_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** The verdict in one word. */
  status?: string;
  /** What was examined: identity, document, risk-score or sanctions. */
  check_type?: string;
  /** The person under examination. */
  person?: {
    /** Full name. */
    name?: string;
    /** CPF, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** The provider's score from 0 to 1, where it gives one. */
  score?: number | null;
  /** Why the verdict is what it is. */
  reason?: string;
  /** Page where the person goes on with the check. */
  hosted_url?: string | null;
  /** When the verdict fell. RFC 3339, UTC, milliseconds. */
  decided_at?: string;
  [member: string]: unknown;
}

/** A verification has begun or goes on, and there is no verdict yet. */
export interface KycPending {
  /** Id of the verification at its provider. */
  verification_id: string;
  /** Your own reference, given to the provider when the resource was made. */
  external_reference?: string | null;
  /** Id of the provider that reported this. */
  provider?: string;
  /** The provider's own name of what happened. */
  provider_action?: string;
  /** The provider's own id of this notification, where it has one. */
  provider_event_id?: string | null;
  /** The verdict in one word. */
  status?: string;
  /** What was examined: identity, document, risk-score or sanctions. */
  check_type?: string;
  /** The person under examination. */
  person?: {
    /** Full name. */
    name?: string;
    /** CPF, digits only. */
    cpf?: string;
    /** E-mail address. */
    email?: string;
    /** Telephone number in E.164 form. */
    phone?: string;
    [member: string]: unknown;
  };
  /** The provider's score from 0 to 1, where it gives one. */
  score?: number | null;
  /** Why the verdict is what it is. */
  reason?: string;
  /** Page where the person goes on with the check. */
  hosted_url?: string | null;
  /** When the verdict fell. RFC 3339, UTC, milliseconds. */
  decided_at?: string;
  [member: string]: unknown;
}

/** Every step of a loop's run has succeeded or was skipped. */
export interface LoopCompleted {
  /** Id of the run. */
  run_id: string;
  /** Id of its loop. */
  loop_id?: string;
  /** Name of its loop. */
  loop_name?: string;
  /** Version of the loop that it ran. */
  version?: number;
  /** The event that started it; null when it was started with a payload. */
  event_id?: string | null;
  /** completed or failed. */
  state?: string;
  /** What the first step that failed said. */
  error?: string | null;
  /** Name of the first step that failed. */
  failed_step?: string | null;
  /** What became of each step, in order. */
  steps?: Array<{
    /** Name of the step. */
    name?: string;
    /** Tool that it calls. */
    tool?: string;
    /** succeeded, failed or skipped. */
    state?: string;
    [member: string]: unknown;
  }>;
  [member: string]: unknown;
}

/** A loop's run has ended with a step that failed. */
export interface LoopFailed {
  /** Id of the run. */
  run_id: string;
  /** Id of its loop. */
  loop_id?: string;
  /** Name of its loop. */
  loop_name?: string;
  /** Version of the loop that it ran. */
  version?: number;
  /** The event that started it; null when it was started with a payload. */
  event_id?: string | null;
  /** completed or failed. */
  state?: string;
  /** What the first step that failed said. */
  error?: string | null;
  /** Name of the first step that failed. */
  failed_step?: string | null;
  /** What became of each step, in order. */
  steps?: Array<{
    /** Name of the step. */
    name?: string;
    /** Tool that it calls. */
    tool?: string;
    /** succeeded, failed or skipped. */
    state?: string;
    [member: string]: unknown;
  }>;
  [member: string]: unknown;
}

/** A session was closed. */
export interface SessionClosed {
  /** Id of the session. */
  session_id: string;
  /** Whose session it was. */
  user_id?: string;
  /** When it was closed. RFC 3339, UTC, milliseconds. */
  closed_at?: string;
  /** How many tools were called in it. */
  tool_calls?: number;
  [member: string]: unknown;
}

/** The data of every event of the catalogue, by canonical name. */
export interface CatalogueData {
  "payment.confirmed": PaymentConfirmed;
  "payment.failed": PaymentFailed;
  "payment.retried": PaymentRetried;
  "payment.refunded": PaymentRefunded;
  "payment.refund.initiated": PaymentRefundInitiated;
  "payment.refund.failed": PaymentRefundFailed;
  "payout.settled": PayoutSettled;
  "invoice.authorized": InvoiceAuthorized;
  "invoice.rejected": InvoiceRejected;
  "shipment.created": ShipmentCreated;
  "shipment.label_created": ShipmentLabelCreated;
  "shipment.updated": ShipmentUpdated;
  "shipment.shipped": ShipmentShipped;
  "shipment.in_transit": ShipmentInTransit;
  "shipment.delivered": ShipmentDelivered;
  "shipment.cancelled": ShipmentCancelled;
  "message.delivered": MessageDelivered;
  "message.read": MessageRead;
  "connection.expired": ConnectionExpired;
  "order.created": OrderCreated;
  "order.confirmed": OrderConfirmed;
  "order.updated": OrderUpdated;
  "order.status_changed": OrderStatusChanged;
  "order.completed": OrderCompleted;
  "order.cancelled": OrderCancelled;
  "inventory.updated": InventoryUpdated;
  "inventory.low_stock": InventoryLowStock;
  "return.created": ReturnCreated;
  "return.approved": ReturnApproved;
  "return.completed": ReturnCompleted;
  "product.updated": ProductUpdated;
  "customer.created": CustomerCreated;
  "app.installed": AppInstalled;
  "app.uninstalled": AppUninstalled;
  "kyc.approved": KycApproved;
  "kyc.rejected": KycRejected;
  "kyc.review": KycReview;
  "kyc.expired": KycExpired;
  "kyc.pending": KycPending;
  "loop.completed": LoopCompleted;
  "loop.failed": LoopFailed;
  "session.closed": SessionClosed;
}
