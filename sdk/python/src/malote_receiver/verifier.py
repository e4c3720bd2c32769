"""Is this body from the sender, and is it fresh? The order of checks is part of the contract."""
import hmac
import math
from dataclasses import dataclass, field
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple, Union

from .clock import read_time, write_time
from .errors import ConfigError, VerificationError
from .headers import Fields, decode
from .mac import Key
from .profile import Profile
from .signature import read_signatures, write_signature


class Verified(NamedTuple):
    """What the signature proved.

    matched_secret    0 is the current secret, 1 the first previous one, …
    signed_at         seconds since 1970 if the time is under the signature, else None
    message_id        the id header ("" if none); id_signed says whether it can be trusted
    replay_protected  the time is signed and was judged
    """

    matched_secret: int
    signed_at: Optional[int]
    message_id: str
    id_signed: bool
    replay_protected: bool


@dataclass(frozen=True)
class Verifier:
    """A profile and the limits. Immutable; any thread may use it."""

    profile: Profile
    tolerance: Optional[float] = 300
    enforce_unsigned_timestamp: bool = False
    max_signatures: int = 16
    #: Headers that may occur once only, and those that must be there: from the profile.
    _single: Tuple[str, ...] = field(init=False, repr=False)
    _required: Tuple[str, ...] = field(init=False, repr=False)
    _signed: Tuple[Union[str, bytes], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        profile, timestamp = self.profile, self.profile.timestamp
        single, required = [profile.signature_header], [profile.signature_header]
        if profile.id_header:
            single.append(profile.id_header)
            if profile.id_required or profile.id_signed:
                required.append(profile.id_header)
        if timestamp is not None and timestamp.header:
            single.append(timestamp.header)
            if timestamp.required or timestamp.signed or self.enforce_unsigned_timestamp:
                required.append(timestamp.header)
        object.__setattr__(self, "_single", tuple(single))
        object.__setattr__(self, "_required", tuple(required))
        object.__setattr__(self, "_signed", _compile(profile.signed))

    def check(self, fields: Fields, body: bytes, keys: Sequence[Key], now: float) -> Verified:
        """Returns only for a genuine request; otherwise VerificationError.

        `fields` come from `to_fields`, `keys` from `to_keys`; `now` is in seconds since 1970.
        """
        profile, timestamp = self.profile, self.profile.timestamp
        if not keys:
            raise ConfigError("no_secret", "no secret to verify with")
        self._check_presence(fields)
        signatures = read_signatures(
            profile, fields[profile.signature_header][0], self.max_signatures)

        sent_at, time_text = None, b""
        signed = timestamp is not None and timestamp.signed
        if timestamp is not None and (signed or self.enforce_unsigned_timestamp):
            time_text = fields[timestamp.header][0] if timestamp.header else signatures.time
            sent_at = read_time(decode(time_text), timestamp.format)
            if sent_at is None:
                raise VerificationError(
                    "malformed_header", f"the timestamp is not {timestamp.format}",
                    timestamp.header or profile.signature_header)

        message_id = fields[profile.id_header][0] if profile.id_header in fields else b""
        parts = _signed_parts(self._signed, message_id, time_text, body)
        matched = _match(keys, parts, signatures.macs)
        if matched is None:
            raise VerificationError(
                "no_matching_signature", "another secret, another scheme, or a body that was "
                "changed on the way (parsed and printed again?); explain() tries these",
                profile.signature_header)
        if sent_at is not None and self.tolerance is not None:
            self._judge(sent_at, now)
        return Verified(matched, sent_at if signed else None, decode(message_id),
                        profile.id_signed, signed and self.tolerance is not None)

    def _check_presence(self, fields: Fields) -> None:
        for name in self._single:
            values = fields.get(name)
            if values is not None and len(values) > 1:
                raise VerificationError("malformed_header", "the header occurs twice", name)
        for name in self._required:
            values = fields.get(name)
            if not values or not values[0]:
                raise VerificationError("missing_header", "the header is absent or empty", name)

    def _judge(self, sent_at: int, now: float) -> None:
        timestamp, age = self.profile.timestamp, math.floor(now) - sent_at
        header = (timestamp.header if timestamp else "") or self.profile.signature_header
        if age > self.tolerance:  # type: ignore[operator]
            raise VerificationError("timestamp_too_old", "older than the tolerance: a replay, or "
                                    "a clock that is wrong", header)
        if -age > self.tolerance:  # type: ignore[operator]
            raise VerificationError("timestamp_too_new", "ahead of this machine's clock by more "
                                    "than the tolerance", header)


def sign_headers(profile: Profile, key: Key, message_id: str, time: float, body: bytes
                 ) -> Dict[str, str]:
    """The headers a sender of the profile would send with this body, for tests and tools."""
    timestamp, headers = profile.timestamp, {"content-type": "application/json"}
    text = write_time(time, timestamp.format) if timestamp else ""
    mac = key.mac(_signed_parts(
        _compile(profile.signed), message_id.encode("utf-8", "replace"), text.encode(), body))
    if timestamp and timestamp.header:
        headers[timestamp.header] = text
    if profile.id_header:
        headers[profile.id_header] = message_id
    headers[profile.signature_header] = write_signature(profile, mac, text)
    return headers


def _compile(signed: Sequence[str]) -> Tuple[Union[str, bytes], ...]:
    """Names stay text, literals become the bytes they stand for."""
    return tuple(part if part in ("id", "ts", "body") else part.encode() for part in signed)


def _signed_parts(signed: Sequence[Union[str, bytes]], message_id: bytes, time: bytes, body: bytes
                  ) -> List[bytes]:
    values: Dict[Union[str, bytes], bytes] = {"id": message_id, "ts": time, "body": body}
    return [values.get(part, part) for part in signed]  # type: ignore[misc]


def _match(keys: Sequence[Key], parts: List[bytes], macs: List[bytes]) -> Optional[int]:
    for index, key in enumerate(keys):
        expected = key.mac(parts)
        # Every one is compared: which one matched must not show in the time taken.
        if sum([hmac.compare_digest(expected, mac) for mac in macs]):
            return index
    return None
