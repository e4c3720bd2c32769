#!/usr/bin/python3
"""Mocks: answers of a session's own, in place of those of tools."""
import concurrent.futures
import json

from emulated import PAYMENT
from harness import GatewayTest, Receiver, main
from sessions import CHARGE, SessionTest


class Mocks(SessionTest, GatewayTest):
    def refused(self, mocks, status, code, field=None, **options):
        answer = self.gw.call("POST", "/v1/sessions", {"mocks": mocks}, **options)
        body = self.assertError(answer, status, code)
        self.assertEqual(body.get("field"), field)
        return body

    def test_every_wrong_shape(self):
        for mocks, field in (
                ([], "/mocks"), ("x", "/mocks"), (5, "/mocks"), (True, "/mocks"),
                ({"Upper/tool": {}}, "/mocks/Upper~1tool"), ({"a/b/c": {}}, "/mocks/a~1b~1c"),
                ({"a~b/c": {}}, "/mocks/a~0b~1c"), ({"/b": {}}, "/mocks/~1b"), ({"a/": {}}, "/mocks/a~1"),
                ({"a_b/c": {}}, "/mocks/a_b~1c"), ({"-a/b": {}}, "/mocks/-a~1b"), ({"": {}}, "/mocks/"),
                ({"server__tool": {}}, "/mocks/server__tool"), ({"1meta": {}}, "/mocks/1meta"),
                ({"a-b": {}}, "/mocks/a-b"), ({"a/b": None}, "/mocks/a~1b"), ({"a/b": 1}, "/mocks/a~1b"),
                ({"a/b": "x"}, "/mocks/a~1b"), ({"a/b": False}, "/mocks/a~1b"),
                ({"a/b": [{}, 1]}, "/mocks/a~1b/1"), ({"a/b": [None]}, "/mocks/a~1b/0"),
                ({"a/b": [{}, {}, []]}, "/mocks/a~1b/2")):
            with self.subTest(mocks):
                self.refused(mocks, 400, "mocks_invalid", field)

    def test_the_first_fault_is_named_and_what_was_submitted_is_not(self):
        body = self.refused({"good/tool": {}, "a/b": "Confidential", "BAD": 1}, 400, "mocks_invalid", "/mocks/a~1b")
        self.assertNotIn("Confidential", json.dumps(body))
        self.assertNotIn("BAD", self.refused({"BAD": 1}, 400, "mocks_invalid", "/mocks/BAD")["message"])

    def test_size_comes_before_shape(self):
        large = "x" * 65_536
        self.refused({"BAD": large}, 413, "mocks_payload_too_large")
        self.refused([large], 413, "mocks_payload_too_large")

    def test_the_size_is_counted_in_the_compact_form(self):
        frame = len('{"a/b":{"c":""}}')
        self.session(mocks={"a/b": {"c": "x" * (65_536 - frame)}})
        self.refused({"a/b": {"c": "x" * (65_537 - frame)}}, 413, "mocks_payload_too_large")
        # Two UTF-16 code units each, whatever their bytes.
        emoji = json.dumps({"mocks": {"a/b": {"c": "\U0001f69a" * ((65_536 - frame) // 2)}}}, ensure_ascii=False)
        self.assertEqual(self.gw.call("POST", "/v1/sessions", emoji.encode()).status, 201)
        spaced = '{"mocks": {"a/b": {"c":' + " " * 70_000 + '"x"}}}'
        self.assertEqual(self.gw.call("POST", "/v1/sessions", spaced).status, 201)

    def test_a_static_mock_answers_every_call_to_the_byte(self):
        data = '{"z":1,"a":{"10":1.50,"9":"é","b":[null,true,1e3]},"m":""}'
        body = '{"servers":[],"mocks":{"asaas/create_payment":' + data + "}}"
        session = "/v1/sessions/" + self.gw.call("POST", "/v1/sessions", body.encode()).json["id"]
        for _ in range(3):
            answer = self.gw.call("POST", session + "/execute", {"tool": "asaas/create_payment", "input": {}})
            self.assertIn(b'"data":' + data.encode() + b',"error":null,"duration":0,"server":"mock"', answer.body)
            self.assertTrue(answer.json["success"])
            self.assertRegex(answer.json["tool_call_id"], r"^tc_\d+$")
        self.assertEqual(self.gw.ok("GET", session + "/mocks"), {
            "mocks": {"asaas/create_payment": json.loads(data)},
            "counters": {"asaas/create_payment": {"n": 3, "cap": None}}})

    def test_a_list_answers_call_by_call_until_it_is_used_up(self):
        session = self.session(mocks={"asaas/get_payment": [{"n": 1}, {"n": 2}], "z-api/send_text": [],
                                      "codespar_charge": {"id": "c"}})
        for n in (1, 2):
            # Both spellings of the name use the same mock.
            tool = "asaas/get_payment" if n == 1 else "asaas__get_payment"
            result = self.execute(session, tool, {"id": "p"})
            self.assertEqual((result["success"], result["data"], result["server"]), (True, {"n": n}, "mock"))
        for _ in range(2):
            result = self.execute(session, "asaas/get_payment", {"id": "p"})
            self.assertEqual((result["success"], result["error"], result["data"]["code"]),
                             (False, "mocks_exhausted", "mocks_exhausted"))
            self.assertTrue(result["data"]["message"])
        result = self.execute(session, "z-api/send_text")
        self.assertEqual((result["error"], result["data"]["code"]), ("mocks_engine_error",) * 2)
        result = self.execute(session, "asaas/create_payment", PAYMENT)
        self.assertEqual((result["error"], result["data"]["code"], result["data"]["tool_name"]),
                         ("tool_not_mocked", "tool_not_mocked", "asaas/create_payment"))
        self.assertEqual(self.execute(session, "codespar_charge", CHARGE)["data"], {"id": "c"})
        self.assertEqual(self.gw.ok("GET", session + "/mocks")["counters"], {
            "asaas/get_payment": {"n": 2, "cap": 2}, "z-api/send_text": {"n": 0, "cap": 0},
            "codespar_charge": {"n": 1, "cap": None}})

    def test_counters_belong_to_the_session(self):
        for _ in range(2):
            session = self.session(mocks={"asaas/get_payment": [{"n": 1}]})
            self.assertTrue(self.execute(session, "asaas/get_payment")["success"])
            self.assertFalse(self.execute(session, "asaas/get_payment")["success"])

    def test_concurrent_calls_get_different_mocks(self):
        session = self.session(mocks={"asaas/get_payment": [{"n": n} for n in range(8)]})
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            results = list(pool.map(lambda _: self.execute(session, "asaas/get_payment"), range(10)))
        self.assertEqual(sorted(r["data"]["n"] for r in results if r["success"]), list(range(8)))
        self.assertEqual(sum(r["error"] == "mocks_exhausted" for r in results), 2)

    def test_built_ins_answer_though_they_are_not_mocked(self):
        session = self.session(mocks={"asaas/get_payment": {}})
        for tool, data in (("codespar_list_tools", {}), ("codespar_discover", {"use_case": "pix"}),
                           ("codespar_manage_connections", {"action": "list"})):
            with self.subTest(tool):
                self.assertTrue(self.execute(session, tool, data)["success"])

    def test_no_mocks_and_none_at_all_are_inert(self):
        for body in ('{"mocks":{}}', '{"mocks": { } }', '{"mocks":null}', "{}"):
            with self.subTest(body):
                session = "/v1/sessions/" + self.gw.call("POST", "/v1/sessions", body).json["id"]
                result = self.execute(session, "malote/echo", {"a": 1})
                self.assertEqual((result["success"], result["data"]), (True, {"a": 1}))

    def test_a_mock_stands_for_a_tool_that_is_not_in_the_catalogue(self):
        session = self.session(mocks={"acme/do_it": {"done": True}})
        self.assertEqual(self.execute(session, "acme/do_it")["data"], {"done": True})

    def test_a_session_with_mocks_reaches_no_provider_by_proxy(self):
        with Receiver() as provider:
            self.gw.ok("POST", "/v1/connections", {
                "server_id": "asaas", "secret": {"api_key": "k"}, "user_id": "mocked",
                "connection_metadata": {"api_base_url": provider.url("/asaas")}})
            session = self.session(user_id="mocked", mocks={"asaas/get_payment": {}})
            answer = self.gw.ok("POST", session + "/proxy_execute", {
                "server": "asaas", "endpoint": "/payments", "method": "POST", "body": PAYMENT})
            self.assertTrue(provider.requests.empty())
            self.assertEqual((answer["headers"], answer["data"]), ({"x-codespar-mock": "true"}, {"mocked": True}))

    def test_what_a_mock_answered_is_logged(self):
        session = self.session(mocks={"asaas/get_payment": [{"n": 1}]})
        for _ in range(2):
            self.execute(session, "asaas/get_payment", {"id": "p"})
        last, first = self.gw.ok("GET", session + "/tool-calls")["tool_calls"]
        self.assertEqual((first["status"], first["output"], first["server_id"], first["error_code"]),
                         ("success", {"n": 1}, "mock", None))
        self.assertEqual((last["status"], last["error_code"]), ("error", "mocks_exhausted"))


class LiveKeys(SessionTest, GatewayTest):
    options = {"env": {"MALOTE_API_KEY": "csk_live_e2eKnownKeyThatMustNeverLeak0000"}}

    def test_mocks_take_a_test_key_whatever_else_is_wrong_with_them(self):
        key = self.options["env"]["MALOTE_API_KEY"]
        for mocks in ({"a/b": {}}, {"BAD": "x" * 65_536}, []):
            with self.subTest(str(mocks)[:20]):
                answer = self.gw.call("POST", "/v1/sessions", {"mocks": mocks}, key=key)
                self.assertError(answer, 403, "mocks_not_permitted")


class RefusalsByStatus(SessionTest, GatewayTest):
    options = {"config": "mock_refusals_by_status = true\n"}

    def test_provider_tools_answer_422_and_meta_tools_200(self):
        session = self.session(mocks={"asaas/get_payment": [{}], "z-api/send_text": [], "codespar_pay": [{}]})
        def call(tool, **options):
            return self.gw.call("POST", session + "/execute", {"tool": tool, "input": {}}, **options)
        self.assertEqual(call("asaas/get_payment").status, 200)
        for tool, status, code in (("asaas/get_payment", 422, "mocks_exhausted"),
                                   ("asaas/create_payment", 422, "tool_not_mocked"),
                                   ("z-api/send_text", 503, "mocks_engine_error")):
            with self.subTest(code):
                answer = call(tool)
                self.assertEqual((answer.status, answer.json["code"]), (status, code))
                self.assertTrue(answer.json["message"])
        self.assertEqual(call("codespar_charge").status, 200)
        keyed = [call("asaas/create_payment", headers={"Idempotency-Key": "k"}).status for _ in range(2)]
        self.assertEqual(keyed, [422, 422])


if __name__ == "__main__":
    main()
