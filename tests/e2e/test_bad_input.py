#!/usr/bin/python3
"""Bad input of every kind: refused with a clear answer, and the gateway goes on as before."""
import json
import os
import socket
import threading

from harness import API_KEY, BIN, MASTER_KEY, PATIENCE, Gateway, GatewayTest, Reply, main

LIMIT = 1024 * 1024  # of a request's body


class Raw:
    """One TCP connection to the gateway, byte by byte."""

    def __init__(self, gateway):
        host, _, port = gateway.address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=PATIENCE)
        self.stream = self.socket.makefile("rb")

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # refused early: the answer is still there to be read

    def receive(self):
        """Everything until the gateway closes."""
        got = b""
        try:
            while True:
                piece = self.stream.read1(65536)
                if not piece:
                    return got
                got += piece
        except ConnectionResetError:
            return got

    def receive_until(self, text):
        got = b""
        while text not in got and (piece := self.stream.read1(65536)):
            got += piece
        return got

    def answer(self):
        """One answer: (status, headers, body)."""
        status = int(self.stream.readline().split()[1])
        headers = {}
        while (line := self.stream.readline().strip()):
            name, _, value = line.decode().partition(":")
            headers[name.lower()] = value.strip()
        return status, headers, self.stream.read(int(headers.get("content-length", 0)))

    def __enter__(self):
        return self

    def close(self):
        self.stream.close()
        self.socket.close()

    def __exit__(self, *ignored):
        self.close()


def head(method="POST", path="/v1/events", *lines, version="HTTP/1.1"):
    fixed = [f"{method} {path} {version}", "Host: x", f"Authorization: Bearer {API_KEY}",
             "Content-Type: application/json"]
    return ("\r\n".join([*fixed, *lines]) + "\r\n\r\n").encode()


class BadInputTest(GatewayTest):
    options = {"config": '[http]\nrequest_time = "300ms"\nidle_time = "20s"\n'}

    def tearDown(self):
        self.assertEqual(self.gw.request("GET", "/healthz").status, 200)
        self.assertIsNone(self.gw.process.poll())

    @classmethod
    def tearDownClass(cls):
        done = cls.gw.verify_store()
        if (done.returncode, done.stdout[-3:]) != (0, "ok\n"):
            raise AssertionError(f"verify-store after bad input: {done.stdout} {done.stderr}")

    def events(self, **query):
        return self.gw.ok("GET", "/v1/events?type=" + self.event)["events"]


class Transport(BadInputTest):
    def body_of(self, size):
        frame = json.dumps({"type": self.event, "data": {"x": ""}})
        return json.dumps({"type": self.event, "data": {"x": "y" * (size - len(frame))}}).encode()

    def test_body_over_the_limit_with_content_length(self):
        fits = self.gw.call("POST", "/v1/events", self.body_of(LIMIT))
        self.assertEqual(fits.status, 202, fits)
        stored = self.gw.ok("GET", "/v1/events/" + fits.json["id"])
        self.assertEqual(len(json.dumps({"type": self.event, "data": stored["data"]})), LIMIT)
        for size in (LIMIT + 1, 3 * LIMIT):
            answer = self.gw.call("POST", "/v1/events", self.body_of(size))
            self.assertEqual((answer.status, answer.json["code"]), (413, "payload_too_large"))
        self.assertEqual(len(self.events()), 1)

    def test_body_over_the_limit_in_chunks(self):
        body = self.body_of(LIMIT + 1)
        with Raw(self.gw) as raw:
            raw.send(head("POST", "/v1/events", "Transfer-Encoding: chunked"))
            for at in range(0, len(body), 50_000):
                piece = body[at:at + 50_000]
                raw.send(b"%x\r\n%s\r\n" % (len(piece), piece))
            raw.send(b"0\r\n\r\n")
            self.assertEqual(raw.answer()[0], 413)
        self.assertEqual(self.events(), [])
        body = self.body_of(LIMIT)
        with Raw(self.gw) as raw:
            raw.send(head("POST", "/v1/events", "Transfer-Encoding: chunked"))
            raw.send(b"%x;ext=1\r\n%s\r\n0\r\nTrailer: x\r\n\r\n" % (len(body), body))
            self.assertEqual(raw.answer()[0], 202)

    def test_a_provider_request_over_the_limit(self):
        c = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas", "webhook_secret": "tok"})
        answer = self.gw.request("POST", c["webhook_path"], b" " * (LIMIT + 1), {"asaas-access-token": "tok"})
        self.assertEqual(answer.status, 413)

    def test_a_request_that_drips_is_cut_off(self):
        with Raw(self.gw) as raw:
            stop = threading.Event()
            def drip():
                for byte in head("POST", "/v1/events", "Content-Length: 100000"):
                    raw.send(bytes([byte]))
                    if stop.wait(0.01):
                        return
            threading.Thread(target=drip, daemon=True).start()
            raw.receive()  # returns when the gateway closes
            stop.set()

    def test_a_body_that_never_comes_is_cut_off(self):
        with Raw(self.gw) as raw:
            raw.send(head("POST", "/v1/events", "Content-Length: 10") + b"{")
            self.assertNotIn(b"202", raw.receive()[:20])

    def test_a_hundred_headers_of_8_kib(self):
        with Raw(self.gw) as raw:
            raw.send(head("GET", "/healthz", *[f"X-{n}: {'y' * 8192}" for n in range(100)]))
            self.assertEqual(raw.answer()[0], 431)

    def test_one_huge_header_and_a_huge_target(self):
        for request in (head("GET", "/healthz", "X-A: " + "y" * 200_000), head("GET", "/" + "y" * 200_000)):
            with Raw(self.gw) as raw:
                raw.send(request)
                self.assertIn(raw.answer()[0], (400, 414, 431))

    def test_garbage(self):
        for garbage in (b"\x16\x03\x01\x02\x00\x01\x00", b"GET\r\n\r\n", b"\r\n" * 1000 + b"x\r\n\r\n", b"\x00" * 5000,
                        b"GET / HTTP/9.9\r\n\r\n", b"GET / HTTP/1.1\r\nNo colon here\r\n\r\n",
                        b"POST /v1/events HTTP/1.1\r\nContent-Length: abc\r\n\r\n",
                        b"POST /v1/events HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                        b"POST /v1/events HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n",
                        b"POST /v1/events HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
                        b"GET /%00%zz HTTP/1.1\r\nHost: x\r\n\r\n"):
            with Raw(self.gw) as raw:
                raw.send(garbage)
                raw.socket.shutdown(socket.SHUT_WR)
                got = raw.receive()
                self.assertFalse(got.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5")), (garbage[:40], got[:80]))

    def test_two_lengths_are_refused(self):
        """Request smuggling: a gateway behind a proxy must not read a length that the proxy did not."""
        for lines in (["Content-Length: 2", "Content-Length: 20"], ["Content-Length: 2", "Transfer-Encoding: chunked"]):
            with Raw(self.gw) as raw:
                raw.send(head("POST", "/v1/events", *lines) + b"{}")
                self.assertEqual(raw.answer()[0], 400, lines)

    def test_pipelined_requests_and_garbage_behind_a_good_one(self):
        with Raw(self.gw) as raw:
            body = json.dumps({"type": self.event, "data": {}}).encode()
            good = head("POST", "/v1/events", f"Content-Length: {len(body)}") + body
            raw.send(good * 3 + b"THIS IS NOT HTTP\x00\xff\r\n\r\n")
            got = raw.receive()
            self.assertEqual(got.count(b"HTTP/1.1 202"), 3)
            self.assertEqual(got.count(b"HTTP/1.1 400"), 1)
        self.assertEqual(len(self.events()), 3)

    def test_unknown_methods(self):
        for method in ("BREW", "TRACE", "CONNECT", "OPTIONS"):
            self.assertIn(self.gw.call(method, "/v1/events").status, (400, 404, 405), method)

    def test_http_1_0(self):
        with Raw(self.gw) as raw:
            raw.send(head("GET", "/healthz", version="HTTP/1.0"))
            got = raw.receive()  # returns: the gateway closes after an HTTP/1.0 request
            self.assertIn(b" 200 ", got[:20])
            self.assertIn(b'"ok"', got)

    def test_expect_100_continue(self):
        body = json.dumps({"type": self.event, "data": {}}).encode()
        with Raw(self.gw) as raw:
            raw.send(head("POST", "/v1/events", "Expect: 100-continue", f"Content-Length: {len(body)}"))
            self.assertEqual(raw.answer()[0], 100)
            raw.send(body)
            self.assertEqual(raw.answer()[0], 202)
        with Raw(self.gw) as raw:
            raw.send(head("POST", "/v1/events", "Expect: 100-continue", f"Content-Length: {LIMIT * 9}"))
            self.assertEqual(raw.answer()[0], 413)

    def test_head_of_a_get_route_and_keep_alive(self):
        with Raw(self.gw) as raw:
            for _ in range(3):
                raw.send(head("GET", "/healthz"))
                self.assertEqual(raw.answer()[0], 200)

    def test_many_idle_connections(self):
        idle = [Raw(self.gw) for _ in range(300)]
        self.assertEqual(self.gw.request("GET", "/healthz").status, 200)
        for raw in idle:
            raw.close()


class Bodies(BadInputTest):
    def publish_raw(self, text):
        return self.gw.call("POST", "/v1/events", text)

    def test_malformed_json(self):
        for text in (b"{", b"nope", b'{"type":}', b"{'type':1}", b'{"a":1,}', b"\xef\xbb\xbf{", b'{"type":"a" "data":{}}',
                     b'{"type":"a.b","data":{}} x', b'{"type":"a.b","data":{"a":01}}', b'{"a":"\n"}',
                     b'{"type":"a.b","data":{"a":NaN}}', b"[]", b'"text"', b"5", b"null"):
            self.assertError(self.publish_raw(text), 400, "invalid_body")

    def test_bad_utf8(self):
        for bad in (b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xc0\x80", b"\xf5\x80\x80\x80"):
            answer = self.publish_raw(b'{"type":"a.b","data":{"x":"' + bad + b'"}}')
            self.assertError(answer, 400, "invalid_body")
            named = self.gw.call("POST", "/v1/triggers", b'{"name":"' + bad + b'","event":"*","webhook_url":"http://127.0.0.1/"}')
            self.assertError(named, 400, "invalid_body")

    def test_lone_surrogates_do_not_become_bad_bytes(self):
        answer = self.publish_raw(b'{"type":"%s","data":{"x":"\\ud800"}}' % self.event.encode())
        if answer.status == 202:
            stored = self.gw.request("GET", "/v1/events/" + answer.json["id"], headers={"Authorization": "Bearer " + API_KEY})
            stored.body.decode("utf-8")
        else:
            self.assertError(answer, 400, "invalid_body")
        self.assertError(self.publish_raw(b'{"type":"a.\\ud800","data":{}}'), 400, "invalid_body")

    def test_wrong_types(self):
        for body in ({"type": 5, "data": {}}, {"type": "a.b", "data": []}, {"type": "a.b", "data": None},
                     {"type": "a.b", "data": "x"}, {"type": None, "data": {}}, {"data": {}}, {"type": "a.b"},
                     {"type": "*", "data": {}}, {"type": "a.*", "data": {}}, {"type": "A B", "data": {}},
                     {"type": "", "data": {}}, {"type": "x" * 129, "data": {}}, {"events": {}}, {"events": [5]},
                     {"events": "x"}, {"type": "a.b", "data": {}, "id": 7}, {"type": "a.b", "data": {}, "id": "x" * 256},
                     {"type": "a.b", "data": {}, "occurred_at": "yesterday"},
                     {"type": "a.b", "data": {}, "occurred_at": 5},
                     {"type": "a.b", "data": {}, "occurred_at": "0000-01-01T00:00:00+10:00"},
                     {"type": "a.b", "data": {}, "occurred_at": "9999-12-31T23:59:59-10:00"},
                     {"type": "a.b", "data": {}, "occurred_at": "2026-13-45T99:00:00Z"}):
            self.assertError(self.gw.call("POST", "/v1/events", body), 400, "invalid_body")
        good = {"name": "n", "event": "*", "webhook_url": self.receiver.url()}
        for change in ({"name": 5}, {"name": ""}, {"name": "x" * 129}, {"event": 5}, {"event": ""}, {"event": "a..b"},
                       {"event": "*.b"}, {"events": []}, {"events": [5]}, {"events": "a"}, {"events": ["a"] * 101},
                       {"webhook_url": 5}, {"webhook_url": ""}, {"timeout_ms": 0}, {"timeout_ms": -1},
                       {"timeout_ms": 1.5}, {"timeout_ms": "1"}, {"timeout_ms": 10**30}, {"jitter": 2}, {"jitter": -1},
                       {"jitter": "x"}, {"max_in_flight": 0}, {"max_in_flight": 10**18}, {"rate_limit_per_s": 0},
                       {"rate_limit_per_s": -1}, {"payload_format": "xml"}, {"payload_format": 5},
                       {"retry_schedule": "10s"}, {"retry_schedule": ["x"]}, {"retry_schedule": [10]},
                       {"retry_schedule": ["-1s"]}, {"retry_schedule": ["9999999999d"]},
                       {"retry_schedule": ["1s"] * 101}, {"headers": []}, {"headers": {"A": 5}},
                       {"headers": {f"X-{n}": "v" for n in range(21)}}, {"server_id": 5}):
            with self.subTest(change):
                self.assertError(self.gw.call("POST", "/v1/triggers", {**good, **change}), 400, "invalid_body")

    def test_empty_and_unknown_patches(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        for body in ({}, b"", {"unknown": 1}, {"status": "error"}, {"status": 5}, {"status": "deleted"}):
            self.assertError(self.gw.call("PATCH", "/v1/triggers/" + trigger["id"], body), 400, "invalid_body")
        self.assertEqual(self.gw.ok("PATCH", "/v1/triggers/" + trigger["id"], {"name": "n", "unknown": 1})["name"], "n")

    def test_duplicate_keys(self):
        """Which one counts is fixed; what was judged is what is stored and sent."""
        answer = self.publish_raw(b'{"type":"%s","data":{"a":1,"a":2}}' % self.event.encode())
        self.gw.trigger(self.receiver.url(), self.event)
        if answer.status == 202:
            self.publish_raw(b'{"type":"%s","data":{"a":1,"a":2},"id":"x"}' % self.event.encode())
            sent = self.receiver.take()
            json.loads(sent.body)
        else:
            self.assertError(answer, 400, "invalid_body")
        self.assertEqual(self.gw.request("GET", "/healthz").status, 200)

    def test_deep_nesting(self):
        for depth in (2000, 100_000):
            for text in (b'{"type":"a.b","data":{"a":%s%s}}' % (b"[" * depth, b"]" * depth),
                         b'{"type":"a.b","data":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}",
                         b"[" * depth):
                self.assertError(self.publish_raw(text), 400, "invalid_body")
        c = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas", "webhook_secret": "tok"})
        self.assertEqual(self.gw.request("POST", c["webhook_path"], b"[" * 100_000,
                                         {"asaas-access-token": "tok"}).status, 200)

    def test_huge_numbers(self):
        digits = b"9" * 100_000
        answer = self.publish_raw(b'{"type":"%s","data":{"n":%s,"e":1e999999}}' % (self.event.encode(), digits))
        self.assertIn(answer.status, (202, 400))
        c = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas", "webhook_secret": "tok"})
        for value in (b"1e999999999", b"-1e999999999", b"1e-999999999", digits, b"0." + digits, b'"x"', b"null", b"true"):
            body = b'{"id":"e%d","event":"PAYMENT_RECEIVED","payment":{"id":"p%d","value":%s}}' % (
                len(value), len(value), value)
            self.assertEqual(self.gw.request("POST", c["webhook_path"], body, {"asaas-access-token": "tok"}).status, 200)
        for row in self.gw.ok("GET", "/v1/events?connection_id=" + c["id"])["events"]:
            self.gw.ok("GET", "/v1/events/" + row["id"])

    def test_nul_bytes(self):
        for field in ("name", "webhook_url", "event"):
            body = {"name": "n", "event": "*", "webhook_url": self.receiver.url(), field: "a\0b"}
            self.assertError(self.gw.call("POST", "/v1/triggers", body), 400, "invalid_body")
        self.assertError(self.gw.call("POST", "/v1/events", {"type": "a\0b", "data": {}}), 400, "invalid_body")
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        self.gw.publish(self.event, {"a\0b": "c\0d"})
        self.assertEqual(self.receiver.take().json["data"], {"a\0b": "c\0d"})
        self.assertIn(self.gw.call("GET", f"/v1/triggers/{trigger['id']}%00").status, (400, 404))
        for path in ("/v1/events?external_reference=%00", "/v1/triggers?event=%00%ff", "/v1/connections?user_id=%ff"):
            self.assertIn(self.gw.call("GET", path).status, (200, 400))

    def test_bad_cursors_and_limits(self):
        for path in ("/v1/triggers", "/v1/events", "/v1/deliveries", "/v1/connections", "/v1/projects", "/v1/api-keys"):
            for cursor in ("%21", "x" * 500, "-1", "..", "%00", "zz.zz", "0x10"):
                answer = self.gw.call("GET", f"{path}?before={cursor}")
                self.assertEqual((answer.status, answer.json.get("code")), (400, "invalid_query"), (path, cursor))
            for limit in ("-5", "0", "abc", "99999999999999999999", "1e3", ""):
                self.assertEqual(self.gw.call("GET", f"{path}?limit={limit}").status, 200, limit)

    def test_unknown_ids(self):
        for tail in ("trg_0000000000000000", "x", "%2e%2e", "a" * 5000, "trg_%00", "%ff%fe", "'; DROP TABLE events;--%20"):
            tail = tail.replace(" ", "%20")
            for method, path in (("GET", "/v1/triggers/"), ("PATCH", "/v1/triggers/"), ("DELETE", "/v1/triggers/"),
                                 ("GET", "/v1/events/"), ("GET", "/v1/deliveries/"), ("GET", "/v1/connections/"),
                                 ("DELETE", "/v1/api-keys/"), ("GET", "/v1/projects/")):
                answer = self.gw.call(method, path + tail, {"name": "x"} if method == "PATCH" else None)
                self.assertEqual(answer.status, 404, (method, path, tail, answer))

    def test_another_projects_things_are_not_found(self):
        project = self.gw.ok("POST", "/v1/projects", {"name": "Other", "slug": self._testMethodName[:60]})
        header = {"x-codespar-project": project["id"]}
        other = self.gw.ok("POST", "/v1/api-keys", {"name": "o"}, headers=header)["full_key"]
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        event_id = self.gw.publish(self.event)
        row = self.gw.delivery(trigger, "delivered")
        connection = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas", "webhook_secret": "t"})
        key = self.gw.ok("POST", "/v1/api-keys", {"name": "mine"})
        one = "/v1/triggers/" + trigger["id"]
        for method, path, body in (
                ("GET", one, None), ("PATCH", one, {"name": "stolen"}), ("DELETE", one, None),
                ("POST", one + "/rotate-secret", None), ("POST", one + "/test-fire", None),
                ("GET", one + "/deliveries", None), ("GET", one + "/dlq", None),
                ("GET", f"{one}/deliveries/{row['id']}", None), ("GET", "/v1/deliveries/" + row["id"], None),
                ("GET", "/v1/deliveries?trigger_id=" + trigger["id"], None),
                ("POST", f"/v1/triggers/deliveries/{row['id']}/redeliver", None),
                ("GET", "/v1/events/" + event_id, None), ("POST", f"/v1/events/{event_id}/replay", None),
                ("GET", "/v1/events?connection_id=" + connection["id"], None),
                ("GET", "/v1/connections/" + connection["id"], None),
                ("DELETE", "/v1/connections/" + connection["id"], None),
                ("POST", f"/v1/connections/{connection['id']}/revoke", None),
                ("PATCH", f"/v1/connections/{connection['id']}/metadata", {"metadata": {}}),
                ("PUT", f"/v1/connections/{connection['id']}/webhook-secret", {"secret": "x"}),
                ("DELETE", "/v1/api-keys/" + key["id"], None)):
            answer = self.gw.call(method, path, body, key=other)
            self.assertEqual(answer.status, 404, (method, path, answer))
        for path, name in (("/v1/triggers", "triggers"), ("/v1/events", "events"), ("/v1/deliveries", "deliveries"),
                           ("/v1/connections", "connections")):
            self.assertEqual(self.gw.ok("GET", path, key=other)[name], [])
        self.assertEqual(self.gw.ok("GET", one)["name"], "e2e")
        self.assertError(self.gw.call("GET", one, headers={"x-codespar-project": "prj_0000000000000000"}), 404, "not_found")
        self.assertError(self.gw.call("GET", one, headers={"x-codespar-project": "nonsense"}), 400)

    def test_idempotency_key_too_long(self):
        for path, body in (("/v1/events", {"type": self.event, "data": {}}),
                           ("/v1/api-keys", {"name": "n"})):
            answer = self.gw.call("POST", path, body, headers={"Idempotency-Key": "k" * 256})
            self.assertError(answer, 400, "invalid_request")


BAD_URLS = """
not a url|ftp://example.com/|file:///etc/passwd|gopher://example.com/|//example.com/x|https://|https:///x
http://example.com/|https://user:pw@example.com/|https://example.com:0/|https://example.com:99999/|https://example.com/#x
https://127.0.0.1/|https://127.1/|https://2130706433/|https://0x7f000001/|https://0177.0.0.1/|https://0x7f.1/
https://localhost/|https://LOCALHOST/|https://localhost./|https://a.localhost/|https://0.0.0.0/|https://0/
https://10.0.0.1/|https://172.16.0.1/|https://172.31.255.255/|https://192.168.1.1/|https://169.254.169.254/latest/meta-data/
https://100.64.0.1/|https://100.100.100.200/|https://192.0.2.1/|https://198.18.0.1/|https://224.0.0.1/|https://255.255.255.255/
https://[::1]/|https://[::]/|https://[::ffff:127.0.0.1]/|https://[::ffff:7f00:1]/|https://[::7f00:1]/|https://[fe80::1]/
https://[fe80::1%25eth0]/|https://[fc00::1]/|https://[fd00:ec2::254]/|https://[ff02::1]/|https://[64:ff9b::7f00:1]/
https://[64:ff9b:1::a00:1]/|https://[2002:7f00:1::]/|https://[2002:a00:1::1]/|https://[2001:0:1::1]/|https://[2001:db8::1]/
https://metadata.google.internal/|https://printer.local/|https://127.0.0.1./|https://%6c%6f%63alhost/|https://127.0.0.1%2f/
""".replace("\n", "|").strip("|").split("|")


class Targets(BadInputTest):
    """A gateway without --dev: nothing but https to public addresses."""

    options = {**BadInputTest.options, "dev": False}

    def test_bad_targets_are_refused_at_create_and_patch(self):
        good = self.gw.ok("POST", "/v1/triggers", {"name": "g", "event": "*", "webhook_url": "https://example.com/x"})
        before = self.gw.ok("GET", "/v1/triggers")
        for url in BAD_URLS + ["https://example.com/" + "x" * 2048]:
            with self.subTest(url):
                made = self.gw.call("POST", "/v1/triggers", {"name": "b", "event": "*", "webhook_url": url})
                self.assertError(made, 400, "invalid_body")
                patched = self.gw.call("PATCH", "/v1/triggers/" + good["id"], {"webhook_url": url})
                self.assertError(patched, 400, "invalid_body")
        self.assertEqual(self.gw.ok("GET", "/v1/triggers"), before)

    def test_a_name_that_resolves_to_a_private_address_is_refused_when_connecting(self):
        hostname = socket.gethostname()
        try:
            addresses = {info[4][0] for info in socket.getaddrinfo(hostname, 443, type=socket.SOCK_STREAM)}
        except OSError:
            self.skipTest("this host's name does not resolve")
        if not all(a.startswith(("127.", "10.", "192.168.", "172.", "::1", "fe80", "fd")) for a in addresses):
            self.skipTest("this host's name resolves to a public address")
        made = self.gw.call("POST", "/v1/triggers", {"name": "n", "event": self.event, "retry_schedule": [],
                                                     "webhook_url": f"https://{hostname}/"})
        if made.status == 400:
            self.skipTest("this host's name is refused already at create")
        self.gw.publish(self.event)
        row = self.gw.delivery(made.json, "dead")
        self.assertTrue(row["error"].startswith("ssrf_blocked:"), row)
        self.assertEqual(self.gw.ok("GET", "/v1/triggers/" + made.json["id"])["status"], "error")

    def test_the_providers_api_address_is_guarded_too(self):
        for base in ("http://127.0.0.1:1", "https://169.254.169.254", "https://[::1]", "nonsense"):
            wish = {"server_id": "mercado-pago", "webhook_secret": "s", "secret": {"access_token": "t"},
                    "connection_metadata": {"api_base_url": base}}
            with self.subTest(base):
                self.assertError(self.gw.call("POST", "/v1/connections", wish), 400, "invalid_body")

    def test_dev_is_loopback_only(self):
        with Gateway(start=False) as gateway:
            gateway.command = lambda: [BIN, "serve", "--dev", "--listen", "0.0.0.0:0", "--data", gateway.data]
            with self.assertRaisesRegex(AssertionError, "loopback"):
                gateway.start()
            gateway.kill()


class Secrets(BadInputTest):
    options = {"config": '[log]\nlevel = "debug"\n'}

    def test_no_secret_shows_in_output_or_answers(self):
        gw = self.gw
        self.receiver.answer = lambda request: Reply(500)
        hidden = {"webhook": "hidden-webhook-secret-1", "rotated": "hidden-webhook-secret-2",
                  "api": "hidden-provider-key-3", "header": "hidden-header-value-4",
                  "token": "hidden-wrong-token-5", "basic": "hidden-basic-6"}
        once = []  # secrets that one answer holds by contract
        c = gw.ok("POST", "/v1/connections", {"server_id": "asaas", "webhook_secret": hidden["webhook"],
                                              "secret": {"access_token": hidden["api"]}})
        gw.ok("PUT", f"/v1/connections/{c['id']}/webhook-secret", {"secret": hidden["rotated"]})
        trigger = gw.trigger(self.receiver.url(), "*", headers={"Authorization": "Bearer " + hidden["header"],
                                                                "X-Plain": hidden["basic"]}, retry_schedule=["10ms"])
        once += [trigger["secret"], gw.ok("POST", f"/v1/triggers/{trigger['id']}/rotate-secret")["secret"],
                 gw.ok("POST", "/v1/api-keys", {"name": "k"})["full_key"]]
        body = json.dumps({"id": "e", "event": "PAYMENT_RECEIVED", "payment": {"id": "p", "value": 1}})
        gw.request("POST", c["webhook_path"], body, {"asaas-access-token": hidden["rotated"],
                                                     "Authorization": "Bearer " + hidden["token"]})
        gw.request("POST", c["webhook_path"], body, {"asaas-access-token": hidden["token"]})
        gw.call("POST", "/v1/connections", {"server_id": "nobody", "webhook_secret": hidden["webhook"]})
        gw.call("GET", "/v1/triggers", key=hidden["token"])
        self.receiver.take_all(2)
        row = gw.delivery(trigger, "dead")
        shown = b""
        for path in ("/v1/triggers", "/v1/triggers/" + trigger["id"], f"/v1/triggers/{trigger['id']}/dlq",
                     "/v1/deliveries/" + row["id"], "/v1/events/" + row["event_id"], "/v1/events",
                     "/v1/connections", "/v1/connections/" + c["id"], "/v1/api-keys", "/v1/whoami", "/metrics"):
            shown += gw.call("GET", path).body
        where = {"an answer": shown.decode(), "the output": gw.text()}
        for place, text in where.items():
            for secret in [*hidden.values(), *once, API_KEY, MASTER_KEY]:
                self.assertNotIn(secret, text, place)

    def test_secrets_are_sealed_at_rest(self):
        c = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas", "webhook_secret": "sealed-webhook-1",
                                                   "secret": {"access_token": "sealed-provider-key-2"}})
        self.gw.ok("PUT", f"/v1/connections/{c['id']}/webhook-secret", {"secret": "sealed-webhook-3"})
        trigger = self.gw.call("POST", "/v1/triggers", headers={"Idempotency-Key": "sealed"}, body={
            "name": "s", "event": self.event, "webhook_url": self.receiver.url(),
            "headers": {"Authorization": "Bearer sealed-header-4"}}).json
        key = self.gw.ok("POST", "/v1/api-keys", {"name": "k"})["full_key"]
        stored = b""
        for name in os.listdir(self.gw.data):
            if not name.endswith("-shm"):
                with open(os.path.join(self.gw.data, name), "rb") as file:
                    stored += file.read()
        self.assertIn(trigger["id"].encode(), stored)
        secrets = ["sealed-webhook-1", "sealed-provider-key-2", "sealed-webhook-3", "sealed-header-4",
                   trigger["secret"], key, API_KEY, MASTER_KEY]
        self.assertEqual([secret for secret in secrets if secret.encode() in stored], [])


if __name__ == "__main__":
    main()
