"""Written by sdk/generate.py; do not edit. What the data of return events holds."""
from typing import List, Optional, TypedDict


class _ReturnCreatedRequired(TypedDict):
    return_id: str


class ReturnCreatedItem(TypedDict, total=False):
    """One line."""

    sku: str
    name: str
    quantity: int
    reason: str


class ReturnCreated(_ReturnCreatedRequired, total=False):
    """Data of `return.created`. A buyer has asked to send goods back."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    status: str
    items: List[ReturnCreatedItem]
    requested_at: str


class _ReturnApprovedRequired(TypedDict):
    return_id: str


class ReturnApproved(_ReturnApprovedRequired, total=False):
    """Data of `return.approved`. The merchant has agreed to take goods back."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    status: str
    items: List[ReturnCreatedItem]
    approved_at: str


class _ReturnCompletedRequired(TypedDict):
    return_id: str


class ReturnCompletedRefund(TypedDict, total=False):
    """What the buyer gets back."""

    amount: float
    amount_minor: int
    currency: str


class ReturnCompleted(_ReturnCompletedRequired, total=False):
    """Data of `return.completed`. Returned goods have arrived and the case is closed."""

    id: str
    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    order_id: str
    status: str
    items: List[ReturnCreatedItem]
    refund: ReturnCompletedRefund
    completed_at: str
