#!/usr/bin/python3
"""Fetch-back from a provider whose API takes access tokens, described by a pack of one's own."""
import json

import test_providers as packs
from harness import Gateway, GatewayTest, Receiver, Reply, eventually, main, run


class TokenApi:
    """A provider's API that takes access tokens: which ones it gave, and which it takes still."""

    def __init__(self):
        self.tokens, self.forgotten = 0, set()
        self.resource = {"id": "p1", "state": "paid", "order": "order-1"}

    def __call__(self, request):
        if request.path == "/oauth/token":
            self.tokens += 1
            return Reply(200, json.dumps({"access_token": f"at-{self.tokens}", "token_type": "Bearer",
                                          "expires_in": 3600}).encode())
        token = request.headers.get("authorization")
        if token != f"Bearer at-{self.tokens}" or token in self.forgotten:
            return Reply(401, b"{}")
        return Reply(200, json.dumps(self.resource).encode())


class OAuthFetchBack(GatewayTest):
    """A pack whose provider is asked with a token of the client credentials grant."""

    @classmethod
    def setUpClass(cls):
        pass

    @staticmethod
    def pack():
        pack = packs.small_pack(api={"token": {"url": "https://api.jabuti.example/oauth/token",
                                         "client": "client_secret_post", "scope": "payments.read"},
                               "rate_limit": {"per_minute": 600}})
        pack["events"]["fields"] = {"all": {"resource_id": ["/data/id"], "external_reference": ["/data/order"]}}
        pack["events"]["rules"][0]["where"] = {"/data/state": "paid"}
        pack["events"]["fetch"] = [{"url": "https://api.jabuti.example/v1/payments/{/data/id}",
                                    "header": "Authorization", "prefix": "Bearer ",
                                    "version": ["/data/updated"], "replaces": "/data"}]
        pack["fixtures"] = {"payment.confirmed": {"kind": "paid", "id": "e1", "data": {"id": "p1", "state": "paid"}}}
        return pack

    def post(self, gw, connection, event, payment, updated="1"):
        body = json.dumps({"kind": "paid", "id": event,
                           "data": {"id": payment, "state": "paid", "order": "forged", "updated": updated}})
        self.assertEqual(gw.request("POST", connection["webhook_path"], body, {"X-Token": "s3cret"}).status, 200)

    def events(self, gw, connection, count):
        def there():
            rows = gw.ok("GET", "/v1/events?connection_id=" + connection["id"])["events"]
            return rows if len(rows) >= count else None
        return eventually(there, what=f"{count} events")

    def test_a_token_is_got_kept_and_renewed(self):
        folder = packs.Folder(self, {"jabuti.json": self.pack()})
        self.assertEqual(run("providers", "test", folder.path).returncode, 0)
        api = TokenApi()
        with Receiver(api) as provider, Gateway(env={"MALOTE_PROVIDERS": folder.path}) as gw:
            c = gw.ok("POST", "/v1/connections", {
                "server_id": "jabuti", "webhook_secret": "s3cret",
                "secret": {"client_id": "app-7", "client_secret": "hush-hush"},
                "connection_metadata": {"api_base_url": provider.url("")}})
            self.post(gw, c, "e1", "p1")
            asked, fetched = provider.take(), provider.take()
            self.assertEqual((asked.method, asked.path, asked.headers["content-type"], asked.body),
                             ("POST", "/oauth/token", "application/x-www-form-urlencoded",
                              b"grant_type=client_credentials&scope=payments.read"
                              b"&client_id=app-7&client_secret=hush-hush"))
            self.assertEqual((fetched.method, fetched.path, fetched.headers["authorization"]),
                             ("GET", "/v1/payments/p1", "Bearer at-1"))
            event, = self.events(gw, c, 1)
            self.assertEqual((event["type"], event["external_reference"], event["integrity"]),
                             ("payment.confirmed", "order-1", "signed_body"))
            self.post(gw, c, "e2", "p1")  # the same version of the same payment
            self.events(gw, c, 2)
            self.post(gw, c, "e3", "p2")
            self.assertEqual(provider.take().path, "/v1/payments/p2", "with the token it has")
            self.events(gw, c, 3)
            api.forgotten.add("Bearer at-1")
            self.post(gw, c, "e4", "p3")
            self.assertEqual([request.path for request in provider.take_all(3)],
                             ["/v1/payments/p3", "/oauth/token", "/v1/payments/p3"])
            self.events(gw, c, 4)
            said = gw.text() + json.dumps(gw.ok("GET", "/v1/connections/" + c["id"]))
            for secret in ("hush-hush", "at-1", "at-2"):
                self.assertNotIn(secret, said)

    def test_lint_says_what_is_wrong_with_an_api(self):
        sign = {"header": "X", "value": "{signature}", "signed": "{nonce}", "key": "a", "secret": "b"}
        for api, place in (({"token": {"url": "http://a.example/t"}}, "/api/token/url"),
                           ({"token": {"url": "https://a.example/t", "client": "tls"}}, "/api/token/client"),
                           ({"token": {}}, "/api/token"), ({"tokens": {}}, "/api"),
                           ({"sign": {**sign, "value": "{key}"}}, "/api/sign/value"),
                           ({"sign": {**sign, "signed": "{secret}"}}, "/api/sign/signed"),
                           ({"sign": sign, "token": {"url": "https://a.example/t"}}, "/api/sign"),
                           ({"rate_limit": {"per_minute": 0}}, "/api/rate_limit/per_minute")):
            with self.subTest(api):
                done = run("providers", "lint", packs.Folder(self, {"x.json": packs.small_pack(api=api)}).path)
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertIn(place, done.stdout)


if __name__ == "__main__":
    main()
