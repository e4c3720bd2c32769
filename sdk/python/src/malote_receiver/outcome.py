"""What a handler may say besides returning (done) and raising anything else (failed)."""
from dataclasses import dataclass, field
from typing import Any, Optional

from .event import Event


class Outcome(Exception):
    """Retry and Park may be raised or returned; both mean the same."""


class Retry(Outcome):
    """Not now: the sender is asked to come again in `after` seconds (503)."""

    def __init__(self, after: float = 5) -> None:
        super().__init__(f"retry in {after} s")
        self.after = after


class Park(Outcome):
    """Never: answered 200, handed to on_parked and not sent again."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Parked:
    """What on_parked gets. `event` is None when the verified body was no event."""

    reason: str
    raw: bytes = field(repr=False)
    event: Optional[Event[Any]]
