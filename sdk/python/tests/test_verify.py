"""Every scheme against every family of bad requests, and the rules that only some schemes have."""
import base64
import hashlib
import hmac
import unittest

from fixtures import NOW, OTHER_SECRET, SECRET, SECRETS, delivery, payload
from malote_receiver import ConfigError, VerificationError, sign, verify
from malote_receiver.mac import Key
from malote_receiver.profile import find_profile
from malote_receiver.profiles import PROFILES

SCHEMES = sorted(PROFILES)


def code(headers, body, scheme="standard", **options):
    """`ok`, or the code of the refusal; anything else that is raised fails the test."""
    options.setdefault("secrets", SECRET)
    try:
        verify(headers, body, scheme=scheme, now=options.pop("now", NOW), **options)
    except VerificationError as error:
        return error.code
    return "ok"


def for_every_scheme(test):
    def run(self):
        for scheme in SCHEMES:
            headers, body = delivery(scheme)
            with self.subTest(scheme=scheme):
                test(self, scheme, find_profile(scheme), headers, body)
    return run


class KeyTest(unittest.TestCase):
    def test_is_hmac_sha256_for_keys_and_bodies_of_all_sizes(self):
        for size in (1, 32, 63, 64, 65, 500):
            secret = bytes(number % 256 for number in range(size))
            key = Key(secret)
            for parts in ([b""], [b"id", b".", b"x" * 1000], [b"a", b"x" * 20_000, b"b"]):
                self.assertEqual(key.mac(parts), hmac.digest(secret, b"".join(parts), "sha256"))

    def test_shows_no_secret(self):
        self.assertNotIn("hush", repr(Key(b"hush")))


class EverySchemeTest(unittest.TestCase):
    @for_every_scheme
    def test_accepts_what_it_signs(self, scheme, profile, headers, body):
        event = verify(headers, body, secrets=SECRET, scheme=scheme, now=NOW)
        self.assertEqual((event.type, event.canonical), ("order.created", "order.created"))
        self.assertEqual(event.verified.matched_secret, 0)

    @for_every_scheme
    def test_takes_names_in_any_case_and_bytes(self, scheme, profile, headers, body):
        pairs = [(name.upper().encode(), b" \t" + value.encode() + b" ")
                 for name, value in headers.items()]
        self.assertEqual(code(pairs, body, scheme), "ok")

    @for_every_scheme
    def test_refuses_a_changed_body(self, scheme, profile, headers, body):
        for changed in (body + b"\n", body[:-1], body.replace(b"ord_1", b"ord_2"), b""):
            self.assertEqual(code(headers, changed, scheme), "no_matching_signature")

    @for_every_scheme
    def test_refuses_another_secret(self, scheme, profile, headers, body):
        self.assertEqual(code(headers, body, scheme, secrets=OTHER_SECRET),
                         "no_matching_signature")

    @for_every_scheme
    def test_says_which_secret_matched(self, scheme, profile, headers, body):
        event = verify(headers, body, secrets=[OTHER_SECRET, SECRET], scheme=scheme, now=NOW)
        self.assertEqual(event.verified.matched_secret, 1)

    @for_every_scheme
    def test_refuses_a_missing_empty_or_doubled_signature(self, scheme, profile, headers, body):
        name = profile.signature_header
        others = [(n, v) for n, v in headers.items() if n != name]
        self.assertEqual(code(others, body, scheme), "missing_header")
        self.assertEqual(code(others + [(name, " \t")], body, scheme), "missing_header")
        twice = others + [(name, "00"), (name.upper(), headers[name])]
        self.assertEqual(code(twice, body, scheme), "malformed_header")
        self.assertEqual(code({**headers, name: [headers[name]] * 2}, body, scheme),
                         "malformed_header")

    @for_every_scheme
    def test_refuses_a_doubled_id_or_timestamp(self, scheme, profile, headers, body):
        names = [profile.id_header, profile.timestamp.header if profile.timestamp else ""]
        for name in filter(None, names):
            twice = [*headers.items(), (name, headers[name])]
            self.assertEqual(code(twice, body, scheme), "malformed_header")

    @for_every_scheme
    def test_refuses_signatures_that_are_none(self, scheme, profile, headers, body):
        junk = ["garbage", "é" * 32, "=", ",", ",,,", "v1", "v1,", "v1=", "t=", "t=,v1=", "\x00",
                "v1,é", "sha256=", "sha512=" + "0" * 64, "0" * 63, "0" * 65, " " * 9 + "x",
                "g" * 64, base64.b64encode(bytes(31)).decode(), "%", "v1,v1,v1", "t=1,t=1,v1=00",
                "A" * 100_000, "v1," * 50_000, "t=1," * 50_000]
        for value in junk:
            got = code({**headers, profile.signature_header: value}, body, scheme)
            self.assertIn(got, ("malformed_header", "no_matching_signature"), value[:20])

    @for_every_scheme
    def test_refuses_a_signature_that_is_cut_or_grown(self, scheme, profile, headers, body):
        value = headers[profile.signature_header]
        for changed in (value[:-1], value[:-2], value + "0", value + "00", value + "A"):
            self.assertEqual(code({**headers, profile.signature_header: changed}, body,
                                  scheme), "malformed_header")

    @for_every_scheme
    def test_takes_hex_in_either_case(self, scheme, profile, headers, body):
        name, value = profile.signature_header, headers[profile.signature_header]
        shouted = value[:-64] + value[-64:].upper() if profile.encoding == "hex" else \
            value[:-44] + value[-44:].swapcase()
        wanted = "ok" if profile.encoding == "hex" else "no_matching_signature"
        self.assertEqual(code({**headers, name: shouted}, body, scheme), wanted)

    @for_every_scheme
    def test_judges_signed_times_both_ways(self, scheme, profile, headers, body):
        ages = {0: "ok", 300: "ok", 301: "timestamp_too_old", 31536000: "timestamp_too_old",
                -300: "ok", -301: "timestamp_too_new", -31536000: "timestamp_too_new"}
        signed = profile.timestamp is not None and profile.timestamp.signed
        for age, wanted in ages.items():
            headers, body = delivery(scheme, at=NOW - age)
            self.assertEqual(code(headers, body, scheme), wanted if signed else "ok", age)
            self.assertEqual(code(headers, body, scheme, tolerance=None), "ok")

    @for_every_scheme
    def test_says_whether_a_replay_is_stopped(self, scheme, profile, headers, body):
        signed = profile.timestamp is not None and profile.timestamp.signed
        for tolerance in (300, None):
            verified = verify(headers, body, secrets=SECRET, scheme=scheme, now=NOW,
                              tolerance=tolerance).verified
            self.assertEqual(verified.replay_protected, signed and tolerance is not None)
            self.assertEqual(verified.signed_at, NOW if signed else None)

    @for_every_scheme
    def test_judges_unsigned_times_only_if_told_to(self, scheme, profile, headers, body):
        if profile.timestamp is None or profile.timestamp.signed:
            return
        name = profile.timestamp.header
        old = {**headers, name: "2025-01-01T00:00:00Z" if profile.timestamp.format ==
               "rfc3339" else "1735689600"}
        bad, absent = {**headers, name: "soon"}, {**headers, name: ""}
        for value, wanted in ((old, "timestamp_too_old"), (bad, "malformed_header"),
                              (absent, "missing_header"), (headers, "ok")):
            self.assertEqual(code(value, body, scheme), "ok")
            self.assertEqual(code(value, body, scheme, enforce_unsigned_timestamp=True),
                             wanted)

    @for_every_scheme
    def test_refuses_odd_spellings_of_a_signed_time(self, scheme, profile, headers, body):
        odd = ["abc", "-1", "+1776868200", "0x69e8db68", "1776_868200", "1e9", "NaN", "Infinity",
               "1776868200.5", "1776868200junk", "99999999999999999999", "１７７６８６８２００",
               "0" * 16, "1776868200\x00"]
        if profile.timestamp is None or not profile.timestamp.signed:
            return
        for text in odd:
            headers = signed_at(scheme, text, body)
            self.assertEqual(code(headers, body, scheme), "malformed_header", text)
        self.assertEqual(code(signed_at(scheme, str(NOW), body), body, scheme), "ok")
        padded = "0" * (15 - len(str(NOW))) + str(NOW)
        self.assertEqual(code(signed_at(scheme, padded, body), body, scheme), "ok")

    @for_every_scheme
    def test_refuses_to_work_without_a_secret(self, scheme, profile, headers, body):
        for secrets in (None, "", b"", [], [None], [SECRET, ""], "whsec_"):
            if secrets == "whsec_" and profile.secret_encoding == "utf8":
                continue
            with self.assertRaises(ConfigError) as caught:
                verify(headers, body, secrets=secrets, scheme=scheme, now=NOW)
            self.assertEqual(caught.exception.code, "no_secret")


class ListsOfSignaturesTest(unittest.TestCase):
    BODY = b'{"type":"order.created"}'

    def signature(self, scheme="standard"):
        profile = find_profile(scheme)
        headers, _ = delivery(scheme, self.BODY)
        return headers, profile.signature_header, headers[profile.signature_header]

    def code_of(self, value, scheme="standard", **options):
        headers, name, _ = self.signature(scheme)
        return code({**headers, name: value}, self.BODY, scheme, **options)

    def test_space_list(self):
        _, _, good = self.signature()
        wrong = "v1," + base64.b64encode(bytes(32)).decode()
        cases = {f"{wrong} {good}": "ok", f"garbage v1 v1, v2,x  {good}": "ok",
                 f"{good} {wrong}": "ok", wrong: "no_matching_signature",
                 f"v2,{good[3:]}": "no_matching_signature", "v2,x garbage": "no_matching_signature",
                 "v2,x v1,x": "malformed_header", "garbage": "malformed_header",
                 good[3:]: "malformed_header", good.replace("=", ""): "malformed_header",
                 good.replace("v1,", "V1,"): "no_matching_signature",
                 good + "\n": "malformed_header", f"{good},{good}": "malformed_header"}
        for value, wanted in cases.items():
            with self.subTest(value=value):
                self.assertEqual(self.code_of(value), wanted)

    def test_members_with_a_time(self):
        for scheme, comma in (("stripe", ","), ("codespar-t", ","), ("stateset-t", " ")):
            _, _, good = self.signature(scheme)
            time, _, mac = good.partition(comma)
            cases = {f"{mac}{comma}{time}": "ok", f"{time}{comma}v1={'0' * 64}{comma}{mac}": "ok",
                     f"{time}{comma}v0=abcd{comma}x{comma}{comma}y=z{comma}{mac}": "ok",
                     f"{time}{comma}v1=00{comma}{mac}": "ok",
                     f"{time}{comma}v1={'0' * 64}": "no_matching_signature",
                     f"{time}{comma}v0=abcd": "no_matching_signature",
                     f"{time}{comma}v0=abcd{comma}v1=abcd": "malformed_header",
                     time: "malformed_header", mac: "malformed_header",
                     f"{time}{comma}v1": "malformed_header", f"{time}{comma}x=y":
                     "malformed_header", f"{time}{comma}{time}{comma}{mac}": "malformed_header",
                     f"t={comma}{mac}": "malformed_header"}
            for value, wanted in cases.items():
                with self.subTest(scheme=scheme, value=value):
                    self.assertEqual(self.code_of(value, scheme), wanted)

    def test_no_more_than_the_limit(self):
        _, _, good = self.signature()
        wrong = "v1," + base64.b64encode(bytes(32)).decode()
        self.assertEqual(self.code_of(" ".join([wrong] * 15 + [good])), "ok")
        self.assertEqual(self.code_of(" ".join([wrong] * 16 + [good])), "malformed_header")
        self.assertEqual(self.code_of(f"x {good}", max_signatures=1), "malformed_header")
        for scheme, comma in (("codespar-t", ","), ("stateset-t", " ")):
            _, _, good = self.signature(scheme)
            wrong = f"{comma}v1={'0' * 64}"
            self.assertEqual(self.code_of(good + wrong * 15, scheme), "ok")
            self.assertEqual(self.code_of(good + wrong * 16, scheme), "malformed_header")

    def test_prefixes(self):
        for scheme, plain, prefixed in (("codespar", "ok", "ok"), ("stateset", "ok", "ok"),
                                        ("commerce-engine", "ok", "ok"),
                                        ("whatalo", "ok", "malformed_header"),
                                        ("github", "malformed_header", "ok")):
            headers, body = delivery(scheme)
            name = find_profile(scheme).signature_header
            digits = headers[name][-64:]
            cases = {digits: plain, "sha256=" + digits: prefixed}
            for wrong in ("SHA256=", "sha512=", "sha256= ", "sha256=sha256=", "sha256"):
                cases[wrong + digits] = "malformed_header"
            for value, wanted in cases.items():
                with self.subTest(scheme=scheme, value=value):
                    self.assertEqual(code({**headers, name: value}, body, scheme), wanted)


class TimesTest(unittest.TestCase):
    def test_rfc3339_is_read_strictly(self):
        headers, body = delivery("codespar")
        good = ["2026-04-22T14:30:00Z", "2026-04-22T14:30:00.123456789Z",
                "2026-04-22T11:30:00-03:00", "2026-04-23T04:29:59+14:00"]
        bad = ["2026-04-22 14:30:00Z", "2026-04-22T14:30:00", "2026-04-22t14:30:00z",
               "2026-02-30T14:30:00Z", "2025-02-29T00:00:00Z", "2026-13-01T00:00:00Z",
               "2026-04-22T24:00:00Z", "2026-04-22T14:60:00Z", "2026-04-22T14:30:00+24:00",
               "2026-04-22T14:30Z", "2026-04-22", "1776868200", "2026-04-22T14:30:00.Z",
               "0000-01-01T00:00:00Z", "２０２６-04-22T14:30:00Z", "2026-04-22T14:30:00ZZ",
               "2026-04-22T14:30:00+0300", "20260422T143000Z"]
        for text in good + bad:
            with self.subTest(text=text):
                got = code(replaced(headers, "x-codespar-timestamp", text), body, "codespar",
                           enforce_unsigned_timestamp=True)
                self.assertEqual(got, "ok" if text in good else "malformed_header")

    def test_the_first_and_last_years_do_not_overflow(self):
        headers, body = delivery("codespar")
        for text, wanted in (("0001-01-01T00:00:00+23:59", "timestamp_too_old"),
                             ("9999-12-31T23:59:59-23:59", "timestamp_too_new")):
            got = code(replaced(headers, "x-codespar-timestamp", text), body, "codespar",
                       enforce_unsigned_timestamp=True)
            self.assertEqual(got, wanted)

    def test_a_fraction_of_a_second_does_not_count(self):
        headers, body = delivery(at=NOW - 300)
        self.assertEqual(code(headers, body, now=NOW + 0.9), "ok")
        self.assertEqual(code(headers, body, now=NOW + 1), "timestamp_too_old")

    def test_the_time_is_judged_after_the_signature(self):
        headers, body = delivery(at=NOW - 9999)
        self.assertEqual(code(headers, body + b" "), "no_matching_signature")


class SecretsTest(unittest.TestCase):
    def error(self, secret, scheme="standard"):
        with self.assertRaises(ConfigError) as caught:
            sign("id", NOW, b"{}", secret=secret, scheme=scheme)
        self.assertNotIn(str(secret).strip(), str(caught.exception))
        return caught.exception

    def test_the_look_of_a_secret_decides_nothing(self):
        body = b'{"type":"x","id":"1"}'
        headers = sign("", NOW, body, secret=SECRET, scheme="codespar")
        expected = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
        self.assertEqual(headers["x-codespar-signature"], expected)

    def test_a_whsec_secret_works_with_and_without_its_prefix(self):
        headers, body = delivery()
        self.assertEqual(code(headers, body, secrets=SECRET[6:]), "ok")
        self.assertEqual(code(headers, body, secrets=SECRET.encode()), "ok")

    def test_a_secret_that_cannot_be_decoded_is_an_error_that_helps(self):
        self.assertIn("drop", self.error("v1," + SECRET).hint)
        for secret in (SECRET + "\n", " " + SECRET, SECRET[:-1], "whsec_é", "whsec_%%%%", 7, []):
            self.assertEqual(self.error(secret).code, "bad_secret")

    def test_a_plain_secret_is_taken_as_it_is(self):
        body = b'{"type":"x"}'
        for secret in ("sécret", "line\n", " spaced ", "日本", "a" * 500, "\udcff"):
            headers = sign("", NOW, body, secret=secret, scheme="codespar")
            self.assertEqual(code(headers, body, "codespar", secrets=secret), "ok")
            self.assertEqual(code(headers, body, "codespar", secrets=secret + "\n"),
                             "no_matching_signature")

    def test_hex_secrets(self):
        profile = dict(PROFILES["codespar"], secret_encoding="hex")
        body = b'{"type":"x"}'
        headers = sign("", NOW, body, secret=SECRETS["hex"], scheme=profile)
        self.assertEqual(code(headers, body, profile, secrets=SECRETS["hex"].upper()), "ok")
        self.assertEqual(self.error("abc", profile).code, "bad_secret")
        self.assertEqual(self.error("zz", profile).code, "bad_secret")

    def test_at_most_eight(self):
        headers, body = delivery()
        self.assertEqual(code(headers, body, secrets=[OTHER_SECRET] * 7 + [SECRET]), "ok")
        with self.assertRaises(ConfigError):
            verify(headers, body, secrets=[SECRET] * 9, now=NOW)


class BodiesTest(unittest.TestCase):
    def test_only_bytes_are_a_body(self):
        headers, body = delivery()
        self.assertEqual(code(headers, bytearray(body)), "ok")
        self.assertEqual(code(headers, memoryview(body)), "ok")
        for parsed in (body.decode(), payload(), None, [1]):
            with self.assertRaises(ConfigError) as caught:
                verify(headers, parsed, secrets=SECRET, now=NOW)
            self.assertEqual(caught.exception.code, "body_consumed")


def replaced(headers, name, value):
    return {n: value if n.lower() == name else v for n, v in headers.items()}


def signed_at(scheme, time, body):
    """Headers rightly signed over a time that is no time."""
    profile = find_profile(scheme)
    key = base64.b64decode(SECRET[6:]) if profile.secret_encoding == "whsec-base64" \
        else SECRET.encode()
    parts = {"id": b"dlv_1", "ts": time.encode(), "body": body}
    message = b"".join(parts.get(part, part.encode()) for part in profile.signed)
    mac = hmac.new(key, message, hashlib.sha256)
    headers, _ = delivery(scheme, body)
    if profile.header_format == "v1-space-list":
        headers[profile.signature_header] = "v1," + base64.b64encode(mac.digest()).decode()
    elif profile.header_format == "bare":
        headers[profile.signature_header] = mac.hexdigest()
    else:
        comma = "," if profile.header_format == "t-v1-comma" else " "
        headers[profile.signature_header] = f"t={time}{comma}v1={mac.hexdigest()}"
    if profile.timestamp.header:
        headers[profile.timestamp.header] = time
    return headers


if __name__ == "__main__":
    unittest.main()
