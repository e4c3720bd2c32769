#!/usr/bin/env python3
"""An adapter of the C++ receiver library over real HTTP: every case and session of the vectors, and
the requests that frameworks trip over.

    test_adapters.py beast|httplib|restinio|pistache PROGRAM

PROGRAM is the framework's adapter_server. Requests go over raw sockets, so that headers are sent
exactly as the vectors have them.
"""
import base64
import contextlib
import hashlib
import hmac
import json
import pathlib
import queue
import socket
import subprocess
import sys
import threading
import unittest
import zlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
VECTORS = ROOT / "data/vectors/receivers.json"
FILE = json.loads(VECTORS.read_text())
PATIENCE = 30  # seconds until a wait is a failure; no assertion depends on it
FRAMEWORK, PROGRAM = sys.argv[1:3] if len(sys.argv) == 3 else ("", "")

BODIES = {
    400: {"error": "unreadable_payload"}, 401: {"error": "unauthorized"},
    405: {"error": "method_not_allowed"}, 413: {"error": "body_too_large"},
    415: {"error": "unsupported_media_type"}, 500: {"error": "handler_failed"},
    503: {"error": "try_again"},
}

# What a framework cannot bring about.
SHOWS_FIRST_ONLY = ("pistache",)  # of headers with one name: judged by the first
CLOSES_BEYOND_LIMIT = ("restinio",)  # instead of a 413, beyond twice the handler's limit
ANSWERS_413_ITSELF = ("pistache",)  # with a text of its own


def max_body_of(example):
    return example.get("options", {}).get("max_body", FILE["defaults"]["max_body"])


def bytes_of(body):
    if "utf8" in body:
        return body["utf8"].encode()
    if "b64" in body:
        return base64.b64decode(body["b64"])
    return body["fill"]["byte"].encode() * body["fill"]["count"]


class Answer:
    def __init__(self, raw):
        head, _, self.body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if raw else None  # None: closed without an answer
        self.headers = {name.lower(): value.strip() for name, _, value in
                        (line.partition(":") for line in lines[1:])}
        self.raw = raw

    def json(self):
        return json.loads(self.body)  # fails where a second answer follows


class Server:
    """One adapter_server and what it printed."""

    def __init__(self, max_body):
        self.process = subprocess.Popen([PROGRAM, str(VECTORS), str(max_body)], text=True,
                                        stdout=subprocess.PIPE)
        self.unbuilt, self.port = {}, None
        for line in self.process.stdout:
            word, *rest = line.split()
            if word == "listening":
                self.port = int(rest[0])
                break
            self.unbuilt[rest[0]] = rest[1]
        if self.port is None:
            raise AssertionError(f"the server did not start: exit {self.process.wait(PATIENCE)}")
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n").split(" "))

    def runs(self):
        """What ran since the last call, by path: (dispatch, type, id)."""
        first = FILE["cases"][0]["request"]
        self.send("POST", "/mark", first["headers"], bytes_of(first["body"]))
        runs = {}
        while (line := self.lines.get(timeout=PATIENCE))[1] != "/mark":
            runs.setdefault(line[1], []).append(tuple(line[2:]))
        return runs

    def stop(self):
        self.process.terminate()
        return self.process.wait(PATIENCE)

    def connect(self):
        return socket.create_connection(("127.0.0.1", self.port), PATIENCE)

    def send(self, method, path, headers, body=b"", length=True):
        return self.exchange(head(method, path, headers, len(body) if length else None) + body)

    def exchange(self, data):
        with self.connect() as connection:
            with contextlib.suppress(OSError):  # refused before its end: the answer counts
                connection.sendall(data)
            return read_answer(connection)


def head(method, path, headers, length=None):
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", "Connection: close"]
    lines += [f"{name}: {value}" for name, value in headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def read_answer(connection):
    """One answer by its length: not every framework closes when it is asked to."""
    data = b""
    try:
        while not is_complete(data):
            more = connection.recv(65536)
            if not more:
                break
            data += more
    except ConnectionResetError:
        pass  # closed with bytes unread
    return Answer(data)


def is_complete(data):
    before, end, body = data.partition(b"\r\n\r\n")
    length = [line.split(b":")[1] for line in before.lower().split(b"\r\n")
              if line.startswith(b"content-length:")]
    return bool(end) and bool(length) and len(body) >= int(length[0])


def sign(profile, delivery):
    """Headers and body of a delivery, as its sender makes them."""
    now = str(FILE["now"])
    example = next(c for c in FILE["cases"] if c["id"] == f"{profile}/valid")
    secret = example["secrets"][0]["value"]
    if profile == "standard":
        body = json.dumps({"id": f"evt_{delivery}", "type": "order.created", "data": {}}).encode()
        key = base64.b64decode(secret.removeprefix("whsec_"))
        mac = hmac.new(key, f"dlv_{delivery}.{now}.".encode() + body, hashlib.sha256).digest()
        return [("Content-Type", "application/json"), ("webhook-id", f"dlv_{delivery}"),
                ("webhook-timestamp", now),
                ("webhook-signature", "v1," + base64.b64encode(mac).decode())], body
    body = json.dumps({"delivery_id": f"dlv_{delivery}", "event_id": "ord_1"}).encode()
    mac = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return [("Content-Type", "application/json"), ("X-Webhook-Event", "order.created"),
            ("X-Webhook-ID", f"dlv_{delivery}"), ("X-Webhook-Timestamp", now),
            ("X-Webhook-Signature", mac)], body


class AdapterTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.servers = {size: Server(size) for size in sorted(set(map(max_body_of, FILE["cases"])))}
        cls.small = cls.servers[min(cls.servers)]
        cls.usual = cls.servers[FILE["defaults"]["max_body"]]
        # Begins now and is looked at in the end: a sender that stops halfway.
        cls.stalled = cls.usual.connect()
        cls.stalled.sendall(head("POST", "/cases/0", [("Content-Type", "application/json")], 100))

    @classmethod
    def tearDownClass(cls):
        cls.stalled.close()
        for server in cls.servers.values():
            assert server.stop() == 0, "the server did not end as it should"

    def check_answer(self, answer, status, own_text=()):
        self.assertEqual(answer.status, status, answer.raw[:300])
        if FRAMEWORK in own_text:
            return
        self.assertEqual(answer.headers.get("content-type"), "application/json")
        if status == 200:
            self.assertIs(answer.json()["received"], True)
        else:
            self.assertEqual(answer.json(), BODIES[status])
        if status == 405:
            self.assertEqual(answer.headers.get("allow"), "POST")
        if status == 503:
            self.assertGreaterEqual(int(answer.headers.get("retry-after")), 1)

    def check_case(self, path, case):
        server = self.servers[max_body_of(case)]
        request, expect = case["request"], case["expect"]
        if path in server.unbuilt:
            # Nothing listens without a secret: a stronger form of the expected 500.
            self.assertEqual((server.unbuilt[path], expect["verify"], expect["http"]),
                             ("no_secret", "no_secret", 500))
            return
        body = bytes_of(request["body"])
        answer = server.send(request["method"], path, request["headers"], body, body != b"")
        self.check_answer(answer, expect["http"])

    def check_runs(self, runs, case):
        expect = case["expect"]
        self.assertEqual(len(runs), int(expect["http"] == 200), runs)
        for dispatch, kind, event_id in runs:
            self.assertEqual(dispatch, expect.get("dispatch", dispatch))
            event = expect.get("event", {})
            self.assertEqual(kind, event.get("type", kind))
            self.assertEqual(event_id, event.get("event_id", event_id))

    def test_every_case(self):
        self.usual.runs()
        for index, case in enumerate(FILE["cases"]):
            with self.subTest(case["id"]):
                self.check_case(f"/cases/{index}", case)
        runs = self.usual.runs()
        for index, case in enumerate(FILE["cases"]):
            with self.subTest("what ran of " + case["id"]):
                self.check_runs(runs.get(f"/cases/{index}", []), case)

    def test_every_session(self):
        for index, session in enumerate(FILE["sessions"]):
            with self.subTest(session["id"]):
                self.check_session(f"/sessions/{index}", session)

    def check_session(self, path, session):
        steps, answers = session["steps"], []
        def deliver(step):
            answers.append(self.usual.send("POST", path, *sign(session["profile"],
                                                               step["delivery"])))
        if session.get("parallel"):
            threads = [threading.Thread(target=deliver, args=(step,)) for step in steps]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join(PATIENCE)
        else:
            for step in steps:
                deliver(step)
        self.assertEqual(len(answers), len(steps))
        # Copies that come at once are told apart by their answers alone.
        wanted = [step["http"] if isinstance(step["http"], list) else [step["http"]]
                  for step in steps]
        answers.sort(key=lambda a: a.json().get("duplicate", False) if session.get("parallel")
                     else False)
        for answer, statuses, step in zip(answers, wanted, steps):
            self.assertIn(answer.status, statuses)
            self.check_answer(answer, answer.status)
            if answer.status == 200 and not session.get("parallel"):
                self.assertEqual(answer.json().get("duplicate", False), step.get("duplicate", False))
        self.assertEqual(len(self.usual.runs().get(path, [])), sum(step["ran"] for step in steps))

    def test_other_methods_are_refused(self):
        self.usual.runs()
        headers, body = sign("standard", "A")
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
            with self.subTest(method):
                self.check_answer(self.usual.send(method, "/cases/0", headers, body), 405)
        self.assertEqual(self.usual.runs(), {})

    def test_head_is_refused_without_a_body(self):
        with self.usual.connect() as connection:
            connection.sendall(head("HEAD", "/cases/0", []))
            data = b""
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536)
        self.assertEqual(Answer(data).status, 405)
        self.assertEqual(Answer(data).body, b"")

    def test_a_chunked_body_is_read_as_sent(self):
        case = FILE["cases"][0]
        body = bytes_of(case["request"]["body"])
        chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part)
                          for part in (body[:10], body[10:])) + b"0\r\n\r\n"
        headers = [*case["request"]["headers"], ("Transfer-Encoding", "chunked")]
        self.check_answer(self.usual.exchange(head("POST", "/cases/0", headers) + chunks), 200)

    def some_small_case(self):
        return next(f"/cases/{i}" for i, case in enumerate(FILE["cases"])
                    if max_body_of(case) == min(self.servers))

    def check_too_large(self, answer):
        if FRAMEWORK in CLOSES_BEYOND_LIMIT:
            self.assertIn(answer.status, (None, 413))
        else:
            self.check_answer(answer, 413, own_text=ANSWERS_413_ITSELF)

    def test_one_byte_too_many(self):
        body = b"x" * (min(self.servers) + 1)
        headers = [("Content-Type", "application/json")]
        answer = self.small.send("POST", self.some_small_case(), headers, body)
        self.check_answer(answer, 413)

    def test_an_announced_gigabyte_is_not_read(self):
        for body in (b"", b"x" * 16 * min(self.servers)):
            if FRAMEWORK == "pistache" and not body:
                continue  # it counts what has come, not what is announced
            with self.subTest(len(body)):
                start = head("POST", self.some_small_case(),
                             [("Content-Type", "application/json")], 1 << 30)
                self.check_too_large(self.small.exchange(start + body))

    def test_endless_chunks_are_not_read(self):
        start = head("POST", self.some_small_case(),
                     [("Content-Type", "application/json"), ("Transfer-Encoding", "chunked")])
        chunk = b"1000\r\n" + b"x" * 0x1000 + b"\r\n"
        self.check_too_large(self.small.exchange(start + chunk * 256))

    def test_a_compressed_body_is_refused_as_it_is(self):
        bomb = zlib.compress(b"x" * (8 << 20))
        for encoding in ("gzip", "deflate", "br", "identity, gzip"):
            with self.subTest(encoding):
                headers = [("Content-Type", "application/json"), ("Content-Encoding", encoding)]
                self.check_answer(self.usual.send("POST", "/cases/0", headers, bomb), 415)

    def test_what_was_not_read_is_no_request(self):
        # More than a framework reads ahead, so that the rest stands where a request could begin.
        body = head("POST", "/cases/0", [], 0) * 200
        start = head("POST", "/cases/0", [("Content-Type", "application/json"),
                                          ("Content-Encoding", "gzip")], len(body))
        with self.usual.connect() as connection:
            with contextlib.suppress(OSError):  # refused before its end
                connection.sendall(start.replace(b"Connection: close\r\n", b"") + body)
            answer = read_answer(connection)
            self.check_answer(answer, 415)
            rest = b""
            with contextlib.suppress(OSError):  # closed with bytes unread
                connection.shutdown(socket.SHUT_WR)
                while more := connection.recv(65536):
                    rest += more
        self.assertEqual(rest, b"")

    def test_a_header_twice_is_refused(self):
        case = FILE["cases"][0]["request"]
        right = case["headers"]
        for position, (name, _) in enumerate(right):
            wrong = (name, "text/html" if name == "Content-Type" else "v1,AAAA")
            for at in (position, position + 1):  # before and after the right one
                with self.subTest(name, at=at - position):
                    headers = [*right[:at], wrong, *right[at:]]
                    status = 415 if name == "Content-Type" else 401
                    if FRAMEWORK in SHOWS_FIRST_ONLY and at > position:
                        status = 200
                    answer = self.usual.send("POST", "/cases/0", headers, bytes_of(case["body"]))
                    self.check_answer(answer, status)

    def test_no_length_is_no_body(self):
        headers = FILE["cases"][0]["request"]["headers"]
        self.check_answer(self.usual.send("POST", "/cases/0", headers, length=False), 401)

    def test_half_a_body_runs_nothing(self):
        case = FILE["cases"][0]["request"]
        body = bytes_of(case["body"])
        self.usual.runs()
        with self.usual.connect() as connection:
            connection.sendall(head("POST", "/cases/0", case["headers"], len(body)) + body[:-1])
            connection.shutdown(socket.SHUT_WR)
            self.assertIn(read_answer(connection).status, (None, 400))
        self.assertEqual(self.usual.runs(), {})

    def test_zz_a_stalled_sender_is_let_go(self):
        answer = read_answer(self.stalled)
        self.assertIn(answer.status, (None, 400, 408))


def main():
    if not PROGRAM:
        sys.exit(__doc__.strip())
    if not pathlib.Path(PROGRAM).exists():
        print(f"skipped: {FRAMEWORK} is not installed, so {PROGRAM} was not built "
              "(scripts/bootstrap --group receivers)")
        sys.exit(77)
    unittest.main(argv=sys.argv[:1], verbosity=1)


if __name__ == "__main__":
    main()
