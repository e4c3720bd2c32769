#!/usr/bin/python3
"""Every program of examples/receivers behind the gateway, with a bad network between the two.

There is a test class per example, named as its folder: `test_example_receivers.py go-nethttp` runs
one of them, `-k '*.python-*'` those of one language. An example that ends with 77 is skipped.
"""
import base64
import collections
import glob
import http.client
import json
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from bad_network import ENDS, FAULTS, BadNetwork, plan
from harness import BIN, PATIENCE, ROOT, Answer, Gateway, eventually, hmac_base64, skip_file

EXAMPLES = os.path.join(ROOT, "examples/receivers")
BUILD_PATIENCE = 180  # seconds for an example that compiles or installs before it listens
EVENTS = 40
SEED = 20260422
UNAUTHORIZED = (401, b'{"error":"unauthorized"}')
SCHEDULE = ["20ms"] * 10 + ["200ms"] * 10 + ["1s"] * 60
# What a framework does that nothing built on it can change.
SHOWS_ONE_HEADER = {"cpp-pistache": "Pistache shows the first of two headers only"}
ANSWERS_LARGE_ITSELF = {"cpp-pistache"}  # with the status, and a body of its own


class Example:
    """A running example: its port, its output, and what its handlers did."""

    def __init__(self, name, secret):
        self.run = os.path.join(EXAMPLES, name, "run")
        self.folder = tempfile.mkdtemp(prefix="malote-example-")
        self.effects_file = os.path.join(self.folder, "effects")
        state = os.path.join(self.folder, "state")
        os.mkdir(state)
        self.env = {**os.environ, "PORT": "0", "MALOTE_WEBHOOK_SECRET": secret,
                    "EFFECTS_FILE": self.effects_file, "STATE_DIR": state}
        self.output = []
        self.process = self.port = None

    def start(self):
        """Raises SkipTest with the example's own line where it cannot run here."""
        self.process = subprocess.Popen([self.run], env=self.env, stdout=subprocess.PIPE, text=True,
                                        stderr=subprocess.STDOUT, errors="replace",
                                        start_new_session=True)
        lines = queue.Queue()
        self.reader = threading.Thread(target=self.read, args=(lines,), daemon=True)
        self.reader.start()
        end = time.monotonic() + BUILD_PATIENCE
        while (line := lines.get(timeout=max(0, end - time.monotonic()))) is not None:
            listening = re.search(r"listening on http://.*:(\d+)", line)
            if listening:
                self.port = int(listening[1])
                return self.port
        if self.process.wait(PATIENCE) == 77:
            raise unittest.SkipTest(self.output[-1].strip().removeprefix("skipped: "))
        raise AssertionError("the example ended at start: " + "".join(self.output))

    def read(self, lines):
        for line in self.process.stdout:
            self.output.append(line)
            lines.put(line)
        lines.put(None)

    def kill(self):
        """kill -9, for what it started as well."""
        if self.process:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass  # it ended by itself
            self.process.wait(PATIENCE)
            self.reader.join(PATIENCE)
            self.process.stdout.close()
            self.process = None

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def effects(self):
        """How often the handlers ran, by event id."""
        if not os.path.exists(self.effects_file):
            return collections.Counter()
        with open(self.effects_file, encoding="utf-8") as file:
            return collections.Counter(line.split()[0] for line in file)

    def ask(self, pairs, body=b"", method="POST"):
        """One exchange with these headers, Host, and the Content-Length of a body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.putrequest(method, "/hook", skip_accept_encoding=True)
            for name, value in pairs:
                connection.putheader(name, value)
            if body:
                connection.putheader("Content-Length", str(len(body)))
            try:
                connection.endheaders(body)
            except OSError:
                pass  # it was refused before all was sent; the answer is there
            answer = connection.getresponse()
            return Answer(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()


def signed(secret, event_id, body, at=None):
    """The headers of a delivery, as pairs."""
    at = str(int(time.time()) if at is None else at)
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = hmac_base64(key, f"{event_id}.{at}.".encode() + body)
    return [("Content-Type", "application/json"), ("webhook-id", event_id),
            ("webhook-timestamp", at), ("webhook-signature", "v1," + signature)]


def say_skipped(what):
    """On a line of its own, for `make test`."""
    print("\nskipped: " + what, flush=True)


class ExampleTest:
    """What holds for every example; `name` is its folder."""

    @classmethod
    def setUpClass(cls):
        cls.network = BadNetwork()
        cls.addClassCleanup(cls.network.close)
        cls.gw = Gateway()
        cls.addClassCleanup(cls.gw.close)
        cls.trigger = cls.gw.trigger(cls.network.url, timeout_ms=400, retry_schedule=SCHEDULE,
                                     max_in_flight=8)
        cls.secret = cls.trigger["secret"]
        cls.example = Example(cls.name, cls.secret)
        cls.addClassCleanup(cls.example.close)
        try:
            cls.network.port = cls.example.start()
        except unittest.SkipTest as why:
            say_skipped(f"{cls.name}: {why}")
            raise

    def keys(self):
        return [f"{self._testMethodName} {n}" for n in range(EVENTS)]

    def publish(self, keys):
        """The new events' ids, by key. The examples have a handler for half of the types."""
        types = ("order.created", "e2e.other")
        return {key: self.gw.publish(types[n % 2], {"key": key, "order_id": str(n)})
                for n, key in enumerate(keys)}

    def wait_until_delivered(self, ids, but=frozenset()):
        """All but those of the keys in `but`, which is looked at again each time."""
        def none_missing():
            rows = self.gw.deliveries(self.trigger, state="delivered")
            delivered = {row["event_id"] for row in rows}
            return all(event in delivered or key in but for key, event in ids.items())
        eventually(none_missing, 3 * PATIENCE, "the delivery of all events")

    def assert_one_effect(self, ids, keys):
        effects = self.example.effects()
        others = {key: effects[ids[key]] for key in keys if effects[ids[key]] != 1}
        self.assertEqual(others, {}, "effects per event, where it is not one")

    def test_each_event_has_one_effect(self):
        script = plan(SEED, self.keys())

        def decide(key, attempt):
            decisions = script.get(key, [])
            return decisions[attempt] if attempt < len(decisions) else "pass"
        self.network.decide = decide
        ids = self.publish(script)
        self.wait_until_delivered(ids)
        eventually(lambda: not self.network.in_progress, what="the end of the last copies")
        self.assert_one_effect(ids, script)
        planned = {(key, attempt, decision) for key, decisions in script.items()
                   for attempt, decision in enumerate(decisions)}
        self.assertEqual({decision for _, _, decision in planned}, {*FAULTS, *ENDS})
        self.assertEqual(planned - self.network.played, set())
        self.assertEqual(self.network.broken & set(script), set())
        statuses = {status for key, _, status in self.network.answers if key in script}
        self.assertLessEqual(statuses, {200, 503}, self.example.output[-20:])

    def test_killed_it_does_not_repeat_what_it_had_answered(self):
        # No answer reaches the gateway before the kill, so it sends all of them again.
        keys, first = self.keys(), self.example.port
        killed, restarted = threading.Event(), threading.Event()

        def decide(_, attempt):
            if restarted.is_set():
                return "pass"
            return "busy" if attempt else "reset"

        def kill_at_half():
            if not killed.is_set() and len(self.network.answered(keys)) == EVENTS // 2:
                self.network.port = None
                self.example.kill()
                killed.set()
        self.network.decide, self.network.on_answer = decide, kill_at_half
        ids = self.publish(keys)
        self.assertTrue(killed.wait(PATIENCE), "half of the events never came")
        self.network.port = self.example.start()
        restarted.set()
        # A claim that the killed process held may last until its lease ends, a minute later.
        self.wait_until_delivered(ids, but=self.network.broken)
        before = self.network.answered(keys, first)
        self.assertGreaterEqual(len(before), EVENTS // 2)
        self.assertLess(len(before), EVENTS)
        self.assert_one_effect(ids, before)
        self.assert_one_effect(ids, set(keys) - self.network.broken)

    def ask_event(self, event_id, change=lambda pairs, body: (pairs, body)):
        """Sends a good delivery of the event after `change`: (status, body) of the answer."""
        body = json.dumps({"id": event_id, "type": "order.created", "data": {}}).encode()
        answer = self.example.ask(*change(signed(self.secret, event_id, body), body))
        return answer.status, answer.body

    def test_forged_requests_have_one_answer_and_no_effect(self):
        def replaced(name, value):
            return lambda pairs, body: (
                [(known, value if known == name else was) for known, was in pairs], body)
        other = "whsec_" + base64.b64encode(b"another secret of this length...").decode()
        changes = {
            "evt_other_secret": lambda _, body: (signed(other, "evt_other_secret", body), body),
            "evt_other_body": lambda pairs, body: (pairs, body + b" "),
            "evt_other_id": replaced("webhook-id", "evt_not_it"),
            "evt_other_time": replaced("webhook-timestamp", str(int(time.time()) + 60)),
            "evt_old": lambda _, body: (
                signed(self.secret, "evt_old", body, int(time.time()) - 3600), body),
            "evt_junk": replaced("webhook-signature", "v1,AAAA"),
            "evt_unsigned": lambda pairs, body: (pairs[:-1], body),
        }
        for event_id, change in changes.items():
            with self.subTest(event_id):
                self.assertEqual(self.ask_event(event_id, change), UNAUTHORIZED)
        self.assertEqual(self.ask_event("evt_good"), (200, b'{"received":true}'))
        effects = self.example.effects()
        self.assertEqual(effects["evt_good"], 1)
        self.assertEqual([event for event in changes if effects[event]], [])
        self.assertNotIn(self.secret, "".join(self.example.output))

    def test_two_signatures_are_none(self):
        if self.name in SHOWS_ONE_HEADER:
            say_skipped(f"{self.name}, two signatures: {SHOWS_ONE_HEADER[self.name]}")
            self.skipTest(SHOWS_ONE_HEADER[self.name])
        forged = ("webhook-signature", "v1," + base64.b64encode(bytes(32)).decode())
        changes = {
            "evt_same_twice": lambda pairs, body: ([*pairs, pairs[-1]], body),
            "evt_forged_first": lambda pairs, body: ([forged, *pairs], body),
            "evt_forged_last": lambda pairs, body: ([*pairs, forged], body),
        }
        for event_id, change in changes.items():
            with self.subTest(event_id):
                self.assertEqual(self.ask_event(event_id, change), UNAUTHORIZED)
        effects = self.example.effects()
        self.assertEqual([event for event in changes if effects[event]], [])

    def test_methods_and_sizes_it_does_not_take(self):
        got = self.example.ask([], method="GET")
        self.assertEqual((got.status, "POST" in got.headers.get("allow", "")), (405, True), got)
        body = b'{"id":"evt_large","type":"order.created","data":{}}'.ljust(2 << 20)
        large = self.example.ask(signed(self.secret, "evt_large", body), body)
        self.assertEqual(large.status, 413, large)
        if self.name not in ANSWERS_LARGE_ITSELF:
            self.assertEqual(large.body, b'{"error":"body_too_large"}')
        self.assertEqual(self.example.effects()["evt_large"], 0)
        self.assertEqual(self.ask_event("evt_after_large")[0], 200)


def make_tests():
    """A class per example, in this module under the name of its folder."""
    for run in sorted(glob.glob(os.path.join(EXAMPLES, "*/run"))):
        name = os.path.basename(os.path.dirname(run))
        globals()[name] = type(name, (ExampleTest, unittest.TestCase), {"name": name})


make_tests()

if __name__ == "__main__":
    if not os.access(BIN, os.X_OK):
        skip_file(f"no gateway at {BIN}; set MALOTE_BIN")
    ran = unittest.main(exit=False).result
    if ran.skipped and not ran.testsRun:
        sys.exit(77)  # each example said why
    sys.exit(not (ran.wasSuccessful() and ran.testsRun))
