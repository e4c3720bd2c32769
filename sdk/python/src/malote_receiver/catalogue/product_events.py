"""Written by sdk/generate.py; do not edit. What the data of product events holds."""
from typing import List, Optional, TypedDict


class _ProductUpdatedRequired(TypedDict):
    product_id: str


class ProductUpdated(_ProductUpdatedRequired, total=False):
    """Data of `product.updated`. Details of a product have changed."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    sku: str
    name: str
    status: str
    amount: float
    amount_minor: int
    currency: str
    changed: List[str]
