"""The WSGI application. Works behind any WSGI server; most give every request a thread.

WSGI servers join a header that occurs twice with a comma, some with a blank after it. Signature
lists are taken apart again, so that they are refused.
"""
import contextlib
import http
import logging
import re
from typing import TYPE_CHECKING, Any, Callable, Dict, List, Optional

from .headers import Fields
from .response import Response, try_again

if TYPE_CHECKING:
    from .receiver import Receiver

logger = logging.getLogger("malote_receiver")

_CHUNK = 64 * 1024
_JOINT = re.compile(rb", *(?=v[0-9]+,)")


def make_app(receiver: "Receiver") -> Callable[..., List[bytes]]:
    def app(environ: Dict[str, Any], start_response: Callable[..., Any]) -> List[bytes]:
        response = answer(receiver, environ)
        phrase = http.HTTPStatus(response.status).phrase
        start_response(f"{response.status} {phrase}", response.headers)
        return [response.body]
    return app


def answer(receiver: "Receiver", environ: Dict[str, Any], body: Optional[bytes] = None
           ) -> Response:
    """`body` is given if something has read it already and kept the bytes."""
    method = environ.get("REQUEST_METHOD", "")
    fields, length = environ_fields(environ), content_length(environ.get("CONTENT_LENGTH"))
    refused = receiver.screen(method, fields, length or 0)
    if refused is not None:
        if refused.status != 413 and body is None:
            # Closing with a body unread resets the connection, and the answer may be lost.
            with contextlib.suppress(Exception):
                read_body(environ, length, receiver.max_body)
        return refused
    if body is None:
        try:
            body = read_body(environ, length, receiver.max_body + 1)
        except Exception as error:  # the connection broke, or the server gave up on it
            logger.warning("the body could not be read", exc_info=error)
            return try_again()
    return receiver.handle(method, fields, body)


def environ_fields(environ: Dict[str, Any]) -> Fields:
    """WSGI holds the bytes of a header as latin-1 text."""
    fields: Fields = {}
    for name, value in environ.items():
        if name.startswith("HTTP_"):
            name = name[5:]
        elif name != "CONTENT_TYPE" or not value:
            continue
        copies = _JOINT.split(value.encode("latin-1", "replace"))
        fields[name.replace("_", "-").lower()] = [copy.strip(b" \t") for copy in copies]
    return fields


def content_length(value: Any) -> Optional[int]:
    """None if there is none, or none that is a number."""
    text = str(value or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else None


def read_body(environ: Dict[str, Any], length: Optional[int], limit: int) -> Optional[bytes]:
    """At most `limit` bytes. None if there is a body that cannot be had any more.

    Without a Content-Length only a server that ends the input itself can be read from: any other
    would wait on the connection for ever.
    """
    if length is None and not environ.get("wsgi.input_terminated"):
        return None if environ.get("HTTP_TRANSFER_ENCODING") else b""
    stream, wanted = environ["wsgi.input"], limit if length is None else min(length, limit)
    chunks, size = [], 0
    while size < wanted:
        chunk = stream.read(min(_CHUNK, wanted - size))
        if not chunk:
            break
        chunks.append(chunk)
        size += len(chunk)
    if length and not size:
        return None  # a parser before us has read it
    return b"".join(chunks)
