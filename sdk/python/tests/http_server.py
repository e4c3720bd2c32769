"""Real servers on 127.0.0.1 with a port of the system's choice, and a client for them."""
import contextlib
import http.client
import json
import socket
import socketserver
import threading
import wsgiref.simple_server
from typing import Any, Iterator

from fixtures import PATIENCE


@contextlib.contextmanager
def serve_wsgi(app: Any) -> Iterator[int]:
    """wsgiref with a thread per connection."""
    server = wsgiref.simple_server.make_server(
        "127.0.0.1", 0, app, server_class=_ThreadingServer, handler_class=_Quiet)
    with _serving(server) as port:
        yield port


@contextlib.contextmanager
def serve_werkzeug(app: Any) -> Iterator[int]:
    """Flask's own server; unlike wsgiref it takes chunked bodies."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        def log(self, *arguments: Any) -> None:
            pass

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    with _serving(server) as port:
        yield port


@contextlib.contextmanager
def serve_asgi(app: Any) -> Iterator[int]:
    import uvicorn
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(64)  # from here on clients are served, if not at once
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical"))
    thread = threading.Thread(target=server.run, args=([listener],), daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)
        listener.close()


def post(port: int, headers: Any, body: Any, method: str = "POST", path: str = "/hook") -> Any:
    """(status, body as JSON). A body that is a list is sent chunked, a chunk for each member."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request(method, path, iter(body) if isinstance(body, list) else body,
                           dict(headers), encode_chunked=isinstance(body, list))
        response = connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text.startswith(b"{") else text
    finally:
        connection.close()


def send_raw(port: int, request: bytes) -> bytes:
    """The answer to bytes that no client library would send; does not end the request."""
    with socket.create_connection(("127.0.0.1", port), PATIENCE) as client:
        client.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer or not answer.endswith(b"}"):
            received = client.recv(65536)
            if not received:
                break
            answer += received
        return answer


@contextlib.contextmanager
def _serving(server: socketserver.BaseServer) -> Iterator[int]:
    def run() -> None:  # not the subclass's own, which looks for a shutdown twice a second
        socketserver.BaseServer.serve_forever(server, poll_interval=0.01)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(PATIENCE)


class _ThreadingServer(socketserver.ThreadingMixIn, wsgiref.simple_server.WSGIServer):
    daemon_threads = True
    request_queue_size = 64


class _Quiet(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *arguments: Any) -> None:
        pass
