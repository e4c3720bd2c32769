"""Times as senders write them, read strictly, in whole seconds since 1970 UTC."""
import datetime
import math
import re
from typing import Callable, Optional

#: Seconds since 1970, as time.time gives them.
Clock = Callable[[], float]

_UNIX = re.compile(r"[0-9]{1,15}")
_RFC3339 = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
    r"(?:Z|([+-])([01][0-9]|2[0-3]):([0-5][0-9]))")
_EPOCH = datetime.datetime(1970, 1, 1)


def read_time(text: str, form: str) -> Optional[int]:
    """`form` is `unix` or `rfc3339`; None if the text is not exactly that."""
    if form == "unix":
        return int(text) if _UNIX.fullmatch(text) else None
    match = _RFC3339.fullmatch(text)
    if not match:
        return None
    try:
        year, month, day, hour, minute, second = map(int, match.groups()[:6])
        local = datetime.datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None  # 30 February
    seconds = (local - _EPOCH) // datetime.timedelta(seconds=1)
    sign, hours, minutes = match.groups()[6:]
    if sign:
        offset = int(hours) * 3600 + int(minutes) * 60
        seconds -= offset if sign == "+" else -offset
    return seconds


def write_time(seconds: float, form: str) -> str:
    """The text a sender would write."""
    whole = math.floor(seconds)
    if form == "unix":
        return str(whole)
    return (_EPOCH + datetime.timedelta(seconds=whole)).strftime("%Y-%m-%dT%H:%M:%SZ")
