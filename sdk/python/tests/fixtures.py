"""What the tests share: secrets, a fixed time, a receiver of a scheme and deliveries for it."""
import base64
import json
import pathlib
import threading
from typing import Any, Dict, Tuple

from malote_receiver import Receiver, sign
from malote_receiver.profile import find_profile

ROOT = pathlib.Path(__file__).resolve().parents[3]
NOW = 1776868200
#: Long enough for any machine; no test waits this long unless it fails.
PATIENCE = 30

_KEY = b"0123456789abcdef0123456789abcdef"
SECRET = "whsec_" + base64.b64encode(_KEY).decode()
OTHER_SECRET = "whsec_" + base64.b64encode(_KEY[::-1]).decode()
SECRETS = {"utf8": SECRET, "whsec-base64": SECRET, "hex": _KEY.hex()}


def receiver(scheme: str = "standard", **options: Any) -> Receiver:
    options.setdefault("clock", lambda: NOW)
    return Receiver(options.pop("secret", SECRET), scheme=scheme, **options)


def payload(type_name: str = "order.created", **members: Any) -> Dict[str, Any]:
    """A body that any built-in profile can read."""
    return {"id": "evt_1", "type": type_name, "event": type_name, "event_type": type_name,
            "delivery_id": "evt_1", "timestamp": "2026-04-22T14:29:55Z",
            "data": {"id": "ord_1", "status": "paid"}, **members}


def delivery(scheme: str = "standard", body: Any = None, at: float = NOW,
             message_id: str = "dlv_1", secret: str = SECRET) -> Tuple[Dict[str, str], bytes]:
    """Signed headers and body."""
    raw = body if isinstance(body, bytes) else json.dumps(
        payload() if body is None else body).encode()
    headers = sign(message_id, at, raw, secret=secret, scheme=scheme)
    for kind, path in find_profile(scheme).type:
        if kind == "header":
            headers[path[0]] = "order.created"
    return headers, raw


def answer(response: Any) -> Tuple[int, Dict[str, Any]]:
    return response.status, json.loads(response.body)


class Recorder:
    """A handler that counts, can fail, and can be held."""

    def __init__(self, error: Any = None) -> None:
        self.events: list = []
        self.error = error
        self.started = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()

    def __call__(self, event: Any) -> Any:
        self.events.append(event)
        self.started.set()
        self.go_on.wait(PATIENCE)
        if self.error is not None:
            raise self.error

    def hold(self) -> "Recorder":
        self.go_on.clear()
        return self


OK = (200, {"received": True})
DUPLICATE = (200, {"received": True, "duplicate": True})
UNREADABLE = (400, {"error": "unreadable_payload"})
UNAUTHORIZED = (401, {"error": "unauthorized"})
FAILED = (500, {"error": "handler_failed"})
NOT_CONFIGURED = (500, {"error": "not_configured"})
TRY_AGAIN = (503, {"error": "try_again"})
