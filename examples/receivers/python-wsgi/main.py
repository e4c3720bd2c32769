"""A webhook endpoint as a plain WSGI application. Behind gunicorn: `gunicorn main:app`."""
import os
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer, make_server

from malote_receiver import MemoryStore, Receiver, SQLiteStore

state = os.environ.get("STATE_DIR")
hooks = Receiver(os.environ.get("MALOTE_WEBHOOK_SECRET"),
                 store=SQLiteStore(os.path.join(state, "webhooks.db")) if state else MemoryStore())


@hooks.on("order.created")
@hooks.on_unhandled
def handle(event):
    """Your work goes here. It runs once per event, however many copies arrive."""
    if "EFFECTS_FILE" in os.environ:
        with open(os.environ["EFFECTS_FILE"], "a", buffering=1) as file:
            file.write(f"{event.id} {event.type}\n")


app = hooks.wsgi_app


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 128  # by default the sixth of a burst waits for a second


if __name__ == "__main__":
    with make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), app, Server) as server:
        print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()
