#!/usr/bin/python3
"""Connections, and providers' requests signed here by code that shares nothing with the gateway's."""
import base64
import hmac
import json
import os
import time
import urllib.parse

from harness import (ROOT, Gateway, GatewayTest, Receiver, Reply, eventually, faketime_env, hmac_base64, hmac_hex,
                     main, why_no_faketime)

VECTORS = os.path.join(ROOT, "data/vectors/providers.json")
RECEIVED = b'{"received":true}'


class InboundTest(GatewayTest):
    def connect(self, server, webhook_secret="e2e-webhook-secret", **more):
        return self.gw.ok("POST", "/v1/connections", {"server_id": server, "webhook_secret": webhook_secret, **more})

    def send(self, connection, body, headers=None, query="", method="POST"):
        return self.gw.request(method, connection["webhook_path"] + query, body,
                               {"Content-Type": "application/json", **(headers or {})})

    def events(self, connection):
        return self.gw.ok("GET", "/v1/events?connection_id=" + connection["id"])["events"]

    def one_event(self, connection):
        rows = self.events(connection)
        self.assertEqual(len(rows), 1, rows)
        return self.gw.ok("GET", "/v1/events/" + rows[0]["id"])

    def assertReceived(self, answer):
        self.assertEqual((answer.status, answer.body), (200, RECEIVED))
        self.assertEqual(answer.headers["content-type"], "application/json")

    def assertRefused(self, answer):
        body = self.assertError(answer, 401, "unauthorized")
        self.assertNotIn("mismatch", json.dumps(body), "whoever guesses learns nothing")


class Connections(InboundTest):
    def test_create_get_list_revoke_delete(self):
        made = self.gw.call("POST", "/v1/connections", {
            "server_id": "stripe", "user_id": "u1", "display_name": "Loja", "secret": "sk_test_hidden",
            "webhook_secret": "hush-hush", "connection_metadata": {"a": 1}})
        self.assertEqual(made.status, 201)
        c = made.json
        self.assertRegex(c["id"], r"^ca_[A-Za-z0-9]{16}$")
        self.assertEqual(c["webhook_path"], f"/v1/webhooks/stripe/{c['id']}")
        self.assertEqual((c["status"], c["webhook_secret_set"], c["connection_metadata"]),
                         ("connected", True, {"a": 1}))
        page = self.gw.ok("GET", "/v1/connections?server_id=stripe&user_id=u1")
        self.assertEqual(page["connections"], page["data"])
        self.assertEqual([row["id"] for row in page["data"]], [c["id"]])
        self.assertEqual(self.gw.ok("GET", "/v1/connections/" + c["id"]), c)
        for text in (made.body, json.dumps(page).encode()):
            self.assertNotIn(b"sk_test_hidden", text)
            self.assertNotIn(b"hush-hush", text)
        revoked = self.gw.ok("POST", f"/v1/connections/{c['id']}/revoke")
        self.assertEqual((revoked["status"], revoked["webhook_secret_set"]), ("revoked", False))
        self.assertTrue(revoked["revoked_at"])
        self.assertError(self.send(c, b"{}"), 404, "not_found")
        self.assertEqual(self.gw.call("DELETE", "/v1/connections/" + c["id"]).status, 204)
        self.assertError(self.gw.call("GET", "/v1/connections/" + c["id"]), 404, "not_found")

    def test_metadata_merges_and_null_removes(self):
        c = self.connect("stripe", connection_metadata={"a": 1, "b": {"c": 2}})
        patched = self.gw.ok("PATCH", f"/v1/connections/{c['id']}/metadata",
                             {"connection_metadata": {"a": None, "d": [1]}})
        self.assertEqual(patched["connection_metadata"], {"b": {"c": 2}, "d": [1]})
        self.assertEqual(patched["metadata"], patched["connection_metadata"])
        self.assertError(self.gw.call("PATCH", f"/v1/connections/{c['id']}/metadata", {}), 400, "invalid_body")
        bad = self.gw.call("PATCH", f"/v1/connections/{c['id']}/metadata",
                           {"connection_metadata": {"webhook_auth": {"scheme": "rot13"}}})
        self.assertError(bad, 400, "invalid_body")

    def test_unknown_provider_and_foreign_server_id(self):
        answer = self.gw.call("POST", "/v1/connections", {"server_id": "nobody"})
        self.assertIn("stripe", self.assertError(answer, 400, "invalid_body")["message"])
        c = self.connect("asaas", "tok")
        path = f"/v1/webhooks/stripe/{c['id']}"
        self.assertError(self.gw.request("POST", path, b"{}"), 404, "not_found")
        self.assertError(self.gw.request("POST", "/v1/webhooks/asaas/ca_0000000000000000", b"{}"), 404)

    def test_secret_rotation_overlaps_as_long_as_wished(self):
        c = self.connect("asaas", "old-token")
        body = json.dumps({"id": "e1", "event": "PAYMENT_RECEIVED", "payment": {"id": "p1", "value": 1}})
        put = self.gw.ok("PUT", f"/v1/connections/{c['id']}/webhook-secret", {"secret": "new-token"})
        self.assertEqual(put, {"connection_id": c["id"], "server_id": "asaas", "updated": True})
        for token in ("old-token", "new-token"):
            self.assertReceived(self.send(c, body, {"asaas-access-token": token}))
        self.gw.ok("PUT", f"/v1/connections/{c['id']}/webhook-secret",
                   {"secret": "newest-token", "overlap_seconds": 0})
        for token in ("old-token", "new-token"):
            self.assertRefused(self.send(c, body, {"asaas-access-token": token}))
        self.assertReceived(self.send(c, body, {"asaas-access-token": "newest-token"}))

    def test_without_a_secret_everything_is_refused(self):
        c = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas"})
        self.assertFalse(c["webhook_secret_set"])
        for token in ("", "x"):
            self.assertRefused(self.send(c, b"{}", {"asaas-access-token": token}))


class Providers(InboundTest):
    def test_asaas(self):
        c = self.connect("asaas", "tok-1234567890")
        body = json.dumps({"id": "evt_a1", "event": "PAYMENT_RECEIVED", "dateCreated": "2026-11-20 08:59:58",
                           "payment": {"id": "pay_1", "value": 150.35, "externalReference": "order-1",
                                       "billingType": "PIX", "status": "RECEIVED"}})
        good = {"asaas-access-token": "tok-1234567890"}
        trigger = self.gw.trigger(self.receiver.url(), "payment.confirmed", server_id="asaas")
        self.assertReceived(self.send(c, body, good))
        event = self.one_event(c)
        self.assertEqual((event["type"], event["source"], event["integrity"], event["external_reference"],
                          event["occurred_at"], event["provider_event_id"]),
                         ("payment.confirmed", "asaas", "unsigned_body", "order-1",
                          "2026-11-20T11:59:58.000Z", "evt_a1"))
        data = event["data"]
        self.assertEqual((data["amount"], data["amount_minor"], data["currency"], data["payment_id"],
                          data["provider_action"]), (150.35, 15035, "BRL", "pay_1", "PAYMENT_RECEIVED"))
        raw = event["raw_request"]
        self.assertEqual((raw["method"], raw["body"]), ("POST", body))
        self.assertEqual(raw["headers"]["asaas-access-token"], "[redacted]")
        sent = self.receiver.take()
        self.assertEqual((sent.json["source"], sent.json["amount"], sent.json["payment_id"]),
                         ("asaas", 150.35, "pay_1"))
        self.assertReceived(self.send(c, body, good))  # a duplicate
        again = json.dumps({"id": "evt_a2", "event": "PAYMENT_CONFIRMED", "payment": {"id": "pay_1", "value": 150.35}})
        self.assertReceived(self.send(c, again, good))  # the same fact again
        self.assertEqual(len(self.events(c)), 1)
        for headers in ({}, {"asaas-access-token": "tok-123456789X"}, {"asaas-access-token": "tok"},
                        {"asaas-access-token": "tok-12345678900"}):
            self.assertRefused(self.send(c, body, headers))
        self.gw.call("DELETE", "/v1/triggers/" + trigger["id"])

    def test_asaas_unknown_and_unreadable_bodies_are_taken_and_kept(self):
        c = self.connect("asaas", "tok")
        good = {"asaas-access-token": "tok"}
        self.assertReceived(self.send(c, json.dumps({"id": "e9", "event": "PAYMENT_NEW_THING"}), good))
        for body in (b"not json", b"[1]", b"", b"\xff\xfe"):
            self.assertReceived(self.send(c, body, good))
        self.assertLessEqual({e["type"] for e in self.events(c)}, {"provider.asaas.PAYMENT_NEW_THING"})

    def test_asaas_half_a_surrogate_pair_costs_no_event(self):
        c = self.connect("asaas", "tok")
        body = rb'{"id":"half","event":"PAYMENT_RECEIVED","payment":{"id":"h","value":1,"description":"gift \ud83d"}}'
        self.assertReceived(self.send(c, body, {"asaas-access-token": "tok"}))
        event = self.one_event(c)
        self.assertEqual((event["type"], event["data"]["amount"]), ("payment.confirmed", 1))
        self.assertEqual(event["raw_request"]["body"].encode(), body)

    def test_probes_are_answered(self):
        c = self.connect("asaas", "tok")
        self.assertReceived(self.send(c, None, method="GET"))
        head = self.send(c, None, method="HEAD")
        self.assertEqual((head.status, head.body), (200, b""))
        self.assertEqual(self.events(c), [])

    def stripe_header(self, secret, body, at):
        return {"Stripe-Signature": f"t={at},v1={hmac_hex(secret, f'{at}.'.encode() + body)}"}

    def test_stripe(self):
        secret = "whsec_e2eStripeSecret"
        c = self.connect("stripe", secret)
        body = json.dumps({"id": "evt_s1", "type": "payment_intent.succeeded", "created": 1795175996,
                           "livemode": True, "data": {"object": {
                               "id": "pi_1", "amount_received": 15035, "currency": "brl",
                               "status": "succeeded", "metadata": {"external_reference": "order-1"}}}}).encode()
        at = int(time.time())
        good = self.stripe_header(secret, body, at)
        self.assertReceived(self.send(c, body, good))
        event = self.one_event(c)
        self.assertEqual((event["type"], event["integrity"], event["data"]["amount_minor"],
                          event["data"]["currency"], event["livemode"], event["external_reference"]),
                         ("payment.confirmed", "signed_body", 15035, "BRL", True, "order-1"))
        self.assertReceived(self.send(c, body, good))
        rolled = {"Stripe-Signature": f"t={at},v1={'0' * 64},v1={hmac_hex(secret, f'{at}.'.encode() + body)}"}
        self.assertReceived(self.send(c, body, rolled))
        self.assertEqual(len(self.events(c)), 1)
        self.assertRefused(self.send(c, body + b" ", good))
        self.assertRefused(self.send(c, body, self.stripe_header("whsec_other", body, at)))
        self.assertRefused(self.send(c, body, self.stripe_header(secret, body, at - 400)))
        self.assertRefused(self.send(c, body, self.stripe_header(secret, body, at + 400)))
        for broken in ("", "t=,v1=", "v1=abc", f"t={at}", "t=" + "9" * 40 + ",v1=00", "x" * 9000):
            self.assertRefused(self.send(c, body, {"Stripe-Signature": broken}))
        self.assertRefused(self.send(c, body))

    def mercado_headers(self, secret, data_id, at=None):
        at = at or int(time.time() * 1000)
        manifest = f"id:{data_id.lower()};request-id:req-1;ts:{at};"
        return {"x-request-id": "req-1", "x-signature": f"ts={at},v1={hmac_hex(secret, manifest)}"}

    def test_mercado_pago_asks_the_provider_back(self):
        payment = {"id": 4711, "status": "approved", "status_detail": "accredited", "currency_id": "BRL",
                   "transaction_amount": 150.35, "external_reference": "order-9",
                   "payer": {"email": "a@b.c", "identification": {"number": "123.456.789-09"}}}
        def api(request):
            return Reply(200, json.dumps(payment).encode(), {"Content-Type": "application/json"})
        with Receiver(api) as provider:
            c = self.connect("mercado-pago", "mp-secret", secret={"access_token": "APP_USR-hidden"},
                             connection_metadata={"api_base_url": provider.url("")})
            body = json.dumps({"id": 1, "type": "payment", "action": "payment.updated",
                               "date_created": "2026-11-20T12:00:00Z", "data": {"id": "4711"}})
            query = "?data.id=4711&type=payment"
            headers = self.mercado_headers("mp-secret", "4711")
            self.assertReceived(self.send(c, body, headers, query))
            asked = provider.take()
            self.assertEqual((asked.method, asked.path, asked.headers["authorization"]),
                             ("GET", "/v1/payments/4711", "Bearer APP_USR-hidden"))
            eventually(lambda: self.events(c))
            event = self.one_event(c)
            self.assertEqual((event["type"], event["data"]["amount_minor"], event["external_reference"],
                              event["integrity"]), ("payment.confirmed", 15035, "order-9", "signed_body"))
            self.assertIn("4711", event["raw_request"]["body"])
            self.assertReceived(self.send(c, body, headers, query))
            self.assertRefused(self.send(c, body, headers, "?data.id=4712&type=payment"))
            self.assertRefused(self.send(c, body, self.mercado_headers("other", "4711"), query))
            self.assertRefused(self.send(c, body, {"x-request-id": "req-1"}, query))
            self.assertEqual(len(self.events(c)), 1)

    def test_mercado_pago_with_an_id_that_the_provider_does_not_know(self):
        with Receiver(lambda request: Reply(404, b"{}")) as provider:
            c = self.connect("mercado-pago", "mp-secret", secret={"access_token": "APP_USR-hidden"},
                             connection_metadata={"api_base_url": provider.url("")})
            body = json.dumps({"id": 2, "type": "payment", "action": "payment.updated", "data": {"id": "1"}})
            self.assertReceived(self.send(c, body, self.mercado_headers("mp-secret", "1"), "?data.id=1&type=payment"))
            provider.take()
            self.assertEqual(self.events(c), [])

    def test_mercado_pago_without_credentials_emits_no_money_event(self):
        c = self.connect("mercado-pago", "mp-secret")
        body = json.dumps({"id": 3, "type": "payment", "action": "payment.updated", "data": {"id": "1"}})
        self.assertReceived(self.send(c, body, self.mercado_headers("mp-secret", "1"), "?data.id=1&type=payment"))
        self.assertFalse([e for e in self.events(c) if e["type"].startswith("payment.")])

    def test_standard_webhooks(self):
        key = base64.b64encode(b"k" * 24).decode()
        c = self.connect("standard-webhooks", "whsec_" + key)
        body = json.dumps({"type": "order.created", "timestamp": "2026-04-22T14:30:00Z",
                           "data": {"order_id": "o1", "external_reference": "order-1"}}).encode()
        def headers(message="msg_1", at=None, key_bytes=b"k" * 24, version="v1"):
            at = at or int(time.time())
            signature = hmac_base64(key_bytes, f"{message}.{at}.".encode() + body)
            return {"webhook-id": message, "webhook-timestamp": str(at), "webhook-signature": f"{version},{signature}"}
        self.assertReceived(self.send(c, body, headers()))
        event = self.one_event(c)
        self.assertEqual((event["type"], event["provider_event_id"], event["external_reference"],
                          event["occurred_at"]), ("order.created", "msg_1", "order-1", "2026-04-22T14:30:00.000Z"))
        self.assertReceived(self.send(c, body, headers()))
        self.assertEqual(len(self.events(c)), 1)
        self.assertReceived(self.send(c, body, headers("msg_2")))
        self.assertEqual(len(self.events(c)), 2)
        for bad in (headers(at=int(time.time()) - 400), headers(at=int(time.time()) + 400),
                    headers(key_bytes=b"x" * 24), headers(version="v2"), {}):
            self.assertRefused(self.send(c, body, bad))

    def test_a_malote_delivery_is_accepted_by_another_connection(self):
        trigger = self.gw.trigger(self.receiver.url(), "shipment.delivered")
        c = self.connect("standard-webhooks", trigger["secret"])
        self.gw.publish("shipment.delivered", {"shipment_id": "s1"})
        sent = self.receiver.take()
        self.gw.call("DELETE", "/v1/triggers/" + trigger["id"])
        self.assertReceived(self.send(c, sent.body, dict(sent.pairs)))
        self.assertEqual(self.one_event(c)["type"], "shipment.delivered")

    def test_github_by_form(self):
        c = self.connect("github", "hub-secret")
        deleted = {"action": "deleted", "installation": {"id": 7, "account": {"login": "loja ção"}}}
        body = urllib.parse.urlencode({"payload": json.dumps(deleted)}).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-GitHub-Event": "installation",
                   "X-GitHub-Delivery": "d-1", "X-Hub-Signature-256": "sha256=" + hmac_hex("hub-secret", body)}
        self.assertReceived(self.send(c, body, headers))
        event = self.one_event(c)
        self.assertEqual((event["type"], event["data"]["account"]), ("connection.expired", "loja ção"))
        self.assertRefused(self.send(c, body + b"&a=1", headers))

    def test_a_secret_in_the_body_is_hidden_however_it_is_written(self):
        c = self.connect("nfe-io", "signing-secret")
        for i, note in enumerate((r"", r"gift \ud83d", "form", "odd")):
            body = ('{"action":"product_invoice.issued_successfully","payload":{"id":"n%d","note":"%s"},'
                    '"webHook":{"Secret":"%sHOOK-SECRET"}}' % (i, note, r"\ud83d" if note == "odd" else "")).encode()
            if note == "form":
                body = urllib.parse.urlencode({"payload": body.decode()}).encode()
            digest = hmac.new(b"signing-secret", body, "sha1").hexdigest()
            self.assertReceived(self.send(c, body, {
                "X-Hub-Signature": "sha1=" + digest, "X-Hook-Id": f"h{i}",
                "Content-Type": "application/x-www-form-urlencoded" if note == "form" else "application/json"}))
        for row in self.events(c):
            event = self.gw.ok("GET", "/v1/events/" + row["id"])
            self.assertNotIn("HOOK-SECRET", json.dumps(event))
            self.assertIn("[redacted]", event["raw_request"]["body"])
        self.assertEqual(len(self.events(c)), 4)

    def test_custom(self):
        c = self.connect("custom", "shop-secret", connection_metadata={"webhook_auth": {
            "scheme": "hmac_sha256_hex", "header": "X-Shop-Signature", "prefix": "sha256="}})
        body = json.dumps({"event": "order.created", "id": "shop-1", "data": {"order_id": "1"}}).encode()
        self.assertReceived(self.send(c, body, {"X-Shop-Signature": "sha256=" + hmac_hex("shop-secret", body)}))
        self.assertEqual(self.one_event(c)["type"], "order.created")
        self.assertRefused(self.send(c, body, {"X-Shop-Signature": hmac_hex("shop-secret", body)}))
        token = self.connect("custom", "shared", connection_metadata={"webhook_auth": {
            "scheme": "shared_secret", "header": "X-Token"}})
        self.assertReceived(self.send(token, body, {"X-Token": "shared"}))
        self.assertRefused(self.send(token, body, {"X-Token": "Shared"}))
        basic = self.connect("custom", {"username": "u", "password": "p"}, connection_metadata={
            "webhook_auth": {"scheme": "http_basic"}})
        user = "Basic " + base64.b64encode(b"u:p").decode()
        self.assertReceived(self.send(basic, body, {"Authorization": user}))
        self.assertEqual(self.one_event(basic)["raw_request"]["headers"]["authorization"], "[redacted]")
        self.assertRefused(self.send(basic, body, {"Authorization": "Basic " + base64.b64encode(b"u:q").decode()}))
        unusable = self.gw.call("POST", "/v1/connections", {"server_id": "custom", "webhook_secret": "x"})
        self.assertError(unusable, 400, "invalid_body")

    def test_header_names_in_any_case(self):
        c = self.connect("asaas", "tok")
        body = json.dumps({"id": "case", "event": "PAYMENT_RECEIVED", "payment": {"id": "c", "value": 1}})
        self.assertReceived(self.send(c, body, {"ASAAS-Access-TOKEN": "tok"}))
        self.assertEqual(len(self.events(c)), 1)


def vector_files():
    with open(VECTORS, encoding="utf-8") as file:
        return json.load(file)["vectors"]


class Vectors(GatewayTest):
    """The recorded requests of data/vectors/providers.json over HTTP, each at its own time."""

    REMARKS = ("format", "prefer")  # options that say how the request was made, not how it is judged
    OWN_IDS = {"generic": "custom", "svix": "standard-webhooks"}  # what the file calls otherwise

    @classmethod
    def setUpClass(cls):
        pass  # each group of vectors has a gateway of its own

    def setUp(self):
        why = why_no_faketime()
        if why:
            print(f"skipped: {why}")
            self.skipTest(why)

    def test_vectors(self):
        groups = {}
        for vector in vector_files():
            vector["server_id"] = self.OWN_IDS.get(vector["server_id"], vector["server_id"])
            groups.setdefault(vector["now_unix"], []).append(vector)
        self.assertTrue(groups)
        for at, vectors in groups.items():
            with Receiver() as provider, Gateway(env=faketime_env(at)) as gw:
                for vector in vectors:
                    with self.subTest(vector["id"]):
                        self.run_vector(gw, provider, vector)

    def run_vector(self, gw, provider, vector):
        back = vector.get("fetch_back")
        provider.answer = lambda request: Reply(200, json.dumps((back or {}).get("response") or {}).encode())
        wish = {"server_id": vector["server_id"], "webhook_secret": vector["secret"],
                "connection_metadata": {"api_base_url": provider.url("")}}
        auth = {name: value for name, value in (vector.get("options") or {}).items() if name not in self.REMARKS}
        custom = vector["server_id"] == "custom"
        if (custom or not vector.get("default_for_provider")) and vector["scheme"] != "hub_challenge":
            auth["scheme"] = vector["scheme"]
        wish["connection_metadata"]["webhook_auth"] = auth
        if (back or {}).get("response"):
            wish["secret"] = {"access_token": "t"}
        made = gw.call("POST", "/v1/connections", wish)
        self.assertEqual(made.status, 201, made)
        c = made.json
        query = urllib.parse.urlencode(vector.get("query") or {})
        answer = gw.request(vector["method"], c["webhook_path"] + ("?" + query if query else ""),
                            base64.b64decode(vector["body_base64"]), vector["headers"])
        expected = vector.get("expected") or {}
        refused = 403 if vector.get("reject_reason") == "ip_not_allowed" or vector["method"] == "GET" else 401
        self.assertEqual(answer.status, expected.get("http_status", 200 if vector["valid"] else refused), answer)
        if not vector["valid"]:
            self.assertEqual(gw.ok("GET", "/v1/events?connection_id=" + c["id"])["events"], [])
            return
        self.assertEqual(answer.body, b"[accepted]" if vector["server_id"] == "adyen" else RECEIVED)
        path = "/v1/events?connection_id=" + c["id"]
        wanted = vector.get("expected_event")
        if wanted:
            rows = eventually(lambda: gw.ok("GET", path)["events"], what=vector["id"])
            batch = vector.get("expected_events")
            if batch:
                self.assertEqual(sorted(row["type"] for row in rows), sorted(item["event"] for item in batch))
                return
            event = gw.ok("GET", "/v1/events/" + rows[0]["id"])
            self.assertEqual(event["type"], wanted)
            if "expected_provider_event_id" in vector:
                self.assertEqual(event["provider_event_id"], vector["expected_provider_event_id"])
            for name, value in expected.items():
                if name == "occurred_at":
                    self.assertEqual(event["occurred_at"][:19], value[:19])
                elif name == "external_reference":
                    self.assertEqual(event["external_reference"], value)
                elif name == "amount_minor":
                    self.assertEqual(event["data"]["amount_minor"], value)
        else:
            self.assertFalse([e for e in gw.ok("GET", path)["events"]
                              if not e["type"].startswith("provider.") and vector["server_id"] != "standard-webhooks"])


if __name__ == "__main__":
    main()
