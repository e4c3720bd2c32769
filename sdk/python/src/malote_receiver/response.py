"""The answers on the wire. They hold nothing of the request and no reason: that is for the log."""
import json
import math
from dataclasses import dataclass
from typing import Any, List, Tuple


@dataclass(frozen=True)
class Response:
    """What the framework should send. Header names are in their usual spelling."""

    status: int
    headers: List[Tuple[str, str]]
    body: bytes


_UNAUTHORIZED = (401, "unauthorized")
_NOT_CONFIGURED = (500, "not_configured")

#: Code of the contract: status and word on the wire.
_ANSWERS = {
    "missing_header": _UNAUTHORIZED,
    "malformed_header": _UNAUTHORIZED,
    "no_matching_signature": _UNAUTHORIZED,
    "timestamp_too_old": _UNAUTHORIZED,
    "timestamp_too_new": _UNAUTHORIZED,
    "invalid_payload": (400, "unreadable_payload"),
    "method_not_allowed": (405, "method_not_allowed"),
    "gone": (410, "gone"),
    "body_too_large": (413, "body_too_large"),
    "unsupported_media_type": (415, "unsupported_media_type"),
    "unsupported_content_encoding": (415, "unsupported_media_type"),
    "handler_failed": (500, "handler_failed"),
}


def refusal(code: str) -> Response:
    """The answer to a refusal; what is not in the table is a fault of the set-up."""
    status, word = _ANSWERS.get(code, _NOT_CONFIGURED)
    return _json(status, {"error": word}, [("Allow", "POST")] if status == 405 else [])


def received() -> Response:
    return _json(200, {"received": True})


def duplicate() -> Response:
    return _json(200, {"received": True, "duplicate": True})


def try_again(after: float = 5) -> Response:
    try:
        seconds = max(math.ceil(after), 0)
    except (OverflowError, ValueError, TypeError):
        seconds = 5
    return _json(503, {"error": "try_again"}, [("Retry-After", str(seconds))])


def _json(status: int, value: Any, more: Any = ()) -> Response:
    body = json.dumps(value, separators=(",", ":")).encode()
    headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    return Response(status, headers + list(more), body)
