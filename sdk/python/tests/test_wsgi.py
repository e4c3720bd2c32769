"""The WSGI application behind wsgiref, and alone with the inputs other servers give."""
import io
import logging
import unittest

from adapter_rules import AdapterRules
from fixtures import delivery, receiver
from http_server import serve_wsgi

logging.getLogger("malote_receiver").setLevel(logging.CRITICAL + 1)


class WsgirefTest(AdapterRules, unittest.TestCase):
    chunked = False  # wsgiref passes the socket on as it is

    def serve(self, hooks):
        return serve_wsgi(hooks.wsgi_app)


class Input(io.BytesIO):
    """Counts what is read, gives little at a time, and has no end of its own."""

    def __init__(self, data=b"", error=None):
        super().__init__(data)
        self.taken = 0
        self.error = error

    def read(self, size=-1):
        if self.error:
            raise self.error
        if size < 0:
            raise AssertionError("an unbounded read")
        data = super().read(min(size, 10))
        self.taken += len(data)
        return data


class EnvironTest(unittest.TestCase):
    def call(self, stream, **more):
        headers, _ = delivery()
        environ = {"REQUEST_METHOD": "POST", "wsgi.input": stream,
                   "CONTENT_TYPE": headers.pop("content-type"),
                   **{"HTTP_" + name.upper().replace("-", "_"): value
                      for name, value in headers.items()}, **more}
        lines = []
        body = b"".join(receiver(max_body=300).wsgi_app(environ, lambda *line: lines.append(line)))
        self.assertEqual(dict(lines[0][1])["Content-Length"], str(len(body)))
        return lines[0][0], body

    def setUp(self):
        _, self.body = delivery()

    def test_short_reads_are_put_together(self):
        status, _ = self.call(Input(self.body), CONTENT_LENGTH=str(len(self.body)))
        self.assertEqual(status, "200 OK")

    def test_signatures_that_the_server_joined_are_refused(self):
        right = delivery()[0]["webhook-signature"]
        wrong = "v1," + "A" * 43 + "="
        length = str(len(self.body))
        for joint in (",", ", "):
            for copies in ((right, right), (wrong, right), (right, wrong), ("v2,x", right)):
                status, _ = self.call(Input(self.body), CONTENT_LENGTH=length,
                                      HTTP_WEBHOOK_SIGNATURE=joint.join(copies))
                self.assertEqual(status, "401 Unauthorized", (joint, copies))
        status, _ = self.call(Input(self.body), CONTENT_LENGTH=length,
                              HTTP_WEBHOOK_SIGNATURE=f"{wrong} v2,x {right}")
        self.assertEqual(status, "200 OK")

    def test_no_more_than_the_length_is_read(self):
        stream = Input(self.body + b"the next request")
        self.call(stream, CONTENT_LENGTH=str(len(self.body)))
        self.assertEqual(stream.taken, len(self.body))

    def test_without_a_length_only_an_input_that_ends_is_read(self):
        self.assertEqual(self.call(Input(self.body), **{"wsgi.input_terminated": True})[0],
                         "200 OK")
        stream = Input(self.body)
        self.assertEqual(self.call(stream)[0], "401 Unauthorized")
        self.assertEqual(self.call(stream, HTTP_TRANSFER_ENCODING="chunked")[0],
                         "500 Internal Server Error")
        self.assertEqual(stream.taken, 0)

    def test_an_endless_input_is_left_at_the_limit(self):
        stream = Input(b"x" * 100_000)
        status, _ = self.call(stream, **{"wsgi.input_terminated": True})
        self.assertEqual(status[:3], "413")
        self.assertEqual(stream.taken, 301)

    def test_a_refusal_takes_a_small_body_off_the_connection(self):
        stream = Input(self.body)
        status, _ = self.call(stream, CONTENT_LENGTH=str(len(self.body)), CONTENT_TYPE="a/b")
        self.assertEqual((status[:3], stream.taken), ("415", len(self.body)))
        stream = Input(error=OSError())
        self.assertEqual(self.call(stream, CONTENT_LENGTH="9", REQUEST_METHOD="PUT")[0][:3], "405")

    def test_an_eaten_body_is_our_fault(self):
        status, body = self.call(Input(), CONTENT_LENGTH=str(len(self.body)))
        self.assertEqual((status[:3], body), ("500", b'{"error":"not_configured"}'))

    def test_a_connection_that_breaks(self):
        for error in (OSError(), ValueError(), TimeoutError()):
            self.assertEqual(self.call(Input(error=error), CONTENT_LENGTH="10")[0][:3], "503")

    def test_odd_lengths(self):
        for length in ("-1", "abc", "1_0", "+5", "0x10", "１０", "", " "):
            self.assertEqual(self.call(Input(self.body), CONTENT_LENGTH=length)[0][:3], "401")
        self.assertEqual(self.call(Input(self.body), CONTENT_LENGTH="9" * 19)[0][:3], "413")

    def test_an_empty_environ_is_answered(self):
        lines = []
        receiver().wsgi_app({}, lambda *line: lines.append(line))
        self.assertEqual(lines[0][0], "405 Method Not Allowed")

    def test_headers_are_bytes_in_latin_1(self):
        headers, body = delivery(message_id="é")
        environ = {"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(body),
                   "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/json",
                   **{"HTTP_" + name.upper().replace("-", "_"):
                      value.encode().decode("latin-1") for name, value in headers.items()}}
        lines = []
        hooks, seen = receiver(), []
        hooks.on_any(lambda event: seen.append(event.delivery_id))
        hooks.wsgi_app(environ, lambda *line: lines.append(line))
        self.assertEqual((lines[0][0], seen), ("200 OK", ["é"]))


if __name__ == "__main__":
    unittest.main()
