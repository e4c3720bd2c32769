"""Who handles which event, and who only looks on."""
import inspect
from typing import Any, Callable, Dict, List, Optional, TypeVar

from .catalogue import ALIASES, CANONICAL
from .errors import ConfigError
from .event import Event

Handler = Callable[..., Any]
H = TypeVar("H", bound=Handler)


class Handlers:
    """The registrations of a receiver. Names are plain text: none has a meaning of its own."""

    def __init__(self) -> None:
        self._by_type: Dict[str, Handler] = {}
        self._by_prefix: Dict[str, Handler] = {}
        self._unhandled: Optional[Handler] = None
        self.observers: Dict[str, List[Handler]] = {
            name: [] for name in ("any", "refused", "error", "parked")}

    def add_type(self, type_name: str, handler: H) -> H:
        _add(self._by_type, type_name, handler)
        return handler

    def add_prefix(self, prefix: str, handler: H) -> H:
        _add(self._by_prefix, prefix, handler)
        return handler

    def set_unhandled(self, handler: H) -> H:
        if self._unhandled is not None:
            raise ConfigError("duplicate_handler", "on_unhandled is set already")
        self._unhandled = check_handler(handler)
        return handler

    def add_observer(self, name: str, observer: H) -> H:
        self.observers[name].append(check_handler(observer))
        return observer

    def find(self, event: Event[Any]) -> Optional[Handler]:
        """By the type as sent, by any alias, by the longest prefix, then on_unhandled."""
        if event.type in self._by_type:
            return self._by_type[event.type]
        canonical = CANONICAL.get(event.type)
        if canonical is not None:
            for name in [canonical] + ALIASES[canonical]:
                if name in self._by_type:
                    return self._by_type[name]
        prefixes = [prefix for prefix in self._by_prefix if event.type.startswith(prefix)]
        return self._by_prefix[max(prefixes, key=len)] if prefixes else self._unhandled


def check_handler(handler: Any) -> Any:
    if not callable(handler):
        raise ConfigError("bad_handler", "a handler is a function of one event")
    if inspect.isgeneratorfunction(handler) or inspect.isasyncgenfunction(handler):
        raise ConfigError("bad_handler", "a handler with `yield` would never run")
    return handler


def _add(handlers: Dict[str, Handler], name: str, handler: Handler) -> None:
    if not isinstance(name, str):
        raise ConfigError("bad_handler", "the event type is a text: @hooks.on(\"order.created\")")
    if name in handlers:
        raise ConfigError("duplicate_handler", f"{name!r} has a handler already")
    handlers[name] = check_handler(handler)
