"""After the signature: claim the key, run the handlers within the budget, settle the claim."""
import concurrent.futures
import logging
import threading
import time
from typing import Any, List, Optional, Union

from .event import Event
from .handlers import Handler, Handlers
from .options import Options
from .outcome import Outcome, Park, Parked, Retry
from .response import Response, duplicate, received, refusal, try_again
from .store import Claim
from .threads import Loop, contain, finish, spawn

logger = logging.getLogger("malote_receiver")

_POLL_SECONDS = 0.05


class OverBudget(Exception):
    """What on_error gets when a handler runs on after the sender was told to come again."""


class Lease:
    """A claim this process holds. `until` is None when there is no store behind it."""

    def __init__(self, until: Optional[float]) -> None:
        self.until = until


class Dispatcher:
    """The part of a receiver that runs users' code. Any thread may call it."""

    def __init__(self, options: Options, handlers: Handlers) -> None:
        self._options = options
        self._handlers = handlers
        self._slots = threading.Semaphore(options.max_running)

    def deliver(self, event: Event[Any]) -> Response:
        """Claim, run, settle, from a thread that may block."""
        lease = self.claim(event, None)
        if isinstance(lease, Response):
            return lease
        if self._options.budget is None:
            return self._run(event, lease, None)
        running = self.start(event, lease, None)
        try:
            return running.result(self._options.budget)
        except concurrent.futures.TimeoutError:
            return self.over_budget(event)

    def claim(self, event: Event[Any], loop: Loop) -> Union[Lease, Response]:
        """A lease, or the answer if there is nothing to run. May block for `wait` seconds."""
        options, store = self._options, self._options.store
        if store is None:
            return Lease(None)
        give_up = time.monotonic() + options.wait
        try:
            while True:
                until = options.clock() + options.lease
                found = Claim(finish(store.begin(event.key, options.lease), loop))
                if found is Claim.ACQUIRED:
                    return Lease(until)
                if found is Claim.DONE:
                    return duplicate()
                left = give_up - time.monotonic()
                if left <= 0 or not self._wait(event.key, left, loop):
                    return try_again()
        except BaseException as error:
            contain(error)
            self.report(error, event, "the store failed in begin", loop)
            return Lease(None) if options.on_store_error == "run" else try_again()

    def start(self, event: Event[Any], lease: Lease, loop: Loop
              ) -> "concurrent.futures.Future[Response]":
        """Runs the handlers in a thread; the future never raises. Async ones run on `loop`."""
        if not self._slots.acquire(blocking=False):
            self._abort(event, lease, loop)
            return _ready(try_again())
        try:
            return spawn(self._run_in_slot, event, lease, loop)
        except RuntimeError as error:  # the machine has no thread to give
            self._slots.release()
            self._abort(event, lease, loop)
            self.report(error, event, "no thread for the handler", loop)
            return _ready(try_again())

    def over_budget(self, event: Event[Any], loop: Loop = None) -> Response:
        """The handler runs on and keeps its claim; its outcome decides what a copy finds."""
        self.report(OverBudget(f"longer than {self._options.budget} s"), event,
                    "the handler is over its budget", loop)
        return try_again()

    def report(self, error: BaseException, event: Optional[Event[Any]], what: str,
               loop: Loop = None) -> None:
        logger.error("%s (event %r)", what, event.type if event else None, exc_info=error)
        self.notify("error", loop, error, event)

    def notify(self, name: str, loop: Loop, *arguments: Any) -> None:
        """Observers that throw change nothing."""
        observers: List[Handler] = self._handlers.observers[name]
        for observer in observers:
            try:
                finish(observer(*arguments), loop)
            except BaseException as error:
                contain(error)
                logger.error("an on_%s observer failed", name, exc_info=error)

    def _wait(self, key: str, seconds: float, loop: Loop) -> bool:
        wait = getattr(self._options.store, "wait", None)
        if wait is not None:
            return bool(finish(wait(key, seconds), loop))
        time.sleep(min(_POLL_SECONDS, seconds))
        return True

    def _run_in_slot(self, event: Event[Any], lease: Lease, loop: Loop) -> Response:
        try:
            return self._run(event, lease, loop)
        finally:
            self._slots.release()

    def _run(self, event: Event[Any], lease: Lease, loop: Loop) -> Response:
        self.notify("any", loop, event)
        try:
            outcome = self._call(event, loop)
        except BaseException as error:
            self._abort(event, lease, loop)
            contain(error)
            self.report(error, event, "the handler failed", loop)
            return refusal("handler_failed")
        if isinstance(outcome, Retry):
            self._abort(event, lease, loop)
            return try_again(outcome.after)
        self._commit(event, lease, loop)
        if isinstance(outcome, Park):
            self.notify("parked", loop, Parked(outcome.reason, event.raw, event))
        return received()

    def _call(self, event: Event[Any], loop: Loop) -> Optional[Outcome]:
        handler = self._handlers.find(event)
        if handler is None:
            return None
        try:
            result = finish(handler(event), loop)
            if isinstance(result, type) and issubclass(result, Outcome):
                raise result  # `return Retry` means what `raise Retry` does
        except Outcome as outcome:
            return outcome
        return result if isinstance(result, Outcome) else None

    def _commit(self, event: Event[Any], lease: Lease, loop: Loop) -> None:
        """The work is done, whatever the store says now: a failure is only reported."""
        store = self._options.store
        if store is None or lease.until is None:
            return
        try:
            finish(store.commit(event.key, self._options.ttl), loop)
        except BaseException as error:
            contain(error)
            self.report(error, event, "done, but the store failed in commit", loop)

    def _abort(self, event: Event[Any], lease: Lease, loop: Loop) -> None:
        """Frees the claim, unless its lease ran out: by then it may be another's."""
        store = self._options.store
        if store is None or lease.until is None or self._options.clock() >= lease.until:
            return
        try:
            finish(store.abort(event.key), loop)
        except BaseException as error:
            contain(error)
            self.report(error, event, "the store failed in abort", loop)


def _ready(response: Response) -> "concurrent.futures.Future[Response]":
    future: "concurrent.futures.Future[Response]" = concurrent.futures.Future()
    future.set_result(response)
    return future
