"""Handlers written for a plain Flask and a plain FastAPI endpoint keep working here.

Both samples have the common shape: one endpoint of a sender with a bare signature over the body,
one `handle_webhook_event(event)` that reads `event["type"]` and `event["data"]` and passes the data
to a function per type. Only the import and the line that mounts it differ from before. Then the
faults such endpoints used to have are tried.
"""
import importlib.util
import json
import logging
import threading
import unittest

import fixtures as f
from fixtures import NOW, SECRET
from http_server import post, send_raw, serve_asgi, serve_werkzeug
from malote_receiver import ConfigError, MemoryStore, Receiver, sign

logging.getLogger("malote_receiver").setLevel(logging.CRITICAL + 1)

DATA = {"order.created": {"id": "ord_1"}, "order.updated": {"id": "ord_1", "status": "paid"},
        "payment.succeeded": {"id": "pay_1"}, "shipment.delivered": {"id": "shp_1"},
        "inventory.low_stock": {"sku": "sku_1", "quantity_available": 2}}
LINES = ["created ord_1", "updated ord_1 paid", "paid pay_1", "arrived shp_1", "low sku_1 2"]


def flask_sample(lines, secret, **options):
    from flask import Flask
    app = Flask(__name__)

    def handle_webhook_event(event):
        event_type = event["type"]
        data = event["data"]
        if event_type == "order.created":
            lines.append(f"created {data['id']}")
        elif event_type == "order.updated":
            lines.append(f"updated {data['id']} {data['status']}")
        elif event_type == "payment.succeeded":
            lines.append(f"paid {data['id']}")
        elif event_type == "shipment.delivered":
            lines.append(f"arrived {data['id']}")
        elif event_type == "inventory.low_stock":
            lines.append(f"low {data['sku']} {data['quantity_available']}")
        else:
            app.logger.info("nobody waits for this type")

    hooks = Receiver(secret, scheme="stateset", **options)
    hooks.on_unhandled(handle_webhook_event)
    app.add_url_rule("/hook", view_func=hooks.flask_view, methods=["POST"])
    return serve_werkzeug(app)


def fastapi_sample(lines, secret, **options):
    from fastapi import FastAPI
    app = FastAPI()

    async def order_created(order: dict):
        lines.append(f"created {order['id']}")

    async def order_updated(order: dict):
        lines.append(f"updated {order['id']} {order['status']}")

    async def payment_succeeded(payment: dict):
        lines.append(f"paid {payment['id']}")

    async def shipment_delivered(shipment: dict):
        lines.append(f"arrived {shipment['id']}")

    async def low_stock(inventory: dict):
        lines.append(f"low {inventory['sku']} {inventory['quantity_available']}")

    async def handle_webhook_event(event: dict):
        handlers = {"order.created": order_created, "order.updated": order_updated,
                    "payment.succeeded": payment_succeeded,
                    "shipment.delivered": shipment_delivered, "inventory.low_stock": low_stock}
        handler = handlers.get(event["type"])
        if handler:
            await handler(event["data"])

    hooks = Receiver(secret, scheme="stateset", **options)
    hooks.on_unhandled(handle_webhook_event)
    app.post("/hook")(hooks.fastapi)
    return serve_asgi(app)


class SampleRules:
    def setUp(self):
        self.lines = []
        context = self.sample(self.lines, SECRET, clock=lambda: NOW,
                              store=MemoryStore(clock=lambda: NOW))
        self.port = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def deliver(self, type_name="order.created", data=None, **headers):
        body = json.dumps({"type": type_name, "data": DATA[type_name] if data is None else data}
                          ).encode()
        return post(self.port, {**sign("", NOW, body, secret=SECRET, scheme="stateset"),
                                **headers}, body)

    def test_every_type_reaches_its_function(self):
        for type_name in DATA:
            self.assertEqual(self.deliver(type_name), f.OK)
        self.assertEqual(self.lines, LINES)

    def test_a_type_nobody_waits_for(self):
        self.assertEqual(self.deliver("order.cancelled", {"id": 1}), f.OK)
        self.assertEqual(self.lines, [])

    def test_bad_signatures_are_refused_and_break_nothing(self):
        for signature in ("", "ab", "é" * 32, "é" * 64, "0" * 64, "sha512=" + "0" * 64):
            self.assertEqual(self.deliver(**{"x-stateset-signature": signature}), f.UNAUTHORIZED)
        body = b'{"type":"order.created","data":{"id":"ord_1"}}'
        self.assertEqual(post(self.port, {"content-type": "application/json"}, body),
                         f.UNAUTHORIZED)
        self.assertEqual(self.lines, [])

    def test_five_copies_at_once_run_it_once(self):
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.deliver()))
                   for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(f.PATIENCE)
        self.assertEqual(self.lines, LINES[:1])
        self.assertEqual((answers.count(f.OK), answers.count(f.DUPLICATE)), (1, 4))

    def test_a_signed_body_that_is_no_json(self):
        for body in (b"", b"{", b"null", b"\xff"):
            headers = sign("", NOW, body, secret=SECRET, scheme="stateset")
            self.assertEqual(post(self.port, headers, body), f.UNREADABLE)

    def test_a_handler_that_fails_is_run_again(self):
        self.assertEqual(self.deliver("order.updated", {"id": "ord_1"}), f.FAILED)  # no status
        self.assertEqual(self.deliver("order.updated", {"id": "ord_1"}), f.FAILED)
        self.assertEqual(self.deliver("order.updated"), f.OK)

    def test_a_big_body_is_refused(self):
        head = ("POST /hook HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                f"Content-Length: {(1 << 20) + 1}\r\n\r\n")
        self.assertIn(b" 413 ", send_raw(self.port, head.encode()))

    def test_an_unset_secret_stops_the_start(self):
        for secret in (None, ""):
            with self.assertRaises(ConfigError) as caught:
                self.sample([], secret)
            self.assertEqual(caught.exception.code, "no_secret")


@unittest.skipUnless(importlib.util.find_spec("flask"), "flask is not installed")
class FlaskSampleTest(SampleRules, unittest.TestCase):
    sample = staticmethod(flask_sample)


@unittest.skipUnless(importlib.util.find_spec("fastapi") and importlib.util.find_spec("uvicorn"),
                     "fastapi or uvicorn is not installed")
class FastApiSampleTest(SampleRules, unittest.TestCase):
    sample = staticmethod(fastapi_sample)


if __name__ == "__main__":
    unittest.main()
