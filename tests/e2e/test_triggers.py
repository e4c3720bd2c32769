#!/usr/bin/python3
"""Triggers, deliveries, dead letters: every route and rule of the contract, over the wire."""
import base64
import datetime
import itertools
import json
import unittest

from harness import GatewayTest, Receiver, Reply, eventually, hmac_base64, hmac_hex, main


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def replies(*statuses):
    """Answers with these statuses in turn; the last one stays."""
    left = itertools.chain(statuses, itertools.repeat(statuses[-1]))
    return lambda request: Reply(next(left), b"answer of the endpoint")


class Crud(GatewayTest):
    def test_create_returns_the_object_and_the_secret_once(self):
        made = self.gw.call("POST", "/v1/triggers", {
            "name": "fulfilment", "event": "payment.confirmed", "server_id": "asaas",
            "webhook_url": self.receiver.url()})
        self.assertEqual(made.status, 201)
        trigger = made.json
        self.assertRegex(trigger["id"], r"^trg_[A-Za-z0-9]{16}$")
        self.assertRegex(trigger["secret"], r"^whsec_[A-Za-z0-9+/]{43}=$")
        self.assertEqual(len(base64.b64decode(trigger["secret"][6:])), 32)
        expected = {"name": "fulfilment", "event": "payment.confirmed", "server_id": "asaas",
                    "webhook_url": self.receiver.url(), "status": "active", "total_runs": 0,
                    "last_run_at": None, "signing_enabled": True, "livemode": False}
        self.assertEqual({name: trigger[name] for name in expected}, expected)
        self.assertTrue(trigger["created_at"].endswith("Z"))
        for path in ("/v1/triggers", "/v1/triggers/" + trigger["id"]):
            text = json.dumps(self.gw.ok("GET", path))
            self.assertNotIn('"secret"', text)
            self.assertNotIn(trigger["secret"], text)

    def test_default_settings_are_the_documented_ones(self):
        trigger = self.gw.ok("POST", "/v1/triggers", {"name": "d", "event": "*", "url": self.receiver.url()})
        self.assertEqual(trigger["retry_schedule"], ["10s", "30s", "2m", "10m", "30m", "1h", "2h",
                                                     "4h", "6h", "8h", "10h"])
        self.assertEqual((trigger["timeout_ms"], trigger["jitter"], trigger["payload_format"],
                          trigger["rate_limit_per_s"]), (10000, 0.1, "flat", None))

    def test_lists_have_both_shapes_filters_and_cursors(self):
        ids = [self.gw.trigger(self.receiver.url(), self.event, name=f"n{i}",
                               server_id="stripe" if i % 2 else None)["id"] for i in range(5)]
        path = f"/v1/triggers?event={self.event}"
        page = self.gw.ok("GET", path + "&limit=2")
        self.assertEqual(page["triggers"], page["data"])
        walked = [row["id"] for row in page["triggers"]]
        while page["next_before"]:
            page = self.gw.ok("GET", f"{path}&limit=2&before={page['next_before']}")
            walked += [row["id"] for row in page["triggers"]]
        self.assertIsNone(page["next_before"])
        self.assertEqual(walked, ids[::-1])
        self.assertEqual(len(self.gw.ok("GET", path + "&server_id=stripe")["triggers"]), 2)
        self.gw.ok("PATCH", "/v1/triggers/" + ids[0], {"status": "paused"})
        self.assertEqual([t["id"] for t in self.gw.ok("GET", path + "&status=paused")["data"]], ids[:1])
        self.assertEqual(len(self.gw.ok("GET", path + "&limit=abc")["data"]), 5)

    def test_patch_changes_what_it_names(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        wish = {"name": "new", "events": ["a.b", "c.*"], "server_id": "stripe",
                "webhook_url": self.receiver.url("/new"), "headers": {"X-A": "1"}, "timeout_ms": 500,
                "retry_schedule": ["50ms", "2m"], "jitter": 0.5, "max_in_flight": 3,
                "rate_limit_per_s": 7, "payload_format": "envelope", "status": "paused"}
        patched = self.gw.ok("PATCH", "/v1/triggers/" + trigger["id"], wish)
        shown = {**wish, "headers": {"X-A": "[masked]"}}
        self.assertEqual({name: patched[name] for name in wish}, shown)
        self.assertEqual(patched["paused_reason"], "manual")
        self.assertEqual(self.gw.ok("GET", "/v1/triggers/" + trigger["id"]), patched)
        active = self.gw.ok("PATCH", "/v1/triggers/" + trigger["id"],
                            {"status": "active", "rate_limit_per_s": None})
        self.assertEqual((active["status"], active["paused_reason"], active["rate_limit_per_s"]),
                         ("active", None, None))

    def test_delete_removes_it_and_what_hangs_on_it(self):
        self.receiver.answer = replies(500)
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=["1h"])
        self.gw.publish(self.event)
        row = self.gw.delivery(trigger, "failed")
        deleted = self.gw.call("DELETE", "/v1/triggers/" + trigger["id"])
        self.assertEqual((deleted.status, deleted.body), (204, b""))
        for method, path in (("GET", ""), ("DELETE", ""), ("GET", "/deliveries"), ("GET", "/dlq"),
                             ("GET", "/deliveries/" + row["id"]), ("POST", "/test-fire"),
                             ("POST", "/rotate-secret")):
            answer = self.gw.call(method, f"/v1/triggers/{trigger['id']}{path}")
            self.assertError(answer, 404, "not_found")
        self.assertError(self.gw.call("GET", "/v1/deliveries/" + row["id"]), 404, "not_found")

    def test_the_alias_serves_every_route(self):
        base = "/v1/webhook-endpoints"
        trigger = self.gw.ok("POST", base, {"name": "a", "event": self.event, "retry_schedule": [],
                                            "webhook_url": self.receiver.url()})
        self.assertIn(trigger["id"], [t["id"] for t in self.gw.ok("GET", base)["triggers"]])
        one = f"{base}/{trigger['id']}"
        self.assertEqual(self.gw.ok("GET", one)["id"], trigger["id"])
        self.assertEqual(self.gw.ok("PATCH", one, {"name": "b"})["name"], "b")
        self.assertIn("secret", self.gw.ok("POST", one + "/rotate-secret"))
        fired = self.gw.ok("POST", one + "/test-fire")
        self.receiver.take()
        self.gw.delivery(trigger, "delivered")
        self.assertEqual(self.gw.ok("GET", one + "/deliveries")["deliveries"][0]["id"], fired["delivery_id"])
        self.assertEqual(self.gw.ok("GET", f"{one}/deliveries/{fired['delivery_id']}")["delivery"]["status"],
                         "delivered")
        self.assertEqual(self.gw.ok("GET", one + "/dlq")["dead_letters"], [])
        again = self.gw.call("POST", f"{base}/deliveries/{fired['delivery_id']}/redeliver")
        self.assertEqual(again.status, 202)
        self.assertEqual(self.gw.call("POST", base + "/retry-pending").status, 200)
        self.assertEqual(self.gw.call("DELETE", one).status, 204)

    def test_double_slashes_and_empty_json_bodies_are_tolerated(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        self.assertEqual(self.gw.call("GET", "//v1/triggers/" + trigger["id"]).status, 200)
        self.assertEqual(self.gw.call("DELETE", "/v1/triggers/" + trigger["id"], b"").status, 204)

    def test_errors_have_one_shape_and_echo_the_request_id(self):
        missing = self.gw.call("GET", "/v1/triggers/trg_0000000000000000",
                               headers={"X-Request-Id": "mine-1"})
        self.assertEqual(self.assertError(missing, 404, "not_found")["request_id"], "mine-1")
        self.assertEqual(missing.headers["x-request-id"], "mine-1")
        bad = self.gw.call("POST", "/v1/triggers", {"name": "", "event": "Not Valid", "timeout_ms": "x"})
        body = self.assertError(bad, 400, "invalid_body")
        paths = {issue["path"] for issue in body["issues"]}
        self.assertLessEqual({"/name", "/timeout_ms", "/webhook_url"}, paths)
        self.assertError(self.gw.call("GET", "/v1/nothing"), 404, "not_found")
        wrong = self.gw.call("PUT", "/v1/triggers", {})
        self.assertError(wrong, 405, "method_not_allowed")
        self.assertIn("POST", wrong.headers["allow"])

    def test_keys_and_scopes(self):
        for key in (None, "csk_test_wrong", "nonsense"):
            answer = self.gw.call("GET", "/v1/triggers", key=key)
            self.assertError(answer, 401, "unauthorized")
        reader = self.gw.ok("POST", "/v1/api-keys", {"name": "r", "scopes": ["triggers:read"]})
        self.assertEqual(len(reader["full_key"]), 41)
        self.assertEqual(self.gw.call("GET", "/v1/triggers", key=reader["full_key"]).status, 200)
        denied = self.gw.call("POST", "/v1/triggers", {}, key=reader["full_key"])
        self.assertError(denied, 403, "forbidden")
        self.assertNotIn("full_key", json.dumps(self.gw.ok("GET", "/v1/api-keys")))
        self.assertEqual(self.gw.call("DELETE", "/v1/api-keys/" + reader["id"]).status, 204)
        self.assertError(self.gw.call("GET", "/v1/triggers", key=reader["full_key"]), 401, "unauthorized")

    def test_idempotency_key_repeats_the_answer(self):
        wish = {"name": "i", "event": self.event, "webhook_url": self.receiver.url()}
        header = {"Idempotency-Key": self.event}
        first = self.gw.call("POST", "/v1/triggers", wish, headers=header)
        again = self.gw.call("POST", "/v1/triggers", wish, headers=header)
        self.assertEqual((first.status, first.body), (again.status, again.body))
        self.assertEqual(again.headers["idempotent-replayed"], "true")
        other = self.gw.call("POST", "/v1/triggers", {**wish, "name": "j"}, headers=header)
        self.assertError(other, 409, "idempotency_conflict")
        self.assertEqual(len(self.gw.ok("GET", "/v1/triggers?event=" + self.event)["data"]), 1)


class Deliveries(GatewayTest):
    def test_a_delivery_has_all_headers_and_the_documented_body(self):
        trigger = self.gw.trigger(self.receiver.url("/in?x=1"), self.event)
        data = {"payment_id": "pay_1", "amount": 150.35, "id": "shadow", "customer": {"cpf": "1"}}
        event_id = self.gw.publish(self.event, data, occurred_at="2026-04-22T14:30:00Z")
        request = self.receiver.take()
        h, secret, body = request.headers, trigger["secret"], request.body
        self.assertEqual((request.method, request.path), ("POST", "/in?x=1"))
        self.assertEqual(h["content-type"], "application/json")
        self.assertNotIn("content-encoding", h)
        self.assertNotIn("expect", h)
        self.assertEqual(int(h["content-length"]), len(body))
        self.assertEqual(h["x-codespar-event"], self.event)
        self.assertEqual(h["x-codespar-event-id"], event_id)
        self.assertRegex(h["x-codespar-delivery-id"], r"^dlv_\w+$")
        self.assertEqual(h["x-codespar-trigger-id"], trigger["id"])
        self.assertEqual(h["x-codespar-attempt"], "1")
        self.assertEqual(h["x-codespar-signature"], hmac_hex(secret, body))
        self.assertEqual(h["x-codespar-signature-legacy"], hmac_hex(secret, body))
        seconds = h["webhook-timestamp"]
        self.assertEqual(int(when(h["x-codespar-timestamp"]).timestamp()), int(seconds))
        timed = hmac_hex(secret, seconds.encode() + b"." + body)
        self.assertEqual(h["x-codespar-signature-v1"], f"t={seconds},v1={timed}")
        self.assertEqual(h["webhook-id"], h["x-codespar-delivery-id"])
        signed = f"{h['webhook-id']}.{seconds}.".encode() + body
        self.assertEqual(h["webhook-signature"], "v1," + hmac_base64(base64.b64decode(secret[6:]), signed))
        sent = request.json
        self.assertEqual(sent["data"], data)
        expected = {"id": event_id, "type": self.event, "event": self.event, "trigger_id": trigger["id"],
                    "occurred_at": "2026-04-22T14:30:00.000Z", "livemode": False,
                    "payment_id": "pay_1", "amount": 150.35, "customer": {"cpf": "1"}}
        self.assertEqual({name: sent[name] for name in expected}, expected)
        self.assertIn(b'"amount":150.35', body)
        names = [name.lower() for name, _ in request.pairs]
        self.assertEqual(len(names), len(set(names)), "a header is sent twice")
        row = self.gw.delivery(trigger, "delivered")
        after = self.gw.ok("GET", "/v1/triggers/" + trigger["id"])
        self.assertEqual((after["total_runs"], after["pending"]), (1, 0))
        self.assertEqual(after["last_run_at"], row["delivered_at"])

    def test_detail_shows_request_response_event_and_attempts(self):
        self.receiver.answer = lambda request: Reply(201, b"thanks", {"X-CodeSpar-Receipt": "ack"})
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        event_id = self.gw.publish(self.event, {"a": 1})
        request = self.receiver.take()
        row = self.gw.delivery(trigger, "delivered")
        detail = self.gw.detail(row["id"])
        self.assertEqual(detail, self.gw.ok("GET", f"/v1/triggers/{trigger['id']}/deliveries/{row['id']}"))
        self.assertEqual(detail["request"]["url"], self.receiver.url())
        self.assertEqual(detail["request"]["body"].encode(), request.body)
        shown = {name.lower(): value for name, value in detail["request"]["headers"].items()}
        for name in ("x-codespar-signature", "webhook-signature", "x-codespar-attempt",
                     "x-codespar-timestamp", "webhook-id"):
            self.assertEqual(shown[name], request.headers[name])
        self.assertEqual((detail["response"]["status"], detail["response"]["body"]), (201, "thanks"))
        self.assertEqual((detail["event"]["id"], detail["event"]["payload"]), (event_id, {"a": 1}))
        self.assertEqual([a["attempt"] for a in detail["attempts"]], [1])
        self.assertTrue(detail["delivery"]["receipt_at"])

    def test_retries_send_the_same_bytes_under_the_same_id(self):
        self.receiver.answer = replies(500, 404, 200)
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=["10ms", "10ms", "10ms"])
        self.gw.publish(self.event, {"text": "ção", "n": 1e3})
        got = self.receiver.take_all(3)
        self.assertEqual(len({r.body for r in got}), 1)
        self.assertEqual(len({r.headers["x-codespar-delivery-id"] for r in got}), 1)
        self.assertEqual([r.headers["x-codespar-attempt"] for r in got], ["1", "2", "3"])
        for r in got:
            self.assertEqual(r.headers["x-codespar-signature"], hmac_hex(trigger["secret"], r.body))
        row = self.gw.delivery(trigger, "delivered")
        self.assertEqual((row["attempt"], row["response_status"], row["error"]), (3, 200, None))
        attempts = self.gw.detail(row["id"])["attempts"]
        self.assertEqual([(a["response_status"], a["error"]) for a in attempts],
                         [(500, "http_500"), (404, "http_404"), (200, None)])

    def test_dead_letter_holds_request_and_last_answer_and_can_be_redelivered(self):
        self.receiver.answer = replies(500, 500, 503, 200)
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=["10ms", "10ms"])
        event_id = self.gw.publish(self.event)
        got = self.receiver.take_all(3)
        eventually(lambda: self.gw.ok("GET", f"/v1/triggers/{trigger['id']}/dlq")["dead_letters"])
        page = self.gw.ok("GET", f"/v1/triggers/{trigger['id']}/dlq")
        self.assertEqual(page["dead_letters"], page["data"])
        letter = page["dead_letters"][0]
        self.assertEqual((letter["attempt"], letter["status"], letter["response_status"], letter["error"]),
                         (3, "dead", 503, "http_503"))
        self.assertEqual(letter["request"]["body"].encode(), got[-1].body)
        self.assertEqual(letter["request"]["url"], self.receiver.url())
        self.assertEqual(letter["response"]["body"], "answer of the endpoint")
        self.assertTrue(letter["dead_at"])
        self.assertIsNone(letter["next_retry_at"])
        self.assertIn(letter["id"], [d["id"] for d in self.gw.ok("GET", "/v1/deliveries?state=dead")["data"]])
        again = self.gw.call("POST", f"/v1/triggers/deliveries/{letter['id']}/redeliver")
        self.assertEqual(again.status, 202)
        self.assertEqual((again.json["event_id"], again.json["trigger_id"], again.json["trigger_status"]),
                         (event_id, trigger["id"], "active"))
        request = self.receiver.take()
        self.assertEqual(request.headers["x-codespar-delivery-id"], again.json["redelivery_id"])
        self.assertNotEqual(again.json["redelivery_id"], letter["id"])
        self.assertEqual(request.headers["x-codespar-event-id"], event_id)
        self.assertEqual(request.headers["x-codespar-attempt"], "1")
        self.assertEqual(request.body, got[0].body)
        self.gw.delivery(trigger, "delivered")
        self.assertEqual(len(self.gw.ok("GET", f"/v1/triggers/{trigger['id']}/dlq")["data"]), 1)
        for wrong, expected in (("dlv_0000000000000001", (404, "not_found")),
                                ("nonsense", (400, "invalid_delivery_id")),
                                ("999999999999999999999999", (400, "invalid_delivery_id"))):
            answer = self.gw.call("POST", f"/v1/triggers/deliveries/{wrong}/redeliver")
            self.assertEqual((answer.status, answer.json["code"]), expected)

    def test_dead_letters_page_by_cursor(self):
        self.receiver.answer = replies(500)
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=[])
        self.gw.ok("POST", "/v1/events", {"events": [{"type": self.event, "data": {"n": n}} for n in range(7)]})
        self.gw.delivery(trigger, "dead", 7)
        path, seen = f"/v1/triggers/{trigger['id']}/dlq?limit=3", []
        page = self.gw.ok("GET", path)
        seen += page["data"]
        while page["next_before"]:
            page = self.gw.ok("GET", f"{path}&before={page['next_before']}")
            seen += page["data"]
        self.assertEqual(len({row["id"] for row in seen}), 7)
        self.assertEqual([r["dead_at"] for r in seen], sorted((r["dead_at"] for r in seen), reverse=True))

    def test_delivery_lists_page_filter_and_clamp(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        for n in range(5):
            self.gw.publish(self.event, {"n": n})
        self.gw.delivery(trigger, "delivered", 5)
        for path in (f"/v1/triggers/{trigger['id']}/deliveries?", f"/v1/deliveries?trigger_id={trigger['id']}&"):
            page = self.gw.ok("GET", path + "limit=2")
            self.assertEqual(page["deliveries"], page["data"])
            ids = [row["id"] for row in page["data"]]
            while page["next_before"]:
                page = self.gw.ok("GET", f"{path}limit=2&before={page['next_before']}")
                ids += [row["id"] for row in page["data"]]
            self.assertEqual(len(set(ids)), 5)
            self.assertEqual(ids, sorted(ids, reverse=True), "newest first")
            self.assertEqual(len(self.gw.ok("GET", path + "limit=0")["data"]), 1)
            self.assertEqual(len(self.gw.ok("GET", path + "limit=99999")["data"]), 5)
            self.assertEqual(self.gw.ok("GET", path + "state=dead")["data"], [])
            self.assertEqual(len(self.gw.ok("GET", path + "status=delivered")["data"]), 5)
            self.assertError(self.gw.call("GET", path + "state=lost"), 400, "invalid_query")
            self.assertError(self.gw.call("GET", path + "before=%21"), 400, "invalid_query")

    def test_matching_names_aliases_domains_lists_and_server(self):
        wishes = {"name": "payment.refunded", "alias": "payment.refund.success", "domain": "payment.*",
                  "all": "*", "other": "payment.failed"}
        for path, event in wishes.items():
            self.gw.trigger(self.receiver.url("/" + path), event)
        self.gw.ok("POST", "/v1/triggers", {"name": "l", "events": ["order.created", "payment.refunded"],
                                            "url": self.receiver.url("/list")})
        self.gw.trigger(self.receiver.url("/asaas"), "*", server_id="asaas")
        self.gw.publish("payment.refund.success", {"n": self.event})
        got = self.receiver.take_all(5)
        self.assertEqual({r.path for r in got}, {"/name", "/alias", "/domain", "/all", "/list"})
        self.assertEqual({r.headers["x-codespar-event"] for r in got}, {"payment.refunded"})
        for trigger in self.gw.ok("GET", "/v1/triggers")["data"]:
            if trigger["webhook_url"].startswith(self.receiver.url("")):
                self.gw.call("DELETE", "/v1/triggers/" + trigger["id"])

    def test_envelope_leaves_the_copies_out(self):
        self.gw.trigger(self.receiver.url(), self.event, payload_format="envelope")
        self.gw.publish(self.event, {"payment_id": "p"})
        body = self.receiver.take().json
        self.assertEqual(set(body), {"id", "type", "event", "source", "server_id", "occurred_at",
                                     "created_at", "livemode", "trigger_id", "data"})

    def test_custom_headers_are_sent_masked_and_cannot_replace_ours(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event,
                                  headers={"X-Env": "prod", "Authorization": "Bearer hidden-value"})
        self.gw.publish(self.event)
        request = self.receiver.take()
        self.assertEqual(request.headers["x-env"], "prod")
        self.assertEqual(request.headers["authorization"], "Bearer hidden-value")
        row = self.gw.delivery(trigger, "delivered")
        for path in (f"/v1/triggers/{trigger['id']}", f"/v1/deliveries/{row['id']}"):
            self.assertNotIn("hidden-value", json.dumps(self.gw.ok("GET", path)))
        for name in ("Content-Type", "X-CodeSpar-Signature", "webhook-id", "Host", "Bad Name", "Content-Length"):
            answer = self.gw.call("POST", "/v1/triggers", {"name": "h", "event": "*", "headers": {name: "x"},
                                                           "webhook_url": self.receiver.url()})
            self.assertError(answer, 400, "invalid_body")
        split = self.gw.call("POST", "/v1/triggers", {"name": "h", "event": "*", "headers": {"X-A": "a\r\nX-B: b"},
                                                      "webhook_url": self.receiver.url()})
        self.assertError(split, 400, "invalid_body")

    def test_timestamped_signature_scheme(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event, signature_scheme="timestamped")
        self.gw.publish(self.event)
        r = self.receiver.take()
        self.assertEqual(r.headers["x-codespar-signature"], r.headers["x-codespar-signature-v1"])
        self.assertEqual(r.headers["x-codespar-signature-legacy"], hmac_hex(trigger["secret"], r.body))

    def test_rotated_secret_signs_at_once(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        rotated = self.gw.ok("POST", f"/v1/triggers/{trigger['id']}/rotate-secret")
        self.assertEqual((rotated["trigger_id"], rotated["id"], rotated["signing_enabled"]),
                         (trigger["id"], trigger["id"], True))
        self.assertNotEqual(rotated["secret"], trigger["secret"])
        self.gw.publish(self.event)
        r = self.receiver.take()
        self.assertEqual(r.headers["x-codespar-signature"], hmac_hex(rotated["secret"], r.body))

    def test_test_fire_goes_through_the_real_path(self):
        self.receiver.answer = replies(500, 200)
        trigger = self.gw.trigger(self.receiver.url(), "payment.confirmed", retry_schedule=["10ms"])
        fired = self.gw.call("POST", f"/v1/triggers/{trigger['id']}/test-fire")
        self.assertEqual(fired.status, 202)
        self.assertEqual((fired.json["trigger_id"], fired.json["status"]), (trigger["id"], "pending"))
        first, second = self.receiver.take_all(2)
        self.assertEqual(first.headers["x-codespar-delivery-id"], fired.json["delivery_id"])
        self.assertEqual(first.json["id"], fired.json["event_id"])
        self.assertEqual((first.json["type"], first.json["livemode"]), ("payment.confirmed", False))
        for member in ("payment_id", "customer", "items", "amount", "shipping"):
            self.assertIn(member, first.json)
        self.assertEqual(first.body, second.body)
        named = self.gw.ok("POST", f"/v1/triggers/{trigger['id']}/test-fire",
                           {"event": "shipment.delivered", "data": {"mine": True}})
        r = self.receiver.take()
        self.assertEqual((r.json["id"], r.json["type"], r.json["data"]),
                         (named["event_id"], "shipment.delivered", {"mine": True}))
        self.gw.call("DELETE", "/v1/triggers/" + trigger["id"])

    def test_retry_pending_makes_waiting_deliveries_due(self):
        self.receiver.answer = replies(500, 200)
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=["1h"])
        self.gw.publish(self.event)
        row = self.gw.delivery(trigger, "failed")
        self.assertGreater(when(row["next_retry_at"]), now() + datetime.timedelta(minutes=30))
        answer = self.gw.call("POST", "/v1/triggers/retry-pending")
        self.assertEqual(answer.status, 200)
        self.assertEqual(set(answer.json), {"scanned", "redispatched", "delivered", "failed", "dead"})
        self.assertGreaterEqual(answer.json["redispatched"], 1)
        self.receiver.take_all(2)
        self.assertEqual(self.gw.delivery(trigger, "delivered")["attempt"], 2)

    def test_replay_delivers_an_event_again(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        other = self.gw.trigger(self.receiver.url(), "e2e.something_else")
        event_id = self.gw.publish(self.event)
        first = self.receiver.take()
        replay = self.gw.call("POST", f"/v1/events/{event_id}/replay")
        self.assertEqual((replay.status, replay.json), (202, {"event_id": event_id, "dispatched": 1,
                                                              "trigger_id": None}))
        second = self.receiver.take()
        self.assertEqual(second.body, first.body)
        self.assertNotEqual(second.headers["webhook-id"], first.headers["webhook-id"])
        path = f"/v1/events/{event_id}/replay?trigger_id="
        self.assertEqual(self.gw.ok("POST", path + trigger["id"])["trigger_id"], trigger["id"])
        self.receiver.take()
        self.assertError(self.gw.call("POST", path + other["id"]), 400, "trigger_event_mismatch")
        self.assertError(self.gw.call("POST", path + "trg_0000000000000000"), 404, "trigger_not_found")
        self.gw.ok("PATCH", "/v1/triggers/" + trigger["id"], {"status": "paused"})
        self.assertError(self.gw.call("POST", path + trigger["id"]), 409, "trigger_not_active")
        self.assertError(self.gw.call("POST", "/v1/events/evt_0000000000000000/replay"), 404, "not_found")


class Rules(GatewayTest):
    def test_pause_keeps_the_backlog_and_resume_drains_it(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        self.gw.ok("PATCH", "/v1/triggers/" + trigger["id"], {"status": "paused"})
        wanted = {self.gw.publish(self.event, {"n": n}) for n in range(10)}
        probe = self.gw.trigger(self.receiver.url("/probe"), self.event)  # shows that time has passed
        self.gw.publish(self.event, {"n": "last"})
        self.assertEqual(self.receiver.take().path, "/probe")
        rows = self.gw.deliveries(trigger)
        self.assertEqual({(r["status"], r["reason"]) for r in rows}, {("pending", "trigger_paused")})
        self.assertEqual(self.gw.ok("GET", "/v1/triggers/" + trigger["id"])["pending"], 11)
        self.gw.call("DELETE", "/v1/triggers/" + probe["id"])
        self.gw.ok("PATCH", "/v1/triggers/" + trigger["id"], {"status": "active"})
        got = self.receiver.take_all(11)
        self.assertLessEqual(wanted, {r.headers["x-codespar-event-id"] for r in got})
        self.assertEqual({r.path for r in got}, {"/hook"})

    def test_fifty_failing_deliveries_in_a_row_pause_the_trigger(self):
        statuses = [500] * 49 + [200] + [500] * 50 + [200]
        self.receiver.answer = replies(*statuses)
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=[], max_in_flight=1)
        self.gw.ok("POST", "/v1/events",
                   {"events": [{"type": self.event, "data": {"n": n}} for n in range(110)]})
        paused = eventually(lambda: (lambda t: t if t["status"] != "active" else None)(
            self.gw.ok("GET", "/v1/triggers/" + trigger["id"])))
        self.assertEqual((paused["status"], paused["paused_reason"]), ("paused", "consecutive_failures"))
        self.assertEqual(paused["pending"], 10)
        self.assertEqual(len(self.gw.deliveries(trigger, state="dead")), 99)
        self.receiver.take_all(100)
        resumed = self.gw.ok("PATCH", "/v1/triggers/" + trigger["id"], {"status": "active"})
        self.assertEqual((resumed["status"], resumed["consecutive_failures"]), ("active", 0))
        self.receiver.take_all(10)
        self.gw.delivery(trigger, "delivered", 11)

    def test_gone_pauses_the_trigger(self):
        self.receiver.answer = replies(410, 200)
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=["10ms"])
        self.gw.publish(self.event)
        self.gw.delivery(trigger, "failed")
        after = self.gw.ok("GET", "/v1/triggers/" + trigger["id"])
        self.assertEqual((after["status"], after["paused_reason"], after["pending"]), ("paused", "gone", 1))
        self.gw.ok("PATCH", "/v1/triggers/" + trigger["id"], {"status": "active"})
        self.assertEqual(self.gw.delivery(trigger, "delivered")["attempt"], 2)

    def test_retry_after_is_honoured_and_capped(self):
        later = (now() + datetime.timedelta(minutes=30)).strftime("%a, %d %b %Y %H:%M:%S GMT")
        cases = {"seconds": (503, "120", 119, 180), "date": (429, later, 1700, 1900),
                 "days": (429, "999999", 86000, 86400 + 10), "other": (500, "120", -60, 60)}
        for name, (status, value, least, most) in cases.items():
            with Receiver(lambda r, s=status, v=value: Reply(s, headers={"Retry-After": v})) as endpoint:
                event = f"{self.event}_{name}"
                trigger = self.gw.trigger(endpoint.url(), event, retry_schedule=["10ms", "1h"]
                                          if name == "other" else ["10ms"])
                before = now()
                self.gw.publish(event)
                endpoint.take()
                if name == "other":
                    endpoint.take()  # at once: Retry-After counts on 429 and 503 alone
                else:
                    row = self.gw.delivery(trigger, "failed")
                    wait = (when(row["next_retry_at"]) - before).total_seconds()
                    self.assertTrue(least <= wait <= most, (name, wait))
                self.gw.call("DELETE", "/v1/triggers/" + trigger["id"])

    def test_a_redirect_is_a_failure_and_is_not_followed(self):
        for status in (301, 302, 307, 308):
            with Receiver(lambda r, s=status: Reply(s, headers={"Location": "/elsewhere"})) as endpoint:
                event = f"{self.event}_{status}"
                trigger = self.gw.trigger(endpoint.url(), event, retry_schedule=[])
                self.gw.publish(event)
                row = self.gw.delivery(trigger, "dead")
                self.assertEqual((row["response_status"], row["error"]), (status, f"http_{status}"))
                self.assertEqual(endpoint.take().path, "/hook")
                self.assertTrue(endpoint.requests.empty())

    def test_timeout_covers_the_whole_exchange(self):
        self.receiver.answer = lambda request: Reply(200, b"x" * 600, drip=0.05)
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=[], timeout_ms=300)
        self.gw.publish(self.event)
        row = self.gw.delivery(trigger, "dead")
        self.assertEqual((row["error"], row["response_status"]), ("timeout", None))

    def test_an_endpoint_that_is_down_is_a_failure(self):
        url = self.receiver.url()
        self.receiver.server.server_close()
        trigger = self.gw.trigger(url, self.event, retry_schedule=[])
        self.gw.publish(self.event)
        row = self.gw.delivery(trigger, "dead")
        self.assertTrue(0 < len(row["error"]) <= 256)
        self.assertIsNone(row["response_status"])

    def test_large_answers_are_read_up_to_a_limit_and_kept_to_16_kib(self):
        for size, status, state in ((20_000, 200, "delivered"), (300_000, 200, "delivered"),
                                    (5_000_000, 500, "dead")):
            with Receiver(lambda r, n=size, s=status: Reply(s, b"y" * n)) as endpoint:
                event = f"{self.event}_{size}"
                trigger = self.gw.trigger(endpoint.url(), event, retry_schedule=[])
                self.gw.publish(event)
                row = self.gw.delivery(trigger, state)
                self.assertEqual(row["response_status"], status)
                self.assertEqual(self.gw.detail(row["id"])["response"]["body"], "y" * 16384)

    def test_an_answer_that_is_not_text_is_kept_readable(self):
        self.receiver.answer = lambda request: Reply(500, b"\xff\x00caf\xc3\xa9" + b"\xc3" * 3)
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=[])
        self.gw.publish(self.event)
        row = self.gw.delivery(trigger, "dead")
        self.assertIn("café", self.gw.detail(row["id"])["response"]["body"])

    def test_rate_limit_spreads_attempts(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event, rate_limit_per_s=2)
        self.assertEqual(trigger["rate_limit_per_s"], 2)
        self.gw.ok("POST", "/v1/events", {"events": [{"type": self.event, "data": {"n": n}} for n in range(4)]})
        starts = sorted(when(r.headers["x-codespar-timestamp"]) for r in self.receiver.take_all(4))
        self.assertGreaterEqual((starts[2] - starts[0]).total_seconds(), 1)

    def test_a_slow_endpoint_does_not_delay_the_others(self):
        self.receiver.answer = lambda r: Reply(200, b"x" * 600, drip=0.05) if r.path == "/slow" else Reply()
        slow = self.gw.trigger(self.receiver.url("/slow"), self.event, timeout_ms=60_000)
        quick = self.gw.trigger(self.receiver.url("/quick"), self.event)
        self.gw.ok("POST", "/v1/events", {"events": [{"type": self.event, "data": {"n": n}} for n in range(100)]})
        self.gw.delivery(quick, "delivered", 100)
        self.assertEqual(self.gw.deliveries(slow, state="delivered"), [])
        self.gw.call("DELETE", "/v1/triggers/" + slow["id"])


if __name__ == "__main__":
    main()
