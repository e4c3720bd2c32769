"""Where a receiver remembers what it has done, so that five copies run a handler once.

`Store` is the interface; `MemoryStore` serves one process and forgets on restart. A store that
lasts and is shared between processes on one machine is `SQLiteStore`. For several machines write a
`Store` over a database they share.
"""
import collections
import enum
import threading
import time
from typing import Any, Dict, Protocol, Union

from .clock import Clock


class Claim(str, enum.Enum):
    """What `begin` found."""

    ACQUIRED = "acquired"
    DONE = "done"
    IN_FLIGHT = "in_flight"


class Store(Protocol):
    """Any thread may call any method. Raising means the store is down.

    Under ASGI the methods may also be coroutines. A store may have
    `wait(key, seconds) -> bool` too, which returns True as soon as the key's claim may have
    changed and False after `seconds`; without it the receiver asks `begin` every 50 ms.
    """

    def begin(self, key: str, lease: float) -> Union[Claim, str]:
        """Claims the key for `lease` seconds, atomically. A claim whose lease ran out is none."""

    def commit(self, key: str, ttl: float) -> Any:
        """The work is done: `begin` answers `done` for `ttl` seconds."""

    def abort(self, key: str) -> Any:
        """The work failed: the next `begin` acquires. Does nothing to a key that is done."""


class MemoryStore:
    """A bounded store in memory. When it is full the keys that were done first are forgotten."""

    def __init__(self, max_keys: int = 100_000, clock: Clock = time.time) -> None:
        self._max_keys = max_keys
        self._clock = clock
        self._changed = threading.Condition()
        self._claimed: Dict[str, float] = {}  # key: when the lease ends
        self._done: "collections.OrderedDict[str, float]" = collections.OrderedDict()

    def begin(self, key: str, lease: float) -> Claim:
        with self._changed:
            now = self._clock()
            if self._done.get(key, now) > now:
                return Claim.DONE
            until = self._claimed.get(key)
            if until is not None and until > now:
                # A clock that was set back must not make a claim last longer than its lease.
                self._claimed[key] = min(until, now + lease)
                return Claim.IN_FLIGHT
            self._done.pop(key, None)
            if until is None:
                self._make_room(now)
            self._claimed[key] = now + lease
            return Claim.ACQUIRED

    def commit(self, key: str, ttl: float) -> None:
        with self._changed:
            self._claimed.pop(key, None)
            self._done.pop(key, None)
            self._done[key] = self._clock() + ttl
            self._changed.notify_all()

    def abort(self, key: str) -> None:
        with self._changed:
            self._claimed.pop(key, None)
            self._changed.notify_all()

    def wait(self, key: str, seconds: float) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: key not in self._claimed, seconds)

    def _make_room(self, now: float) -> None:
        while self._done and next(iter(self._done.values())) <= now:
            self._done.popitem(last=False)
        if len(self._done) + len(self._claimed) < self._max_keys:
            return
        if not self._done:
            for key in [key for key, until in self._claimed.items() if until <= now]:
                del self._claimed[key]
            if len(self._claimed) >= self._max_keys:
                raise RuntimeError(f"all {self._max_keys} keys of the store are being worked on")
            return
        self._done.popitem(last=False)
