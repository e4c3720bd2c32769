#!/usr/bin/python3
"""The dashboard's sessions and files: what a browser may do, and what another site may not."""
import re
import unittest

from harness import API_KEY, GatewayTest


class ConsoleTest(GatewayTest):
    def ask(self, method, path, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.gw.call(method, path, body, key=None, headers=named)

    def sign_in(self, key=API_KEY):
        answer = self.ask("POST", "/v1/console/sign-in", {"api_key": key})
        self.assertEqual(answer.status, 200, answer.body)
        cookie = answer.headers["set-cookie"]
        for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"):
            self.assertIn(part, cookie)
        self.assertNotIn(key, cookie + str(answer.body))
        return cookie.split(";")[0], answer.json

    def test_a_cookie_reads_and_only_its_token_changes(self):
        cookie, session = self.sign_in()
        self.assertFalse(session["read_only"])
        self.assertEqual(self.ask("GET", "/v1/triggers", Cookie=cookie).status, 200)
        trigger = {"event": "*", "webhook_url": "http://127.0.0.1:9/x", "name": "t"}
        for token in ({}, {"X_CSRF_Token": ""}, {"X_CSRF_Token": session["csrf_token"][:-1] + "x"}):
            self.assertEqual(self.ask("POST", "/v1/triggers", trigger, Cookie=cookie, **token).status, 403)
        made = self.ask("POST", "/v1/triggers", trigger, Cookie=cookie, X_CSRF_Token=session["csrf_token"])
        self.assertEqual(made.status, 201, made.body)

    def test_a_session_ends_with_its_key_and_with_sign_out(self):
        made = self.gw.ok("POST", "/v1/api-keys", {"name": "browser", "scopes": ["events:read"]})
        cookie, session = self.sign_in(made["full_key"])
        self.assertTrue(session["read_only"])
        self.assertEqual(self.ask("GET", "/v1/events", Cookie=cookie).status, 200)
        self.assertEqual(self.ask("GET", "/v1/api-keys", Cookie=cookie).status, 403)
        self.gw.call("DELETE", "/v1/api-keys/" + made["id"])
        self.assertEqual(self.ask("GET", "/v1/events", Cookie=cookie).status, 401)
        cookie, session = self.sign_in()
        out = self.ask("POST", "/v1/console/sign-out", Cookie=cookie, X_CSRF_Token=session["csrf_token"])
        self.assertEqual(out.status, 204)
        self.assertIn("Max-Age=0", out.headers["set-cookie"])
        self.assertEqual(self.ask("GET", "/v1/events", Cookie=cookie).status, 401)

    def test_cookies_of_strangers_are_nobody(self):
        for cookie in ("malote_console=", "malote_console=x", "other=1", "=;=; ;malote_console",
                       "malote_console=" + "a" * 4000):
            self.assertEqual(self.ask("GET", "/v1/events", Cookie=cookie).status, 401, cookie[:40])

    def test_files_are_served_strictly(self):
        page = self.ask("GET", "/", Accept="text/html")
        if page.status == 404:
            self.skipTest("built without a dashboard")
        self.assertEqual(page.status, 200)
        self.assertIn("default-src 'none'", page.headers["content-security-policy"])
        self.assertEqual(page.headers["x-frame-options"], "DENY")
        text = page.body if isinstance(page.body, str) else page.body.decode()
        self.assertNotRegex(text, r"<script(?![^>]*src=)|style=|https?://")
        script = re.search(r'src="(/assets/main-[^"]+)"', text).group(1)
        plain = self.ask("GET", script)
        packed = self.ask("GET", script, Accept_Encoding="gzip")
        self.assertEqual(packed.headers["content-encoding"], "gzip")
        self.assertLess(int(packed.headers["content-length"]), int(plain.headers["content-length"]) / 2)
        self.assertIn("immutable", plain.headers["cache-control"])
        self.assertEqual(self.ask("GET", "/events/evt_1", Accept="text/html").status, 200)
        for path in ("/assets/", "/assets/../index.html", "/assets/%2e%2e/index.html", "/assets/nothing.js",
                     "/assets/main.js.gz", "/console/dist/index.html", "/v1/nothing"):
            self.assertEqual(self.ask("GET", path).status, 404, path)
        self.assertEqual(self.ask("GET", "/v1/nothing", Accept="text/html").status, 404)


if __name__ == "__main__":
    unittest.main()
