#!/usr/bin/python3
"""kill -9 while loops run: each acknowledged event has one run per loop, each step is done once.

bench/kill9_loops.py does the same at random moments, in hundreds of rounds.
"""
import collections
import http.client
import threading
import unittest

from emulated import SECRETS, EmulatorProcess
from harness import PATIENCE, Gateway, eventually, main

ADDRESS = {"nome": "Ana", "cep": "20040002"}
STEPS = [
    {"name": "label", "tool": "correios/create_prepost", "params": {
        "codigoServico": "03220", "remetente": ADDRESS, "destinatario": ADDRESS,
        "objetoPostal": {"peso": "500", "nota": "${event.data.n}"}}},
    {"name": "payment", "tool": "mercado-pago/create_pix_payment", "params": {
        "amount": 150.35, "description": "Parcel ${steps.label.data.tracking_code}", "payer_email": "a@example.com"}},
    {"name": "intent", "tool": "stripe/create_payment_intent", "params": {
        "amount": 15035, "currency": "brl", "description": "After ${steps.payment.data.id}"}},
]
PROVIDERS = ("correios", "mercado-pago", "stripe")
LOOPS = ("first", "second")
# Where each kill hits: at an acknowledgement, at a request of this provider, or before its answer.
MOMENTS = ("acknowledged", *PROVIDERS, *(provider + " is slow" for provider in PROVIDERS),
           "starting", "acknowledged", "stripe")
SLOW_MS = 5000  # no kill is later than that


class Publisher(threading.Thread):
    """Publishes one event after the other; each under the same id until it is acknowledged."""

    def __init__(self, gateway):
        super().__init__(daemon=True)
        self.gateway = gateway
        self.event_ids = []
        self.ends = threading.Event()
        self.error = None

    def run(self):
        try:
            while not self.ends.wait(0.01):
                self.event_ids.append(self.publish(len(self.event_ids)))
        except AssertionError as error:
            self.error = error

    def publish(self, number):
        while True:
            try:
                return self.gateway.publish("order.paid", {"n": number}, id=f"crash-{number}")
            except (OSError, http.client.HTTPException):
                self.ends.wait(0.01)

    def finish(self):
        self.ends.set()
        self.join(timeout=PATIENCE)


class CrashOfLoops(unittest.TestCase):
    def setUp(self):
        self.emulator = EmulatorProcess()
        self.addCleanup(self.emulator.close)
        self.gw = Gateway()
        self.addCleanup(self.gw.close)
        for server in PROVIDERS:
            self.gw.ok("POST", "/v1/connections", {
                "server_id": server, "secret": SECRETS[server],
                "connection_metadata": {"api_base_url": self.emulator.url("/" + server)}})
        self.loops = [self.gw.ok("POST", "/v1/loops", {
            "name": name, "on": {"event": "order.paid"}, "steps": STEPS})["id"] for name in LOOPS]
        self.publisher = Publisher(self.gw)
        self.addCleanup(self.publisher.finish)

    def one_more(self, count, what):
        """Waits until the count has grown."""
        before = count()
        eventually(lambda: count() > before, what="one more of: " + what)

    def seen(self, provider):
        return sum(effect["seen"] for effect in self.emulator.effects(provider))

    def slowed(self):
        return sum(fault["happened"] for fault in self.emulator.ok("GET", "/_emulator/faults")["faults"])

    def await_moment(self, moment):
        if moment == "starting":
            return
        self.one_more(lambda: len(self.publisher.event_ids), "acknowledged events")
        if moment in PROVIDERS:
            self.one_more(lambda: self.seen(moment), "requests to " + moment)
        elif moment.endswith(" is slow"):
            self.emulator.ok("POST", "/_emulator/faults", {
                "provider": moment.split()[0], "method": "POST", "path": "*", "status": "slow",
                "delay_ms": SLOW_MS})
            self.one_more(self.slowed, "requests without an answer")

    def all_runs(self, loop):
        runs, before = [], ""
        while before is not None:
            page = self.gw.ok("GET", f"/v1/runs?loop_id={loop}&limit=100{before and '&before=' + before}")
            runs += page["runs"]
            before = page.get("next_before")
        return runs

    def finished_runs(self):
        def look():
            runs = [run for loop in self.loops for run in self.all_runs(loop)]
            return runs if all(run["finished_at"] for run in runs) else None
        return eventually(look, timeout=60, what="the end of all runs")

    def test_ten_kills(self):
        self.publisher.start()
        for moment in MOMENTS:
            self.await_moment(moment)
            self.gw.kill()
            self.emulator.ok("DELETE", "/_emulator/faults")
            self.gw.start()
        self.publisher.finish()
        self.assertIsNone(self.publisher.error)
        self.assertFalse(self.publisher.is_alive())

        runs = self.finished_runs()
        self.assertEqual({run["state"] for run in runs}, {"completed"})
        self.assertEqual(
            collections.Counter((run["event_id"], run["loop_id"]) for run in runs),
            collections.Counter((event, loop) for event in self.publisher.event_ids for loop in self.loops))
        keys = []
        for run in runs:
            journal = self.gw.ok("GET", "/v1/runs/" + run["id"])["steps"]
            self.assertEqual([(step["name"], step["state"]) for step in journal],
                             [(step["name"], "succeeded") for step in STEPS])
            keys += [step["idempotency_key"] for step in journal]
        effects = [effect for provider in PROVIDERS for effect in self.emulator.effects(provider)]
        self.assertEqual(sorted(effect["idempotency_key"] for effect in effects), sorted(keys))
        self.assertEqual({effect["performed"] for effect in effects}, {1})
        # The kills before an answer were such: each of these providers was asked again.
        again = {effect["provider"] for effect in effects if effect["seen"] > 1}
        self.assertEqual(again, set(PROVIDERS))


if __name__ == "__main__":
    main()
