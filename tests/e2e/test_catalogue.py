#!/usr/bin/python3
"""The catalogue of tools, messages to a session, and connecting a provider by OAuth."""
import base64
import hashlib
import json
import urllib.parse

from harness import GatewayTest, Receiver, Reply, main

CONFIG = """
public_url = "https://gateway.example/"
[oauth.mercado-pago]
client_id = "app"
client_secret = "app-secret-that-must-not-leak"
authorize_url = "https://auth.example/authorize?platform_id=mp"
token_url = "{token_url}"
scopes = "read offline_access"
"""


class Catalogue(GatewayTest):
    @classmethod
    def setUpClass(cls):
        cls.provider = Receiver()
        cls.addClassCleanup(cls.provider.close)
        cls.options = {"config": CONFIG.format(token_url=cls.provider.url("/oauth/token"))}
        super().setUpClass()

    def session(self, *servers):
        return self.gw.ok("POST", "/v1/sessions", {"servers": list(servers), "user_id": "u"})["id"]

    def test_servers_and_tools_agree(self):
        shown = self.gw.ok("GET", "/v1/servers")
        self.assertEqual(shown["total"], len(shown["servers"]))
        self.assertEqual(shown["servers"], shown["data"])
        tools = self.gw.ok("GET", "/v1/tools")["data"]
        for server in shown["servers"]:
            mine = [tool for tool in tools if tool["server"] == server["id"]]
            self.assertEqual(len(mine), server["tools_count"], server["id"])
            self.gw.ok("GET", f"/v1/servers/{server['id']}/auth-schema")
        for tool in tools:
            detail = self.gw.ok("GET", "/v1/tools/" + urllib.parse.quote(tool["name"], safe=""))
            self.assertEqual(detail["input_schema"]["type"], "object", tool["name"])

    def test_a_session_sees_a_connection_once_it_is_made(self):
        path = f"/v1/sessions/{self.session('stripe')}/connections"
        self.assertFalse(self.gw.ok("GET", path)["servers"][0]["connected"])
        self.gw.ok("POST", "/v1/connections", {"server_id": "stripe", "secret": "sk_test", "user_id": "u"})
        self.assertTrue(self.gw.ok("GET", path)["servers"][0]["connected"])

    def test_discover_and_the_wizard_know_it_too(self):
        session = self.session()
        def execute(tool, **given):
            return self.gw.ok("POST", f"/v1/sessions/{session}/execute", {"tool": tool, "input": given})
        found = execute("codespar_discover", use_case="send a text message by whatsapp")
        self.assertTrue(found["success"], found)
        self.assertEqual(found["data"]["search_strategy"], "trigram")
        self.assertFalse(execute("codespar_discover")["success"])
        self.assertFalse(execute("codespar_manage_connections", action="not_a_real_action")["success"])
        wizard = execute("codespar_manage_connections", action="initiate", server_id="asaas")["data"]
        self.assertEqual(wizard["initiate"]["connect_url"], "https://gateway.example/v1/connections")

    def test_a_message_is_answered(self):
        path = f"/v1/sessions/{self.session()}/send"
        plain = self.gw.ok("POST", path, {"message": "refund a payment with stripe"})
        self.assertIn("stripe/create_refund", plain["message"])
        stream = self.gw.call("POST", path, {"message": "refund a payment with stripe"},
                              headers={"Accept": "text/event-stream"})
        self.assertEqual(stream.headers["content-type"].split(";")[0], "text/event-stream")
        frames = [frame.split("\n") for frame in stream.body.decode().split("\n\n") if frame]
        self.assertEqual([event for event, _ in frames], ["event: user_message", "event: tool_use",
                         "event: tool_result", "event: assistant_text", "event: done"])
        done = json.loads(frames[-1][1].removeprefix("data: "))
        self.assertEqual(done["result"]["message"], plain["message"])

    def test_a_closed_session_takes_no_message(self):
        session = self.session()
        self.gw.ok("DELETE", "/v1/sessions/" + session)
        self.assertError(self.gw.call("POST", f"/v1/sessions/{session}/send", {"message": "x"}), 409,
                         "session_not_active")

    # --- OAuth ---

    def start(self, user="u"):
        return self.gw.ok("POST", "/v1/connect/start", {
            "server_id": "mercado-pago", "user_id": user, "redirect_uri": "http://127.0.0.1:1/done", "scopes": None})

    def come_back(self, **query):
        answer = self.gw.request("GET", "/v1/connect/callback?" + urllib.parse.urlencode(query))
        self.assertEqual(answer.status, 302, answer)
        return dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(answer.headers["location"]).query))

    def test_a_user_connects_by_oauth(self):
        self.provider.answer = lambda r: Reply(200, json.dumps(
            {"access_token": "APP-token-that-must-not-leak", "refresh_token": "r", "expires_in": 21600}).encode())
        started = self.start("buyer")
        asked = urllib.parse.urlsplit(started["authorize_url"])
        sent = dict(urllib.parse.parse_qsl(asked.query))
        challenge = sent.pop("code_challenge")
        self.assertEqual(sent, {"platform_id": "mp", "response_type": "code", "client_id": "app",
                                "redirect_uri": "https://gateway.example/v1/connect/callback",
                                "scope": "read offline_access", "state": started["link_token"],
                                "code_challenge_method": "S256"})
        where = self.come_back(state=started["link_token"], code="code-1")
        self.assertEqual(where["status"], "connected", where)
        exchange = dict(urllib.parse.parse_qsl(self.provider.requests.get(timeout=20).body.decode()))
        proof = hashlib.sha256(exchange.pop("code_verifier").encode()).digest()
        self.assertEqual(base64.urlsafe_b64encode(proof).decode().rstrip("="), challenge)
        self.assertEqual(exchange, {"grant_type": "authorization_code", "code": "code-1", "client_id": "app",
                                    "client_secret": "app-secret-that-must-not-leak",
                                    "redirect_uri": "https://gateway.example/v1/connect/callback"})
        made = self.gw.ok("GET", "/v1/connections/" + where["connection_id"])
        self.assertEqual((made["status"], made["user_id"]), ("connected", "buyer"))
        self.assertTrue(made["expires_at"])
        self.assertNotIn("must-not-leak", json.dumps(made) + self.gw.text())
        again = self.gw.request("GET", "/v1/connect/callback?code=code-1&state=" + started["link_token"])
        self.assertError(again, 400, "invalid_query")

    def test_a_refused_token_is_said_and_nothing_is_made(self):
        self.provider.answer = lambda r: Reply(400, b'{"error":"invalid_grant"}')
        before = len(self.gw.ok("GET", "/v1/connections")["connections"])
        where = self.come_back(state=self.start()["link_token"], code="x")
        self.assertEqual((where["status"], where["error"]), ("error", "token_exchange_failed"))
        self.provider.requests.get(timeout=20)
        self.assertEqual(len(self.gw.ok("GET", "/v1/connections")["connections"]), before)

    def test_what_has_no_client_says_so(self):
        wish = {"user_id": "u", "redirect_uri": "https://shop.example/"}
        self.assertError(self.gw.call("POST", "/v1/connections/start", {"server_id": "asaas", **wish}), 404,
                         "server_oauth_not_configured")
        self.assertError(self.gw.call("POST", "/v1/connect/start", {"server_id": "melhor-envio", **wish}), 500,
                         "oauth_client_not_configured")


if __name__ == "__main__":
    main()
