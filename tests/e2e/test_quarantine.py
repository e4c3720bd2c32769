#!/usr/bin/python3
"""Refused requests: kept for a while, explained, taken in once the fault is mended. And what else a
connection tells of itself: its health, handshakes, probes, address lists, an expiry."""
import base64
import hashlib
import hmac
import json
import os
import sqlite3
import tempfile
import time
import unittest

from harness import PATIENCE, Gateway, GatewayTest, eventually, hmac_base64, hmac_hex, main

RECEIVED = b'{"received":true}'
KEPT = 20  # refused requests per connection


def time_at(seconds):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + seconds))


def asaas_body(number, kind="PAYMENT_RECEIVED"):
    return json.dumps({"id": f"evt_{number}", "event": kind, "payment": {"id": f"pay_{number}", "value": 150.35}})


class QuarantineTest(GatewayTest):
    def connect(self, server, webhook_secret="e2e-webhook-secret", auth=None, **more):
        if auth is not None:
            more["connection_metadata"] = {"webhook_auth": auth}
        return self.gw.ok("POST", "/v1/connections", {"server_id": server, "webhook_secret": webhook_secret, **more})

    def send(self, connection, body, headers=None, query="", method="POST"):
        return self.gw.request(method, connection["webhook_path"] + query, body,
                               {"Content-Type": "application/json", **(headers or {})})

    def path(self, connection, tail):
        return f"/v1/connections/{connection['id']}/{tail}"

    def rejected(self, connection):
        page = self.gw.ok("GET", self.path(connection, "rejected"))
        self.assertEqual(page["rejected"], page["data"])
        return page["rejected"]

    def health(self, connection):
        return self.gw.ok("GET", self.path(connection, "health"))

    def events(self, connection):
        return self.gw.ok("GET", "/v1/events?connection_id=" + connection["id"])["events"]

    def accept(self, connection, rejected):
        return self.gw.call("POST", self.path(connection, f"rejected/{rejected['id']}/accept"))

    def assertReceived(self, answer, body=RECEIVED):
        self.assertEqual((answer.status, answer.body), (200, body), answer)

    def rows(self, table):
        """The store's own word on what it holds."""
        with sqlite3.connect(f"file:{self.gw.data}/malote.db?mode=ro", uri=True) as db:
            return db.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


class Refused(QuarantineTest):
    def test_kept_mended_accepted_and_delivered(self):
        c = self.connect("asaas", "old-token-of-the-panel")
        trigger = self.gw.trigger(self.receiver.url(), "payment.confirmed", server_id="asaas")
        body = asaas_body("mended")
        before = self.rows("receipts"), self.rows("events")
        answer = self.send(c, body, {"asaas-access-token": "new-token-of-the-panel", "X-Seen": "yes"})
        self.assertError(answer, 401, "unauthorized")
        one, = self.rejected(c)
        self.assertRegex(one["id"], r"^rej_[A-Za-z0-9]{16}$")
        self.assertEqual((one["reason"], one["body"], one["body_encoding"]), ("secret_mismatch", body, "utf8"))
        self.assertTrue(one["hint"])
        self.assertRegex(one["received_at"], r"^\d{4}-\d\d-\d\dT[\d:.]+Z$")
        headers = {name.lower(): value for name, value in one["request"]["headers"]}
        self.assertEqual((headers["asaas-access-token"], headers["x-seen"]), ("[redacted]", "yes"))
        self.assertEqual((one["request"]["method"], one["request"]["remote_ip"]), ("POST", "127.0.0.1"))
        whole = self.gw.call("GET", self.path(c, "rejected/" + one["id"]))
        explanation = whole.json.pop("explanation")
        self.assertEqual((explanation["verdict"], explanation["reason"]), ("refused", "secret_mismatch"))
        for text in (whole.body, json.dumps(one).encode(), self.gw.text().encode()):
            self.assertNotIn(b"new-token-of-the-panel", text)
            self.assertNotIn(b"old-token-of-the-panel", text)
        self.assertEqual((self.rows("receipts"), self.rows("events")), before, "refusing costs no write")
        self.assertEqual(self.events(c), [])

        still = self.accept(c, one)
        self.assertEqual((still.status, still.json["accepted"], still.json["reason"]), (409, False, "secret_mismatch"))
        self.assertEqual(self.events(c), [])
        self.gw.ok("PUT", self.path(c, "webhook-secret"), {"secret": "new-token-of-the-panel"})
        taken = self.accept(c, one)
        self.assertEqual((taken.status, taken.json["accepted"], taken.json["outcome"]), (200, True, "accepted"))
        event, = self.events(c)
        self.assertEqual((event["type"], event["integrity"]), ("payment.confirmed", "unsigned_body"))
        self.assertEqual(self.receiver.take().json["payment_id"], "pay_mended")
        self.assertError(self.accept(c, one), 404, "not_found")
        self.assertNotIn(one["id"], [row["id"] for row in self.rejected(c)])
        self.gw.call("DELETE", "/v1/triggers/" + trigger["id"])

    def test_accepting_what_came_again_by_itself_makes_no_second_event(self):
        c = self.connect("asaas", "old")
        body = asaas_body("twice")
        self.send(c, body, {"asaas-access-token": "new"})
        self.gw.ok("PUT", self.path(c, "webhook-secret"), {"secret": "new"})
        self.assertReceived(self.send(c, body, {"asaas-access-token": "new"}))
        taken = self.accept(c, self.rejected(c)[0])
        self.assertEqual((taken.status, taken.json["outcome"]), (200, "duplicate"))
        self.assertEqual(len(self.events(c)), 1)

    def test_what_is_refused_again_stays_as_it_was(self):
        c = self.connect("asaas", "right")
        self.send(c, asaas_body("again"), {"asaas-access-token": "wrong"})
        one, = self.rejected(c)
        for _ in range(3):
            self.assertEqual(self.accept(c, one).status, 409)
        self.assertEqual([row["id"] for row in self.rejected(c)], [one["id"]])
        self.assertEqual(self.health(c)["refused"], 1)

    def test_judged_as_of_when_it_came(self):
        """A signature's time is compared with the time of the request, not of the operator's click."""
        c = self.connect("stripe", "whsec_wrong")
        body = b'{"id":"evt_late","type":"payout.paid","data":{"object":{"id":"po_1","amount":1,"currency":"brl"}}}'
        at = int(time.time())
        self.send(c, body, {"Stripe-Signature": f"t={at},v1={hmac_hex('whsec_right', f'{at}.'.encode() + body)}"})
        self.gw.ok("PUT", self.path(c, "webhook-secret"), {"secret": "whsec_right"})
        self.assertEqual(self.accept(c, self.rejected(c)[0]).status, 200)
        self.assertEqual(self.events(c)[0]["type"], "payout.settled")

    def test_the_ring_is_bounded(self):
        c = self.connect("asaas", "right")
        for number in range(KEPT + 5):
            self.send(c, asaas_body(f"ring{number}"), {"asaas-access-token": "wrong"})
        rows = self.rejected(c)
        self.assertEqual([json.loads(row["body"])["id"] for row in rows],
                         [f"evt_ring{number}" for number in range(KEPT + 4, 4, -1)])
        self.assertEqual(self.health(c)["refused"], KEPT + 5)

    def test_a_body_too_large_to_keep_is_only_counted(self):
        c = self.connect("asaas", "right")
        self.send(c, b" " * (300 * 1024), {"asaas-access-token": "wrong"})
        self.assertEqual(self.rejected(c), [])
        self.assertEqual(self.health(c)["refused"], 1)

    def test_a_body_that_is_no_text_is_shown_in_base64(self):
        c = self.connect("asaas", "right")
        self.send(c, b"\xff\x00\xfe", {"asaas-access-token": "wrong"})
        one, = self.rejected(c)
        self.assertEqual((one["body_encoding"], base64.b64decode(one["body"])), ("base64", b"\xff\x00\xfe"))

    def test_secrets_are_redacted_wherever_they_are_carried(self):
        guess = "a-guess-that-may-be-the-old-secret"
        basic = base64.b64encode(f"user:{guess}".encode()).decode()
        cases = [
            ("asaas", "right", {"asaas-access-token": guess}, ""),
            ("iugu", "right", {"Authorization": guess}, ""),
            ("pagar-me", {"username": "user", "password": "right"}, {"Authorization": "Basic " + basic}, ""),
            ("bitso", "right-token-of-the-url", {}, "?token=" + guess),
            ("z-api", "right", {"z-api-token": guess}, ""),
            ("stripe", "right", {"Stripe-Signature": "t=1,v1=00", "Authorization": guess, "Cookie": guess}, ""),
        ]
        for server, secret, headers, query in cases:
            with self.subTest(server):
                c = self.connect(server, secret)
                self.assertError(self.send(c, b'{"event":"x"}', headers, query), 401)
                page = self.gw.call("GET", self.path(c, "rejected"))
                whole = self.gw.call("GET", self.path(c, "rejected/" + page.json["rejected"][0]["id"]))
                for text in (page.body, whole.body):
                    self.assertIn(b"[redacted]", text)
                    for hidden in (guess, basic, "right"):
                        self.assertNotIn(hidden.encode(), text)

    def test_the_token_of_a_fallback_parameter_is_redacted(self):
        c = self.connect("z-api", "the-instance-token")
        self.send(c, b'{"type":"DisconnectedCallback"}', query="?token=the-guess-of-somebody")
        self.assertNotIn("the-guess-of-somebody", json.dumps(self.rejected(c)))
        body = b'{"type":"DisconnectedCallback","instanceId":"I1"}'
        self.assertReceived(self.send(c, body, query="?token=the-instance-token"))
        event = self.gw.call("GET", "/v1/events/" + self.events(c)[0]["id"])
        self.assertNotIn(b"the-instance-token", event.body)

    def test_a_misspelt_description_is_not_explained(self):
        c = self.connect("asaas", "right")
        for wrong in ({"hedaers": {}}, {"headers": 5}, {"at": 5}, {"body": None}, {"body_base64": 5}):
            self.assertError(self.gw.call("POST", self.path(c, "explain"), wrong), 400, "invalid_body")
        self.assertEqual(self.gw.ok("POST", self.path(c, "explain"), {})["reason"], "missing_header")

    def test_only_so_many_headers_are_tried(self):
        c = self.connect("asaas", "right")
        for others, found in ((10, ["header"]), (5000, [])):
            headers = [[f"X-{number}", "x"] for number in range(others)] + [["X-Proof", "right"]]
            answer = self.gw.ok("POST", self.path(c, "explain"), {"headers": headers, "body": "{}"})
            self.assertEqual([finding["code"] for finding in answer["findings"]], found)

    def test_a_secret_within_the_body_is_redacted(self):
        c = self.connect("nfe-io", "x" * 32)
        ping = {"action": "ping", "webHook": {"Id": "1", "Secret": "y" * 40}}
        self.assertError(self.send(c, json.dumps(ping), {"X-Hub-Signature": "sha1=" + "00" * 20}), 401)
        one, = self.rejected(c)
        self.assertNotIn("y" * 40, json.dumps(one))
        self.assertEqual(json.loads(one["body"])["webHook"], {"Id": "1", "Secret": "[redacted]"})


class Foreign(QuarantineTest):
    def test_another_projects_key_finds_nothing(self):
        c = self.connect("asaas", "right")
        self.send(c, asaas_body("foreign"), {"asaas-access-token": "wrong"})
        one, = self.rejected(c)
        project = self.gw.ok("POST", "/v1/projects", {"name": "Other", "slug": "other-quarantine"})
        key = self.gw.ok("POST", "/v1/api-keys", {"name": "other"}, headers={"x-codespar-project": project["id"]})
        paths = [("GET", "rejected", None), ("GET", "rejected/" + one["id"], None), ("GET", "health", None),
                 ("POST", f"rejected/{one['id']}/accept", None), ("POST", "explain", {"headers": {}, "body": "{}"})]
        for method, tail, body in paths:
            for path in (self.path(c, tail), self.path({"id": "ca_0000000000000000"}, tail)):
                with self.subTest(method + " " + path):
                    self.assertError(self.gw.call(method, path, body, key=key["full_key"]), 404, "not_found")
            self.assertError(self.gw.call(method, self.path(c, tail), body, key=None), 401)
        self.assertError(self.gw.call("GET", self.path(c, "rejected/rej_0000000000000000")), 404, "not_found")
        self.assertEqual([row["id"] for row in self.rejected(c)], [one["id"]])

    def test_another_connection_does_not_show_it(self):
        c, other = self.connect("asaas", "right"), self.connect("asaas", "right2")
        self.send(c, asaas_body("other"), {"asaas-access-token": "wrong"})
        one, = self.rejected(c)
        self.assertEqual(self.rejected(other), [])
        self.assertError(self.gw.call("GET", self.path(other, "rejected/" + one["id"])), 404, "not_found")
        self.assertError(self.accept(other, one), 404, "not_found")


class Explain(QuarantineTest):
    BODY = '{"event":"order.created","id":"o1","total":10.50,"items":[{"sku":"a"},{"sku":"b"}]}'
    AUTH = {"scheme": "hmac", "algorithm": "sha256", "encoding": "hex", "header": "X-Shop-Signature"}

    def setUp(self):
        super().setUp()
        self.secret = "secret-of-" + self._testMethodName  # or the other tests' connections are found

    def explain(self, connection, headers, body=BODY, **more):
        wish = {"method": "POST", "headers": headers, "body": body, **more}
        return self.gw.ok("POST", self.path(connection, "explain"), wish)

    def assertFound(self, answer, code, *words):
        """This finding and no other; it says what to do, and never the secret."""
        self.assertEqual(answer["verdict"], "refused", answer)
        self.assertEqual([finding["code"] for finding in answer["findings"]], [code], answer)
        for word in words:
            self.assertIn(word, answer["findings"][0]["message"])
        self.assertNotIn(self.secret, json.dumps(answer))

    def shop(self, secret=None, **auth):
        return self.connect("custom", secret or self.secret, {**self.AUTH, **auth})

    def signed(self, body=BODY, secret=None, header="X-Shop-Signature"):
        return {header: hmac_hex(secret or self.secret, body)}

    def test_a_right_request(self):
        answer = self.explain(self.shop(), self.signed())
        self.assertEqual((answer["verdict"], answer["reason"], answer["hint"], answer["findings"]),
                         ("accepted", None, None, []))

    def test_base64_for_hex_and_hex_for_base64(self):
        in_base64 = {"X-Shop-Signature": hmac_base64(self.secret.encode(), self.BODY.encode())}
        self.assertFound(self.explain(self.shop(), in_base64), "encoding", "base64", "webhook_auth.encoding")
        self.assertFound(self.explain(self.shop(encoding="base64"), self.signed()), "encoding", "hex")

    def test_another_hash(self):
        for name in ("sha1", "sha512"):
            digest = hmac.new(self.secret.encode(), self.BODY.encode(), getattr(hashlib, name)).hexdigest()
            answer = self.explain(self.shop(), {"X-Shop-Signature": digest})
            self.assertFound(answer, "algorithm", name)

    def test_a_secret_with_space_around_it(self):
        spaced = {"secrets": [{"secret": " " + self.secret + "\n"}]}
        self.assertFound(self.explain(self.shop(spaced), self.signed()), "secret_space")
        plain = self.gw.call("POST", "/v1/connections", {"server_id": "stripe", "webhook_secret": self.secret + "\n"})
        self.assertIn("white space", self.assertError(plain, 400, "invalid_body")["message"])

    def test_a_secret_with_a_newline_at_the_senders(self):
        self.assertFound(self.explain(self.shop(), self.signed(secret=self.secret + "\n")), "secret_newline")

    def test_a_secret_that_is_written_otherwise(self):
        key = bytes(range(32))
        digest = hmac.new(key, self.BODY.encode(), hashlib.sha256).hexdigest()
        for form, text in (("hex", key.hex()), ("base64", base64.b64encode(key).decode())):
            answer = self.explain(self.shop(text), {"X-Shop-Signature": digest})
            self.assertEqual(answer["findings"][0]["code"], "secret_encoding", answer)
            self.assertIn(form, answer["findings"][0]["message"])

    def test_another_header(self):
        answer = self.explain(self.shop(), self.signed(header="X-Store-Hmac"))
        self.assertEqual(answer["reason"], "missing_header")
        self.assertFound(answer, "header", "X-Store-Hmac", "webhook_auth.header")

    def test_another_signed_text(self):
        at = str(int(time.time()))
        c = self.shop(timestamp_header="X-Shop-Time")
        headers = {"X-Shop-Signature": hmac_hex(self.secret, f"{at}.{self.BODY}"), "X-Shop-Time": at}
        self.assertFound(self.explain(c, headers), "signed", "{timestamp}.{body}")

    def test_a_body_that_was_written_again_on_its_way(self):
        c = self.shop()
        spaced = json.dumps(json.loads(self.BODY, parse_float=lambda text: 10.5))
        compact = json.dumps(json.loads(spaced), separators=(",", ":"))
        for signed, came in ((compact, spaced), (spaced, compact), (compact, json.dumps(json.loads(compact), indent=2))):
            with self.subTest(came=came):
                self.assertFound(self.explain(c, self.signed(signed), came), "body_reserialised", "bytes")

    def test_a_newline_that_came_or_went(self):
        c = self.shop()
        for signed, came in ((self.BODY, self.BODY + "\n"), (self.BODY + "\n", self.BODY)):
            answer = self.explain(c, self.signed(signed), came)
            self.assertEqual(answer["findings"][0]["code"], "body_newline", answer)

    def test_the_secret_of_another_connection(self):
        other = self.shop("another-shops-secret-42")
        answer = self.explain(self.shop(), self.signed(secret="another-shops-secret-42"))
        self.assertFound(answer, "other_connection", other["id"])
        self.assertNotIn("another-shops-secret-42", json.dumps(answer))

    def test_a_clock_that_is_off(self):
        c = self.connect("stripe", "whsec_clock")
        body, at = '{"id":"evt_1"}', int(time.time()) - 1000
        headers = {"Stripe-Signature": f"t={at},v1={hmac_hex('whsec_clock', f'{at}.{body}')}"}
        answer = self.explain(c, headers, body)
        self.assertEqual(answer["reason"], "timestamp_out_of_tolerance")
        self.assertFound(answer, "clock", "tolerance_seconds")
        then = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at + 5))
        self.assertEqual(self.explain(c, headers, body, at=then)["verdict"], "accepted")
        ahead = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at - 1000))
        self.assertFound(self.explain(c, headers, body, at=ahead), "clock")

    def test_a_clock_that_is_off_under_another_name_of_the_headers(self):
        c = self.connect("standard-webhooks", "whsec_" + base64.b64encode(b"k" * 24).decode())
        at = int(time.time()) - 1000
        signature = hmac_base64(b"k" * 24, f"msg_1.{at}.{{}}".encode())
        for beginning in ("webhook", "svix"):
            headers = {beginning + "-id": "msg_1", beginning + "-timestamp": str(at),
                       beginning + "-signature": "v1," + signature}
            with self.subTest(beginning):
                answer = self.explain(c, headers, "{}")
                self.assertEqual(answer["reason"], "timestamp_out_of_tolerance")
                self.assertFound(answer, "clock")

    def test_nothing_of_the_kind(self):
        answer = self.explain(self.shop(), self.signed(secret="who knows"))
        self.assertEqual((answer["verdict"], answer["reason"], answer["findings"]),
                         ("refused", "signature_mismatch", []))
        self.assertTrue(answer["hint"])

    def test_bodies_as_base64_and_headers_as_pairs_or_lists(self):
        c = self.shop()
        body = base64.b64encode(self.BODY.encode()).decode()
        digest = hmac_hex(self.secret, self.BODY)
        for headers in ([["X-Shop-Signature", digest]], {"x-shop-signature": [digest]}):
            answer = self.gw.ok("POST", self.path(c, "explain"), {"headers": headers, "body_base64": body})
            self.assertEqual(answer["verdict"], "accepted", answer)
        doubled = self.gw.ok("POST", self.path(c, "explain"),
                             {"headers": {"X-Shop-Signature": [digest, digest[::-1]]}, "body_base64": body})
        self.assertEqual(doubled["reason"], "malformed_header")

    def test_what_cannot_be_explained(self):
        c = self.shop()
        for wish in ({"body": {"a": 1}}, {"body_base64": "?"}, {"body": "", "at": "yesterday"}, b"[]", b"{"):
            with self.subTest(wish):
                self.assertError(self.gw.call("POST", self.path(c, "explain"), wish), 400)

    def test_explaining_leaves_no_trace(self):
        c = self.shop()
        self.explain(c, self.signed())
        self.explain(c, {})
        health = self.health(c)
        self.assertEqual((health["received"], health["refused"], self.rejected(c), self.events(c)), (0, 0, [], []))

    def test_a_refused_request_is_explained_as_of_when_it_came(self):
        c = self.shop()
        self.send(c, self.BODY, {"X-Shop-Signature": hmac_base64(self.secret.encode(), self.BODY.encode())})
        one, = self.rejected(c)
        self.assertFound(self.gw.ok("GET", self.path(c, "rejected/" + one["id"]))["explanation"], "encoding")

    def test_over_the_command_line(self):
        c = self.shop()
        self.send(c, self.BODY, self.signed(secret="wrong"))
        with tempfile.TemporaryDirectory() as folder:
            file = os.path.join(folder, "request.json")
            with open(file, "w", encoding="utf-8") as out:
                json.dump({"headers": self.signed(header="X-Other"), "body": self.BODY}, out)
            shown = self.gw.run_cli("inbound", "explain", "--connection", c["id"], file)
            self.assertEqual((shown.returncode, shown.stderr), (0, ""))
            self.assertIn("refused", shown.stdout)
            self.assertIn("X-Other", shown.stdout)
            raw = self.gw.run_cli("inbound", "explain", "--json", "--connection", c["id"], file)
            self.assertFound(json.loads(raw.stdout), "header")
        listed = self.gw.run_cli("connections", "rejected", c["id"])
        one, = self.rejected(c)
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn(one["id"], listed.stdout)
        self.assertIn("signature_mismatch", listed.stdout)
        refused = self.gw.run_cli("connections", "accept", c["id"], one["id"])
        self.assertEqual(refused.returncode, 1, refused.stdout)
        self.gw.ok("PUT", self.path(c, "webhook-secret"), {"secret": "wrong"})
        taken = self.gw.run_cli("connections", "accept", c["id"], self.rejected(c)[-1]["id"])
        self.assertEqual(taken.returncode, 0, taken.stderr)
        self.assertIn("accepted", taken.stdout)
        health = self.gw.run_cli("connections", "health", "--json", c["id"])
        self.assertEqual((health.returncode, json.loads(health.stdout)["received"]), (0, 1), health.stderr)


class Health(QuarantineTest):
    def test_counts_times_and_the_age_of_secrets(self):
        c = self.connect("asaas", "right", expires_at="2099-01-02T03:04:05Z")
        fresh = self.health(c)
        self.assertEqual((fresh["connection_id"], fresh["status"], fresh["received"], fresh["refused"],
                          fresh["last_received_at"], fresh["last_refused_at"], fresh["last_refused_reason"],
                          fresh["previous_secret_until"], fresh["expires_at"]),
                         (c["id"], "connected", 0, 0, None, None, None, None, "2099-01-02T03:04:05.000Z"))
        self.assertTrue(fresh["counted_since"] and fresh["webhook_secret_set_at"])
        for number in range(3):
            self.assertReceived(self.send(c, asaas_body(f"h{number}"), {"asaas-access-token": "right"}))
        self.send(c, asaas_body("h9"), {"asaas-access-token": "wrong"})
        self.send(c, asaas_body("h9"))
        self.send(c, None, method="GET")  # a probe counts as neither
        self.gw.ok("PUT", self.path(c, "webhook-secret"), {"secret": "right2", "overlap_seconds": 3600})
        after = self.health(c)
        self.assertEqual((after["received"], after["refused"], after["last_refused_reason"]), (3, 2, "missing_header"))
        self.assertLessEqual(fresh["counted_since"], after["last_received_at"])
        self.assertLessEqual(after["last_received_at"], after["last_refused_at"])
        self.assertLessEqual(fresh["webhook_secret_set_at"], after["webhook_secret_set_at"])
        self.assertGreater(after["previous_secret_until"], after["webhook_secret_set_at"])

    def test_no_secret_no_age(self):
        c = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas"})
        health = self.health(c)
        self.assertEqual((health["webhook_secret_set"], health["webhook_secret_set_at"]), (False, None))
        self.assertError(self.send(c, b"{}", {"asaas-access-token": "x"}), 401)
        self.assertTrue(self.health(c)["last_refused_reason"])


class HealthOverRestarts(QuarantineTest):
    @classmethod
    def setUpClass(cls):
        pass  # a gateway of its own, started twice

    def test_counts_go_on_after_a_stop(self):
        with Gateway() as gw:
            c = gw.ok("POST", "/v1/connections", {"server_id": "asaas", "webhook_secret": "right"})
            health = "/v1/connections/" + c["id"] + "/health"

            def post(number, token):
                gw.request("POST", c["webhook_path"], asaas_body(f"r{number}"), {"asaas-access-token": token})
            post(1, "right")
            post(2, "wrong")
            before = gw.ok("GET", health)
            gw.terminate()
            gw.start()
            self.assertEqual(gw.ok("GET", health), before)
            post(3, "wrong")
            after = gw.ok("GET", health)
            self.assertEqual((after["received"], after["refused"]), (1, 2))
            self.assertEqual(after["counted_since"], before["counted_since"])


class Expiry(QuarantineTest):
    @classmethod
    def setUpClass(cls):
        pass  # a gateway of its own, started twice

    def expired(self, gw, connection):
        return gw.ok("GET", f"/v1/events?connection_id={connection['id']}&type=connection.expired")["events"]

    def test_connection_expired_is_raised_once(self):
        with Gateway() as gw:
            gw.trigger(self.receiver.url(), "connection.expired")
            wish = {"server_id": "melhor-envio", "webhook_secret": "s", "display_name": "Loja"}
            past = gw.ok("POST", "/v1/connections", {**wish, "expires_at": time_at(-60)})
            later = gw.ok("POST", "/v1/connections", {**wish, "expires_at": time_at(3600)})
            never = gw.ok("POST", "/v1/connections", wish)
            self.assertEqual(never["expires_at"], None)
            patched = gw.ok("PATCH", f"/v1/connections/{never['id']}/metadata", {"expires_at": time_at(-5)})
            self.assertTrue(patched["expires_at"])
            gw.restart()  # the upkeep looks at its start, and then once a minute
            for connection in (past, never):
                eventually(lambda: self.expired(gw, connection), timeout=4 * PATIENCE, what="connection.expired")
            for _ in range(2):
                sent = self.receiver.take().json
                self.assertIn(sent["connection_id"], (past["id"], never["id"]))
            event = gw.ok("GET", "/v1/events/" + self.expired(gw, past)[0]["id"])
            self.assertEqual((event["source"], event["data"]["status"], event["data"]["reason"]),
                             ("melhor-envio", "expired", "token_expired"))
            self.assertEqual(gw.ok("GET", "/v1/connections/" + past["id"])["status"], "expired")
            self.assertEqual(gw.ok("GET", "/v1/connections/" + later["id"])["status"], "connected")
            # Its webhooks are proven otherwise: they are still taken.
            body = b'{"event":"order.posted","data":{"id":"1"}}'
            answer = gw.request("POST", past["webhook_path"], body, {"X-ME-Signature": hmac_base64(b"s", body)})
            self.assertReceived(answer)
            # A later expiry makes it good; a new one in the past is raised again, and after that no more.
            good = gw.ok("PATCH", f"/v1/connections/{past['id']}/metadata", {"expires_at": time_at(3600)})
            self.assertEqual(good["status"], "connected")
            gw.ok("PATCH", f"/v1/connections/{past['id']}/metadata", {"expires_at": time_at(-1)})
            gw.restart()
            eventually(lambda: len(self.expired(gw, past)) == 2, timeout=4 * PATIENCE, what="the second expiry")
            self.assertEqual((len(self.expired(gw, never)), self.expired(gw, later)), (1, []))
            gw.ok("PATCH", f"/v1/connections/{past['id']}/metadata", {"expires_at": None})
            self.assertEqual(gw.ok("GET", "/v1/connections/" + past["id"])["status"], "connected")
            bad = gw.call("POST", "/v1/connections", {**wish, "expires_at": "next week"})
            self.assertError(bad, 400, "invalid_body")


class Manners(QuarantineTest):
    """What providers ask before and after: handshakes, probes, answers, addresses."""

    def test_metas_handshake(self):
        c = self.connect("meta-whatsapp", "app-secret", {"verify_token": "a-token-of-ours"})
        right = "?hub.mode=subscribe&hub.verify_token=a-token-of-ours&hub.challenge=1158201444"
        answer = self.send(c, None, query=right, method="GET")
        self.assertReceived(answer, b"1158201444")
        self.assertTrue(answer.headers["content-type"].startswith("text/plain"), answer.headers)
        self.assertEqual(self.events(c), [])
        for wrong in (right.replace("of-ours", "of-yours"), "?hub.mode=subscribe&hub.challenge=1",
                      "?hub.mode=subscribe&hub.verify_token=&hub.challenge=1"):
            self.assertError(self.send(c, None, query=wrong, method="GET"), 403, "forbidden")
        none = self.connect("meta-whatsapp", "app-secret")
        for query in (right, "?hub.mode=subscribe&hub.verify_token=&hub.challenge=1"):
            self.assertError(self.send(none, None, query=query, method="GET"), 403)
        body = b'{"object":"x","entry":[]}'
        self.assertReceived(self.send(c, body, {"X-Hub-Signature-256": "sha256=" + hmac_hex("app-secret", body)}))

    def test_adyen_is_answered_in_its_own_words(self):
        key = "44782DEF547AAA06C910C43932B1EB0C71FC68D9D0C057550C48EC2ACF6BA056"
        c = self.connect("adyen", key)
        item = {"pspReference": "791407", "originalReference": "", "merchantAccountCode": "Loja",
                "merchantReference": "order-1", "amount": {"value": 15035, "currency": "BRL"},
                "eventCode": "AUTHORISATION", "success": "true"}
        signed = "791407::Loja:order-1:15035:BRL:AUTHORISATION:true"
        item["additionalData"] = {"hmacSignature": hmac_base64(bytes.fromhex(key), signed.encode())}
        body = json.dumps({"live": "false", "notificationItems": [{"NotificationRequestItem": item}]})
        for _ in range(2):  # and a duplicate
            self.assertReceived(self.send(c, body), b"[accepted]")
        self.assertEqual([event["type"] for event in self.events(c)], ["payment.confirmed"])
        self.assertError(self.send(c, body.replace("15035", "1")), 401, "unauthorized")

    def test_probes_are_answered_and_leave_nothing(self):
        before = self.rows("receipts")
        woo = self.connect("woocommerce", "woo-secret")
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assertReceived(self.send(woo, b"webhook_id=12", form))
        envio = self.connect("melhor-envio", "me-secret")
        self.assertReceived(self.send(envio, b""))
        self.assertReceived(self.send(envio, b"{}"))
        self.assertReceived(self.send(envio, None, method="GET"))
        for c in (woo, envio):
            self.assertEqual((self.events(c), self.rejected(c), self.health(c)["received"]), ([], [], 0))
        self.assertEqual(self.rows("receipts"), before)
        # A body that means something is no probe.
        self.assertError(self.send(envio, b'{"event":"order.posted","data":{"id":"1"}}'), 401)
        self.assertError(self.send(woo, b'{"id":1001}', {"X-WC-Webhook-Topic": "order.updated"}), 401)

    def test_addresses(self):
        body, good = asaas_body("ip"), {"asaas-access-token": "right"}
        elsewhere = self.connect("asaas", "right", {"ip_allow": ["203.0.113.0/24", "2001:db8::/32"]})
        self.assertError(self.send(elsewhere, body, good), 403, "forbidden")
        self.assertEqual(self.rejected(elsewhere)[0]["reason"], "ip_not_allowed")
        self.assertError(self.send(elsewhere, body, {**good, "X-Forwarded-For": "203.0.113.7"}), 403)
        self.assertEqual(self.events(elsewhere), [])
        here = self.connect("asaas", "right", {"ip_allow": ["203.0.113.0/24", "127.0.0.1"]})
        self.assertReceived(self.send(here, body, good))
        self.assertError(self.send(here, body, {"asaas-access-token": "wrong"}), 401)
        bad = self.gw.call("POST", "/v1/connections", {
            "server_id": "asaas", "webhook_secret": "s",
            "connection_metadata": {"webhook_auth": {"ip_allow": ["not an address"]}}})
        self.assertError(bad, 400, "invalid_body")
        wish = {"headers": good, "body": body}
        for address, verdict in ((None, "refused"), ("203.0.113.7", "accepted"), ("203.0.114.7", "refused")):
            told = {**wish, "remote_ip": address} if address else wish
            self.assertEqual(self.gw.ok("POST", self.path(elsewhere, "explain"), told)["verdict"], verdict)
        self.gw.ok("PATCH", f"/v1/connections/{elsewhere['id']}/metadata",
                   {"connection_metadata": {"webhook_auth": {"ip_allow": ["127.0.0.0/8"]}}})
        self.assertEqual(self.accept(elsewhere, self.rejected(elsewhere)[-1]).status, 200)
        self.assertEqual(len(self.events(elsewhere)), 1)

    def test_addresses_behind_a_trusted_proxy(self):
        with Gateway(config='[http]\ntrusted_proxies = ["127.0.0.1"]\n') as gw:
            c = gw.ok("POST", "/v1/connections", {
                "server_id": "asaas", "webhook_secret": "right",
                "connection_metadata": {"webhook_auth": {"ip_allow": ["203.0.113.0/24"]}}})
            for forwarded, status in (("203.0.113.7", 200), ("198.51.100.1, 203.0.113.7", 200),
                                      ("203.0.113.7, 198.51.100.1", 403), ("nonsense", 403), ("", 403)):
                with self.subTest(forwarded):
                    answer = gw.request("POST", c["webhook_path"], asaas_body("proxy"), {
                        "asaas-access-token": "right", "X-Forwarded-For": forwarded})
                    self.assertEqual(answer.status, status, answer)
            rejected = gw.ok("GET", f"/v1/connections/{c['id']}/rejected")["rejected"]
            self.assertEqual(rejected[-1]["request"]["remote_ip"], "198.51.100.1")


if __name__ == "__main__":
    main()
