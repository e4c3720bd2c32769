"""Written by sdk/generate.py; do not edit. What the data of message events holds."""
from typing import Optional, TypedDict


class _MessageDeliveredRequired(TypedDict):
    message_id: str


class MessageDelivered(_MessageDeliveredRequired, total=False):
    """Data of `message.delivered`. The channel reports that a message is on the recipient's
    device."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    channel: str
    status: str
    to: str
    phone: str
    template: str
    delivered_at: str


class _MessageReadRequired(TypedDict):
    message_id: str


class MessageRead(_MessageReadRequired, total=False):
    """Data of `message.read`. The recipient has opened a message, where the channel tells."""

    external_reference: Optional[str]
    provider: str
    provider_action: str
    provider_event_id: Optional[str]
    channel: str
    status: str
    to: str
    phone: str
    template: str
    read_at: str
