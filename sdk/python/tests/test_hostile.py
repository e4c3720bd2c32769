"""Requests made to break something. Every one must end in an answer, and none in another's."""
import json
import logging
import random
import unittest

import fixtures as f
from fixtures import NOW, SECRET, answer, delivery, receiver
from malote_receiver import MemoryStore, sign
from malote_receiver.profiles import PROFILES

logging.getLogger("malote_receiver").setLevel(logging.CRITICAL + 1)


class FloodTest(unittest.TestCase):
    def test_many_headers(self):
        headers, body = delivery()
        flood = [(f"X-{n}", "v" * 100) for n in range(20_000)]
        self.assertEqual(answer(receiver().handle("POST", [*headers.items(), *flood], body)), f.OK)

    def test_many_copies_of_the_signature(self):
        headers, body = delivery()
        flood = [("Webhook-Signature", headers["webhook-signature"])] * 20_000
        self.assertEqual(answer(receiver().handle("POST", [*headers.items(), *flood], body)),
                         f.UNAUTHORIZED)

    def test_a_long_header(self):
        for scheme in PROFILES:
            headers, body = delivery(scheme)
            hooks = receiver(scheme)
            for name in headers:
                for value in ("a" * 1_000_000, "," * 1_000_000, " " * 1_000_000, "v1=," * 250_000):
                    status = hooks.handle("POST", {**headers, name: value}, body).status
                    self.assertIn(status, (200, 400, 401, 415))

    def test_odd_header_names_and_values(self):
        headers, body = delivery()
        odd = [("", ""), ("\x00", "\x00"), (b"\xff", b"\xff"), ("é", "\ud800"), (7, 7),
               ("x", None), ("y", [b"a", None, "b"]), ("z\r\nWebhook-Id", "1\r\n2")]
        self.assertEqual(answer(receiver().handle("POST", [*headers.items(), *odd], body)), f.OK)

    def test_a_mebibyte_of_brackets(self):
        size = 1 << 20
        for raw in (b"[" * size, b"{" * size, b'{"a":' * (size // 5), b'"' * size, b"\\" * size,
                    b'{"type":"x","d":' + b"[" * (size - 20), b'"\\' + b'"\\' * (size // 2 - 1),
                    b"-" * size, b"\x00" * size, b" " * size):
            headers, body = delivery(body=raw)
            self.assertEqual(answer(receiver().handle("POST", headers, body)), f.UNREADABLE)

    def test_the_largest_body_is_read(self):
        head, tail = b'{"type":"order.created","data":"', b'"}'
        raw = head + b"x" * ((1 << 20) - len(head) - len(tail)) + tail
        self.assertEqual(answer(receiver().handle("POST", *delivery(body=raw))), f.OK)
        self.assertEqual(receiver().handle("POST", *delivery(body=raw + b" ")).status, 413)


class JsonTest(unittest.TestCase):
    def data(self, raw):
        hooks, seen = receiver(), []
        hooks.on_any(lambda event: seen.append((event.type, event.data)))
        response = hooks.handle("POST", *delivery(body=raw))
        return seen[0] if seen else answer(response)

    def test_double_members_and_big_numbers(self):
        self.assertEqual(self.data(b'{"type":"a","type":"b","data":1}'), ("b", 1))
        self.assertEqual(self.data(b'{"type":"a","type":null,"data":1}'), f.UNREADABLE)
        self.assertEqual(self.data(b'{"type":"a","data":1e400}'), ("a", float("inf")))
        self.assertEqual(self.data(b'{"type":"a","data":123456789012345678901234567890}'),
                         ("a", 123456789012345678901234567890))

    def test_names_that_mean_something_elsewhere(self):
        for name in ("__proto__", "constructor", "prototype", "__class__", "__init__", "self",
                     "hasOwnProperty", "\u0000", "*", "**", "order.*"):
            raw = json.dumps({"type": name, name: {"polluted": 1}, "data": {name: 1}}).encode()
            self.assertEqual(self.data(raw), (name, {name: 1}))

    def test_ids_that_look_like_keys_of_others(self):
        store = MemoryStore(clock=lambda: NOW)
        for message_id in ("a", "A", "standard/a", "sha256:a", "é", "../a", "a\x00"):
            hooks = receiver(store=store)
            raw = b'{"type":"x"}'
            headers = sign(message_id, NOW, raw, secret=SECRET)
            self.assertEqual(answer(hooks.handle("POST", headers, raw)), f.OK, message_id)


class RandomTest(unittest.TestCase):
    """Seeded, so that a failure can be run again."""

    def test_mutated_requests_are_answered(self):
        random_ = random.Random(5)
        for scheme in PROFILES:
            enforce = PROFILES[scheme]["timestamp"] is not None and bool(random_.getrandbits(1))
            hooks = receiver(scheme, enforce_unsigned_timestamp=enforce)
            for _ in range(300):
                headers, body = delivery(scheme)
                pairs = [[name, value] for name, value in headers.items()]
                for _ in range(random_.randrange(1, 4)):
                    mutate(random_, pairs)
                status = hooks.handle("POST", pairs, body).status
                self.assertIn(status, (200, 401, 415, 400), pairs)

    def test_mutated_bodies_rightly_signed_are_events_or_not(self):
        random_ = random.Random(6)
        hooks = receiver()
        for _ in range(1500):
            raw = bytearray(delivery()[1])
            for _ in range(random_.randrange(1, 5)):
                raw[random_.randrange(len(raw))] = random_.choice(b'{}[]",:\\0-e\x00\xff tn')
            self.assertIn(hooks.handle("POST", *delivery(body=bytes(raw))).status, (200, 400))


def mutate(random_, pairs):
    pair = random_.choice(pairs)
    what, text = random_.randrange(5), pair[1]
    at = random_.randrange(len(text) + 1)
    if what == 0:
        pair[1] = text[:at] + chr(random_.choice([0, 32, 44, 61, 49, 118, 233, 8364])) + text[at:]
    elif what == 1:
        pair[1] = text[:at]
    elif what == 2:
        pairs.append(list(pair))
    elif what == 3:
        pair[1] = text + random_.choice([",", " ", "="]) + text
    elif len(pairs) > 1:
        pairs.remove(pair)


if __name__ == "__main__":
    unittest.main()
