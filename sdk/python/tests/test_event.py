"""From verified bytes to an event: what is no event, where its members come from, its key."""
import hashlib
import json
import unittest

from fixtures import NOW, SECRET, delivery, payload
from malote_receiver import ConfigError, PayloadError, Profile, verify
from malote_receiver.profiles import PROFILES


def read(body, scheme="standard", **headers):
    signed, raw = delivery(scheme, body)
    return verify({**signed, **headers}, raw, secrets=SECRET, scheme=scheme, now=NOW)


class UnreadableTest(unittest.TestCase):
    def test_what_is_no_event(self):
        bodies = {
            "empty": b"", "null": b"null", "array": b"[]", "string": b'"x"', "number": b"1",
            "truncated": b'{"type":"order.created"', "not utf-8": b'{"type":"\xff"}',
            "utf-16": '{"type":"x"}'.encode("utf-16"), "bom": b'\xef\xbb\xbf{"type":"x"}',
            "two": b'{"type":"x"}{"type":"x"}', "NaN": b'{"type":"x","n":NaN}',
            "Infinity": b'{"type":"x","n":-Infinity}', "comment": b'{"type":"x"}//',
            "trailing comma": b'{"type":"x",}', "raw newline": b'{"type":"a\nb"}',
            "no type": b"{}", "empty type": b'{"type":""}', "null type": b'{"type":null}',
            "number type": b'{"type":7}', "list type": b'{"type":["x"]}',
        }
        for name, body in bodies.items():
            with self.subTest(body=name):
                with self.assertRaises(PayloadError) as caught:
                    read(body)
                self.assertEqual(caught.exception.code, "invalid_payload")

    def test_numbers_of_many_digits_cost_little_and_ids_keep_them(self):
        event = read(b'{"type":"x","id":-0,"n":' + b"9" * 500_000 + b"}", "codespar")
        self.assertEqual((event.id, event.payload["n"]), ("-0", float("inf")))

    def test_nesting_counts_to_512(self):
        for opens, closes, extra in (("[", "]", "x"), ('{"a":', "}", "x")):
            for depth in (512, 513, 100_000):
                inner = opens * (depth - 1) + ("1" if opens != "[" else "") + closes * (depth - 1)
                body = ('{"type":"%s","data":%s}' % (extra, inner)).encode()
                with self.subTest(opens=opens, depth=depth):
                    if depth == 512:
                        self.assertEqual(read(body).type, "x")
                        continue
                    with self.assertRaises(PayloadError):
                        read(body)

    def test_many_brackets_that_do_not_nest_are_fine(self):
        body = json.dumps({"type": "x", "data": [[], {}] * 2000, "text": "[" * 5000}).encode()
        self.assertEqual(len(read(body).data), 4000)


class MembersTest(unittest.TestCase):
    def test_a_standard_event(self):
        body = json.dumps(payload("payment.success")).encode()
        event = read(body)
        self.assertEqual((event.type, event.canonical, event.known),
                         ("payment.success", "payment.confirmed", True))
        self.assertEqual((event.id, event.key, event.delivery_id),
                         ("evt_1", "standard/dlv_1", "dlv_1"))
        self.assertEqual((event.occurred_at, event.data["id"], event.raw),
                         ("2026-04-22T14:29:55Z", "ord_1", body))
        self.assertEqual((event["type"], event.get("nothing", 1), "data" in event),
                         ("payment.success", 1, True))

    def test_reserved_names_are_types_like_any_other(self):
        for name in ("__proto__", "constructor", "toString", "*", "error", "__class__", "None"):
            event = read(json.dumps({"type": name}).encode())
            self.assertEqual((event.type, event.canonical, event.known), (name, None, False))

    def test_the_first_source_that_hits_wins(self):
        self.assertEqual(read({"event_type": "a", "event": "b"}, "stateset").type, "a")
        self.assertEqual(read({"type": 7, "event": "b"}, "stateset").type, "b")
        self.assertEqual(read({"type": "t", "data": {"object": {"n": 1}}}, "stripe").data, {"n": 1})
        self.assertEqual(read({"type": "t", "data": {"n": 1}}, "stripe").data, {"n": 1})
        self.assertIsNone(read({"type": "t"}, "stripe").data)
        self.assertIsNone(read({"type": "t", "data": None}, "stripe").data)

    def test_header_sources_count_once(self):
        pairs = [*delivery("github", b"{}")[0].items(), ("X-GitHub-Event", "again")]
        with self.assertRaises(PayloadError):
            verify(pairs, b"{}", secrets=SECRET, scheme="github", now=NOW)
        self.assertEqual(read(b'{"a":1}', "github").data, {"a": 1})

    def test_ids_are_texts_or_integers(self):
        for value, wanted in ((7, "7"), ("a", "a"), (True, ""), (1.5, ""), (None, ""), ("", ""),
                              ([1], "")):
            self.assertEqual(read({"type": "t", "id": value}, "stripe").id, wanted)

    def test_occurred_at_is_kept_as_text(self):
        self.assertEqual(read({"type": "t", "created": 1776868195}, "stripe").occurred_at,
                         "1776868195")
        self.assertEqual(read({"type": "t", "created": {}}, "stripe").occurred_at, "")

    def test_the_repr_shows_no_payload(self):
        self.assertNotIn("ord_1", repr(read(payload())))


class KeyTest(unittest.TestCase):
    def test_the_key_is_made_of_signed_material_only(self):
        self.assertEqual(read(payload(), "codespar").key, "codespar/evt_1")
        body = b'{"type":"t"}'
        digest = hashlib.sha256(body).hexdigest()
        event = read(body, "codespar")
        self.assertEqual((event.id, event.key), ("dlv_1", f"codespar/sha256:{digest}"))
        self.assertEqual(read(body, "github").key, f"github/sha256:{digest}")

    def test_a_captured_body_keeps_its_key_under_a_new_delivery_id(self):
        headers, body = delivery("codespar")
        keys = {verify({**headers, "x-codespar-delivery-id": name}, body, secrets=SECRET,
                       scheme="codespar", now=NOW).key for name in ("dlv_1", "dlv_2")}
        self.assertEqual(len(keys), 1)

    def test_an_empty_id_is_none(self):
        first = read({"type": "t", "id": "", "n": 1}, "stripe")
        second = read({"type": "t", "id": "", "n": 2}, "stripe")
        self.assertNotEqual(first.key, second.key)

    def test_schemes_given_as_objects_have_names_of_their_own(self):
        names = {Profile.parse(document).name for document in PROFILES.values()}
        self.assertEqual(len(names), len(PROFILES))


class ProfileTest(unittest.TestCase):
    def test_a_profile_is_judged_whole(self):
        good = PROFILES["whatalo"]
        Profile.parse(good)
        bad = [{"colour": "red"}, {"algorithm": "md5"}, {"encoding": "hex64"}, {"signed": ["ts"]},
               {"signed": ["body"]}, {"signed": ["id", "ts", "body"], "id": None},
               {"signed": "body"}, {"timestamp": None}, {"timestamp": {"format": "unix"}},
               {"timestamp": {"header": "a", "in_signature": True, "format": "unix"}},
               {"timestamp": {"header": "a", "format": "unix", "signed": 1}},
               {"header_format": "t-v1-comma"}, {"signature_header": "a b"}, {"type": ["json:/a"]},
               {"type": ["body:a"]}, {"data": "body:"}, {"id": {"header": "a", "more": 1}},
               {"prefix": None}, {"signature_header": None}, {"header_format": ["bare"]},
               {"header_format": "v1-space-list", "prefix": "x"}]
        for change in bad:
            with self.subTest(change=change):
                with self.assertRaises(ConfigError) as caught:
                    Profile.parse({**good, **change})
                self.assertEqual(caught.exception.code, "bad_profile")
        for document in ({}, [], "standard ", None, {"algorithm": object()}):
            with self.assertRaises(ConfigError):
                verify({}, b"", secrets=SECRET, scheme=document)

    def test_pointers(self):
        profile = dict(PROFILES["codespar"], type=["body:/a~1b/m~0n/1"], data=["body:/list/-"])
        event = read_with(profile, {"a/b": {"m~n": ["x", "y"]}, "list": [1]})
        self.assertEqual((event.type, event.data), ("y", None))
        for pointer in ("/a~1b/m~0n/01", "/a~1b/m~0n/2", "/a~1b/m~0n/１", "/a~1b/m~0n/99999999999"):
            with self.assertRaises(PayloadError):
                read_with(dict(profile, type=["body:" + pointer]), {"a/b": {"m~n": ["x", "y"]}})


def read_with(profile, body):
    from malote_receiver import sign
    raw = json.dumps(body).encode()
    headers = sign("", NOW, raw, secret=SECRET, scheme=profile)
    return verify(headers, raw, secrets=SECRET, scheme=profile, now=NOW)


if __name__ == "__main__":
    unittest.main()
