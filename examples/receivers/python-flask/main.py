"""A webhook endpoint in a Flask application."""
import os

from flask import Flask
from werkzeug.serving import make_server

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


app = Flask(__name__)
for path in ("/", "/<path:rest>"):  # any path will do; yours is one, such as "/webhooks"
    app.add_url_rule(path, view_func=hooks.flask_view, methods=["POST"])

if __name__ == "__main__":
    server = make_server("127.0.0.1", int(os.environ.get("PORT", "8000")), app, threaded=True)
    print(f"listening on http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
