"""Header fields as the verifier sees them: lower-case names, every value kept, values as bytes."""
from typing import Any, Dict, Iterable, List, Mapping, Tuple, Union

#: What callers may pass: a mapping (values may be lists) or pairs, as text or as bytes.
HeadersLike = Union[Mapping[Any, Any], Iterable[Tuple[Any, Any]]]
Fields = Dict[str, List[bytes]]


def to_fields(headers: HeadersLike) -> Fields:
    """Never raises for what a sender can write; a header that occurs twice has two values."""
    fields: Fields = {}
    pairs = headers.items() if hasattr(headers, "items") else headers
    for name, value in pairs:
        name = (name if type(name) is str else _text(name)).lower()
        if type(value) is str:
            value = value.encode("utf-8", "replace").strip(b" \t")
        elif type(value) is bytes:
            value = value.strip(b" \t")
        else:
            values = value if isinstance(value, (list, tuple)) else [value]
            for one in values:
                if one is not None:
                    fields.setdefault(name, []).append(_bytes(one))
            continue
        if name in fields:
            fields[name].append(value)
        else:
            fields[name] = [value]
    return fields


def single(fields: Fields, name: str) -> str:
    """The text of a header that occurs once; "" if it is absent, empty or there twice."""
    values = fields.get(name, ())
    return decode(values[0]) if len(values) == 1 else ""


def decode(value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _text(name: Any) -> str:
    return name.decode("latin-1") if isinstance(name, (bytes, bytearray)) else str(name)


def _bytes(value: Any) -> bytes:
    if not isinstance(value, (bytes, bytearray, memoryview)):
        value = str(value).encode("utf-8", "replace")
    return bytes(value).strip(b" \t")
