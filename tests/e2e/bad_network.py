"""A proxy between the gateway and a receiver that loses, cuts, delays and repeats by a script."""
import collections
import http.client
import json
import random
import re
import socket
import struct
import threading

from harness import PATIENCE

FAULTS = ("reset", "hold", "cut", "busy")  # the gateway has to try again
ENDS = ("pass", "twice")  # the gateway gets the receiver's answer


def plan(seed, keys):
    """A script: for each key a decision per attempt; the last one is an end."""
    choice = random.Random(seed)
    return {key: [*choice.choices(FAULTS, k=choice.choice((0, 1, 1, 2))), choice.choice(ENDS)]
            for key in keys}


class BadNetwork:
    """Does to each request of the gateway what `decide(key, attempt)` says, a word of FAULTS or ENDS.

    The key is `data.key` of the event; attempts count from 0. Every request has connections of its
    own on both sides. While `port` is None nobody listens behind the proxy.
    """

    def __init__(self):
        self.port = None
        self.decide = lambda key, attempt: "pass"
        self.on_answer = lambda: None  # called after each answer of the receiver, one at a time
        self.attempts = collections.Counter()
        self.played = set()  # (key, attempt, decision)
        self.answers = []  # (key, port, status) of the receiver
        self.broken = set()  # keys of whole requests that the receiver took and did not answer
        self.in_progress = 0  # requests that the receiver may still be working on
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.url = f"http://127.0.0.1:{self.listener.getsockname()[1]}/hook"
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def answered(self, keys, port=None):
        """Those of the keys that the receiver answered with success, on this port or any."""
        return {key for key, by, status in self.answers
                if key in keys and status < 300 and port in (None, by)}

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            answer = None
            try:
                raw, body = read_request(stream)
                answer = self.play(connection, json.loads(body)["data"]["key"], raw)
                if answer:
                    connection.sendall(answer)
            except OSError:
                pass  # nobody listens, or the gateway is gone
            if not answer:
                reset_on_close(connection)

    def play(self, connection, key, raw):
        """What the gateway is to get, None for a reset."""
        with self.lock:
            self.in_progress += 1
            attempt = self.attempts[key]
            self.attempts[key] += 1
            decision = self.decide(key, attempt)
            self.played.add((key, attempt, decision))
        try:
            return getattr(self, "play_" + decision)(connection, key, raw)
        finally:
            with self.lock:
                self.in_progress -= 1

    def play_pass(self, _, key, raw):
        return self.forward(key, raw)

    def play_reset(self, _, key, raw):
        self.forward(key, raw)

    def play_hold(self, connection, key, raw):
        self.forward(key, raw)
        connection.settimeout(PATIENCE)
        connection.recv(1)  # returns when the gateway gives up

    def play_twice(self, _, key, raw):
        copy = threading.Thread(target=self.forward_quietly, args=(key, raw))
        copy.start()
        answer = self.forward(key, raw)
        copy.join()
        return answer

    def play_cut(self, _, key, raw):
        choice = random.Random(key)
        with self.connect()[0] as peer:
            peer.sendall(raw[:choice.randrange(1, len(raw))])
            if choice.random() < 0.5:
                reset_on_close(peer)

    def play_busy(self, *_):
        return b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

    def connect(self):
        """A connection to the receiver, and its port."""
        port = self.port
        if port is None:
            raise ConnectionRefusedError
        return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE), port

    def forward_quietly(self, key, raw):
        try:
            self.forward(key, raw)
        except OSError:
            pass  # a copy may be lost

    def forward(self, key, raw):
        """The receiver's answer, None if it gave none."""
        peer, port = self.connect()
        try:
            with peer:
                peer.sendall(raw)
                answer = http.client.HTTPResponse(peer, method="POST")
                answer.begin()
                body = answer.read()
        except (OSError, http.client.HTTPException):
            with self.lock:
                self.broken.add(key)
            return None
        with self.lock:
            self.answers.append((key, port, answer.status))
            self.on_answer()
        head = [f"HTTP/1.1 {answer.status} {answer.reason}", "Connection: close",
                f"Content-Length: {len(body)}"]
        head += [f"{name}: {value}" for name, value in answer.getheaders() if name.lower() not in
                 ("connection", "content-length", "keep-alive", "transfer-encoding")]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def read_request(stream):
    """All its bytes, and the body."""
    head = bytearray()
    while (line := stream.readline()) not in (b"\r\n", b""):
        head += line
    size = re.search(rb"(?im)^content-length: *(\d+)", head)
    body = stream.read(int(size[1])) if size else b""
    if not size or len(body) < int(size[1]):
        raise ConnectionError("the gateway gave up before it had sent the request")
    return bytes(head) + b"\r\n" + body, body


def reset_on_close(connection):
    """Closing it then sends RST instead of FIN."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
