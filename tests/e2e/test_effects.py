#!/usr/bin/python3
"""Tool calls at emulated providers: what is done once, what is tried again, what becomes of payments."""
import concurrent.futures
import json

from emulated import PAYMENT, EmulatorTest
from harness import Receiver, Reply, eventually, main
from sessions import CHARGE, SessionTest


class Effects(SessionTest, EmulatorTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for server in ("asaas", "mercado-pago", "stripe"):
            cls.connect(server)

    def pay(self, session=None, key=None, data=None, tool="asaas/create_payment", **options):
        headers = {"Idempotency-Key": key} if key else {}
        return self.execute(session or self.session(), tool, data or PAYMENT, headers=headers, **options)

    def test_a_repeated_key_makes_one_effect(self):
        first = self.pay(key=self.id())
        self.assertTrue(first["success"])
        self.assertEqual(self.pay(key=self.id()), first)
        self.assertEqual(self.performed("asaas"), 1)
        self.assertNotEqual(self.pay()["data"]["id"], first["data"]["id"])
        self.assertEqual(self.performed("asaas"), 2)

    def test_so_does_a_key_in_the_metadata_of_the_input(self):
        charge = {**CHARGE, "metadata": {"idempotency_key": self.id()}}
        session = self.session()
        first = self.execute(session, "codespar_charge", charge)
        self.assertTrue(first["success"], first)
        self.assertEqual(self.execute(session, "codespar_charge", charge), first)
        self.assertEqual(self.performed("asaas", "/payments"), 1)

    def test_concurrent_duplicates_make_one_effect(self):
        session = self.session()
        self.fault("asaas", path="/v3/payments", status="slow", delay_ms=200)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda _: self.pay(session, key=self.id()), range(8)))
        self.assertEqual([result["success"] for result in results], [True] * 8)
        self.assertEqual(len({result["data"]["id"] for result in results}), 1)
        effect, = self.emulator.effects("asaas")
        self.assertEqual((effect["seen"], effect["performed"]), (1, 1))

    def test_a_refused_call_may_be_repeated_and_then_succeeds(self):
        self.fault("asaas", status=400, times=1)
        session = self.session()
        failed = self.pay(session, key=self.id())
        self.assertEqual((failed["success"], failed["data"]["status"]), (False, 400))
        again = self.pay(session, key=self.id())
        self.assertTrue(again["success"])
        self.assertEqual(again["tool_call_id"], failed["tool_call_id"])
        self.assertEqual(self.performed("asaas"), 1)
        self.assertEqual(self.pay(session, key=self.id()), again)

    def test_nothing_is_sent_twice_over_a_connection_that_was_kept(self):
        self.assertTrue(self.pay()["success"])  # now there is one
        for fault in ({"status": "reset", "after": True}, {"status": "hang", "delay_ms": 50}):
            with self.subTest(fault):
                self.emulator.ok("DELETE", "/_emulator/effects")
                self.emulator.ok("POST", "/_emulator/faults", [{"provider": "asaas", "times": 1, **fault},
                                                               {"provider": "asaas", "forgets_keys": True}])
                self.assertTrue(self.pay()["outcome_unknown"])
                self.assertLessEqual(sum(effect["seen"] for effect in self.emulator.effects("asaas")), 1)

    def test_one_that_may_have_happened_is_not_repeated(self):
        for fault in ({"status": 500}, {"status": "reset", "after": True}, {"status": "hang", "delay_ms": 100}):
            with self.subTest(fault):
                self.emulator.ok("DELETE", "/_emulator/effects")
                self.fault("asaas", times=1, **fault)
                session, key = self.session(), self.id() + str(fault)
                failed = self.pay(session, key=key)
                self.assertEqual((failed["success"], failed["outcome_unknown"], failed["data"]["code"]),
                                 (False, True, "outcome_unknown"))
                self.assertEqual(self.pay(session, key=key), failed)
                self.assertLessEqual(self.performed("asaas"), 1)

    def test_where_the_provider_honours_the_key_it_is_tried_again(self):
        self.fault("stripe", status="reset", after=True, times=1)
        result = self.execute(self.session(), "stripe/create_payment_intent", {"amount": 1500, "currency": "brl"})
        self.assertTrue(result["success"], result)
        effect, = self.emulator.effects("stripe")
        self.assertEqual((effect["seen"], effect["performed"]), (2, 1))

    def test_a_busy_provider_is_asked_again(self):
        self.fault("asaas", status=429, retry_after=0, times=1)
        self.assertTrue(self.pay()["success"])
        self.assertEqual(self.performed("asaas"), 1)

    def test_a_read_is_tried_again_after_a_failure(self):
        made = self.pay()["data"]["id"]
        self.fault("asaas", status=502, times=1)
        result = self.execute(self.session(), "asaas/get_payment", {"id": made})
        self.assertEqual((result["success"], result["data"]["id"]), (True, made))

    def test_the_providers_refusals_are_handed_on(self):
        for status in (400, 401, 403, 404, 409, 422):
            with self.subTest(status):
                self.fault("asaas", status=status, times=1)
                result = self.pay()
                self.assertEqual((result["success"], result["data"]["status"]), (False, status))
                self.assertIn(str(status), result["error"])
                self.assertEqual(result["server"], "asaas")

    def test_answers_that_are_no_json_and_answers_without_end(self):
        self.fault("asaas", status="garbage", times=1)
        self.assertIsInstance(self.pay()["data"], dict)
        self.fault("asaas", status="garbage", size=10 * 1024 * 1024, times=1)
        large = self.pay()  # it was done, as far as one can tell; the gateway keeps 1 MiB of it
        self.assertIsInstance(large["data"], dict)
        self.assertLess(len(json.dumps(large)), 1_100_000)
        self.fault("asaas", status=500, size=10 * 1024 * 1024, times=1)
        large = self.pay()
        self.assertFalse(large["success"])
        self.assertLess(len(large["error"]), 1000)
        self.emulator.ok("DELETE", "/_emulator/faults")
        self.assertTrue(self.pay()["success"])  # nothing stayed behind

    def test_another_server_takes_over_while_nothing_has_happened(self):
        self.fault("asaas", path="/v3/customers", status=403)
        charge = {**CHARGE, "buyer": {**CHARGE["buyer"], "email": "ana@example.com"}}
        result = self.execute(self.session(), "codespar_charge", charge)
        self.assertEqual((result["success"], result["server"]), (True, "mercado-pago"), result)
        self.assertEqual((self.performed("asaas"), self.performed("mercado-pago")), (0, 1))
        row = self.gw.ok("GET", "/v1/tool-calls/" + result["tool_call_id"])
        self.assertEqual([tried["server"] for tried in row["failover_trail"]], ["asaas", "mercado-pago"])
        self.assertEqual(row["failover_trail"][1]["outcome"], "success")

    def test_no_other_server_takes_over_what_may_have_happened(self):
        self.fault("asaas", path="/v3/payments", status=500)
        result = self.execute(self.session(), "codespar_charge", CHARGE)
        self.assertEqual((result["success"], result["server"]), (False, "asaas"))
        self.assertEqual(self.performed("mercado-pago"), 0)

    def test_the_session_says_who_is_asked_first(self):
        charge = {**CHARGE, "buyer": {**CHARGE["buyer"], "email": "ana@example.com"}}
        result = self.execute(self.session(servers=["mercado-pago"]), "codespar_charge", charge)
        self.assertEqual((result["success"], result["server"]), (True, "mercado-pago"), result)

    def test_a_secret_that_is_one_text(self):
        for server, tool, data in (("stripe", "stripe/create_payment_intent", {"amount": 1500, "currency": "brl"}),
                                   ("asaas", "asaas/create_payment", PAYMENT)):
            with self.subTest(server):
                self.connect(server, "one-text", user_id="texts")
                result = self.execute(self.session(user_id="texts"), tool, data)
                self.assertTrue(result["success"], result)

    def test_credentials_reach_nobody_else(self):
        self.connect("asaas", {"api_key": "wrong-ThisMustNotLeak"}, user_id="leaky")
        session = self.session(user_id="leaky")
        result = self.pay(session)
        self.assertFalse(result["success"])
        shown = json.dumps([result, self.gw.ok("GET", session + "/tool-calls"), self.gw.ok("GET", "/v1/connections")])
        self.assertNotIn("ThisMustNotLeak", shown + self.gw.text())

    def test_proxied_requests(self):
        session = self.session()
        def proxy(**wish):
            return self.gw.call("POST", session + "/proxy_execute", {"server": "asaas", "method": "GET", **wish})
        made = proxy(endpoint="/payments", method="POST", body=PAYMENT, params=None, headers=None)
        self.assertEqual((made.status, made.json["status"], made.json["headers"]), (200, 200, {}))
        self.assertRegex(made.json["proxy_call_id"], r"^px_[A-Za-z0-9]{16}$")
        got = proxy(endpoint="payments/" + made.json["data"]["id"]).json
        self.assertEqual((got["status"], got["data"]["id"]), (200, made.json["data"]["id"]))
        listed = proxy(endpoint="/payments", params={"limit": 1, "offset": 0}).json
        self.assertEqual(len(listed["data"]["data"]), 1)
        missing = proxy(endpoint="/payments/pay_0")
        self.assertEqual((missing.status, missing.json["status"]), (200, 404))
        self.assertIn("errors", missing.json["data"])
        self.fault("asaas", status=500, times=1)
        self.assertEqual(proxy(endpoint="/payments").json["status"], 500)
        self.fault("asaas", status="reset", times=2)  # a read is sent again where a kept connection closes
        gone = proxy(endpoint="/payments")
        self.assertError(gone, 502, "proxy_upstream_error")
        self.assertRegex(gone.json["proxy_call_id"], r"^px_")
        for wish, field in (({"endpoint": "http://127.0.0.1/x"}, "/endpoint"), ({"endpoint": "/x?a=1"}, "/endpoint"),
                            ({"endpoint": "/../x"}, "/endpoint"), ({"endpoint": "/x", "method": "TRACE"}, "/method"),
                            ({"endpoint": "/x", "server": "a:b"}, "/server"), ({}, "/endpoint"),
                            ({"endpoint": "/x", "headers": {"Authorization": "x"}}, "/headers/Authorization"),
                            ({"endpoint": "/x", "params": {"a": {}}}, "/params/a")):
            with self.subTest(wish):
                self.assertEqual(self.assertError(proxy(**wish), 400, "invalid_body")["field"], field)
        for server, reason in (("nobody", "server_unknown"), ("z-api", "not_connected"),
                               ("malote", "endpoint_missing")):
            answer = self.assertError(proxy(endpoint="/x", server=server), 424, "credentials_unavailable")
            self.assertEqual((answer["reason"], answer["server"]), (reason, server))

    def test_a_proxied_request_carries_what_the_caller_gave(self):
        with Receiver(lambda request: Reply(201, b'{"ok":true}')) as provider:
            self.gw.ok("POST", "/v1/connections", {
                "server_id": "asaas", "secret": {"api_key": "the-key"}, "user_id": "proxied",
                "connection_metadata": {"api_base_url": provider.url("/asaas")}})
            answer = self.gw.ok("POST", self.session(user_id="proxied") + "/proxy_execute", {
                "server": "asaas", "endpoint": "/a/b", "method": "PUT", "body": {"z": 1, "a": None},
                "params": {"q": "x y&z", "n": 2, "yes": True, "none": None}, "headers": {"X-Mine": "1"}})
            sent = provider.take()
        self.assertEqual((answer["status"], answer["data"]), (201, {"ok": True}))
        self.assertEqual((sent.method, sent.json), ("PUT", {"z": 1, "a": None}))
        path, _, query = sent.path.partition("?")
        self.assertEqual(path, "/asaas/v3/a/b")
        self.assertEqual(sorted(query.replace("+", "%20").split("&")), ["n=2", "q=x%20y%26z", "yes=true"])
        self.assertEqual((sent.headers["access_token"], sent.headers["x-mine"]), ("the-key", "1"))


class Outcomes(SessionTest, EmulatorTest):
    """What becomes of payments and verifications."""

    def charge(self):
        connection = self.connect("asaas", webhook_secret="e2e-secret-of-the-provider-0123456")
        self.addCleanup(self.gw.ok, "DELETE", "/v1/connections/" + connection["id"])
        self.emulator.ok("POST", "/_emulator/webhooks", {
            "provider": "asaas", "secret": "e2e-secret-of-the-provider-0123456",
            "url": f"http://{self.gw.address}{connection['webhook_path']}"})
        result = self.execute(self.session(), "codespar_charge", CHARGE)
        self.assertTrue(result["success"], result)
        return result

    def status(self, call, kind="payment"):
        return self.gw.ok("GET", f"/v1/tool-calls/{call}/{kind}-status")

    def test_a_charge_that_is_paid_and_refunded(self):
        charge = self.charge()
        call = charge["tool_call_id"]
        stream = self.stream(f"/v1/tool-calls/{call}/payment-status/stream")
        event, snapshot = stream.frame()
        self.assertEqual((event, snapshot["tool_call_id"]), ("snapshot", call))
        self.assertIn(snapshot["payment_status"], ("pending", "updated"))
        self.emulator.ok("POST", "/_emulator/pay", {"provider": "asaas", "id": charge["data"]["id"]})
        while (frame := stream.frame())[0] == "update" and frame[1]["payment_status"] != "succeeded":
            pass
        event, update = frame
        self.assertEqual((event, update["payment_status"]), ("update", "succeeded"))
        self.assertEqual(self.status(call), update)
        self.assertEqual(self.status(call[3:]), update)
        self.assertEqual(update["original_status"], "success")
        paid = next(e for e in update["events"] if e["event_type"] == "commerce.payment.succeeded")
        self.assertEqual((paid["provider"], paid["payment_id"]), ("asaas", charge["data"]["id"]))
        self.assertRegex(paid["provider_action"], "^PAYMENT_")
        event, done = stream.frame()
        self.assertEqual((event, done), ("done", {"reason": "terminal", "payment_status": "succeeded"}))
        self.assertIsNone(stream.frame())
        self.emulator.ok("POST", f"/asaas/v3/payments/{charge['data']['id']}/refund", {})
        eventually(lambda: self.status(call)["payment_status"] == "refunded")

    def test_a_payment_that_failed_is_not_undone_by_a_later_success(self):
        session = self.session(mocks={"codespar_charge": {"id": "c"}})
        call = self.execute(session, "codespar_charge", CHARGE)["tool_call_id"]
        status = self.status(call)
        self.assertEqual((status["payment_status"], status["events"]), ("pending", []))
        for event, wanted in (("payment.created", "updated"), ("payment.confirmed", "succeeded"),
                              ("payment.failed", "failed"), ("payment.confirmed", "failed"),
                              ("payment.refunded", "refunded"), ("payment.failed", "refunded")):
            self.gw.publish(event, {"payment_id": "p"}, external_reference=status["idempotency_key"])
            self.assertEqual(self.status(call)["payment_status"], wanted)
        events = self.status(call)["events"]
        self.assertEqual(events[0]["event_type"], "commerce.payment.failed")
        self.assertEqual(len(events), 6)
        for _ in range(20):
            self.gw.publish("payment.refunded", {"payment_id": "q"}, external_reference=status["idempotency_key"])
        events = self.status(call)["events"]
        self.assertEqual((len(events), {e["payment_id"] for e in events}), (20, {"q"}))

    def test_events_of_others_do_not_count(self):
        session = self.session(mocks={"codespar_charge": {"id": "c"}})
        call = self.execute(session, "codespar_charge", CHARGE)["tool_call_id"]
        key = self.status(call)["idempotency_key"]
        headers = self.other_project()
        self.gw.ok("POST", "/v1/events", {"type": "payment.confirmed", "data": {}, "external_reference": key},
                   headers=headers)
        self.gw.publish("payment.confirmed", external_reference="another")
        self.gw.publish("invoice.authorized", external_reference=key)
        self.assertEqual(self.status(call)["payment_status"], "pending")

    def test_a_verification(self):
        session = self.session(mocks={"codespar_kyc": {"verification_id": "v", "status": "pending",
                                                       "hosted_url": "https://verify.example/v"}})
        call = self.execute(session, "codespar_kyc", {"buyer": {}, "check_type": "identity"})["tool_call_id"]
        status = self.status(call, "verification")
        self.assertEqual((status["verification_status"], status["hosted_url"]),
                         ("pending", "https://verify.example/v"))
        stream = self.stream(f"/v1/tool-calls/{call}/verification-status/stream")
        self.assertEqual(stream.frame()[0], "snapshot")
        for event, wanted in (("kyc.expired", "expired"), ("kyc.review", "review"), ("kyc.rejected", "rejected"),
                              ("kyc.approved", "approved"), ("kyc.rejected", "approved")):
            self.gw.publish(event, {"verification_id": "v"}, external_reference=status["idempotency_key"])
            self.assertEqual(self.status(call, "verification")["verification_status"], wanted)
        events = self.status(call, "verification")["events"]
        self.assertEqual([e["event_type"] for e in events], ["commerce.kyc." + word for word in (
            "rejected", "approved", "rejected", "review", "expired")])
        self.assertEqual({e["verification_id"] for e in events}, {"v"})
        frames = []
        while (frame := stream.frame()) and frame[0] != "done":
            frames.append(frame[0])
        self.assertEqual(set(frames), {"update"})
        self.assertEqual(frame[1], {"reason": "terminal", "verification_status": "approved"})

    def test_a_call_without_a_key_is_unknown(self):
        session = self.session()
        call = self.gw.ok("POST", session + "/tool-calls", {"server_id": "s", "tool_name": "t"})["id"]
        self.assertEqual(self.status(call), {"tool_call_id": call, "payment_status": "unknown",
                                             "idempotency_key": None, "original_status": "running", "events": []})
        self.assertEqual(self.status(call, "verification")["verification_status"], "unknown")

    def test_nobody_there_and_nobody_yet(self):
        for path in ("payment-status", "verification-status", "payment-status/stream"):
            answer = self.gw.call("GET", "/v1/tool-calls/tc_999999999/" + path)
            self.assertError(answer, 404, "tool_call_not_found")


if __name__ == "__main__":
    main()
