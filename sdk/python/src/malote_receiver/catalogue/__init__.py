"""Written by sdk/generate.py; do not edit. The event catalogue."""
from typing import Dict, List

from .app_events import AppInstalled, AppUninstalled
from .connection_events import ConnectionExpired
from .customer_events import CustomerCreated
from .inventory_events import InventoryLowStock, InventoryUpdated
from .invoice_events import InvoiceAuthorized, InvoiceRejected
from .kyc_events import KycApproved, KycExpired, KycPending, KycRejected, KycReview
from .loop_events import LoopCompleted, LoopFailed
from .message_events import MessageDelivered, MessageRead
from .order_events import (
    OrderCancelled, OrderCompleted, OrderConfirmed, OrderCreated, OrderStatusChanged,
    OrderUpdated,
)
from .payment_events import (
    PaymentConfirmed, PaymentFailed, PaymentRefundFailed, PaymentRefundInitiated,
    PaymentRefunded, PaymentRetried,
)
from .payout_events import PayoutSettled
from .product_events import ProductUpdated
from .return_events import ReturnApproved, ReturnCompleted, ReturnCreated
from .session_events import SessionClosed
from .shipment_events import (
    ShipmentCancelled, ShipmentCreated, ShipmentDelivered, ShipmentInTransit,
    ShipmentLabelCreated, ShipmentShipped, ShipmentUpdated,
)

#: Canonical name: every other name the catalogue knows it by.
ALIASES: Dict[str, List[str]] = {
    "payment.confirmed": [
        "payment.success",
        "payment.succeeded",
        "payment.processed",
        "payment.completed",
        "commerce.payment.succeeded",
        "commerce.charge.paid",
    ],
    "payment.failed": [
        "commerce.payment.failed",
    ],
    "payment.retried": [],
    "payment.refunded": [
        "payment.refund.success",
        "payment.refund.succeeded",
        "refund.succeeded",
        "commerce.payment.refunded",
    ],
    "payment.refund.initiated": [
        "payment.refund.created",
        "refund.created",
    ],
    "payment.refund.failed": [
        "refund.failed",
    ],
    "payout.settled": [
        "commerce.pix_out.succeeded",
    ],
    "invoice.authorized": [],
    "invoice.rejected": [],
    "shipment.created": [],
    "shipment.label_created": [],
    "shipment.updated": [],
    "shipment.shipped": [],
    "shipment.in_transit": [],
    "shipment.delivered": [],
    "shipment.cancelled": [
        "shipment.canceled",
    ],
    "message.delivered": [],
    "message.read": [],
    "connection.expired": [],
    "order.created": [],
    "order.confirmed": [],
    "order.updated": [],
    "order.status_changed": [],
    "order.completed": [
        "order.fulfilled",
    ],
    "order.cancelled": [
        "order.canceled",
    ],
    "inventory.updated": [],
    "inventory.low_stock": [],
    "return.created": [],
    "return.approved": [],
    "return.completed": [],
    "product.updated": [],
    "customer.created": [],
    "app.installed": [],
    "app.uninstalled": [],
    "kyc.approved": [
        "commerce.kyc.approved",
    ],
    "kyc.rejected": [
        "commerce.kyc.rejected",
    ],
    "kyc.review": [
        "commerce.kyc.review",
    ],
    "kyc.expired": [
        "commerce.kyc.expired",
    ],
    "kyc.pending": [
        "commerce.kyc.pending",
    ],
    "loop.completed": [],
    "loop.failed": [],
    "session.closed": [],
}

#: Any name: the canonical one.
CANONICAL: Dict[str, str] = {
    alias: name for name, aliases in ALIASES.items() for alias in [name] + aliases
}

__all__ = [
    "ALIASES",
    "CANONICAL",
    "AppInstalled",
    "AppUninstalled",
    "ConnectionExpired",
    "CustomerCreated",
    "InventoryLowStock",
    "InventoryUpdated",
    "InvoiceAuthorized",
    "InvoiceRejected",
    "KycApproved",
    "KycExpired",
    "KycPending",
    "KycRejected",
    "KycReview",
    "LoopCompleted",
    "LoopFailed",
    "MessageDelivered",
    "MessageRead",
    "OrderCancelled",
    "OrderCompleted",
    "OrderConfirmed",
    "OrderCreated",
    "OrderStatusChanged",
    "OrderUpdated",
    "PaymentConfirmed",
    "PaymentFailed",
    "PaymentRefundFailed",
    "PaymentRefundInitiated",
    "PaymentRefunded",
    "PaymentRetried",
    "PayoutSettled",
    "ProductUpdated",
    "ReturnApproved",
    "ReturnCompleted",
    "ReturnCreated",
    "SessionClosed",
    "ShipmentCancelled",
    "ShipmentCreated",
    "ShipmentDelivered",
    "ShipmentInTransit",
    "ShipmentLabelCreated",
    "ShipmentShipped",
    "ShipmentUpdated",
]
