"""Written by sdk/generate.py; do not edit. What the data of order events holds."""
from typing import List, Optional, TypedDict


class _OrderCreatedRequired(TypedDict):
    order_id: str


class OrderCreatedCustomer(TypedDict, total=False):
    """The buyer, as far as the provider tells."""

    name: str
    cpf: str
    email: str
    phone: str


class OrderCreatedItem(TypedDict, total=False):
    """One line."""

    name: str
    sku: str
    quantity: int
    unit_price: float


class OrderCreatedShippingAddress(TypedDict, total=False):
    """A postal address."""

    line1: str
    line2: str
    district: str
    city: str
    region: str
    postal_code: str
    country: str


class OrderCreated(_OrderCreatedRequired, total=False):
    """Data of `order.created`. A buyer has placed an order."""

    id: str
    order_number: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    status: str
    payment_status: str
    amount: float
    amount_minor: int
    currency: str
    customer: OrderCreatedCustomer
    customer_email: str
    items: List[OrderCreatedItem]
    shipping_address: OrderCreatedShippingAddress
    placed_at: str


class _OrderConfirmedRequired(TypedDict):
    order_id: str


class OrderConfirmed(_OrderConfirmedRequired, total=False):
    """Data of `order.confirmed`. The merchant has accepted an order."""

    id: str
    order_number: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    status: str
    payment_status: str
    amount: float
    amount_minor: int
    currency: str
    customer: OrderCreatedCustomer
    customer_email: str
    items: List[OrderCreatedItem]
    shipping_address: OrderCreatedShippingAddress
    confirmed_at: str


class _OrderUpdatedRequired(TypedDict):
    order_id: str


class OrderUpdated(_OrderUpdatedRequired, total=False):
    """Data of `order.updated`. Details of an order have changed."""

    id: str
    order_number: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    status: str
    payment_status: str
    amount: float
    amount_minor: int
    currency: str
    customer: OrderCreatedCustomer
    customer_email: str
    items: List[OrderCreatedItem]
    shipping_address: OrderCreatedShippingAddress
    changed: List[str]


class _OrderStatusChangedRequired(TypedDict):
    order_id: str
    status: str


class OrderStatusChanged(_OrderStatusChangedRequired, total=False):
    """Data of `order.status_changed`. An order has gone from one status to another."""

    id: str
    order_number: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    payment_status: str
    amount: float
    amount_minor: int
    currency: str
    customer: OrderCreatedCustomer
    customer_email: str
    items: List[OrderCreatedItem]
    shipping_address: OrderCreatedShippingAddress
    previous_status: str


class _OrderCompletedRequired(TypedDict):
    order_id: str


class OrderCompleted(_OrderCompletedRequired, total=False):
    """Data of `order.completed`. An order is finished: everything in it was supplied."""

    id: str
    order_number: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    status: str
    payment_status: str
    amount: float
    amount_minor: int
    currency: str
    customer: OrderCreatedCustomer
    customer_email: str
    items: List[OrderCreatedItem]
    shipping_address: OrderCreatedShippingAddress
    completed_at: str


class _OrderCancelledRequired(TypedDict):
    order_id: str


class OrderCancelled(_OrderCancelledRequired, total=False):
    """Data of `order.cancelled`. An order was called off."""

    id: str
    order_number: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    status: str
    payment_status: str
    amount: float
    amount_minor: int
    currency: str
    customer: OrderCreatedCustomer
    customer_email: str
    items: List[OrderCreatedItem]
    shipping_address: OrderCreatedShippingAddress
    reason: str
    cancelled_at: str
