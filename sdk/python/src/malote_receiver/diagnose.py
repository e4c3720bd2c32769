"""explain(): which near miss of the configuration would have verified a refused request."""
import dataclasses
import itertools
from typing import Any, Iterator, List, NamedTuple, Sequence, Tuple

from .clock import read_time
from .errors import ConfigError, VerificationError, WebhookError
from .headers import Fields, decode
from .mac import Key
from .profile import Profile, Secret, find_profile, to_key
from .profiles import PROFILES
from .signature import read_signatures
from .verifier import Verified, Verifier

_SECRET_WORDS = {"utf8": "taken as its characters", "hex": "decoded from hex",
                 "whsec-base64": "decoded from base64, without whsec_"}


class Variant(NamedTuple):
    """Something to try; `notes` say what is different from what was configured."""

    value: Any
    notes: List[str]


def explain(verifier: Verifier, secrets: Sequence[Secret], fields: Fields, body: bytes,
            now: float) -> str:
    """Text for a person: what was refused, what would have matched, how far the clocks differ."""
    lines = [_verdict(verifier, secrets, fields, body, now)]
    lines += _clocks(verifier, fields, now)
    if lines[0].startswith(("ok", "timestamp")):
        return "\n".join(lines)
    tries = sorted(_tries(verifier.profile, secrets, body), key=lambda one: len(one[-1]))
    for profile, key, raw, notes in tries:
        if notes and _matches(profile, key, fields, raw):
            return "\n".join(lines + ["it would match with: " + "; ".join(notes)])
    return "\n".join(lines + ["nothing that was tried matches: another secret, or a body that was "
                              "changed on the way"])


def _verdict(verifier: Verifier, secrets: Sequence[Secret], fields: Fields, body: bytes,
             now: float) -> str:
    try:
        keys = [to_key(secret, verifier.profile.secret_encoding) for secret in secrets]
        verified: Verified = verifier.check(fields, body, keys, now)
    except WebhookError as error:
        return f"{error}{f' ({error.header})' if error.header else ''}"
    return f"ok: the signature matches secret {verified.matched_secret}"


def _clocks(verifier: Verifier, fields: Fields, now: float) -> List[str]:
    timestamp = verifier.profile.timestamp
    if timestamp is None:
        return []
    values = fields.get(timestamp.header, [])
    if not timestamp.header:
        try:
            header = fields.get(verifier.profile.signature_header, [b""])[0]
            values = [read_signatures(verifier.profile, header, verifier.max_signatures).time]
        except VerificationError:
            values = []
    sent_at = read_time(decode(values[0]), timestamp.format) if values else None
    if sent_at is None:
        return [f"no readable {timestamp.format} timestamp"]
    behind = int(now) - sent_at
    return [f"the timestamp is {abs(behind)} s {'behind' if behind >= 0 else 'ahead of'} this "
            "machine's clock"]


def _tries(profile: Profile, secrets: Sequence[Secret], body: bytes
           ) -> Iterator[Tuple[Profile, Key, bytes, List[str]]]:
    for schemed, secret, raw in itertools.product(
            _profiles(profile), _secrets(secrets), _bodies(body)):
        for encoding, as_secret in itertools.product(("hex", "base64"), _SECRET_WORDS):
            own, notes = schemed.value, schemed.notes + secret.notes + raw.notes
            if encoding != own.encoding:
                notes = notes + [f"a signature in {encoding}"]
            # A profile of another sender reads secrets its own way; that is no difference.
            if as_secret != (profile if schemed.notes == [] else own).secret_encoding:
                notes = notes + [f"the secret {_SECRET_WORDS[as_secret]}"]
            try:
                key = to_key(secret.value, as_secret)
            except ConfigError:
                continue
            yield dataclasses.replace(own, encoding=encoding), key, raw.value, notes


def _profiles(profile: Profile) -> Iterator[Variant]:
    yield Variant(profile, [])
    if profile.header_format == "bare":
        yield Variant(dataclasses.replace(profile, prefix="", lenient_prefix="sha256="),
                      ["the prefix sha256= there or not"])
    for name in PROFILES:
        other = find_profile(name)
        if dataclasses.replace(other, name=profile.name) != profile:
            yield Variant(other, [f"scheme {name}"])


def _secrets(secrets: Sequence[Secret]) -> Iterator[Variant]:
    for index, secret in enumerate(secrets):
        which = [f"secret {index}"] if index else []
        yield Variant(secret, which)
        if isinstance(secret, (str, bytes)) and secret.strip() != secret:
            yield Variant(secret.strip(), which + ["the secret without the white space around it"])


def _bodies(body: bytes) -> Iterator[Variant]:
    yield Variant(body, [])
    if body.rstrip(b"\r\n") != body:
        yield Variant(body.rstrip(b"\r\n"), ["the body without its last line break"])
    for end, word in ((b"\n", "a newline"), (b"\r\n", "CR LF")):
        yield Variant(body + end, [f"the body with {word} at its end"])


def _matches(profile: Profile, key: Key, fields: Fields, body: bytes) -> bool:
    try:
        Verifier(profile, tolerance=None).check(fields, body, [key], 0)
    except VerificationError:
        return False
    return True
