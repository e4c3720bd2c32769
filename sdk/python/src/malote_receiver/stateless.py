"""The functions for code that wants no Receiver: verify, sign."""
import time
from typing import Any, Dict, Mapping, Optional, Sequence, Union

from .errors import ConfigError
from .event import Event, read_event
from .headers import HeadersLike, to_fields
from .profile import Profile, Secret, to_key, to_keys, to_profile
from .verifier import Verifier, sign_headers

Scheme = Union[str, Mapping[str, Any], Profile]


def verify(headers: HeadersLike, body: bytes, *, secrets: Union[Secret, Sequence[Secret]],
           scheme: Scheme = "standard", now: Optional[float] = None,
           **limits: Any) -> Event[Any]:
    """The event in a request that is genuine; otherwise a WebhookError.

    `body` is the bytes as they came, never parsed and printed again. `now` is in seconds since
    1970, the machine's time by default. `limits` are `tolerance` (300 s; None: times are not
    judged), `enforce_unsigned_timestamp` (False) and `max_signatures` (16).

    VerificationError: do not trust it. PayloadError: genuine, but not an event. ConfigError: the
    secret or the scheme is wrong. Nothing a sender writes raises anything else.
    """
    profile = to_profile(scheme)
    fields, keys, raw = to_fields(headers), to_keys(profile, secrets), to_bytes(body)
    verified = Verifier(profile, **limits).check(
        fields, raw, keys, time.time() if now is None else now)
    return read_event(profile, fields, raw, verified)


def sign(message_id: str, at: float, body: bytes, *, secret: Secret,
         scheme: Scheme = "standard") -> Dict[str, str]:
    """The headers a sender would send with `body` at `at` (seconds since 1970)."""
    profile = to_profile(scheme)
    return sign_headers(profile, to_key(secret, profile.secret_encoding), message_id, at,
                        to_bytes(body))


def to_bytes(body: Any) -> bytes:
    if isinstance(body, bytes):
        return body
    if isinstance(body, (bytearray, memoryview)):
        return bytes(body)
    raise ConfigError("body_consumed", "the body must be the bytes as they came: read them before "
                      "any parser does, and pass no text and no parsed JSON")
