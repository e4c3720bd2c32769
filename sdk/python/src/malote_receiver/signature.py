"""Reading the signatures out of a signature header, and writing one."""
import base64
import binascii
import re
from typing import List, NamedTuple, Optional, Sequence

from .errors import VerificationError
from .profile import Profile

_VERSION = re.compile(rb"v[0-9]+")


class Signatures(NamedTuple):
    """What a signature header held. `time` is the text of `t=`, "" in formats without one."""

    macs: List[bytes]
    time: bytes


def read_signatures(profile: Profile, value: bytes, max_signatures: int) -> Signatures:
    """Raises VerificationError `malformed_header` or `no_matching_signature`, nothing else."""
    if profile.header_format == "bare":
        mac = _decode(profile, _without_prefix(profile, value))
        if mac is None:
            raise _malformed(profile, f"one {profile.encoding} value of 32 bytes is expected")
        return Signatures([mac], b"")
    if profile.header_format == "v1-space-list":
        entries = [entry for entry in value.split(b" ") if entry]
        _check_count(profile, len(entries), max_signatures)
        return Signatures(_decode_known(profile, entries, b","), b"")
    separator = b"," if profile.header_format == "t-v1-comma" else b" "
    members = [member.strip(b" \t") for member in value.split(separator)]
    entries = [member for member in members if member]
    times = [entry[2:] for entry in entries if entry.startswith(b"t=")]
    _check_count(profile, len(entries) - min(len(times), 1), max_signatures)
    if len(times) != 1:
        raise _malformed(profile, "t= is expected exactly once")
    return Signatures(_decode_known(profile, entries, b"="), times[0])


def write_signature(profile: Profile, mac: bytes, time: str) -> str:
    """The header value a sender of the profile would write."""
    text = mac.hex() if profile.encoding == "hex" else base64.b64encode(mac).decode()
    if profile.header_format == "bare":
        return profile.prefix + text
    if profile.header_format == "v1-space-list":
        return "v1," + text
    return f"t={time}{',' if profile.header_format == 't-v1-comma' else ' '}v1={text}"


def _without_prefix(profile: Profile, value: bytes) -> bytes:
    if profile.prefix:
        if not value.startswith(profile.prefix.encode()):
            raise _malformed(profile, f"the value must begin with {profile.prefix}")
        value = value[len(profile.prefix.encode()):]
    lenient = profile.lenient_prefix.encode()
    return value[len(lenient):] if lenient and value.startswith(lenient) else value


def _check_count(profile: Profile, count: int, limit: int) -> None:
    if count > limit:
        raise _malformed(profile, f"more than {limit} signatures")


def _decode_known(profile: Profile, entries: Sequence[bytes], separator: bytes) -> List[bytes]:
    """The MACs of the v1 entries. With "=" only v and digits make an entry one of a version."""
    macs, is_known, is_other = [], False, False
    for entry in entries:
        version, found, value = entry.partition(separator)
        if version == b"v1" and found:
            is_known = True
            mac = _decode(profile, value)
            if mac is not None:
                macs.append(mac)
        elif found and (separator == b"," or _VERSION.fullmatch(version)):
            is_other = True
    if macs:
        return macs
    if is_other and not is_known:
        raise VerificationError("no_matching_signature", "only signatures of versions other than "
                                "v1", profile.signature_header)
    raise _malformed(profile, f"no v1 signature that is {profile.encoding} of 32 bytes")


def _decode(profile: Profile, value: bytes) -> Optional[bytes]:
    """32 bytes, or None. Lengths are judged first, so that junk costs nothing."""
    try:
        if profile.encoding == "hex":
            mac = binascii.unhexlify(value) if len(value) == 64 else b""
        else:
            mac = base64.b64decode(value, validate=True) if len(value) == 44 else b""
    except ValueError:
        return None
    return mac if len(mac) == 32 else None


def _malformed(profile: Profile, hint: str) -> VerificationError:
    return VerificationError("malformed_header", hint, profile.signature_header)
