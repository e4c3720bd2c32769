"""Written by sdk/generate.py; do not edit. What the data of inventory events holds."""
from typing import Optional, TypedDict


class _InventoryUpdatedRequired(TypedDict):
    sku: str


class InventoryUpdated(_InventoryUpdatedRequired, total=False):
    """Data of `inventory.updated`. The stock of an article has changed."""

    product_id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    location_id: str
    quantity_available: int
    previous_quantity: int
    delta: int
    reason: str


class _InventoryLowStockRequired(TypedDict):
    sku: str


class InventoryLowStock(_InventoryLowStockRequired, total=False):
    """Data of `inventory.low_stock`. The stock of an article has fallen to its warning level or
    below."""

    product_id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    location_id: str
    quantity_available: int
    previous_quantity: int
    threshold: int
    reorder_point: int
