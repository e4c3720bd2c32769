"""The FastAPI endpoint: app.add_api_route(path, hooks.fastapi, methods=["POST"])

As a dependency its value is the response, for endpoints that want to do more:

    @app.post("/webhooks")
    async def webhook(answer=Depends(hooks.fastapi)):
        return answer
"""
from typing import TYPE_CHECKING, Any

from . import asgi
from .response import Response, try_again

if TYPE_CHECKING:
    from .receiver import Receiver


def make_route(receiver: "Receiver") -> Any:
    from fastapi import Request
    from starlette import responses

    async def malote_receiver(request: Request):  # type: ignore[no-untyped-def]
        response = await _answer(receiver, request)
        return responses.Response(response.body, response.status, dict(response.headers))

    return malote_receiver


async def _answer(receiver: "Receiver", request: Any) -> Response:
    try:
        response = await asgi.answer(receiver, request.scope, _stream(request))
    except _Consumed:
        return await receiver.handle_async(request.method, request.scope["headers"], None)
    return response or try_again()


class _Consumed(Exception):
    """A form parser has eaten the body."""


async def _stream(request: Any) -> Any:
    from starlette.requests import ClientDisconnect
    try:
        async for chunk in request.stream():
            yield chunk
    except ClientDisconnect:
        raise asgi.Disconnected from None
    except RuntimeError:
        raise _Consumed from None
