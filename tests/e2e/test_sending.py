#!/usr/bin/env python3
"""How requests leave: what libcurl does on its own, and targets that are allowed by name."""
import socket
import threading
import unittest

from harness import PATIENCE, Gateway, Receiver, main


class Dropping:
    """Answers the first request of each connection while `kind`; else closes without a word."""

    def __init__(self):
        self.kind = True
        self.seen = []
        self.all_here = threading.Barrier(6)
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection, connection.makefile("rb") as stream:
            while True:
                headers = {}
                if not stream.readline():
                    return
                while (line := stream.readline().strip()):
                    name, _, value = line.decode().partition(":")
                    headers[name.lower()] = value.strip()
                stream.read(int(headers["content-length"]))
                self.seen.append((headers["webhook-id"], headers["x-codespar-attempt"]))
                if not self.kind:
                    return
                self.all_here.wait(PATIENCE)  # so that each request has a connection of its own
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


class Sending(unittest.TestCase):
    def test_one_attempt_sends_at_most_twice_when_kept_connections_die(self):
        dropping = Dropping()
        self.addCleanup(dropping.listener.close)
        with Gateway() as gw:
            trigger = gw.trigger(f"http://127.0.0.1:{dropping.port}/", event="drop.it")
            for n in range(6):
                gw.publish("drop.it", {"n": n})
            gw.delivery(trigger, "delivered", count=6)
            dropping.kind = False
            before = len(dropping.seen)
            gw.publish("drop.it", {"n": 7})
            gw.delivery(trigger, "failed")
            first = [seen for seen in dropping.seen[before:] if seen[1] == "1"]
            self.assertEqual(len(first), 2, first)

    def test_a_target_allowed_by_name_is_reached_over_plain_http(self):
        with Receiver() as receiver:
            with Gateway(dev=False, config='allow_targets = ["localhost"]\n') as gw:
                trigger = gw.trigger(f"http://localhost:{receiver.port}/hook", event="by.name")
                gw.publish("by.name", {"n": 1})
                self.assertEqual(receiver.take().json["data"], {"n": 1})
                gw.delivery(trigger, "delivered")
                refused = gw.call("POST", "/v1/triggers", {
                    "name": "x", "event": "*", "webhook_url": f"http://127.0.0.1:{receiver.port}/"})
                self.assertEqual(refused.status, 400, refused)


if __name__ == "__main__":
    main()
