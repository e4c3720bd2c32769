"""Written by sdk/generate.py; do not edit. What the data of payout events holds."""
from typing import Optional, TypedDict


class _PayoutSettledRequired(TypedDict):
    payout_id: str


class PayoutSettledDestination(TypedDict, total=False):
    """Where the money went."""

    kind: str
    masked: str


class PayoutSettled(_PayoutSettledRequired, total=False):
    """Data of `payout.settled`. Money that was sent out has reached the account it was meant
    for."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    amount: float
    amount_minor: int
    currency: str
    method: str
    status: str
    destination: PayoutSettledDestination
    reason: str
    settled_at: str
