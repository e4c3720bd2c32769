"""From verified bytes to an event: strict JSON, and the members the profile points at."""
import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Generic, List, Optional, Tuple, TypeVar

from .catalogue import CANONICAL
from .errors import PayloadError
from .headers import Fields, single
from .profile import Profile, Source
from .verifier import Verified

T = TypeVar("T")

MAX_DEPTH = 512
#: Beyond this many digits reading an integer costs more than linear time.
MAX_INTEGER_DIGITS = 4300

_MISSING = object()
#: Whole pairs are one character in Python. No database or file takes half a one.
_HALF_PAIR = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True)
class Event(Generic[T]):
    """One verified event. `Event[OrderCreated]` says what `data` is, for type checkers.

    type         as the sender wrote it
    canonical    the catalogue's name for it, None if the catalogue has it under no name
    id           the sender's event id, "" if it gives none
    key          what dedupe uses; made of signed material only
    delivery_id  the id header, signed or not
    occurred_at  as the sender wrote it, "" if it gives none
    data         the event's data; payload: the whole object; raw: the bytes that were signed

    `event["data"]` and `event.get("data")` read the payload.
    """

    type: str
    canonical: Optional[str]
    id: str
    key: str
    delivery_id: str
    occurred_at: str
    data: T = field(repr=False)
    payload: Dict[str, Any] = field(repr=False)
    raw: bytes = field(repr=False)
    verified: Verified = field(repr=False)

    @property
    def known(self) -> bool:
        """Whether the catalogue has this type under any name."""
        return self.canonical is not None

    def __getitem__(self, member: str) -> Any:
        return self.payload[member]

    def __contains__(self, member: object) -> bool:
        return member in self.payload

    def get(self, member: str, default: Any = None) -> Any:
        return self.payload.get(member, default)


def read_event(profile: Profile, fields: Fields, body: bytes, verified: Verified) -> Event[Any]:
    """`body` must have been verified. PayloadError if it is not an event."""
    payload = _parse(body)
    find = _Finder(fields, payload, body)
    kind = find.first(profile.type, _as_text)
    if not isinstance(kind, str) or not kind:
        raise PayloadError("no type: a text that is not empty is expected")
    event_id = find.first(profile.event_id, _as_id)
    occurred_at = find.first(profile.occurred_at, _as_time)
    data = find.first(profile.data, lambda value, _: value)
    return Event(
        type=kind, canonical=CANONICAL.get(kind),
        id="" if event_id is _MISSING else event_id,
        key=f"{profile.name}/{_key(profile, find, verified)}",
        delivery_id=verified.message_id,
        occurred_at="" if occurred_at is _MISSING else occurred_at,
        data=None if data is _MISSING else data, payload=payload, raw=body, verified=verified)


def _parse(body: bytes) -> Dict[str, Any]:
    if body.startswith(b"\xef\xbb\xbf"):
        raise PayloadError("the body begins with a byte order mark")
    try:
        payload = _DECODER.decode(body.decode("utf-8"))
    except UnicodeDecodeError:
        raise PayloadError("the body is not UTF-8") from None
    except RecursionError:
        raise PayloadError(f"nested deeper than {MAX_DEPTH}") from None
    except ValueError:
        raise PayloadError("the body is not JSON") from None
    if not isinstance(payload, dict):
        raise PayloadError("the body is not a JSON object")
    # A short body, or one with few brackets, cannot nest deeper: most need no walk.
    if (len(body) > 2 * MAX_DEPTH and body.count(b"{") + body.count(b"[") > MAX_DEPTH
            and _is_too_deep(payload)):
        raise PayloadError(f"nested deeper than {MAX_DEPTH}")
    return payload


def _no_constant(name: str) -> Any:
    raise ValueError(name)  # NaN and Infinity are not JSON


def _bounded_int(digits: str) -> float:
    return int(digits) if len(digits) <= MAX_INTEGER_DIGITS else float(digits)


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_int=_bounded_int)
#: Reads every number as the text it is.
_EXACT = json.JSONDecoder(parse_int=str, parse_float=str)


def _is_too_deep(payload: Dict[str, Any]) -> bool:
    pending: List[Tuple[Any, int]] = [(payload, 1)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH:
            return True
        inner = value.values() if isinstance(value, dict) else value
        pending.extend((one, depth + 1) for one in inner if isinstance(one, (dict, list)))
    return False


def _key(profile: Profile, find: "_Finder", verified: Verified) -> str:
    if verified.id_signed:
        return verified.message_id
    in_body = tuple(source for source in profile.event_id if source[0] == "body")
    event_id = find.first(in_body, _as_id)
    return ("sha256:" + hashlib.sha256(find.body).hexdigest() if event_id is _MISSING
            else str(event_id))


class _Finder:
    """Looks sources up in one request."""

    def __init__(self, fields: Fields, payload: Dict[str, Any], body: bytes) -> None:
        self._fields = fields
        self._payload = payload
        self.body = body

    def first(self, sources: Tuple[Source, ...], accept: Callable[[Any, Any], Any]) -> Any:
        """The first source that hits; `accept` returns _MISSING for a value of the wrong kind.
        Its second argument gives the text of a value that is a number."""
        for kind, path in sources:
            if kind == "header":
                text = single(self._fields, path[0])
                if text:
                    return text
                continue
            value = _point(self._payload, path)
            if value is not _MISSING:
                value = accept(value, lambda: self._digits(path))
                if value is not _MISSING:
                    return value
        return _MISSING

    def _digits(self, path: Tuple[str, ...]) -> Any:
        return _point(_EXACT.decode(self.body.decode("utf-8")), path)


def _point(value: Any, path: Tuple[str, ...]) -> Any:
    for part in path:
        if isinstance(value, dict):
            value = value.get(part, _MISSING)
        elif isinstance(value, list) and _is_index(part) and int(part) < len(value):
            value = value[int(part)]
        else:
            return _MISSING
    return value


def _is_index(part: str) -> bool:
    digits = part.isascii() and part.isdigit() and len(part) < 10
    return digits and (part == "0" or part[0] != "0")


def _as_text(value: Any, _: Any = None) -> Any:
    return _HALF_PAIR.sub("\ufffd", value) if isinstance(value, str) else _MISSING


def _as_id(value: Any, digits: Callable[[], str]) -> Any:
    """A text or an integer. An empty text names nothing: it must not make copies of all events."""
    if not _is_number(value):
        return _as_text(value) or _MISSING
    text = digits()
    return text if text.lstrip("-").isdigit() else _MISSING


def _as_time(value: Any, digits: Callable[[], str]) -> Any:
    return digits() if _is_number(value) else _as_text(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
