"""The receiver: verify the bytes, judge the time, parse, claim, dispatch. In this order, always."""
import asyncio
import functools
import logging
import re
from dataclasses import dataclass
from typing import Any, Callable, Dict, List, Optional, TypeVar, Union

from . import asgi, fastapi_route, flask_view, wsgi
from .diagnose import explain
from .dispatch import Dispatcher
from .errors import ConfigError, PayloadError, VerificationError
from .event import Event, read_event
from .handlers import Handlers
from .headers import Fields, HeadersLike, to_fields
from .mac import Key
from .options import Hints, Options
from .outcome import Parked
from .profile import to_keys, to_profile
from .response import Response, received, refusal, try_again
from .stateless import to_bytes
from .threads import Loop, contain, finish, in_thread, settled
from .verifier import Verifier, sign_headers

logger = logging.getLogger("malote_receiver")

H = TypeVar("H", bound=Callable[..., Any])

_JSON_TYPE = re.compile(rb"application/(?:json|[!#$%&'*+.^_`|~0-9a-z-]+\+json)")


@dataclass(repr=False, eq=False)
class Receiver(Options):
    """Takes deliveries of one sender. Its options are the fields of `Options`.

        hooks = Receiver(os.environ["MALOTE_WEBHOOK_SECRET"])

        @hooks.on("order.created")
        def created(event): ...

    Serve it with `wsgi_app`, `asgi_app`, `flask_view` or `fastapi`, or call `handle` from anything
    else. Handlers are functions or coroutines of one event. Any thread may call it; register
    handlers before. Construction raises ConfigError for a secret or an option that is wrong.
    """

    def __post_init__(self) -> None:
        self.check()
        self.profile = to_profile(self.scheme)
        self._keys: List[Key] = []
        if self.secret_lookup is None:
            self._keys = to_keys(self.profile, [self.secret, *self.previous_secrets])
        if self.enforce_unsigned_timestamp and self.profile.timestamp is None:
            raise ConfigError("bad_option", f"enforce_unsigned_timestamp: the scheme "
                              f"{self.profile.name} has no timestamp")
        self._verifier = Verifier(self.profile, self.tolerance, self.enforce_unsigned_timestamp,
                                  self.max_signatures)
        self._handlers = Handlers()
        self._dispatcher = Dispatcher(self, self._handlers)
        #: The applications for servers, and the view function for Flask.
        self.wsgi_app = wsgi.make_app(self)
        self.asgi_app = asgi.make_app(self)
        self.flask_view = flask_view.make_view(self)

    @functools.cached_property
    def fastapi(self) -> Any:
        """A FastAPI endpoint, or a dependency whose value is the response to return."""
        return fastapi_route.make_route(self)

    def on(self, type_name: str, handler: Any = None) -> Any:
        """Registers the handler of a type, or of any alias of it. Use it as a decorator."""
        return _decorate(handler, lambda h: self._handlers.add_type(type_name, h))

    def on_prefix(self, prefix: str, handler: Any = None) -> Any:
        """Registers the handler of all types with this prefix that have none; longest first."""
        return _decorate(handler, lambda h: self._handlers.add_prefix(prefix, h))

    def on_unhandled(self, handler: H) -> H:
        """Handles what no other handler does; `event.known`: does the catalogue have the type?"""
        return self._handlers.set_unhandled(handler)

    def on_any(self, observer: H) -> H:
        """`(event)`: sees every event before its handler."""
        return self._handlers.add_observer("any", observer)

    def on_refused(self, observer: H) -> H:
        """`(error)`: a VerificationError or PayloadError with code, header and hint."""
        return self._handlers.add_observer("refused", observer)

    def on_error(self, observer: H) -> H:
        """`(error, event or None)`: a handler, the store or the set-up failed."""
        return self._handlers.add_observer("error", observer)

    def on_parked(self, observer: H) -> H:
        """`(parked)`: a Parked, with the reason and the raw bytes."""
        return self._handlers.add_observer("parked", observer)

    def handle(self, method: str, headers: HeadersLike, body: Any) -> Response:
        """Answers one request; never raises. `body` is the bytes as they came.

        Blocks until the handler is done or over its budget.
        """
        try:
            event = self._admit(method, to_fields(headers), body, None)
            return event if isinstance(event, Response) else self._dispatcher.deliver(event)
        except Exception as error:
            return self._broken(error)

    async def handle_async(self, method: str, headers: HeadersLike, body: Any) -> Response:
        """`handle` for code on an event loop: async handlers run there, others in threads."""
        try:
            loop = asyncio.get_running_loop()
            fields, dispatcher = to_fields(headers), self._dispatcher
            if self._calls_out():
                event: Union[Event[Any], Response] = await in_thread(
                    self._admit, method, fields, body, loop)
            else:
                event = self._admit(method, fields, body, loop)
            if isinstance(event, Response):
                return event
            if self.store is None:
                lease = dispatcher.claim(event, loop)
            else:
                lease = await in_thread(dispatcher.claim, event, loop)
            if isinstance(lease, Response):
                return lease
            running = dispatcher.start(event, lease, loop)
            try:
                await asyncio.wait_for(settled(running), self.budget)
            except asyncio.TimeoutError:
                late: Response = await in_thread(dispatcher.over_budget, event, loop)
                return late
            return running.result()
        except Exception as error:
            return self._broken(error)

    def screen(self, method: str, fields: Fields, length: int = 0, loop: Loop = None
               ) -> Optional[Response]:
        """For adapters: the answer to a request whose body need not be read, None if it must be.

        `length` is what Content-Length says, 0 if it says nothing.
        """
        try:
            self._screen(method, fields, length)
        except VerificationError as error:
            return self._refuse(error, loop)
        return None

    async def screen_async(self, method: str, fields: Fields, length: int) -> Optional[Response]:
        """`screen` on an event loop."""
        if self._calls_out():
            loop = asyncio.get_running_loop()
            answer: Optional[Response] = await in_thread(
                self.screen, method, fields, length, loop)
            return answer
        return self.screen(method, fields, length)

    def sign(self, message_id: str, at: float, body: bytes) -> Dict[str, str]:
        """What the sender would send with `body` at `at` (seconds since 1970), for tests."""
        if not self._keys:
            raise ConfigError("no_secret", "secret_lookup gives no secret to sign with")
        return sign_headers(self.profile, self._keys[0], message_id, at, to_bytes(body))

    def explain(self, headers: HeadersLike, body: bytes) -> str:
        """Why a request is refused, for a person. A diagnostic: never for the request path."""
        secrets = [] if self.secret is None else [self.secret, *self.previous_secrets]
        return explain(self._verifier, secrets, to_fields(headers), to_bytes(body), self.clock())

    def _screen(self, method: str, fields: Fields, length: int) -> None:
        if self.gone:
            raise VerificationError("gone", "the receiver is switched off")
        if method != "POST":
            raise VerificationError("method_not_allowed", "only POST")
        for value in fields.get("content-encoding", ()):
            if value.lower() not in (b"", b"identity"):
                raise VerificationError("unsupported_content_encoding", "the signature is over "
                                        "the body as it is, so none may be", "content-encoding")
        types = fields.get("content-type", ())
        if len(types) != 1 or not _is_json(types[0]):
            raise VerificationError("unsupported_media_type", "application/json is expected",
                                    "content-type")
        if length > self.max_body:
            raise VerificationError("body_too_large", f"more than {self.max_body} bytes")

    def _admit(self, method: str, fields: Fields, body: Any, loop: Loop
               ) -> Union[Event[Any], Response]:
        try:
            self._screen(method, fields, 0)
            raw = to_bytes(body)
            if len(raw) > self.max_body:
                raise VerificationError("body_too_large", f"more than {self.max_body} bytes")
            keys = self._keys if self.secret_lookup is None else self._look_up(fields, raw, loop)
            if isinstance(keys, Response):
                return keys
            verified = self._verifier.check(fields, raw, keys, self.clock())
        except VerificationError as error:
            return self._refuse(error, loop)
        except ConfigError as error:
            self._dispatcher.report(error, None, f"not configured: {error}", loop)
            return refusal(error.code)
        try:
            return read_event(self.profile, fields, raw, verified)
        except PayloadError as error:
            if self.unreadable == "refuse":
                return self._refuse(error, loop)
            self._dispatcher.notify("parked", loop, Parked(error.hint, raw, None))
            return received()

    def _look_up(self, fields: Fields, raw: bytes, loop: Loop) -> Union[List[Key], Response]:
        try:
            found = finish(self.secret_lookup(Hints(fields, raw)), loop)  # type: ignore[misc]
        except BaseException as error:
            contain(error)
            self._dispatcher.report(error, None, "secret_lookup failed", loop)
            return try_again()
        if found is None or (isinstance(found, (list, tuple)) and not found):
            raise VerificationError("no_matching_signature", "secret_lookup found no secret")
        return to_keys(self.profile, found)

    def _refuse(self, error: Union[VerificationError, PayloadError], loop: Loop) -> Response:
        logger.warning("refused: %s%s", error, f" ({error.header})" if error.header else "")
        self._dispatcher.notify("refused", loop, error)
        return refusal(error.code)

    def _calls_out(self) -> bool:
        """Whether admitting a request may run users' code, which may block."""
        observers = self._handlers.observers
        return self.secret_lookup is not None or any(
            observers[name] for name in ("refused", "error", "parked"))

    def _broken(self, error: Exception) -> Response:
        """A clock that throws, headers that are none: the sender may come again."""
        logger.error("the receiver failed", exc_info=error)
        return try_again()


def _is_json(value: bytes) -> bool:
    return _JSON_TYPE.fullmatch(value.partition(b";")[0].strip(b" \t").lower()) is not None


def _decorate(handler: Any, register: Callable[[Any], Any]) -> Any:
    return register if handler is None else register(handler)
