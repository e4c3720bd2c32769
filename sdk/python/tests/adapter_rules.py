"""What every adapter must do, over real HTTP. The test cases mix it in and say how to serve."""
import threading

import fixtures as f
from fixtures import Recorder, delivery, payload, receiver
from http_server import post, send_raw
from malote_receiver import MemoryStore

BAD_TYPE = (415, {"error": "unsupported_media_type"})


class AdapterRules:
    #: Whether the server passes chunked bodies on.
    chunked = True

    def setUp(self):
        self.hooks = receiver(store=MemoryStore(clock=lambda: f.NOW), max_body=4096,
                              budget=f.PATIENCE, wait=f.PATIENCE)
        self.handler = self.hooks.on("order.created", Recorder())
        context = self.serve(self.hooks)
        self.port = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.headers, self.body = delivery()

    def test_a_delivery_and_its_copy(self):
        self.assertEqual(post(self.port, self.headers, self.body), f.OK)
        self.assertEqual(post(self.port, self.headers, self.body), f.DUPLICATE)
        self.assertEqual(self.handler.events[0].raw, self.body)

    def test_bytes_arrive_as_they_were_signed(self):
        raw = '{ "type":"order.created",\t"data":"São Paulo 你好 🚚" }\r\n'.encode()
        headers, body = delivery(body=raw)
        self.assertEqual(post(self.port, headers, body), f.OK)
        self.assertEqual(self.handler.events[0].raw, raw)

    def test_refusals(self):
        without = {n: v for n, v in self.headers.items() if n != "webhook-signature"}
        for headers, body, wanted in (
                (self.headers, self.body + b" ", f.UNAUTHORIZED), (without, self.body,
                                                                   f.UNAUTHORIZED),
                ({**self.headers, "webhook-signature": "é" * 22}, self.body, f.UNAUTHORIZED),
                ({**self.headers, "webhook-signature": "v1,AAAA"}, self.body, f.UNAUTHORIZED),
                ({**self.headers, "content-type": "text/plain"}, self.body, BAD_TYPE),
                ({**self.headers, "content-encoding": "gzip"}, self.body, BAD_TYPE)):
            self.assertEqual(post(self.port, headers, body), wanted)
        headers, body = delivery(body=b"[]")
        self.assertEqual(post(self.port, headers, body), f.UNREADABLE)
        self.assertEqual(self.handler.events, [])

    def test_other_methods(self):
        for method in ("GET", "PUT", "DELETE"):
            self.assertEqual(post(self.port, self.headers, self.body, method)[0], 405)

    def test_failures(self):
        self.handler.error = ValueError("secret detail")
        self.assertEqual(post(self.port, self.headers, self.body), f.FAILED)
        self.handler.error = None
        self.assertEqual(post(self.port, self.headers, self.body), f.OK)

    def test_a_huge_content_length_is_refused_unread(self):
        lines = [f"{name}: {value}" for name, value in self.headers.items()]
        for length in ("4097", "99999999999999", "9" * 18):
            request = "\r\n".join(["POST /hook HTTP/1.1", "Host: a", *lines,
                                   f"Content-Length: {length}", "", ""]).encode()
            self.assertIn(b" 413 ", send_raw(self.port, request).split(b"\r\n")[0])

    def test_chunked_bodies(self):
        chunked = {**self.headers, "Transfer-Encoding": "chunked"}
        endless = "\r\n".join(["POST /hook HTTP/1.1", "Host: a",
                               *(f"{n}: {v}" for n, v in chunked.items()), "", ""]).encode()
        if not self.chunked:
            self.assertIn(b'{"error":"not_configured"}', send_raw(self.port, endless))
            return
        self.assertEqual(post(self.port, chunked, [self.body[:7], self.body[7:]]), f.OK)
        body = b"1000\r\n" + b"x" * 4096 + b"\r\n1\r\nx\r\n"  # and no last chunk
        answer = send_raw(self.port, endless + body)
        self.assertIn(b" 413 ", answer.split(b"\r\n")[0])

    def test_five_copies_at_once(self):
        self.handler.hold()
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(
            post(self.port, self.headers, self.body))) for _ in range(5)]
        for thread in threads:
            thread.start()
        self.assertTrue(self.handler.started.wait(f.PATIENCE))
        self.handler.go_on.set()
        for thread in threads:
            thread.join(f.PATIENCE)
        self.assertEqual(len(self.handler.events), 1)
        self.assertEqual((answers.count(f.OK), answers.count(f.DUPLICATE)), (1, 4))

    def test_over_budget(self):
        self.hooks.budget = 0.01
        self.handler.hold()
        try:
            self.assertEqual(post(self.port, self.headers, self.body), f.TRY_AGAIN)
        finally:
            self.handler.go_on.set()

    def test_a_coroutine_handler(self):
        @self.hooks.on("order.updated")
        async def updated(event):
            self.handler(event)

        headers, body = delivery(body=payload("order.updated"))
        self.assertEqual(post(self.port, headers, body), f.OK)
        self.assertEqual(self.handler.events[0].type, "order.updated")
