#!/usr/bin/python3
"""Sessions, mocks, tool calls and what becomes of payments: a real gateway beside emulated providers."""
import concurrent.futures
import http.client
import json

from emulated import PAYMENT, EmulatorTest
from harness import API_KEY, PATIENCE, GatewayTest, Receiver, Reply, eventually, main

NOBODY = "/v1/sessions/ses_0000000000000000"
CHARGE = {"amount": 150.35, "currency": "BRL", "method": "pix", "description": "d",
          "buyer": {"name": "Ana", "document": "12345678909"}}


class SessionTest:
    """What tests of sessions share; mixed into those with and without an emulator."""

    def session(self, **wish):
        options = {name: wish.pop(name) for name in ("key", "headers") if name in wish}
        return "/v1/sessions/" + self.gw.ok("POST", "/v1/sessions", {"servers": [], **wish}, **options)["id"]

    def execute(self, session, tool, data=None, **options):
        return self.gw.ok("POST", session + "/execute", {"tool": tool, "input": data or {}}, **options)

    def other_project(self):
        name = self._testMethodName[:60].replace("_", "-").lower()
        project = self.gw.ok("POST", "/v1/projects", {"name": name, "slug": name})["id"]
        return {"x-codespar-project": project}

    def stream(self, path, headers=None):
        return Stream(self, path, headers)


class Stream:
    """Frames of a stream as they come: (event, data); comments are (None, text)."""

    def __init__(self, test, path, headers=None):
        host, _, port = test.gw.address.rpartition(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        test.addCleanup(self.connection.close)
        self.connection.request("GET", path, headers={
            "Authorization": "Bearer " + API_KEY, "Accept": "text/event-stream", **(headers or {})})
        self.response = self.connection.getresponse()

    def frame(self):
        lines = []
        while (line := self.response.readline()) not in (b"\n", b""):
            assert not line.endswith(b"\r\n"), line
            lines.append(line.decode().rstrip("\n"))
        if not lines:
            return None
        if lines[0].startswith(":"):
            return None, lines[0]
        members = dict(line.split(": ", 1) for line in lines)
        return members.get("event", "message"), json.loads(members["data"])


class Creation(SessionTest, GatewayTest):
    def test_the_answer_is_a_row_of_its_own(self):
        made = self.gw.call("POST", "/v1/sessions", {"servers": ["asaas", "z-api"], "user_id": "u",
                                                     "metadata": {"order": "1"}, "later": 1})
        self.assertEqual(made.status, 201)
        row = made.json
        self.assertRegex(row["id"], r"^ses_[A-Za-z0-9]{16}$")
        self.assertRegex(row["org_id"], r"^org_")
        self.assertRegex(row["project_id"], r"^prj_[A-Za-z0-9]{16}$")
        self.assertEqual((row["user_id"], row["servers"], row["status"], row["closed_at"], row["metadata"]),
                         ("u", ["asaas", "z-api"], "active", None, {"order": "1"}))
        self.assertEqual(self.gw.ok("GET", "/v1/sessions/" + row["id"]), row)

    def test_servers_and_user_may_be_left_out(self):
        for body in ({}, {"servers": []}, {"servers": None, "user_id": None, "metadata": None}):
            with self.subTest(body):
                made = self.gw.ok("POST", "/v1/sessions", body)
                self.assertEqual((made["servers"], made["user_id"]), ([], "anonymous"))
        self.gw.ok("POST", "/v1/sessions", {"servers": ["unheard-of"] * 20, "user_id": "u" * 128})

    def test_what_is_wrong_is_named(self):
        for body, field in (({"servers": "asaas"}, "/servers"), ({"servers": ["a"] * 21}, "/servers"),
                            ({"servers": ["a", 1]}, "/servers/1"), ({"servers": [""]}, "/servers/0"),
                            ({"user_id": 1}, "/user_id"), ({"user_id": "u" * 129}, "/user_id"),
                            ({"metadata": []}, "/metadata"), ({"metadata": {"a": 1}}, "/metadata/a")):
            with self.subTest(body):
                answer = self.gw.call("POST", "/v1/sessions", body)
                self.assertEqual(self.assertError(answer, 400, "invalid_body")["field"], field)
        self.assertEqual(self.gw.call("POST", "/v1/sessions").status, 201)  # everything may be left out
        for body in (b"[]", b"{", b"null"):
            with self.subTest(body):
                self.assertError(self.gw.call("POST", "/v1/sessions", body), 400, "invalid_body")
        self.assertError(self.gw.call("POST", "/v1/sessions", {}, key=None), 401, "unauthorized")

    def test_a_key_needs_the_scope(self):
        key = self.gw.ok("POST", "/v1/api-keys", {"name": "r", "scopes": ["sessions:read"]})["full_key"]
        self.assertError(self.gw.call("POST", "/v1/sessions", {}, key=key), 403)
        session = self.session()
        self.gw.ok("GET", session, key=key)
        self.assertError(self.gw.call("POST", session + "/execute", {"tool": "malote/echo"}, key=key), 403)


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


class Reading(SessionTest, GatewayTest):
    def test_pages_and_filters(self):
        ids = [self.gw.ok("POST", "/v1/sessions", {"user_id": self.event})["id"] for _ in range(3)]
        self.gw.ok("DELETE", "/v1/sessions/" + ids[0])
        first = self.gw.ok("GET", f"/v1/sessions?limit=2&user_id={self.event}")
        self.assertEqual([row["id"] for row in first["sessions"]], [ids[2], ids[1]])
        self.assertEqual(first["data"], first["sessions"])
        rest = self.gw.ok("GET", f"/v1/sessions?limit=2&user_id={self.event}&before={first['next_before']}")
        self.assertEqual(([row["id"] for row in rest["sessions"]], rest["next_before"]), ([ids[0]], None))
        closed = self.gw.ok("GET", f"/v1/sessions?status=closed&user_id={self.event}")["sessions"]
        self.assertEqual([row["id"] for row in closed], [ids[0]])
        for query in ("status=banana", "before=%21"):
            with self.subTest(query):
                self.assertError(self.gw.call("GET", "/v1/sessions?" + query), 400, "invalid_query")

    def test_both_names_of_the_count(self):
        session = self.session()
        for n in range(3):
            row = self.gw.ok("GET", session)
            self.assertEqual((row["tool_calls_count"], row["tool_call_count"]), (n, n))
            self.execute(session, "malote/echo")

    def test_closing_is_idempotent_and_raises_an_event(self):
        trigger = self.gw.trigger(self.receiver.url(), "session.closed")
        session = self.session(user_id="closer")
        first = self.gw.ok("DELETE", session)
        self.assertEqual((session.endswith(first["id"]), first["status"]), (True, "closed"))
        self.assertEqual(self.gw.ok("DELETE", session), first)
        self.assertEqual(self.gw.ok("POST", session + "/close"), first)
        self.assertEqual(self.gw.ok("GET", session)["closed_at"], first["closed_at"])
        sent = self.receiver.take()
        self.assertEqual((sent.json["type"], sent.json["data"]["session_id"]), ("session.closed", first["id"]))
        self.gw.delivery(trigger, "delivered")
        self.assertEqual(len(self.gw.deliveries(trigger)), 1)
        self.gw.ok("DELETE", f"/v1/triggers/{trigger['id']}")

    def test_a_closed_session_is_read_and_not_used(self):
        session = self.session(mocks={"asaas/get_payment": {}})
        self.execute(session, "asaas/get_payment")
        recorded = self.gw.ok("POST", session + "/tool-calls", {"server_id": "s", "tool_name": "t"})
        self.gw.ok("POST", session + "/close")
        for method, path, body in (("POST", "/execute", {"tool": "malote/echo", "input": {}}),
                                   ("POST", "/execute", {"tool": "no/such", "input": {}}),
                                   ("POST", "/proxy_execute", {"server": "asaas", "endpoint": "/x", "method": "GET"}),
                                   ("POST", "/tool-calls", {"server_id": "s", "tool_name": "t"}),
                                   ("PATCH", "/tool-calls/" + recorded["id"], {"status": "success"}),
                                   ("POST", "/send", {"message": "oi"})):
            with self.subTest(path=path, body=body):
                self.assertError(self.gw.call(method, session + path, body), 409, "session_not_active")
        for path in ("", "/mocks", "/logs", "/tool-calls", "/connections"):
            with self.subTest(path):
                self.gw.ok("GET", session + path)

    def test_what_belongs_to_another_project_is_not_found(self):
        headers = self.other_project()
        session = self.session(headers=headers, mocks={"malote/echo": {}})
        call = self.execute(session, "malote/echo", headers=headers)["tool_call_id"]
        for method, path, body in (
                ("GET", session, None), ("DELETE", session, None), ("POST", session + "/close", None),
                ("GET", session + "/mocks", None), ("GET", session + "/logs", None),
                ("GET", session + "/tool-calls", None), ("GET", session + "/connections", None),
                ("POST", session + "/execute", {"tool": "malote/echo", "input": {}}),
                ("POST", session + "/proxy_execute", {"server": "asaas", "endpoint": "/x", "method": "GET"}),
                ("POST", session + "/tool-calls", {"server_id": "s", "tool_name": "t"}),
                ("POST", session + "/send", {"message": "oi"}),
                ("GET", NOBODY, None), ("POST", NOBODY + "/execute", {"tool": "malote/echo"})):
            with self.subTest(path=path, method=method):
                self.assertError(self.gw.call(method, path, body), 404, "not_found")
        for path in ("", "/payment-status", "/verification-status", "/payment-status/stream",
                     "/verification-status/stream"):
            with self.subTest(path):
                if not path.endswith("stream"):
                    self.gw.ok("GET", f"/v1/tool-calls/{call}{path}", headers=headers)
                self.assertError(self.gw.call("GET", f"/v1/tool-calls/{call}{path}"), 404, "tool_call_not_found")
        listed = self.gw.ok("GET", "/v1/tool-calls?limit=500")["tool_calls"]
        self.assertNotIn(call, [row["id"] for row in listed])


class ToolCalls(SessionTest, GatewayTest):
    def test_a_call_of_the_clients_own(self):
        session = self.session()
        path = session + "/tool-calls"
        made = self.gw.call("POST", path, {"server_id": "acme", "tool_name": "do", "input": {"z": 1, "a": 2}})
        self.assertEqual(made.status, 201)
        row = made.json
        self.assertRegex(row["id"], r"^tc_\d+$")
        self.assertEqual((row["status"], row["duration_ms"], row["output"], row["error_code"]),
                         ("running", None, None, None))
        self.assertIn(b'"input":{"z": 1, "a": 2}', made.body)
        one = f"{path}/{row['id']}"
        for body in ({}, {"status": "done"}, {"duration_ms": -1}, {"duration_ms": "3"}):
            with self.subTest(body):
                self.assertError(self.gw.call("PATCH", one, body), 400, "invalid_body")
        done = self.gw.ok("PATCH", one, {"status": "error", "duration_ms": 12, "error_code": "refused",
                                         "output": {"why": "x"}})
        self.assertEqual((done["status"], done["duration_ms"], done["error_code"], done["output"]),
                         ("error", 12, "refused", {"why": "x"}))
        self.assertEqual(self.gw.ok("GET", "/v1/tool-calls/" + row["id"]), done)
        self.assertEqual(self.gw.ok("GET", "/v1/tool-calls/" + row["id"][3:]), done)
        for body, field in (({"tool_name": "t"}, "/server_id"), ({"server_id": "s"}, "/tool_name"),
                            ({"server_id": "s", "tool_name": "t", "status": "x"}, "/status")):
            with self.subTest(body):
                self.assertEqual(self.assertError(self.gw.call("POST", path, body), 400)["field"], field)

    def test_the_gateways_own_calls_are_not_changed_nor_those_of_other_sessions(self):
        session = self.session()
        call = self.execute(session, "malote/echo")["tool_call_id"]
        self.assertEqual(self.gw.call("PATCH", f"{session}/tool-calls/{call}", {"status": "error"}).status, 400)
        mine = self.gw.ok("POST", session + "/tool-calls", {"server_id": "s", "tool_name": "t"})["id"]
        self.assertError(self.gw.call("PATCH", f"{self.session()}/tool-calls/{mine}", {"status": "error"}),
                         404, "tool_call_not_found")

    def test_lists_are_paged_and_counted(self):
        headers = self.other_project()
        session = self.session(headers=headers)
        ids = [self.execute(session, tool, {"status": 422}, headers=headers)["tool_call_id"]
               for tool in ("malote/echo", "malote/fail", "malote/echo")]
        def get(path):
            return self.gw.ok("GET", path, headers=headers)
        self.assertEqual([c["id"] for c in get(session + "/tool-calls")["tool_calls"]], ids[::-1])
        self.assertEqual(get("/v1/tool-calls?count_only=true"), {"total": 3})
        self.assertEqual(get("/v1/tool-calls?count_only=true&status=error"), {"total": 1})
        page = get("/v1/tool-calls?limit=2")
        self.assertEqual([c["id"] for c in page["tool_calls"]], ids[:0:-1])
        self.assertRegex(page["next_before"], r"^\d{4}-\d\d-\d\dT[\d:.]+Z:tc_\d+$")
        rest = get("/v1/tool-calls?limit=2&before=" + page["next_before"])
        self.assertEqual(([c["id"] for c in rest["tool_calls"]], rest["next_before"]), ([ids[0]], None))
        since = get("/v1/tool-calls/" + ids[2])["called_at"]
        self.assertIn(ids[2], [c["id"] for c in get("/v1/tool-calls?since=" + since)["tool_calls"]])
        self.assertEqual(get("/v1/tool-calls?count_only=true&since=2999-01-01T00:00:00Z"), {"total": 0})
        self.assertEqual(get("/v1/tool-calls?tool=malote/fail")["tool_calls"][0]["id"], ids[1])
        for query in ("since=yesterday", "before=%21", "status=lost"):
            with self.subTest(query):
                self.assertError(self.gw.call("GET", "/v1/tool-calls?" + query), 400, "invalid_query")
        logs = get(session + "/logs")["data"]
        self.assertEqual([(row["id"], row["tool"], row["server"], row["status"]) for row in logs],
                         [(ids[2], "malote/echo", "malote", "success"), (ids[1], "malote/fail", "malote", "error"),
                          (ids[0], "malote/echo", "malote", "success")])
        self.assertTrue(all(row["session_id"] in session and row["called_at"] for row in logs))

    def test_the_log_is_followed(self):
        session = self.session()
        self.execute(session, "malote/echo")
        stream = self.stream("/v1/logs/stream?tool=malote/fail")
        self.assertEqual(stream.response.headers["content-type"].split(";")[0], "text/event-stream")
        self.assertEqual(stream.frame()[0], None)  # it is open from here on
        self.execute(session, "malote/echo")
        call = self.execute(session, "malote/fail", {"status": 400})["tool_call_id"]
        event, row = stream.frame()
        self.assertEqual((event, row["id"], row["tool"]), ("message", call, "malote/fail"))

    def test_ids_of_another_form(self):
        for bad in ("tc_", "tc_x", "abc", "-1", "tc_-1", "tc_1x", "1.5", "tc_99999999999999999999"):
            for path in ("", "/payment-status", "/verification-status", "/payment-status/stream"):
                with self.subTest(bad + path):
                    answer = self.gw.call("GET", f"/v1/tool-calls/{bad}{path}")
                    self.assertError(answer, 400, "invalid_tool_call_id")
                    self.assertIn("application/json", answer.headers["content-type"])


class Execution(SessionTest, GatewayTest):
    def test_success_has_null_for_an_error(self):
        result = self.execute(self.session(), "malote/echo", {"b": 1, "a": [1.50]})
        self.assertEqual(list(result), ["success", "data", "error", "duration", "server", "tool",
                                        "tool_call_id", "called_at"])
        self.assertEqual((result["success"], result["error"], result["data"]), (True, None, {"b": 1, "a": [1.5]}))

    def test_aliases(self):
        session = self.session()
        for body in ({"tool": "malote/echo", "params": {"a": 1}}, {"tool": "malote__echo", "input": {"a": 1}},
                     {"tool": "malote__echo", "params": {"a": 1}, "input": None, "estimatedCost": 3}):
            with self.subTest(body):
                result = self.gw.ok("POST", session + "/execute", body)
                self.assertEqual((result["data"], result["tool"]), ({"a": 1}, body["tool"]))
        both = {"tool": "malote/echo", "input": {"a": 1}, "params": {"a": 2}}
        self.assertEqual(self.gw.ok("POST", session + "/execute", both)["data"], {"a": 1})

    def test_a_tool_that_is_not_registered(self):
        session = self.session()
        for tool in ("codespar_shop__unregistered_probe", "nobody/nothing", "asaas/nothing", "UPPER_SNAKE", "x", "/",
                     "asaas__nothing", "malote/echo/more"):
            with self.subTest(tool):
                result = self.execute(session, tool)
                self.assertEqual(result, {"success": False, "data": None, "error": "Tool not registered: " + tool,
                                          "duration": 0, "server": "", "tool": tool})
        self.assertEqual(self.gw.ok("GET", session)["tool_calls_count"], 0)

    def test_a_failure_is_a_result_whose_data_is_an_object(self):
        session = self.session()
        for tool, data in (("malote/fail", {"status": 422, "message": "no"}), ("malote/fail", {}),
                           ("asaas/create_payment", {}), ("asaas/create_payment", PAYMENT),
                           ("codespar_charge", {}), ("codespar_charge", CHARGE), ("codespar_discover", {})):
            with self.subTest(tool=tool, data=data):
                result = self.execute(session, tool, data)
                self.assertFalse(result["success"])
                self.assertTrue(result["error"])
                self.assertIsInstance(result["data"], dict)
                self.assertRegex(result["tool_call_id"], r"^tc_\d+$")

    def test_what_is_wrong_with_the_body(self):
        session = self.session()
        for body, field in (({}, "/tool"), ({"tool": 1}, "/tool"), ({"tool": ""}, "/tool"),
                            ({"tool": "malote/echo", "input": []}, "/input"),
                            ({"tool": "malote/echo", "input": "x"}, "/input"),
                            ({"tool": "malote/echo", "params": 1}, "/params")):
            with self.subTest(body):
                answer = self.gw.call("POST", session + "/execute", body)
                self.assertEqual(self.assertError(answer, 400, "invalid_body")["field"], field)

    def test_a_server_does_not_have_to_be_in_the_session(self):
        self.assertTrue(self.execute(self.session(servers=["asaas"]), "malote/echo")["success"])

    def test_an_idempotency_key_is_of_one_call(self):
        session = self.session()
        key = {"Idempotency-Key": self.id()}
        first = self.execute(session, "malote/echo", {"a": 1}, headers=key)
        self.assertEqual(self.execute(session, "malote/echo", {"a": 1}, headers=key), first)
        self.assertEqual(self.execute(self.session(), "malote/echo", {"a": 1}, headers=key), first)
        for tool, data in (("malote/echo", {"a": 2}), ("malote/fail", {"a": 1})):
            answer = self.gw.call("POST", session + "/execute", {"tool": tool, "input": data}, headers=key)
            self.assertError(answer, 409, "idempotency_conflict")
        headers = self.other_project()
        other = self.execute(self.session(headers=headers), "malote/echo", {"a": 2}, headers={**headers, **key})
        self.assertEqual(other["data"], {"a": 2})
        long = self.gw.call("POST", session + "/execute", {"tool": "malote/echo"}, headers={"Idempotency-Key": "k" * 256})
        self.assertEqual(long.status, 400)


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
        for server, reason in (("nobody", "server_unknown"), ("z-api", "not_connected")):
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
