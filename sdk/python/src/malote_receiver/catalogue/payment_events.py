"""Written by sdk/generate.py; do not edit. What the data of payment events holds."""
from typing import List, Optional, TypedDict


class _PaymentConfirmedRequired(TypedDict):
    payment_id: str


class PaymentConfirmedCustomer(TypedDict, total=False):
    """The buyer, as far as the provider tells."""

    name: str
    cpf: str
    email: str
    phone: str


class PaymentConfirmedItem(TypedDict, total=False):
    """One line."""

    name: str
    sku: str
    quantity: int
    unit_price: float


class PaymentConfirmedShipping(TypedDict, total=False):
    """Where the goods go."""

    cep: str
    weight: float


class PaymentConfirmed(_PaymentConfirmedRequired, total=False):
    """Data of `payment.confirmed`. The provider reports that the money of a charge has arrived."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    amount: float
    amount_minor: int
    currency: str
    method: str
    status: str
    paid_at: str
    customer: PaymentConfirmedCustomer
    items: List[PaymentConfirmedItem]
    shipping: PaymentConfirmedShipping


class _PaymentFailedRequired(TypedDict):
    payment_id: str


class PaymentFailed(_PaymentFailedRequired, total=False):
    """Data of `payment.failed`. A charge was refused or broke off, and no money was taken."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    amount: float
    amount_minor: int
    currency: str
    method: str
    status: str
    reason: str
    final: Optional[bool]
    customer: PaymentConfirmedCustomer


class _PaymentRetriedRequired(TypedDict):
    payment_id: str


class PaymentRetried(_PaymentRetriedRequired, total=False):
    """Data of `payment.retried`. The provider has tried once more to collect a charge that had
    failed."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    amount: float
    amount_minor: int
    currency: str
    method: str
    status: str
    attempt: int
    reason: str


class _PaymentRefundedRequired(TypedDict):
    payment_id: str


class PaymentRefunded(_PaymentRefundedRequired, total=False):
    """Data of `payment.refunded`. Money of an earlier payment is back with the buyer, in full
    or in part."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    amount: float
    amount_minor: int
    currency: str
    method: str
    status: str
    refund_id: str
    reason: str
    partial: bool
    refunded_at: str
    customer: PaymentConfirmedCustomer


class _PaymentRefundInitiatedRequired(TypedDict):
    payment_id: str


class PaymentRefundInitiated(_PaymentRefundInitiatedRequired, total=False):
    """Data of `payment.refund.initiated`. A refund was asked for and is under way; nothing has
    been paid back yet."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    amount: float
    amount_minor: int
    currency: str
    method: str
    status: str
    refund_id: str
    reason: str
    requested_at: str


class _PaymentRefundFailedRequired(TypedDict):
    payment_id: str


class PaymentRefundFailed(_PaymentRefundFailedRequired, total=False):
    """Data of `payment.refund.failed`. A refund could not be carried out, and the money stays
    where it was."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    amount: float
    amount_minor: int
    currency: str
    method: str
    status: str
    refund_id: str
    reason: str
