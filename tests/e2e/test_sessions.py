#!/usr/bin/python3
"""Sessions and the calls made in them."""
from emulated import PAYMENT
from harness import GatewayTest, main
from sessions import CHARGE, NOBODY, SessionTest


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


if __name__ == "__main__":
    main()
