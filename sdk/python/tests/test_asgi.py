"""The ASGI application: behind uvicorn if it is installed, and alone against a scripted server."""
import asyncio
import importlib.util
import logging
import threading
import unittest

import fixtures as f
from adapter_rules import AdapterRules
from fixtures import SECRET, Recorder, delivery, payload, receiver
from http_server import serve_asgi
from malote_receiver import MemoryStore, Receiver

logging.getLogger("malote_receiver").setLevel(logging.CRITICAL + 1)


@unittest.skipUnless(importlib.util.find_spec("uvicorn"), "uvicorn is not installed")
class UvicornTest(AdapterRules, unittest.TestCase):
    def serve(self, hooks):
        return serve_asgi(hooks.asgi_app)


class Server:
    """Plays the server's side of one request."""

    def __init__(self, headers, chunks, method="POST"):
        self.scope = {"type": "http", "method": method, "headers": [
            (name.encode(), value.encode()) for name, value in headers.items()]}
        self.messages = [{"type": "http.request", "body": chunk, "more_body": True}
                         for chunk in chunks] + [{"type": "http.request"}]
        self.sent = []

    async def receive(self):
        return self.messages.pop(0)

    async def send(self, message):
        self.sent.append(message)

    def run(self, hooks):
        asyncio.run(hooks.asgi_app(self.scope, self.receive, self.send))
        return self.sent[0]["status"] if self.sent else None


class AsgiTest(unittest.TestCase):
    def setUp(self):
        self.headers, self.body = delivery()

    def test_chunks_are_put_together(self):
        chunks = [self.body[n:n + 1] for n in range(len(self.body))]
        self.assertEqual(Server(self.headers, chunks).run(receiver()), 200)

    def test_what_goes_beyond_the_limit_is_not_read(self):
        server = Server(self.headers, [b"x" * 100] * 50)
        self.assertEqual(server.run(receiver(max_body=250)), 413)
        self.assertEqual(len(server.messages), 48)

    def test_a_refusal_before_the_body_reads_none_of_it(self):
        server = Server({**self.headers, "content-length": "999999999"}, [b"x"])
        self.assertEqual(server.run(receiver()), 413)
        self.assertEqual(len(server.messages), 2)
        self.assertEqual(Server(self.headers, [], "GET").run(receiver()), 405)

    def test_a_client_that_goes_away_gets_no_answer(self):
        server = Server(self.headers, [self.body[:5]])
        server.messages[1] = {"type": "http.disconnect"}
        self.assertIsNone(server.run(receiver()))

    def test_a_doubled_header_is_seen(self):
        server = Server(self.headers, [self.body])
        server.scope["headers"].append((b"Webhook-Id", b"dlv_1"))
        self.assertEqual(server.run(receiver()), 401)

    def test_lifespan_and_websocket(self):
        sent = []

        async def send(message):
            sent.append(message["type"])

        async def scenario():
            messages = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]

            async def receive():
                return messages.pop(0)
            await receiver().asgi_app({"type": "lifespan"}, receive, send)
            await receiver().asgi_app({"type": "websocket"}, receive, send)

        asyncio.run(scenario())
        self.assertEqual(sent, ["lifespan.startup.complete", "lifespan.shutdown.complete",
                                "websocket.close"])

    def test_sync_handlers_do_not_hold_the_loop(self):
        hooks = receiver(budget=f.PATIENCE)
        handler = hooks.on("order.created", Recorder().hold())

        async def scenario():
            running = asyncio.ensure_future(hooks.handle_async("POST", self.headers, self.body))
            while not handler.started.is_set():
                await asyncio.sleep(0)  # the loop turns while the handler is at work
            handler.go_on.set()
            return await running

        self.assertEqual(f.answer(asyncio.run(scenario())), f.OK)

    def test_async_handlers_run_on_the_servers_loop(self):
        hooks, loops = receiver(), []

        @hooks.on("order.created")
        async def handler(event):
            loops.append(asyncio.get_running_loop())

        async def scenario():
            await hooks.handle_async("POST", self.headers, self.body)
            return asyncio.get_running_loop()

        loop = asyncio.run(scenario())
        self.assertEqual(loops, [loop])

    def test_an_async_handler_that_exits_does_not_end_the_server(self):
        for error in (SystemExit, KeyboardInterrupt, asyncio.CancelledError, GeneratorExit):
            hooks = receiver()

            async def handler(event):
                raise error

            hooks.on("order.created", handler)
            self.assertEqual(Server(self.headers, [self.body]).run(hooks), 500, error)

    def test_over_budget_leaves_the_handler_at_work(self):
        store = MemoryStore(clock=lambda: f.NOW)
        hooks = receiver(budget=0.01, store=store)
        go_on = []

        @hooks.on("order.created")
        async def handler(event):
            await go_on[0].wait()

        async def scenario():
            go_on.append(asyncio.Event())
            first = await hooks.handle_async("POST", self.headers, self.body)
            go_on[0].set()
            hooks.wait = f.PATIENCE
            return first, await hooks.handle_async("POST", self.headers, self.body)

        first, second = asyncio.run(scenario())
        self.assertEqual((f.answer(first), f.answer(second)), (f.TRY_AGAIN, f.DUPLICATE))

    def test_a_cancelled_request_leaves_the_handler_at_work(self):
        store = MemoryStore(clock=lambda: f.NOW)
        hooks = receiver(budget=f.PATIENCE, store=store)
        handler = hooks.on("order.created", Recorder().hold())

        async def scenario():
            running = asyncio.ensure_future(hooks.handle_async("POST", self.headers, self.body))
            while not handler.started.is_set():
                await asyncio.sleep(0)
            running.cancel()
            with self.assertRaises(asyncio.CancelledError):
                await running

        asyncio.run(scenario())
        handler.go_on.set()
        self.assertTrue(store.wait("standard/dlv_1", f.PATIENCE))
        self.assertEqual(store.begin("standard/dlv_1", 1), "done")

    def test_users_code_on_the_way_runs_in_threads(self):
        threads = []

        async def lookup(hints):
            threads.append(threading.current_thread() is threading.main_thread())
            return SECRET

        hooks = Receiver(secret_lookup=lookup, clock=lambda: f.NOW)
        hooks.on_refused(lambda error: threads.append(
            threading.current_thread() is threading.main_thread()))
        self.assertEqual(Server(self.headers, [self.body]).run(hooks), 200)
        self.assertEqual(Server(self.headers, [b"{}"]).run(hooks), 401)
        self.assertEqual(Server(self.headers, [], "GET").run(hooks), 405)
        self.assertEqual(threads, [True, True, False, False])  # the coroutine: on the loop

    def test_an_async_observer(self):
        hooks, seen = receiver(), []

        @hooks.on_refused
        async def refused(error):
            seen.append(error.code)

        self.assertEqual(Server(self.headers, [b""]).run(hooks), 401)
        self.assertEqual(Server({}, [], "GET").run(hooks), 405)
        self.assertEqual(seen, ["no_matching_signature", "method_not_allowed"])

    def test_many_at_once(self):
        hooks = receiver()
        handler = hooks.on_prefix("order.", Recorder())

        async def scenario():
            return await asyncio.gather(*(hooks.handle_async("POST", *delivery(
                body=payload(), message_id=f"dlv_{number}")) for number in range(100)))

        answers = asyncio.run(scenario())
        self.assertEqual({answer.status for answer in answers}, {200})
        self.assertEqual(len(handler.events), 100)


if __name__ == "__main__":
    unittest.main()
