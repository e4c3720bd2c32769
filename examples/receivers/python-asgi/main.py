"""A webhook endpoint as a plain ASGI application. With uvicorn alone: `uvicorn main:app`."""
import os
import socket

import uvicorn

from malote_receiver import MemoryStore, Receiver, SQLiteStore

state = os.environ.get("STATE_DIR")
hooks = Receiver(os.environ.get("MALOTE_WEBHOOK_SECRET"),
                 store=SQLiteStore(os.path.join(state, "webhooks.db")) if state else MemoryStore())


@hooks.on("order.created")
@hooks.on_unhandled
async def handle(event):
    """Your work goes here. It runs once per event, however many copies arrive."""
    if "EFFECTS_FILE" in os.environ:
        with open(os.environ["EFFECTS_FILE"], "a", buffering=1) as file:
            file.write(f"{event.id} {event.type}\n")


app = hooks.asgi_app

if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", int(os.environ.get("PORT", "8000"))))
    print(f"listening on http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
    uvicorn.Server(uvicorn.Config(app, log_level="warning")).run([listener])
