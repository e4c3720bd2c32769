#!/usr/bin/python3
"""HTTP/1.1 as bytes: where a request ends, what it may cost, and what happens without descriptors."""
import json
import os
import re
import resource
import select

from harness import PATIENCE, Gateway, GatewayTest, eventually, is_sanitized, main
from test_bad_input import Raw, head

ANSWER = re.compile(rb"HTTP/1\.1 \d")
HEALTH = b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"


def event_of(name, size=0):
    """A valid event of at least `size` bytes."""
    return json.dumps({"type": name, "data": {"x": "y" * size}}).encode()


def chunked(body, trailer=b""):
    return b"%x\r\n%s\r\n0\r\n%s\r\n" % (len(body), body, trailer)


class Framing(GatewayTest):
    def test_a_head_that_two_servers_could_read_differently(self):
        for version, lines in (
                ("1.1", ["Transfer-Encoding: chunked, identity"]), ("1.1", ["Transfer-Encoding: chunked, chunked"]),
                ("1.1", ["Transfer-Encoding: xchunked"]), ("1.1", ['Transfer-Encoding: "chunked"']),
                ("1.1", ["Transfer-Encoding: identity"]), ("1.1", ["Transfer-Encoding:"]),
                ("1.1", ["Transfer-Encoding: gzip", "Transfer-Encoding: chunked"]),
                ("1.1", ["Transfer-Encoding: xchunked", "Content-Length: 2"]),
                ("1.1", ["Content-Length: 2", "Transfer-Encoding: chunked"]),
                ("1.0", ["Transfer-Encoding: chunked"]),
                ("1.1", ["Content-Length: 2", "Content-Length: 2"]), ("1.1", ["Content-Length: 2, 2"]),
                ("1.1", ["Content-Length: +2"]), ("1.1", ["Content-Length: 0x2"]), ("1.1", ["Content-Length:"]),
                ("1.1", ["Host: y"]), ("1.0", ["Host: y"])):
            with self.subTest(lines), Raw(self.gw) as raw:
                raw.send(head("POST", "/v1/events", *lines, version="HTTP/" + version) + HEALTH)
                got = raw.receive()
                self.assertEqual((got[:12], len(ANSWER.findall(got))), (b"HTTP/1.1 400", 1), got)

    def test_host_may_lack_in_http_1_0_only(self):
        for version, status in (("1.1", 400), ("1.0", 200)):
            with Raw(self.gw) as raw:
                raw.send(b"GET /healthz HTTP/%s\r\n\r\n" % version.encode())
                self.assertEqual(raw.answer()[0], status)

    def test_chunked_in_any_case(self):
        for name in ("chunked", "Chunked", "CHUNKED"):
            with Raw(self.gw) as raw:
                raw.send(head("POST", "/v1/events", "Transfer-Encoding: " + name) + chunked(event_of(self.event)) + HEALTH)
                self.assertEqual((raw.answer()[0], raw.answer()[0]), (202, 200))

    def test_trailer_fields_are_no_headers(self):
        key = next(line for line in head().split(b"\r\n") if line.startswith(b"Authorization"))
        start = head("POST", "/v1/events", "Transfer-Encoding: chunked").replace(key + b"\r\n", b"")
        with Raw(self.gw) as raw:
            raw.send(start + chunked(event_of(self.event), key + b"\r\n"))
            self.assertEqual(raw.answer()[0], 401)

    def test_head_answers_as_get_without_the_body(self):
        for path in ("/healthz", "/readyz", "/v1/triggers", "/nowhere"):
            got, asked = self.gw.call("GET", path), self.gw.call("HEAD", path)
            self.assertEqual((asked.status, asked.body), (got.status, b""), path)
            self.assertEqual(asked.headers["content-length"], str(len(got.body)))
        with Raw(self.gw) as raw:  # the next answer is found where it should be
            raw.send(HEALTH.replace(b"GET", b"HEAD") + HEALTH)
            self.assertEqual(raw.receive_until(b'"ok"').count(b"HTTP/1.1 200"), 2)

    def test_targets_in_absolute_form(self):
        for target, status in (("http://x/healthz", 200), ("HTTPS://x:1/healthz?a=http://y/", 200),
                               ("http://x/no", 404), ("http://x/no?/healthz", 404), ("ftp://x/healthz", 404),
                               ("http://x", self.gw.call("GET", "/").status)):
            with Raw(self.gw) as raw:
                raw.send(head("GET", target))
                self.assertEqual(raw.answer()[0], status, target)

    def test_answers_carry_their_date(self):
        for path, status in (("/healthz", 200), ("/v1/nothing", 404)):
            answer = self.gw.call("GET", path)
            self.assertEqual(answer.status, status)
            self.assertRegex(answer.headers["date"], r"^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$")

    def test_empty_lines_before_a_request(self):
        with Raw(self.gw) as raw:
            raw.send(b"\r\n\r\n" + HEALTH + b"\r\n" + HEALTH + b"\r")
            self.assertEqual((raw.answer()[0], raw.answer()[0]), (200, 200))
            raw.send(b"\n" + HEALTH)
            self.assertEqual(raw.answer()[0], 200)


class Cost(GatewayTest):
    options = {"config": "[http]\nmax_unfinished_bytes = 65536\n"}

    def refused(self, status, *pieces):
        with Raw(self.gw) as raw:
            for piece in pieces:
                raw.send(piece)
            got = raw.receive()
            self.assertEqual((got[:12], len(ANSWER.findall(got))), (b"HTTP/1.1 %d" % status, 1), got)

    def test_a_chunk_extension_without_end(self):
        self.refused(431, head("POST", "/v1/events", "Transfer-Encoding: chunked"), b"2;a=" + b"x" * 200_000)

    def test_trailers_without_end(self):
        start = head("POST", "/v1/events", "Transfer-Encoding: chunked")
        self.refused(431, start, b"0\r\nX: " + b"y" * 200_000)
        self.refused(431, start, b"0\r\n" + b"X: y\r\n" * 40_000)

    def test_unfinished_requests_share_a_budget(self):
        body = event_of(self.event, 50_000)
        with Raw(self.gw) as one, Raw(self.gw) as two:
            for raw in (one, two):
                raw.send(head("POST", "/v1/events", f"Content-Length: {len(body)}") + body[:40_000])
            over = select.select([one.socket, two.socket], [], [], PATIENCE)[0]
            self.assertEqual(len(over), 1)
            refused, other = (one, two) if over[0] is one.socket else (two, one)
            self.assertIn(b"HTTP/1.1 503", refused.receive())
            other.send(body[40_000:])
            self.assertEqual(other.answer()[0], 202)
        self.assertEqual(self.gw.call("POST", "/v1/events", body).status, 202)  # all was given back


class Descriptors(GatewayTest):
    def lowest_free(self):
        used = {int(name) for name in os.listdir(f"/proc/{self.gw.process.pid}/fd")}
        return next(n for n in range(len(used) + 1) if n not in used)

    def limit(self, *to):
        return resource.prlimit(self.gw.process.pid, resource.RLIMIT_NOFILE, *to)

    def starve(self):
        """A connection, and whether there was no descriptor for it: one may come free meanwhile."""
        soft, hard = self.limit()
        self.limit((self.lowest_free(), hard))
        raw = Raw(self.gw)
        raw.send(HEALTH)
        warned = lambda: "cannot accept" in self.gw.text()
        eventually(lambda: warned() or select.select([raw.socket], [], [], 0)[0], what="a warning or an answer")
        starved = warned()
        self.limit((soft, hard))
        return raw, starved

    def test_no_descriptor_for_a_connection(self):
        if is_sanitized():  # it looks at memory through a pipe, and calls an object bad without one
            self.skipTest("UndefinedBehaviorSanitizer itself needs a descriptor")
        for _ in range(20):
            raw, starved = self.starve()
            with raw:
                if starved:
                    self.assertEqual(raw.answer()[0], 200)  # it was waiting
                    break
        self.assertEqual(self.gw.text().count("cannot accept"), 1)

    def test_connections_leave_descriptors_for_deliveries(self):
        with Gateway(prefix=["prlimit", "--nofile=100:200"]) as gw, Raw(gw) as first:
            self.assertEqual(resource.prlimit(gw.process.pid, resource.RLIMIT_NOFILE), (200, 200))
            gw.trigger(self.receiver.url(), self.event)
            flood = [Raw(gw) for _ in range(300)]
            body = event_of(self.event)
            first.send(head("POST", "/v1/events", f"Content-Length: {len(body)}") + body)
            self.assertEqual(first.answer()[0], 202)
            self.receiver.take()
            for raw in flood:
                raw.close()
            self.assertIn("http.max_connections is 100", gw.text())
            self.assertNotIn("cannot accept", gw.text())


if __name__ == "__main__":
    main()
