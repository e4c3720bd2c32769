"""The options of a receiver, their defaults, and what is refused at construction."""
import time
from dataclasses import dataclass
from typing import Any, Callable, Mapping, Optional, Sequence, Union

from .clock import Clock
from .errors import ConfigError
from .headers import Fields, single
from .profile import Profile, Secret
from .store import Store


@dataclass(frozen=True)
class Hints:
    """What secret_lookup gets. None of it is proven yet: use it to find a key, nothing else."""

    fields: Fields
    body: bytes

    def header(self, name: str) -> str:
        """The text of a header that occurs once, otherwise ""."""
        return single(self.fields, name.lower())


SecretLookup = Callable[[Hints], Any]


@dataclass(repr=False, eq=False)
class Options:
    """What `Receiver(...)` takes, all by name but the secret. Times are in seconds."""

    #: The secret as the sender shows it. Give it, or secret_lookup.
    secret: Optional[Secret] = None
    #: Secrets that still count while a rotation goes on; at most 8 in all.
    previous_secrets: Sequence[Secret] = ()
    #: `(hints) -> secret, list of secrets, or None`: one key per shop. May be a coroutine.
    secret_lookup: Optional[SecretLookup] = None
    #: The name of a built-in profile, or a profile as an object.
    scheme: Union[str, Mapping[str, Any], Profile] = "standard"
    #: How old or how far ahead a time may be, the edge included. None: times are not judged.
    tolerance: Optional[float] = 300
    #: Judge a time that the signature does not cover, and demand it.
    enforce_unsigned_timestamp: bool = False
    #: Bytes; a longer body is refused before any hashing and never read further.
    max_body: int = 1 << 20
    #: Signatures in one header.
    max_signatures: int = 16
    #: For all handlers of one delivery. None: no limit, and handlers run in the caller's thread.
    budget: Optional[float] = 8
    #: Remembers what was done; without one every copy runs.
    store: Optional[Store] = None
    #: How long a claim holds without an outcome.
    lease: float = 60
    #: How long a done key is kept.
    ttl: float = 7 * 86400
    #: How long a copy waits for the outcome of the first.
    wait: float = 5
    #: `refuse` (503) or `run`, when the store is down.
    on_store_error: str = "refuse"
    #: `refuse` (400) or `park` (200 and on_parked), when a verified body is no event.
    unreadable: str = "refuse"
    #: The only source of time.
    clock: Clock = time.time
    #: An operator's switch: answer 410 to everything.
    gone: bool = False
    #: Handlers at work at once, those over their budget included; more are told to come again.
    max_running: int = 128

    def check(self) -> None:
        """ConfigError `bad_option` for a value that cannot be meant."""
        if self.secret_lookup is not None:
            _demand(self.secret is None and not self.previous_secrets,
                    "give secret or secret_lookup, not both")
            _demand(callable(self.secret_lookup), "secret_lookup: a function")
        _demand(isinstance(self.previous_secrets, (list, tuple)), "previous_secrets: a list")
        for name in ("tolerance", "budget"):
            value = getattr(self, name)
            _demand(value is None or _is_number(value), f"{name}: seconds, or None")
        for name in ("lease", "ttl", "wait"):
            value = getattr(self, name)
            _demand(_is_number(value) and (value > 0 or name == "wait"), f"{name}: seconds")
        for name in ("max_body", "max_signatures", "max_running"):
            value = getattr(self, name)
            _demand(type(value) is int and value > 0, f"{name}: a whole number above 0")
        for name in ("gone", "enforce_unsigned_timestamp"):
            _demand(isinstance(getattr(self, name), bool), f"{name}: True or False")
        _demand(self.on_store_error in ("refuse", "run"), "on_store_error: refuse or run")
        _demand(self.unreadable in ("refuse", "park"), "unreadable: refuse or park")
        _demand(callable(self.clock), "clock: a function without arguments")
        for method in ("begin", "commit", "abort"):
            _demand(self.store is None or callable(getattr(self.store, method, None)),
                    f"store: an object with {method}()")


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and value >= 0


def _demand(holds: bool, hint: str) -> None:
    if not holds:
        raise ConfigError("bad_option", hint)
