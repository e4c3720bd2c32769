#!/usr/bin/python3
"""W3C trace context through the gateway, and the log line of each attempt."""
import json
import re

from harness import Gateway, GatewayTest, Receiver, Reply, eventually, hmac_hex, main

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-00"
SPAN = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")


class Tracing(GatewayTest):
    def publish(self, **headers):
        self.gw.ok("POST", "/v1/events", {"type": self.event, "data": {}}, headers=headers)
        return self.receiver.take()

    def span(self, request):
        found = SPAN.fullmatch(request.headers["traceparent"])
        self.assertTrue(found, request.headers)
        return found.groups()

    def test_a_published_trace_goes_on_in_every_attempt(self):
        self.receiver.answer = lambda request: Reply(500)
        self.gw.trigger(self.receiver.url(), self.event, retry_schedule=["1ms"] * 2)
        requests = [self.publish(traceparent=PARENT, tracestate="a=1, b=2"), *self.receiver.take_all(2)]
        spans = [self.span(request) for request in requests]
        self.assertEqual({(trace, flags) for trace, _, flags in spans}, {(TRACE, "00")})
        self.assertEqual(len({span for _, span, _ in spans} | {"00f067aa0ba902b7"}), 4)
        self.assertEqual({request.headers["tracestate"] for request in requests}, {"a=1, b=2"})

    def test_a_trace_begins_where_none_came_or_it_was_malformed(self):
        self.gw.trigger(self.receiver.url(), self.event)
        seen = set()
        for headers in ({}, {"tracestate": "a=1"}, {"traceparent": PARENT[:-1]}, {"traceparent": "ff" + PARENT[2:]}):
            request = self.publish(**headers)
            trace, _, flags = self.span(request)
            self.assertEqual(flags, "01")
            self.assertNotIn("tracestate", request.headers)
            seen.add(trace)
        self.assertEqual(len(seen), 4)
        self.assertNotIn(TRACE, seen)

    def test_a_webhooks_trace_goes_on(self):
        connection = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas", "webhook_secret": "hush"})
        self.gw.trigger(self.receiver.url(), "payment.confirmed", server_id="asaas")
        body = json.dumps({"id": "evt_t", "event": "PAYMENT_RECEIVED", "payment": {"id": "p1", "value": 1.5}})
        self.gw.request("POST", connection["webhook_path"], body, {"asaas-access-token": "hush", "traceparent": PARENT})
        self.assertEqual(self.span(self.receiver.take())[0], TRACE)

    def test_what_is_signed_is_as_before(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        request = self.publish(traceparent=PARENT)
        self.assertEqual(request.headers["x-codespar-signature"], hmac_hex(trigger["secret"], request.body))
        self.assertNotIn(TRACE.encode(), request.body)

    def test_an_attempt_is_shown_with_the_span_that_it_had(self):
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        request = self.publish()
        shown = json.dumps(self.gw.detail(self.gw.delivery(trigger, "delivered")["id"]))
        self.assertIn(request.headers["traceparent"], shown)

    def test_the_headers_are_not_a_triggers_to_set(self):
        for name in ("traceparent", "TraceState"):
            answer = self.gw.call("POST", "/v1/triggers", {
                "name": "t", "event": "*", "webhook_url": self.receiver.url(), "headers": {name: "x"}})
            self.assertError(answer, 400)

    def test_a_trace_outlives_a_kill(self):
        with Gateway() as gw, Receiver(lambda request: Reply(503)) as receiver:
            gw.trigger(receiver.url(), self.event, retry_schedule=["1s"])
            gw.call("POST", "/v1/events", {"type": self.event, "data": {}}, headers={"traceparent": PARENT})
            first = receiver.take()
            gw.restart()
            again = receiver.take()
            self.assertEqual((self.span(first)[0], self.span(again)[0]), (TRACE, TRACE))


class AttemptLog(GatewayTest):
    def lines(self, gw):
        return [line for line in gw.output if "delivery.attempted" in line]

    def attempts(self, config, statuses):
        """The lines of one event sent to a trigger per status."""
        with Gateway(config=config) as gw, Receiver() as receiver:
            receiver.answer = lambda request: Reply(int(request.path.split("?")[0].rsplit("/", 1)[1]), b"answer-hush")
            for status in statuses:
                gw.trigger(receiver.url(f"/path-hush/{status}?query-hush"), self.event, headers={"X-K": "header-hush"},
                           retry_schedule=["10h"])
            gw.call("POST", "/v1/events", {"type": self.event, "data": {"x": "data-hush"}},
                    headers={"traceparent": PARENT})
            for status in statuses:
                eventually(lambda status=status: gw.ok("GET", "/v1/deliveries?state=" + (
                    "delivered" if status < 300 else "failed"))["deliveries"], what=f"an attempt that got {status}")
            self.assertEqual(gw.terminate(), 0)
            self.assertNotIn("hush", gw.text().replace(gw.folder, ""))
            return self.lines(gw), receiver.port

    def test_failures_are_said_and_successes_are_not(self):
        lines, port = self.attempts("", [200, 500])
        self.assertEqual(len(lines), 1, lines)
        for part in ("event_id=evt_", f"event_type={self.event} ", "trigger_id=", "delivery_id=", "attempt=1 ",
                     "state=failed ", "status=500 ", "error=http_500 ", "duration_ms=", "bytes=",
                     "next_attempt_at=2", f"host=127.0.0.1:{port} ", f"trace_id={TRACE} ", "span_id="):
            self.assertIn(part, lines[0])

    def test_all_as_json(self):
        lines, port = self.attempts('[log]\njson = true\nattempts = "all"\n', [200, 500])
        rows = {row["state"]: row for row in map(json.loads, lines)}
        self.assertEqual(set(rows), {"delivered", "failed"})
        self.assertEqual({row["trace_id"] for row in rows.values()}, {TRACE})
        self.assertEqual({row["host"] for row in rows.values()}, {f"127.0.0.1:{port}"})
        self.assertEqual((rows["failed"]["status"], rows["failed"]["attempt"]), (500, 1))
        self.assertNotIn("next_attempt_at", rows["delivered"])

    def test_none(self):
        self.assertEqual(self.attempts('[log]\nattempts = "none"\n', [200, 500])[0], [])

    def test_another_word_is_refused(self):
        with self.assertRaisesRegex(AssertionError, 'log.attempts takes "none", "failed" or "all"'):
            with Gateway(config='[log]\nattempts = "some"\n'):
                pass


if __name__ == "__main__":
    main()
