"""From verified bytes to an event: strict JSON, and the members the profile points at."""
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Dict, Generic, List, Optional, Tuple, TypeVar

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
    kind = _first(profile.type, fields, payload, _as_text)
    if not isinstance(kind, str) or not kind:
        raise PayloadError("no type: a text that is not empty is expected")
    event_id = _first(profile.event_id, fields, payload, _as_id)
    occurred_at = _first(profile.occurred_at, fields, payload, _as_time)
    data = _first(profile.data, fields, payload, lambda value: value)
    return Event(
        type=kind, canonical=CANONICAL.get(kind),
        id="" if event_id is _MISSING else event_id,
        key=f"{profile.name}/{_key(profile, payload, body, verified)}",
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


def _bounded_int(digits: str) -> int:
    if len(digits) > MAX_INTEGER_DIGITS:
        raise ValueError("an integer of too many digits")
    return int(digits)


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_int=_bounded_int)


def _is_too_deep(payload: Dict[str, Any]) -> bool:
    pending: List[Tuple[Any, int]] = [(payload, 1)]
    while pending:
        value, depth = pending.pop()
        if depth > MAX_DEPTH:
            return True
        inner = value.values() if isinstance(value, dict) else value
        pending.extend((one, depth + 1) for one in inner if isinstance(one, (dict, list)))
    return False


def _key(profile: Profile, payload: Dict[str, Any], body: bytes, verified: Verified) -> str:
    if verified.id_signed:
        return verified.message_id
    signed_sources = tuple(source for source in profile.event_id if source[0] == "body")
    event_id = _first(signed_sources, {}, payload, _as_id)
    return "sha256:" + hashlib.sha256(body).hexdigest() if event_id is _MISSING else event_id


def _first(sources: Tuple[Source, ...], fields: Fields, payload: Any, accept: Any) -> Any:
    """The first source that hits; `accept` returns _MISSING for a value of the wrong kind."""
    for kind, path in sources:
        if kind == "header":
            text = single(fields, path[0])
            if text:
                return text
            continue
        value = _point(payload, path)
        if value is not _MISSING:
            value = accept(value)
            if value is not _MISSING:
                return value
    return _MISSING


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


def _as_text(value: Any) -> Any:
    if not isinstance(value, str):
        return _MISSING
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise PayloadError("half a surrogate pair in a type or an id") from None
    return value


def _as_id(value: Any) -> Any:
    """A text or an integer. An empty text names nothing: it must not make copies of all events."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _as_text(value) or _MISSING


def _as_time(value: Any) -> Any:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else _MISSING
