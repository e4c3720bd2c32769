"""The ASGI application, for uvicorn and others; mount it under any path."""
import contextlib
from typing import TYPE_CHECKING, Any, Awaitable, Callable, List, Optional, Tuple

from .headers import to_fields
from .response import Response
from .wsgi import content_length

if TYPE_CHECKING:
    from .receiver import Receiver

Receive = Callable[[], Awaitable[Any]]
Send = Callable[[Any], Awaitable[None]]


def make_app(receiver: "Receiver") -> Callable[[Any, Receive, Send], Awaitable[None]]:
    async def app(scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            response = await answer(receiver, scope, _messages(receive))
            if response is not None:
                await _respond(send, response)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
    return app


async def answer(receiver: "Receiver", scope: Any, chunks: Any) -> Optional[Response]:
    """`chunks` yields the body and then ends; None for a client that went away."""
    headers: List[Tuple[bytes, bytes]] = list(scope["headers"])
    fields = to_fields(headers)
    length = content_length(fields.get("content-length", [b""])[0].decode("latin-1"))
    refused = await receiver.screen_async(scope["method"], fields, length or 0)
    if refused is not None:
        if refused.status != 413:
            # Closing with a body unread resets the connection, and the answer may be lost.
            with contextlib.suppress(Exception):
                await _read(chunks, receiver.max_body)
        return refused
    try:
        body = await _read(chunks, receiver.max_body)
    except Disconnected:
        return None
    return await receiver.handle_async(scope["method"], headers, body)


class Disconnected(Exception):
    """The client went away before the body was there."""


async def _read(chunks: Any, limit: int) -> bytes:
    """The body; once it is longer than `limit` the rest is left where it is."""
    body = bytearray()
    async for chunk in chunks:
        body += chunk
        if len(body) > limit:
            break
    return bytes(body)


async def _messages(receive: Receive) -> Any:
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Disconnected
        yield message.get("body", b"")
        more = message.get("more_body", False)


async def _respond(send: Send, response: Response) -> None:
    await send({"type": "http.response.start", "status": response.status,
                "headers": [(name.lower().encode(), value.encode())
                            for name, value in response.headers]})
    await send({"type": "http.response.body", "body": response.body})


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return
