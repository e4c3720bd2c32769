"""Written by sdk/generate.py; do not edit. What the data of connection events holds."""
from typing import Optional, TypedDict


class _ConnectionExpiredRequired(TypedDict):
    connection_id: str


class ConnectionExpired(_ConnectionExpiredRequired, total=False):
    """Data of `connection.expired`. The credentials of a connection no longer work, and someone
    has to renew them."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    status: str
    reason: str
    expired_at: str
    reauth_url: Optional[str]
