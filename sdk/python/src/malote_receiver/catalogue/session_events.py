"""Written by sdk/generate.py; do not edit. What the data of session events holds."""
from typing import TypedDict


class _SessionClosedRequired(TypedDict):
    session_id: str


class SessionClosed(_SessionClosedRequired, total=False):
    """Data of `session.closed`. A session was closed."""

    user_id: str
    closed_at: str
    tool_calls: int
