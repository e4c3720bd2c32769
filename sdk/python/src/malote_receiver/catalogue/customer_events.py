"""Written by sdk/generate.py; do not edit. What the data of customer events holds."""
from typing import Optional, TypedDict


class _CustomerCreatedRequired(TypedDict):
    customer_id: str


class CustomerCreated(_CustomerCreatedRequired, total=False):
    """Data of `customer.created`. A new customer has registered."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    name: str
    cpf: str
    email: str
    phone: str
    registered_at: str
