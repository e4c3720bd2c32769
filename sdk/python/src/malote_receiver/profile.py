"""A signature scheme as data: which headers, which bytes, and where the parts of an event are.

`Profile.parse` reads one profile object (see sdk/README.md of the repository), `find_profile`
returns a built-in one. Profiles are immutable and may be shared between threads.
"""
import base64
import binascii
import functools
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from .errors import ConfigError
from .mac import Key
from .profiles import PROFILES

MAX_SECRETS = 8

Secret = Union[str, bytes]

#: Where an event's member is looked for: ("body", pointer parts) or ("header", (name,)).
Source = Tuple[str, Tuple[str, ...]]

_ENCODINGS = ("hex", "base64")
_SECRET_ENCODINGS = ("utf8", "whsec-base64", "hex")
_HEADER_FORMATS = ("bare", "v1-space-list", "t-v1-comma", "t-v1-space")
_REQUIRED = ("algorithm", "encoding", "secret_encoding", "signature_header", "header_format",
             "signed")
_OPTIONAL = ("prefix", "lenient_prefix", "timestamp", "id", "event_id", "type", "occurred_at",
             "data")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


@dataclass(frozen=True)
class Timestamp:
    """Where the time of sending is. `header` is "" when it stands in the signature header."""

    header: str
    format: str  # "unix" | "rfc3339"
    required: bool
    signed: bool


@dataclass(frozen=True)
class Profile:
    """One signature scheme. Header names are lower-case; `name` is the scheme's in dedupe keys."""

    name: str
    encoding: str
    secret_encoding: str
    signature_header: str
    header_format: str
    signed: Tuple[str, ...]
    prefix: str = ""
    lenient_prefix: str = ""
    timestamp: Optional[Timestamp] = None
    id_header: str = ""
    id_required: bool = False
    event_id: Tuple[Source, ...] = ()
    type: Tuple[Source, ...] = ()
    occurred_at: Tuple[Source, ...] = ()
    data: Tuple[Source, ...] = ()

    @property
    def id_signed(self) -> bool:
        return "id" in self.signed

    @staticmethod
    def parse(document: Mapping[str, Any], name: str = "") -> "Profile":
        """Reads a profile object; ConfigError `bad_profile` says which member is wrong.

        Without a name one is made from the content, so that two schemes never share dedupe keys.
        """
        if not isinstance(document, Mapping):
            raise _bad("a profile is an object")
        _check_members("profile", document, _REQUIRED, _OPTIONAL)
        if document["algorithm"] != "hmac-sha256":
            raise _bad("algorithm: only hmac-sha256 is known")
        sources: Dict[str, Any] = {
            member: tuple(_source(text, member) for text in _texts(document[member], member))
            for member in ("event_id", "type", "occurred_at", "data") if member in document}
        profile = Profile(
            name=name or _name_of(document),
            encoding=_one_of(document, "encoding", _ENCODINGS),
            secret_encoding=_one_of(document, "secret_encoding", _SECRET_ENCODINGS),
            signature_header=_header_name(document["signature_header"], "signature_header"),
            header_format=_one_of(document, "header_format", _HEADER_FORMATS),
            signed=_texts(document["signed"], "signed"),
            prefix=_text(document.get("prefix", ""), "prefix"),
            lenient_prefix=_text(document.get("lenient_prefix", ""), "lenient_prefix"),
            timestamp=_timestamp(document.get("timestamp")),
            **_id(document.get("id")), **sources)
        _check_whole(profile)
        return profile


@functools.lru_cache(maxsize=None)
def find_profile(name: str) -> Profile:
    """The built-in profile of this name."""
    if name not in PROFILES:
        raise _bad(f"no built-in scheme of this name; there are {', '.join(sorted(PROFILES))}")
    return Profile.parse(PROFILES[name], name)


def to_profile(scheme: Union[str, Mapping[str, Any], Profile]) -> Profile:
    if isinstance(scheme, Profile):
        return scheme
    return find_profile(scheme) if isinstance(scheme, str) else Profile.parse(scheme)


def to_keys(profile: Profile, secrets: Union[Secret, None, Sequence[Optional[Secret]]]
            ) -> List[Key]:
    """The HMAC keys, the current one first. ConfigError `no_secret` or `bad_secret`."""
    if not isinstance(secrets, (list, tuple)):
        secrets = [secrets]  # type: ignore[list-item]
    if not secrets:
        raise ConfigError("no_secret", "give the secret the sender shows for this endpoint")
    if len(secrets) > MAX_SECRETS:
        raise ConfigError("bad_secret", f"at most {MAX_SECRETS} secrets")
    return [to_key(secret, profile.secret_encoding) for secret in secrets]


def to_key(secret: Optional[Secret], encoding: str) -> Key:
    if secret is None or (isinstance(secret, (str, bytes)) and not secret):
        raise ConfigError("no_secret", "the secret is empty: is its environment variable set?")
    if not isinstance(secret, (str, bytes)):
        raise ConfigError("bad_secret", "a secret is text or bytes")
    raw = secret if isinstance(secret, bytes) else _encode(secret)
    key: Optional[bytes] = raw
    if encoding == "hex":
        key = _unhex(raw)
    elif encoding == "whsec-base64":
        if raw.startswith(b"v1,whsec_"):
            raise ConfigError("bad_secret", "drop the `v1,` in front of `whsec_`")
        key = _unbase64(raw[len(b"whsec_"):] if raw.startswith(b"whsec_") else raw)
    if key is None:
        raise ConfigError("bad_secret", f"the secret is not {encoding}: look for white space, a "
                          "missing character, or a secret of another scheme")
    if not key:
        raise ConfigError("no_secret", "the secret is empty")
    return Key(key)


def _encode(secret: str) -> bytes:
    try:
        return secret.encode("utf-8", "surrogateescape")  # as os.environ holds odd bytes
    except UnicodeEncodeError:
        raise ConfigError("bad_secret", "the secret is not text") from None


def _unhex(raw: bytes) -> Optional[bytes]:
    return binascii.unhexlify(raw) if re.fullmatch(rb"(?:[0-9A-Fa-f]{2})*", raw) else None


def _unbase64(raw: bytes) -> Optional[bytes]:
    try:
        return base64.b64decode(raw, validate=True)
    except ValueError:
        return None


def _bad(hint: str) -> ConfigError:
    return ConfigError("bad_profile", hint)


def _name_of(document: Mapping[str, Any]) -> str:
    try:
        text = json.dumps(document, sort_keys=True)
    except (TypeError, ValueError):
        raise _bad("a profile is a JSON object") from None
    return "custom-" + hashlib.sha256(text.encode()).hexdigest()[:12]


def _check_members(where: str, document: Mapping[str, Any], required: Sequence[str],
                   optional: Sequence[str]) -> None:
    for member in required:
        if member not in document:
            raise _bad(f"{where}: {member} is missing")
    for member in document:
        if member not in required and member not in optional:
            raise _bad(f"{where}: unknown member {member!r}")


def _one_of(document: Mapping[str, Any], member: str, values: Sequence[str]) -> str:
    if document[member] not in values:
        raise _bad(f"{member}: one of {', '.join(values)}")
    return str(document[member])


def _text(value: Any, member: str) -> str:
    if not isinstance(value, str):
        raise _bad(f"{member}: a text")
    return value


def _texts(value: Any, member: str) -> Tuple[str, ...]:
    if not isinstance(value, (list, tuple)):
        raise _bad(f"{member}: a list of texts")
    return tuple(_text(one, member) for one in value)


def _flag(document: Mapping[str, Any], member: str, default: bool = False) -> bool:
    value = document.get(member, default)
    if not isinstance(value, bool):
        raise _bad(f"{member}: true or false")
    return value


def _header_name(value: Any, member: str) -> str:
    if not _HEADER_NAME.fullmatch(_text(value, member)):
        raise _bad(f"{member}: not a header name")
    return str(value).lower()


def _timestamp(document: Any) -> Optional[Timestamp]:
    if document is None:
        return None
    if not isinstance(document, Mapping):
        raise _bad("timestamp: null or an object")
    _check_members("timestamp", document, ("format",),
                   ("header", "in_signature", "required", "signed"))
    if _flag(document, "in_signature") == ("header" in document):
        raise _bad("timestamp: either header or in_signature")
    return Timestamp(
        header=_header_name(document["header"], "timestamp") if "header" in document else "",
        format=_one_of(document, "format", ("unix", "rfc3339")),
        required=_flag(document, "required"), signed=_flag(document, "signed"))


def _id(document: Any) -> Mapping[str, Any]:
    if document is None:
        return {}
    if not isinstance(document, Mapping):
        raise _bad("id: null or an object")
    _check_members("id", document, ("header",), ("required",))
    return {"id_header": _header_name(document["header"], "id"),
            "id_required": _flag(document, "required")}


def _source(text: str, member: str) -> Source:
    kind, _, rest = text.partition(":")
    if kind == "header":
        return kind, (_header_name(rest, member),)
    if kind == "body" and (rest == "" or rest.startswith("/")):
        return kind, tuple(part.replace("~1", "/").replace("~0", "~")
                           for part in rest.split("/")[1:])
    raise _bad(f"{member}: a source is `body:` and a JSON Pointer, or `header:` and a name")


def _check_whole(profile: Profile) -> None:
    timestamp = profile.timestamp
    if "body" not in profile.signed:
        raise _bad("signed: the body must be signed")
    if ("ts" in profile.signed) != (timestamp is not None and timestamp.signed):
        raise _bad("timestamp.signed must say whether `signed` holds ts")
    if "id" in profile.signed and not profile.id_header:
        raise _bad("signed holds id, but the profile names no id header")
    in_signature = timestamp is not None and not timestamp.header
    if in_signature != profile.header_format.startswith("t-"):
        raise _bad("timestamp.in_signature goes with the header formats t-v1-…")
    if profile.header_format != "bare" and (profile.prefix or profile.lenient_prefix):
        raise _bad("a prefix goes with the header format bare")
