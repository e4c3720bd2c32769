# frozen_string_literal: true

# Made by sdk/generate.py from data/receiver/profiles.json and data/events.json. Do not edit.

module Malote
  # The signature schemes that all Malote receivers know.
  PROFILES = {
    "standard" => {
      "algorithm" => "hmac-sha256",
      "encoding" => "base64",
      "secret_encoding" => "whsec-base64",
      "signature_header" => "webhook-signature",
      "header_format" => "v1-space-list",
      "signed" => ["id", ".", "ts", ".", "body"].freeze,
      "timestamp" => {
        "header" => "webhook-timestamp",
        "format" => "unix",
        "required" => true,
        "signed" => true
      }.freeze,
      "id" => {
        "header" => "webhook-id",
        "required" => true
      }.freeze,
      "event_id" => ["body:/id", "header:webhook-id"].freeze,
      "type" => ["body:/type"].freeze,
      "occurred_at" => ["body:/timestamp", "body:/occurred_at"].freeze,
      "data" => ["body:/data"].freeze
    }.freeze,
    "codespar" => {
      "algorithm" => "hmac-sha256",
      "encoding" => "hex",
      "secret_encoding" => "utf8",
      "signature_header" => "X-CodeSpar-Signature",
      "header_format" => "bare",
      "lenient_prefix" => "sha256=",
      "signed" => ["body"].freeze,
      "timestamp" => {
        "header" => "X-CodeSpar-Timestamp",
        "format" => "rfc3339",
        "required" => false,
        "signed" => false
      }.freeze,
      "id" => {
        "header" => "X-CodeSpar-Delivery-Id",
        "required" => false
      }.freeze,
      "event_id" => ["body:/id", "header:X-CodeSpar-Delivery-Id"].freeze,
      "type" => ["body:/type", "body:/event", "header:X-CodeSpar-Event"].freeze,
      "occurred_at" => ["body:/occurred_at", "header:X-CodeSpar-Timestamp"].freeze,
      "data" => ["body:/data", "body:"].freeze
    }.freeze,
    "codespar-t" => {
      "algorithm" => "hmac-sha256",
      "encoding" => "hex",
      "secret_encoding" => "utf8",
      "signature_header" => "X-CodeSpar-Signature",
      "header_format" => "t-v1-comma",
      "signed" => ["ts", ".", "body"].freeze,
      "timestamp" => {
        "in_signature" => true,
        "format" => "unix",
        "required" => true,
        "signed" => true
      }.freeze,
      "id" => {
        "header" => "X-CodeSpar-Delivery-Id",
        "required" => false
      }.freeze,
      "event_id" => ["body:/id"].freeze,
      "type" => ["body:/type"].freeze,
      "occurred_at" => ["body:/occurred_at"].freeze,
      "data" => ["body:/data"].freeze
    }.freeze,
    "commerce-engine" => {
      "algorithm" => "hmac-sha256",
      "encoding" => "hex",
      "secret_encoding" => "utf8",
      "signature_header" => "X-Webhook-Signature",
      "header_format" => "bare",
      "lenient_prefix" => "sha256=",
      "signed" => ["body"].freeze,
      "timestamp" => nil,
      "id" => nil,
      "event_id" => ["body:/id"].freeze,
      "type" => ["body:/event_type"].freeze,
      "occurred_at" => ["body:/timestamp"].freeze,
      "data" => ["body:/data"].freeze
    }.freeze,
    "whatalo" => {
      "algorithm" => "hmac-sha256",
      "encoding" => "hex",
      "secret_encoding" => "utf8",
      "signature_header" => "X-Webhook-Signature",
      "header_format" => "bare",
      "signed" => ["ts", ".", "body"].freeze,
      "timestamp" => {
        "header" => "X-Webhook-Timestamp",
        "format" => "unix",
        "required" => true,
        "signed" => true
      }.freeze,
      "id" => {
        "header" => "X-Webhook-Id",
        "required" => true
      }.freeze,
      "event_id" => ["body:/delivery_id", "header:X-Webhook-Id"].freeze,
      "type" => ["header:X-Webhook-Event", "body:/event"].freeze,
      "occurred_at" => ["body:/occurred_at", "body:/timestamp"].freeze,
      "data" => ["body:/data", "body:"].freeze
    }.freeze,
    "whatalo-body" => {
      "algorithm" => "hmac-sha256",
      "encoding" => "hex",
      "secret_encoding" => "utf8",
      "signature_header" => "X-Webhook-Signature",
      "header_format" => "bare",
      "signed" => ["body"].freeze,
      "timestamp" => {
        "header" => "X-Webhook-Timestamp",
        "format" => "unix",
        "required" => false,
        "signed" => false
      }.freeze,
      "id" => {
        "header" => "X-Webhook-ID",
        "required" => false
      }.freeze,
      "event_id" => ["body:/id", "header:X-Webhook-ID"].freeze,
      "type" => ["body:/event", "header:X-Webhook-Event"].freeze,
      "occurred_at" => ["body:/timestamp"].freeze,
      "data" => ["body:/data"].freeze
    }.freeze,
    "stateset" => {
      "algorithm" => "hmac-sha256",
      "encoding" => "hex",
      "secret_encoding" => "utf8",
      "signature_header" => "X-StateSet-Signature",
      "header_format" => "bare",
      "lenient_prefix" => "sha256=",
      "signed" => ["body"].freeze,
      "timestamp" => {
        "header" => "X-StateSet-Timestamp",
        "format" => "rfc3339",
        "required" => false,
        "signed" => false
      }.freeze,
      "id" => {
        "header" => "X-StateSet-Delivery-Id",
        "required" => false
      }.freeze,
      "event_id" => ["body:/id", "header:X-StateSet-Delivery-Id"].freeze,
      "type" => ["body:/type", "body:/event_type", "body:/event"].freeze,
      "occurred_at" => ["body:/timestamp", "body:/created"].freeze,
      "data" => ["body:/data/object", "body:/data", "body:/payload"].freeze
    }.freeze,
    "stateset-t" => {
      "algorithm" => "hmac-sha256",
      "encoding" => "hex",
      "secret_encoding" => "utf8",
      "signature_header" => "Stateset-Signature",
      "header_format" => "t-v1-space",
      "signed" => ["ts", ".", "body"].freeze,
      "timestamp" => {
        "in_signature" => true,
        "format" => "unix",
        "required" => true,
        "signed" => true
      }.freeze,
      "id" => nil,
      "event_id" => ["body:/id"].freeze,
      "type" => ["body:/type"].freeze,
      "occurred_at" => ["body:/created"].freeze,
      "data" => ["body:/data/object", "body:/data"].freeze
    }.freeze,
    "stripe" => {
      "algorithm" => "hmac-sha256",
      "encoding" => "hex",
      "secret_encoding" => "utf8",
      "signature_header" => "Stripe-Signature",
      "header_format" => "t-v1-comma",
      "signed" => ["ts", ".", "body"].freeze,
      "timestamp" => {
        "in_signature" => true,
        "format" => "unix",
        "required" => true,
        "signed" => true
      }.freeze,
      "id" => nil,
      "event_id" => ["body:/id"].freeze,
      "type" => ["body:/type"].freeze,
      "occurred_at" => ["body:/created"].freeze,
      "data" => ["body:/data/object", "body:/data"].freeze
    }.freeze,
    "github" => {
      "algorithm" => "hmac-sha256",
      "encoding" => "hex",
      "secret_encoding" => "utf8",
      "signature_header" => "X-Hub-Signature-256",
      "header_format" => "bare",
      "prefix" => "sha256=",
      "signed" => ["body"].freeze,
      "timestamp" => nil,
      "id" => {
        "header" => "X-GitHub-Delivery",
        "required" => false
      }.freeze,
      "event_id" => ["header:X-GitHub-Delivery"].freeze,
      "type" => ["header:X-GitHub-Event"].freeze,
      "occurred_at" => [].freeze,
      "data" => ["body:"].freeze
    }.freeze,
    "shopify" => {
      "algorithm" => "hmac-sha256",
      "encoding" => "base64",
      "secret_encoding" => "utf8",
      "signature_header" => "X-Shopify-Hmac-Sha256",
      "header_format" => "bare",
      "signed" => ["body"].freeze,
      "timestamp" => {
        "header" => "X-Shopify-Triggered-At",
        "format" => "rfc3339",
        "required" => false,
        "signed" => false
      }.freeze,
      "id" => {
        "header" => "X-Shopify-Webhook-Id",
        "required" => false
      }.freeze,
      "event_id" => ["header:X-Shopify-Webhook-Id"].freeze,
      "type" => ["header:X-Shopify-Topic"].freeze,
      "occurred_at" => ["header:X-Shopify-Triggered-At"].freeze,
      "data" => ["body:"].freeze
    }.freeze
  }.freeze

  # The catalogue's name of an event by any of its names.
  CANONICAL = {
    "payment.confirmed" => "payment.confirmed",
    "payment.success" => "payment.confirmed",
    "payment.succeeded" => "payment.confirmed",
    "payment.processed" => "payment.confirmed",
    "payment.completed" => "payment.confirmed",
    "commerce.payment.succeeded" => "payment.confirmed",
    "commerce.charge.paid" => "payment.confirmed",
    "payment.failed" => "payment.failed",
    "commerce.payment.failed" => "payment.failed",
    "payment.retried" => "payment.retried",
    "payment.refunded" => "payment.refunded",
    "payment.refund.success" => "payment.refunded",
    "payment.refund.succeeded" => "payment.refunded",
    "refund.succeeded" => "payment.refunded",
    "commerce.payment.refunded" => "payment.refunded",
    "payment.refund.initiated" => "payment.refund.initiated",
    "payment.refund.created" => "payment.refund.initiated",
    "refund.created" => "payment.refund.initiated",
    "payment.refund.failed" => "payment.refund.failed",
    "refund.failed" => "payment.refund.failed",
    "payout.settled" => "payout.settled",
    "commerce.pix_out.succeeded" => "payout.settled",
    "invoice.authorized" => "invoice.authorized",
    "invoice.rejected" => "invoice.rejected",
    "shipment.created" => "shipment.created",
    "shipment.label_created" => "shipment.label_created",
    "shipment.updated" => "shipment.updated",
    "shipment.shipped" => "shipment.shipped",
    "shipment.in_transit" => "shipment.in_transit",
    "shipment.delivered" => "shipment.delivered",
    "shipment.cancelled" => "shipment.cancelled",
    "shipment.canceled" => "shipment.cancelled",
    "message.delivered" => "message.delivered",
    "message.read" => "message.read",
    "connection.expired" => "connection.expired",
    "order.created" => "order.created",
    "order.confirmed" => "order.confirmed",
    "order.updated" => "order.updated",
    "order.status_changed" => "order.status_changed",
    "order.completed" => "order.completed",
    "order.fulfilled" => "order.completed",
    "order.cancelled" => "order.cancelled",
    "order.canceled" => "order.cancelled",
    "inventory.updated" => "inventory.updated",
    "inventory.low_stock" => "inventory.low_stock",
    "return.created" => "return.created",
    "return.approved" => "return.approved",
    "return.completed" => "return.completed",
    "product.updated" => "product.updated",
    "customer.created" => "customer.created",
    "app.installed" => "app.installed",
    "app.uninstalled" => "app.uninstalled",
    "kyc.approved" => "kyc.approved",
    "commerce.kyc.approved" => "kyc.approved",
    "kyc.rejected" => "kyc.rejected",
    "commerce.kyc.rejected" => "kyc.rejected",
    "kyc.review" => "kyc.review",
    "commerce.kyc.review" => "kyc.review",
    "kyc.expired" => "kyc.expired",
    "commerce.kyc.expired" => "kyc.expired",
    "kyc.pending" => "kyc.pending",
    "commerce.kyc.pending" => "kyc.pending",
    "loop.completed" => "loop.completed",
    "loop.failed" => "loop.failed",
    "session.closed" => "session.closed"
  }.freeze
end
