"""Receive signed webhooks: verify the bytes, judge the time, parse, claim, dispatch.

    from malote_receiver import Receiver

    hooks = Receiver("whsec_…")

    @hooks.on("order.created")
    def created(event):
        print(event.data["order_id"])

    app = hooks.wsgi_app  # or asgi_app, flask_view, fastapi, handle(method, headers, body)
"""
from . import catalogue
from .dispatch import OverBudget
from .errors import ConfigError, PayloadError, VerificationError, WebhookError
from .event import Event
from .options import Hints, Options
from .outcome import Park, Parked, Retry
from .profile import Profile
from .receiver import Receiver
from .response import Response
from .sqlite_store import SQLiteStore
from .stateless import sign, verify
from .store import Claim, MemoryStore, Store
from .verifier import Verified

__all__ = [
    "Claim", "ConfigError", "Event", "Hints", "MemoryStore", "Options", "OverBudget", "Park",
    "Parked", "PayloadError", "Profile", "Receiver", "Response", "Retry", "SQLiteStore", "Store",
    "VerificationError", "Verified", "WebhookError", "catalogue", "sign", "verify",
]
