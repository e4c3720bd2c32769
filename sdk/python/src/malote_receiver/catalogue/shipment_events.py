"""Written by sdk/generate.py; do not edit. What the data of shipment events holds."""
from typing import List, Optional, TypedDict


class _ShipmentCreatedRequired(TypedDict):
    shipment_id: str


class ShipmentCreatedItem(TypedDict, total=False):
    """One line."""

    name: str
    sku: str
    quantity: int
    unit_price: float


class ShipmentCreated(_ShipmentCreatedRequired, total=False):
    """Data of `shipment.created`. A shipment was entered for an order; nothing has been bought
    or sent yet."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    status: str
    carrier: str
    service: str
    tracking_code: Optional[str]
    tracking_url: Optional[str]
    items: List[ShipmentCreatedItem]


class _ShipmentLabelCreatedRequired(TypedDict):
    shipment_id: str


class ShipmentLabelCreated(_ShipmentLabelCreatedRequired, total=False):
    """Data of `shipment.label_created`. The postage is paid and the label can be printed."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    status: str
    carrier: str
    service: str
    tracking_code: Optional[str]
    tracking_url: Optional[str]
    label_url: Optional[str]
    label_created_at: str


class _ShipmentUpdatedRequired(TypedDict):
    shipment_id: str


class ShipmentUpdated(_ShipmentUpdatedRequired, total=False):
    """Data of `shipment.updated`. Something about a shipment has changed, such as its status or
    the expected date."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    status: str
    carrier: str
    service: str
    tracking_code: Optional[str]
    tracking_url: Optional[str]
    eta: str


class _ShipmentShippedRequired(TypedDict):
    shipment_id: str


class ShipmentShipped(_ShipmentShippedRequired, total=False):
    """Data of `shipment.shipped`. The merchant says that the parcel has left; the carrier has
    not yet confirmed it."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    status: str
    carrier: str
    service: str
    tracking_code: Optional[str]
    tracking_url: Optional[str]
    shipped_at: str


class _ShipmentInTransitRequired(TypedDict):
    shipment_id: str


class ShipmentInTransitScan(TypedDict, total=False):
    """The carrier's newest scan."""

    at: str
    place: str


class ShipmentInTransit(_ShipmentInTransitRequired, total=False):
    """Data of `shipment.in_transit`. The carrier has the parcel and has scanned it on its way."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    status: str
    carrier: str
    service: str
    tracking_code: Optional[str]
    tracking_url: Optional[str]
    scan: ShipmentInTransitScan
    eta: str


class _ShipmentDeliveredRequired(TypedDict):
    shipment_id: str


class ShipmentDelivered(_ShipmentDeliveredRequired, total=False):
    """Data of `shipment.delivered`. The carrier has handed the parcel over."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    status: str
    carrier: str
    service: str
    tracking_code: Optional[str]
    tracking_url: Optional[str]
    delivered_at: str
    received_by: str


class _ShipmentCancelledRequired(TypedDict):
    shipment_id: str


class ShipmentCancelled(_ShipmentCancelledRequired, total=False):
    """Data of `shipment.cancelled`. A shipment was called off and will not arrive."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    status: str
    carrier: str
    service: str
    tracking_code: Optional[str]
    tracking_url: Optional[str]
    reason: str
    cancelled_at: str
