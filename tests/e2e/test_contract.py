#!/usr/bin/python3
"""Every operation of the served OpenAPI description, once well and once badly; each real answer is
held against the schema that the description promises for it."""
import http.client
import json
import re

from harness import API_KEY, PATIENCE, Answer, Gateway, GatewayTest, Reply, eventually, main, skip_file

try:
    import jsonschema
except ImportError:
    skip_file("python3-jsonschema is not installed")

FORMATS = jsonschema.FormatChecker(formats=())


@FORMATS.checks("date-time")
def is_rfc3339(text):
    return not isinstance(text, str) or bool(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text))


OAUTH = """
public_url = "https://gateway.example"
[oauth.mercado-pago]
client_id = "app"
client_secret = "secret"
authorize_url = "https://auth.example/authorize"
token_url = "https://auth.example/token"
"""


class Contract(GatewayTest):
    options = {"config": OAUTH}

    def setUp(self):
        super().setUp()
        self.document = self.gw.request("GET", "/v1/openapi.json").json
        self.resolver = jsonschema.RefResolver.from_schema(self.document)
        self.seen = set()
        self.faults = []

    def operations(self):
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method in ("get", "post", "put", "patch", "delete", "head"):
                    yield path, method.upper(), operation

    def follow(self, node):
        while "$ref" in node:
            node = self.resolver.resolve(node["$ref"])[1]
        return node

    def check(self, operation_id, answer, wanted):
        """The answer has the wanted status; where it is not what the description says: a fault."""
        path, method, operation = next(found for found in self.operations()
                                       if found[2]["operationId"] == operation_id)
        self.assertEqual(answer.status, wanted, (operation_id, answer))
        described = operation["responses"].get(str(wanted)) or operation["responses"]["default"]
        described = self.follow(described)
        def claim(holds, fault):
            if not holds:
                self.faults.append(f"{operation_id} {wanted}: {fault}")

        for name in described.get("headers", {}):
            claim(name.lower() in answer.headers, f"no header {name}")
        content = described.get("content")
        if not content or method == "HEAD":
            claim(answer.body == b"", "a body")
        else:
            kind = answer.headers["content-type"].split(";")[0]
            claim(kind in [name.split(";")[0] for name in content], "content type " + kind)
            if kind == "application/json":
                for fault in self.faults_of(answer.json, next(iter(content.values())).get("schema", {})):
                    claim(False, fault)
        self.seen.add((operation_id, "good" if wanted < 400 else "bad"))
        return answer

    def faults_of(self, value, schema):
        validator = jsonschema.Draft202012Validator(schema, resolver=self.resolver, format_checker=FORMATS)
        return [f"{error.json_path}: {error.message[:300]}" for error in validator.iter_errors(value)]

    def try_out(self, operation_id, wanted, method, path, body=None, **options):
        if "key" not in options and self.is_open(operation_id):
            options["key"] = None
        return self.check(operation_id, self.gw.call(method, path, body, **options), wanted)

    def is_open(self, operation_id):
        return next(o for _, _, o in self.operations() if o["operationId"] == operation_id).get("security") == []

    def test_the_description_is_sound(self):
        for name, schema in self.document["components"]["schemas"].items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)
        ids = [o["operationId"] for _, _, o in self.operations()]
        self.assertEqual(len(ids), len(set(ids)))
        text = json.dumps(self.document)
        for reference in set(re.findall(r'"\$ref": "(#[^"]+)"', text)):
            self.resolver.resolve(reference)

    def test_samples_of_requests_fit_what_the_gateway_takes(self):
        self.assertIsNone(self.gw.trigger(self.receiver.url(), self.event, rate_limit_per_s=None)["rate_limit_per_s"])
        wish = self.document["components"]["schemas"]["TriggerCreate"]["properties"]["rate_limit_per_s"]
        if "number" in wish["type"]:  # then a fraction is a number too
            self.assertEqual(self.gw.trigger(self.receiver.url(), self.event, rate_limit_per_s=0.5)
                             ["rate_limit_per_s"], 0.5)

    def test_every_operation(self):
        go = self.try_out
        nobody = "/0000000000000000"
        self.receiver.answer = lambda r: Reply(200 if r.path == "/good" else 500, b"answer")
        wish = {"name": "c", "event": self.event, "webhook_url": self.receiver.url("/good"), "retry_schedule": []}

        trigger = go("createTrigger", 201, "POST", "/v1/triggers", wish).json
        go("createTrigger", 400, "POST", "/v1/triggers", {"name": 1})
        one = "/v1/triggers/" + trigger["id"]
        none = "/v1/triggers/trg_0000000000000000"
        go("listTriggers", 200, "GET", "/v1/triggers?limit=1")
        go("listTriggers", 400, "GET", "/v1/triggers?before=%21%21")
        go("getTrigger", 200, "GET", one)
        go("getTrigger", 404, "GET", none)
        go("updateTrigger", 200, "PATCH", one, {"name": "d", "headers": {"X-A": "b"}})
        go("updateTrigger", 400, "PATCH", one, {})
        go("updateTrigger", 404, "PATCH", none, {"name": "d"})
        go("rotateTriggerSecret", 200, "POST", one + "/rotate-secret")
        go("rotateTriggerSecret", 409, "POST", one + "/rotate-secret", {"overlap_seconds": 60})
        go("rotateTriggerSecret", 400, "POST", one + "/rotate-secret", {"overlap_seconds": -1})
        go("updateTrigger", 200, "PATCH", one, {"signature_scheme": "timestamped"})
        rotated = go("rotateTriggerSecret", 200, "POST", one + "/rotate-secret", {"overlap_seconds": 60}).json
        self.assertIsNotNone(rotated["previous_secret_until"])
        go("rotateTriggerSecret", 404, "POST", none + "/rotate-secret")
        go("testTrigger", 200, "POST", "/v1/triggers/test", wish)
        go("testTrigger", 200, "POST", "/v1/triggers/test", {"webhook_url": self.receiver.url("/bad")})
        go("testTrigger", 400, "POST", "/v1/triggers/test", {"webhook_url": "ftp://x"})
        fired = go("testFireTrigger", 202, "POST", one + "/test-fire").json
        go("testFireTrigger", 404, "POST", none + "/test-fire")
        go("testFireTrigger", 400, "POST", one + "/test-fire", {"data": 5})
        self.gw.delivery(trigger, "delivered")
        go("listTriggerDeliveries", 200, "GET", one + "/deliveries")
        go("listTriggerDeliveries", 400, "GET", one + "/deliveries?state=lost")
        go("getTriggerDelivery", 200, "GET", f"{one}/deliveries/{fired['delivery_id']}")
        go("getTriggerDelivery", 404, "GET", one + "/deliveries/dlv_0")
        go("getDelivery", 200, "GET", "/v1/deliveries/" + fired["delivery_id"])
        go("getDelivery", 404, "GET", "/v1/deliveries/dlv_0")
        go("listDeliveries", 200, "GET", "/v1/deliveries")
        go("listDeliveries", 400, "GET", "/v1/deliveries?state=lost")
        self.streams_and_listeners(go)
        go("redeliver", 202, "POST", f"/v1/triggers/deliveries/{fired['delivery_id']}/redeliver")
        go("redeliver", 404, "POST", "/v1/triggers/deliveries/dlv_0000000000000000/redeliver")
        go("retryPending", 200, "POST", "/v1/triggers/retry-pending")
        go("retryPending", 401, "POST", "/v1/triggers/retry-pending", key=None)

        dead = self.gw.trigger(self.receiver.url("/bad"), self.event + ".dead", retry_schedule=[])
        self.gw.publish(self.event + ".dead")
        self.gw.delivery(dead, "dead")
        letters = go("listTriggerDeadLetters", 200, "GET", f"/v1/triggers/{dead['id']}/dlq").json
        self.assertEqual(len(letters["dead_letters"]), 1)
        bulk = f"/v1/triggers/{dead['id']}/dlq/redeliver"
        go("listTriggerDeadLetters", 400, "GET", f"/v1/triggers/{dead['id']}/dlq?status=x")
        go("redeliverDeadLetters", 200, "POST", bulk, {"dry_run": True, "error": "http"})
        go("redeliverDeadLetters", 202, "POST", bulk, {"status": 500})
        go("redeliverDeadLetters", 400, "POST", bulk, {"since": 5})
        go("redeliverDeadLetters", 404, "POST", none + "/dlq/redeliver")
        go("listTriggerDeadLetters", 404, "GET", none + "/dlq")

        event = go("publishEvents", 202, "POST", "/v1/events", {"type": self.event, "data": {}}).json
        go("publishEvents", 400, "POST", "/v1/events", {"type": self.event})
        go("publishEvents", 202, "POST", "/v1/events", {"events": [{"type": self.event, "data": {}}]})
        go("listEvents", 200, "GET", "/v1/events")
        go("listEvents", 200, "GET", "/v1/events?q=" + event["id"])
        go("listEvents", 404, "GET", "/v1/events?trigger_id=trg_0")
        go("listEvents", 400, "GET", "/v1/events?state=lost")
        go("listEvents", 400, "GET", "/v1/events?since=x")
        go("getEvent", 200, "GET", "/v1/events/" + event["id"])
        go("getEvent", 404, "GET", "/v1/events/evt_0")
        go("replayEvent", 202, "POST", f"/v1/events/{event['id']}/replay")
        go("replayEvent", 404, "POST", "/v1/events/evt_0/replay")
        go("replayEvent", 400, "POST", f"/v1/events/{event['id']}/replay?trigger_id={dead['id']}")
        self.gw.ok("PATCH", one, {"status": "paused"})
        go("replayEvent", 409, "POST", f"/v1/events/{event['id']}/replay?trigger_id={trigger['id']}")
        go("getStats", 200, "GET", "/v1/stats?bucket=1h")
        go("getStats", 400, "GET", "/v1/stats?bucket=7s")
        go("listEventTypes", 200, "GET", "/v1/event-types")
        go("listEventTypes", 401, "GET", "/v1/event-types", key=None)
        go("getTrigger", 200, "GET", one)
        go("deleteTrigger", 204, "DELETE", one)
        go("deleteTrigger", 404, "DELETE", one)

        project = go("createProject", 201, "POST", "/v1/projects", {"name": "P", "slug": "p-1"}).json
        go("createProject", 400, "POST", "/v1/projects", {"name": "P", "slug": "default"})
        go("listProjects", 200, "GET", "/v1/projects")
        go("listProjects", 401, "GET", "/v1/projects", key="csk_test_x")
        go("getProject", 200, "GET", "/v1/projects/" + project["id"])
        go("getProject", 404, "GET", "/v1/projects/prj_0000000000000000")
        default = next(p for p in self.gw.ok("GET", "/v1/projects")["projects"] if p["is_default"])
        go("deleteProject", 409, "DELETE", "/v1/projects/" + default["id"])
        go("deleteProject", 204, "DELETE", "/v1/projects/" + project["id"])

        made = go("createApiKey", 201, "POST", "/v1/api-keys", {"name": "k", "scopes": ["events:read"]}).json
        go("createApiKey", 400, "POST", "/v1/api-keys", {"name": ""})
        go("createApiKey", 403, "POST", "/v1/api-keys", {"name": "k"}, key=made["full_key"])
        go("listApiKeys", 200, "GET", "/v1/api-keys")
        go("listApiKeys", 403, "GET", "/v1/api-keys", key=made["full_key"])
        go("getStatus", 200, "GET", "/v1/status")
        go("getStatus", 403, "GET", "/v1/status", key=made["full_key"])
        go("whoami", 200, "GET", "/v1/whoami", key=made["full_key"])
        go("whoami", 401, "GET", "/v1/whoami", key=None)
        signed = go("consoleSignIn", 200, "POST", "/v1/console/sign-in", {"api_key": made["full_key"]}, key=None)
        go("consoleSignIn", 401, "POST", "/v1/console/sign-in", {"api_key": "csk_test_nobody"}, key=None)
        go("consoleSignIn", 400, "POST", "/v1/console/sign-in", {}, key=None)
        browser = {"Cookie": signed.headers["set-cookie"].split(";")[0]}
        go("consoleSession", 200, "GET", "/v1/console/session", key=None, headers=browser)
        go("consoleSession", 401, "GET", "/v1/console/session", key=made["full_key"])
        go("consoleSignOut", 403, "POST", "/v1/console/sign-out", key=None, headers=browser)
        browser["X-CSRF-Token"] = signed.json["csrf_token"]
        go("consoleSignOut", 204, "POST", "/v1/console/sign-out", key=None, headers=browser)
        go("revokeApiKey", 204, "DELETE", "/v1/api-keys/" + made["id"])
        go("revokeApiKey", 404, "DELETE", "/v1/api-keys/key_0")

        connection = go("createConnection", 201, "POST", "/v1/connections",
                        {"server_id": "asaas", "webhook_secret": "tok"}).json
        go("createConnection", 400, "POST", "/v1/connections", {"server_id": "nobody"})
        link, gone = "/v1/connections/" + connection["id"], "/v1/connections/ca_0000000000000000"
        go("listConnections", 200, "GET", "/v1/connections")
        go("listConnections", 400, "GET", "/v1/connections?before=%21")
        go("getConnection", 200, "GET", link)
        go("getConnection", 404, "GET", gone)
        go("updateConnectionMetadata", 200, "PATCH", link + "/metadata", {"connection_metadata": {"a": 1}})
        go("updateConnectionMetadata", 400, "PATCH", link + "/metadata", {})
        go("setWebhookSecret", 200, "PUT", link + "/webhook-secret", {"secret": "tok2"})
        go("setWebhookSecret", 400, "PUT", link + "/webhook-secret", {})
        hook = connection["webhook_path"]
        body = {"id": "e", "event": "PAYMENT_RECEIVED", "payment": {"id": "p", "value": 1}}
        go("receiveWebhook", 200, "POST", hook, body, headers={"asaas-access-token": "tok2"})
        inbound = self.gw.ok("GET", "/v1/events?connection_id=" + connection["id"])["events"][0]
        go("getEvent", 200, "GET", "/v1/events/" + inbound["id"])
        go("receiveWebhook", 401, "POST", hook, body)
        go("receiveWebhook", 404, "POST", "/v1/webhooks/asaas" + nobody, body)
        go("probeWebhook", 200, "GET", hook)
        go("probeWebhook", 404, "GET", "/v1/webhooks/asaas" + nobody)
        go("probeWebhookHead", 200, "HEAD", hook)
        go("probeWebhookHead", 404, "HEAD", "/v1/webhooks/asaas" + nobody)
        go("receiveWebhook", 401, "POST", hook, body, headers={"asaas-access-token": "not yet"})
        rejected = go("listRejected", 200, "GET", link + "/rejected").json["data"][0]
        go("listRejected", 404, "GET", gone + "/rejected")
        go("getRejected", 200, "GET", link + "/rejected/" + rejected["id"])
        go("getRejected", 404, "GET", link + "/rejected/rej_nothing")
        go("acceptRejected", 409, "POST", link + "/rejected/" + rejected["id"] + "/accept")
        go("setWebhookSecret", 200, "PUT", link + "/webhook-secret", {"secret": "not yet"})
        go("acceptRejected", 200, "POST", link + "/rejected/" + rejected["id"] + "/accept")
        go("explainWebhook", 200, "POST", link + "/explain", {"headers": {}, "body": "{}"})
        go("explainWebhook", 400, "POST", link + "/explain", {"body": 5})
        go("getConnectionHealth", 200, "GET", link + "/health")
        go("getConnectionHealth", 404, "GET", gone + "/health")
        go("listProviders", 200, "GET", "/v1/providers")
        go("listProviders", 401, "GET", "/v1/providers", key="csk_test_nobody")
        go("revokeConnection", 200, "POST", link + "/revoke")
        go("revokeConnection", 404, "POST", gone + "/revoke")
        go("deleteConnection", 204, "DELETE", link)
        go("deleteConnection", 404, "DELETE", link)

        self.catalogue(go)
        self.sessions(go)
        self.loops(go)

        for name in ("healthz", "readyz", "metrics", "openapi"):
            path = "/v1/openapi.json" if name == "openapi" else "/" + name
            go(name, 200, "GET", path)
            self.seen.add((name, "bad"))  # they have no error but the server's own
        wanted = {(o["operationId"], how) for _, _, o in self.operations() for how in ("good", "bad")}
        self.assertEqual(wanted - self.seen, set())
        self.assertEqual(self.faults, [])

    def catalogue(self, go):
        session = self.gw.ok("POST", "/v1/sessions", {"servers": ["malote"], "user_id": "u"})
        one, none = "/v1/sessions/" + session["id"], "/v1/sessions/ses_0000000000000000"
        go("listServers", 200, "GET", "/v1/servers?country=BR")
        go("listServers", 401, "GET", "/v1/servers", key=None)
        go("getServer", 200, "GET", "/v1/servers/asaas")
        go("getServer", 404, "GET", "/v1/servers/nobody")
        for server in ("z-api", "twilio", "malote"):
            go("getAuthSchema", 200, "GET", f"/v1/servers/{server}/auth-schema")
        go("getAuthSchema", 404, "GET", "/v1/servers/nobody/auth-schema")
        go("listTools", 200, "GET", "/v1/tools?server=asaas")
        go("listTools", 401, "GET", "/v1/tools", key=None)
        for tool in ("asaas%2Fcreate_payment", "codespar_charge"):
            go("getTool", 200, "GET", "/v1/tools/" + tool)
        go("getTool", 404, "GET", "/v1/tools/asaas%2Fnothing")
        go("listSessionConnections", 200, "GET", one + "/connections")
        go("listSessionConnections", 404, "GET", none + "/connections")
        go("sendMessage", 200, "POST", one + "/send", {"message": "charge a customer by Pix"})
        go("sendMessage", 400, "POST", one + "/send", {})
        go("sendMessage", 404, "POST", none + "/send", {"message": "x"})
        ping = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        go("serveMcp", 200, "POST", one + "/mcp", ping)
        go("serveMcp", 202, "POST", one + "/mcp", {"jsonrpc": "2.0", "method": "notifications/initialized"})
        go("serveMcp", 400, "POST", one + "/mcp", b"{")
        go("serveMcp", 404, "POST", none + "/mcp", ping)
        wish = {"server_id": "asaas", "user_id": "u", "redirect_uri": "https://shop.example/done"}
        oauth = {**wish, "server_id": "mercado-pago"}
        for name, path in (("startConnect", "/v1/connect/start"), ("startConnection", "/v1/connections/start")):
            go(name, 400, "POST", path, {})
            go(name, 404, "POST", path, wish)
            started = go(name, 200, "POST", path, oauth).json
        go("finishConnect", 400, "GET", "/v1/connect/callback?state=nothing&code=c")
        go("finishConnect", 302, "GET", "/v1/connect/callback?error=access_denied&state=" + started["link_token"])

    def sessions(self, go):
        none = "/v1/sessions/ses_0000000000000000"
        session = go("createSession", 201, "POST", "/v1/sessions", {
            "servers": ["malote"], "user_id": "u", "metadata": {"a": "b"},
            "mocks": {"asaas/get_payment": [{"id": "pay_1"}], "codespar_charge": {"id": "pay_2"}}}).json
        go("createSession", 400, "POST", "/v1/sessions", {"servers": "malote"})
        go("createSession", 400, "POST", "/v1/sessions", {"mocks": {"asaas/get_payment": 1}})
        go("createSession", 413, "POST", "/v1/sessions", {"mocks": {"a/b": {"c": "x" * 65536}}})
        one = "/v1/sessions/" + session["id"]
        go("listSessions", 200, "GET", "/v1/sessions?status=active&user_id=u")
        go("listSessions", 400, "GET", "/v1/sessions?before=%21")
        go("getSession", 200, "GET", one)
        go("getSession", 404, "GET", none)
        execute = {"tool": "asaas/get_payment", "input": {"id": "pay_1"}}
        go("executeTool", 200, "POST", one + "/execute", execute)
        called = go("executeTool", 200, "POST", one + "/execute", execute).json  # the mocks are used up
        self.assertEqual(called["error"], "mocks_exhausted")
        go("executeTool", 200, "POST", one + "/execute", {"tool": "nobody/nothing", "params": {}})
        go("executeTool", 400, "POST", one + "/execute", {"input": {}})
        go("executeTool", 404, "POST", none + "/execute", execute)
        go("getSessionMocks", 200, "GET", one + "/mocks")
        go("getSessionMocks", 404, "GET", none + "/mocks")
        free = "/v1/sessions/" + self.gw.ok("POST", "/v1/sessions", {})["id"]
        go("getSessionMocks", 200, "GET", free + "/mocks")
        # Nobody listens on port 1: a provider that gives no answer.
        self.gw.ok("POST", "/v1/connections", {"server_id": "stripe", "secret": {"secret_key": "k"}, "connection_metadata": {
            "api_base_url": self.receiver.url("/stripe")}})
        self.gw.ok("POST", "/v1/connections", {"server_id": "mercado-pago", "secret": {"access_token": "k"}, "connection_metadata": {
            "api_base_url": "http://127.0.0.1:1"}})
        self.receiver.answer = lambda r: Reply(404, b'{"error":{"code":"missing"}}')
        ask = {"server": "stripe", "endpoint": "/charges", "method": "GET", "params": {"limit": 1}, "body": None}
        self.assertEqual(go("proxyExecute", 200, "POST", free + "/proxy_execute", ask).json["status"], 404)
        go("proxyExecute", 400, "POST", free + "/proxy_execute", {**ask, "endpoint": "http://elsewhere"})
        go("proxyExecute", 404, "POST", none + "/proxy_execute", ask)
        go("proxyExecute", 424, "POST", free + "/proxy_execute", {**ask, "server": "nobody"})
        go("proxyExecute", 502, "POST", free + "/proxy_execute", {**ask, "server": "mercado-pago"})
        go("executeTool", 200, "POST", free + "/execute",
           {"tool": "stripe/retrieve_payment_intent", "input": {"id": "pi_1"}})

        mine = {"server_id": "asaas", "tool_name": "asaas/create_payment"}
        recorded = go("recordToolCall", 201, "POST", one + "/tool-calls", mine).json
        go("recordToolCall", 400, "POST", one + "/tool-calls", {"server_id": "asaas"})
        call = f"{one}/tool-calls/{recorded['id']}"
        go("updateToolCall", 200, "PATCH", call, {"status": "error", "error_code": "refused", "duration_ms": 3})
        go("updateToolCall", 400, "PATCH", call, {})
        go("updateToolCall", 404, "PATCH", one + "/tool-calls/tc_999999", {"status": "error"})
        go("listSessionToolCalls", 200, "GET", one + "/tool-calls?limit=2")
        go("listSessionToolCalls", 404, "GET", none + "/tool-calls")
        go("listSessionLogs", 200, "GET", one + "/logs")
        go("listSessionLogs", 404, "GET", none + "/logs")
        go("listToolCalls", 200, "GET", "/v1/tool-calls?status=error&limit=1")
        go("listToolCalls", 200, "GET", "/v1/tool-calls?count_only=true")
        go("listToolCalls", 400, "GET", "/v1/tool-calls?before=%21")
        go("getToolCall", 200, "GET", "/v1/tool-calls/" + called["tool_call_id"])
        go("getToolCall", 400, "GET", "/v1/tool-calls/seventeen")
        for name, path in (("PaymentStatus", "payment-status"), ("VerificationStatus", "verification-status")):
            for call_id in (called["tool_call_id"], recorded["id"]):
                go("get" + name, 200, "GET", f"/v1/tool-calls/{call_id}/{path}")
            go("get" + name, 400, "GET", f"/v1/tool-calls/seventeen/{path}")
            go("get" + name, 404, "GET", f"/v1/tool-calls/tc_999999/{path}")
            self.stream("stream" + name, f"/v1/tool-calls/{recorded['id']}/{path}/stream")
            go("stream" + name, 400, "GET", f"/v1/tool-calls/seventeen/{path}/stream")
            go("stream" + name, 404, "GET", f"/v1/tool-calls/tc_999999/{path}/stream")
        self.stream("streamLogs", "/v1/logs/stream")
        go("streamLogs", 401, "GET", "/v1/logs/stream", key=None)
        go("closeSession", 200, "DELETE", one)
        go("closeSession", 404, "DELETE", none)
        go("closeSessionByPost", 200, "POST", one + "/close")
        go("closeSessionByPost", 404, "POST", none + "/close")
        go("getSession", 200, "GET", one)
        for name, path, body in (("executeTool", "/execute", execute), ("proxyExecute", "/proxy_execute", ask),
                                 ("recordToolCall", "/tool-calls", mine)):
            go(name, 409, "POST", one + path, body)

    def streams_and_listeners(self, go):
        self.stream("streamEvents", "/v1/events/stream?type=payment.*")
        go("streamEvents", 400, "GET", "/v1/events/stream?after=yesterday")
        self.stream("streamDeliveries", "/v1/deliveries/stream?outcome=failed")
        go("streamDeliveries", 400, "GET", "/v1/deliveries/stream?outcome=odd")
        opened = go("openListener", 200, "PUT", "/v1/listeners/desk", {"events": ["nothing.here"]}).json
        go("openListener", 200, "PUT", "/v1/listeners/bare", {})
        go("openListener", 200, "PUT", "/v1/listeners/bare")
        go("openListener", 400, "PUT", "/v1/listeners/d%20k", {})
        go("openListener", 400, "PUT", "/v1/listeners/desk", {"events": ["!"]})
        one, none = "/v1/listeners/" + opened["id"], "/v1/listeners/trg_0000000000000000"
        mine = {"instance": "i", "holding": [{"delivery_id": "dlv_0000000000000001", "attempt": 1}]}
        go("pollListener", 200, "POST", one + "/poll", mine)
        go("pollListener", 400, "POST", one + "/poll", {"instance": "i", "holding": [{"delivery_id": "x"}]})
        go("pollListener", 404, "POST", none + "/poll", mine)
        done = {"results": [{"delivery_id": "dlv_0000000000000001", "attempt": 1, "status": 200}]}
        go("reportToListener", 200, "POST", one + "/results", done)
        go("reportToListener", 400, "POST", one + "/results", {"results": [{"delivery_id": "x", "status": 7}]})
        go("reportToListener", 404, "POST", none + "/results", done)
        go("leaveListener", 204, "DELETE", one + "/instances/i")
        go("leaveListener", 404, "DELETE", none + "/instances/i")

    def stream(self, operation_id, path):
        """Streams stay open: the head of the answer is enough here."""
        host, _, port = self.gw.address.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", path, headers={"Authorization": "Bearer " + API_KEY})
        response = connection.getresponse()
        self.check(operation_id, Answer(response.status, response.getheaders(), response.readline()), 200)

    def loops(self, go):
        none = "/v1/loops/lop_0000000000000000"
        steps = [{"name": "one", "tool": "malote/echo", "params": {"a": "${event.data.a}"}},
                 {"name": "two", "tool": "malote/fail", "when": {"path": "event.data.fail"},
                  "params": {"status": 422, "message": "no"}}]
        loop = go("createLoop", 201, "POST", "/v1/loops", {"name": "l", "steps": steps}).json
        one = "/v1/loops/" + loop["id"]
        go("createLoop", 400, "POST", "/v1/loops", {"name": "l", "steps": []})
        go("createLoop", 409, "POST", "/v1/loops", {"name": "l", "steps": steps})
        go("listLoops", 200, "GET", "/v1/loops?limit=1")
        go("listLoops", 400, "GET", "/v1/loops?before=%21")
        go("getLoop", 200, "GET", one)
        go("getLoop", 404, "GET", none)
        go("updateLoop", 200, "PATCH", one, {"max_in_flight": 2})
        go("updateLoop", 400, "PATCH", one, {})
        go("updateLoop", 404, "PATCH", none, {"name": "m"})
        for word in ("disable", "enable"):
            go(word + "Loop", 200, "POST", f"{one}/{word}")
            go(word + "Loop", 404, "POST", f"{none}/{word}")
        go("runLoop", 200, "POST", one + "/run", {"dry_run": True, "payload": {"fail": 1}})
        go("runLoop", 400, "POST", one + "/run", {"payload": 1})
        go("runLoop", 404, "POST", none + "/run", {})

        def finished(payload):
            run = go("runLoop", 202, "POST", one + "/run", {"payload": payload}).json
            eventually(lambda: self.gw.ok("GET", "/v1/runs/" + run["id"])["finished_at"])
            return "/v1/runs/" + run["id"]

        completed, failed = finished({"a": 1}), finished({"a": 1, "fail": True})
        self.assertEqual(go("getRun", 200, "GET", completed).json["state"], "completed")
        self.assertEqual(go("getRun", 200, "GET", failed).json["state"], "failed")
        self.assertEqual(go("getRun", 200, "GET", finished({})).json["failed_step"], "one")
        go("getRun", 404, "GET", "/v1/runs/run_0000000000000000")
        go("listRuns", 200, "GET", "/v1/runs?state=failed&loop_id=" + loop["id"])
        go("listRuns", 400, "GET", "/v1/runs?state=lost")
        go("redriveRun", 202, "POST", failed + "/redrive")
        go("redriveRun", 409, "POST", completed + "/redrive")
        go("cancelRun", 409, "POST", completed + "/cancel")
        waiting = go("createLoop", 201, "POST", "/v1/loops", {"name": "w", "steps": [
            {"name": "again", "tool": "malote/fail", "params": {"status": 503, "message": "later"},
             "retry": {"base_delay": "1h", "max_delay": "1h"}}]}).json
        run = self.gw.ok("POST", f"/v1/loops/{waiting['id']}/run", {})
        go("cancelRun", 200, "POST", f"/v1/runs/{run['id']}/cancel")
        go("deleteLoop", 204, "DELETE", one)
        go("deleteLoop", 404, "DELETE", one)

    def test_errors_before_a_route_have_the_shape_too(self):
        for answer in (self.gw.call("GET", "/v1/nothing"), self.gw.call("PUT", "/v1/triggers"),
                       self.gw.call("POST", "/v1/events", b"x" * (1024 * 1024 + 1)),
                       self.gw.request("GET", "/healthz", headers={f"X-{n}": "x" * 8000 for n in range(8)}),
                       self.gw.call("POST", "/v1/events", b"{}", headers={"Content-Encoding": "gzip"})):
            with self.subTest(answer.status):
                self.assertGreaterEqual(answer.status, 400)
                self.assertEqual(self.faults_of(answer.json, {"$ref": "#/components/schemas/Error"}), [])
                self.assertEqual(answer.headers["x-request-id"], answer.json["request_id"])


if __name__ == "__main__":
    main()
