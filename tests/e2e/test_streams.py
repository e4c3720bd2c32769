"""Events and attempts at delivery as streams: filters, and a cursor that outlives everything."""
import http.client
import json
import unittest

from harness import API_KEY, PATIENCE, Gateway, Receiver, Reply, main


class Frames:
    """Reads a stream frame by frame: (id, data)."""

    def __init__(self, gw, path, last_id=None):
        host, _, port = gw.address.rpartition(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        headers = {"Authorization": "Bearer " + API_KEY}
        if last_id:
            headers["Last-Event-ID"] = last_id
        self.connection.request("GET", path, headers=headers)
        self.response = self.connection.getresponse()
        self.status = self.response.status
        self.last_id = last_id

    def next(self):
        """The next frame with data, or None at the end."""
        data = None
        while True:
            line = self.response.readline()
            if not line:
                return None
            line = line.decode().rstrip("\n")
            if line.startswith("id: "):
                self.last_id = line[4:]
            elif line.startswith("data: "):
                data = json.loads(line[6:])
            elif not line and data is not None:
                return data

    def greeted(self):
        """Once the first id is here, whatever comes from now on is seen."""
        while not self.last_id:
            line = self.response.readline().decode()
            if line.startswith("id: "):
                self.last_id = line[4:].strip()
        return self

    def close(self):
        self.connection.close()


class Streams(unittest.TestCase):
    def setUp(self):
        self.gw = Gateway()
        self.addCleanup(self.gw.close)

    def publish(self, *numbers, kind="order.created"):
        self.gw.ok("POST", "/v1/events", {"events": [{"type": kind, "data": {"n": n}} for n in numbers]})

    def follow(self, path, last_id=None):
        frames = Frames(self.gw, path, last_id)
        self.addCleanup(frames.close)
        self.assertEqual(frames.status, 200)
        return frames

    def test_events_come_in_order_and_go_on_behind_the_cursor_over_restarts(self):
        stream = self.follow("/v1/events/stream").greeted()
        seen, made = [], 0
        for how in ("close", "kill", "close", "terminate", "close"):
            for _ in range(3):
                self.publish(made, made + 1)
                made += 2
            seen.append(stream.next()["data"]["n"])  # leaves others behind in the connection
            seen.append(stream.next()["data"]["n"])
            stream.close()
            if how == "kill":
                self.gw.kill()
                self.gw.start()
            elif how == "terminate":
                self.gw.terminate()
                self.gw.start()
            self.publish(made)
            made += 1
            stream = self.follow("/v1/events/stream", stream.last_id)
        while len(seen) < made:
            seen.append(stream.next()["data"]["n"])
        self.assertEqual(seen, list(range(made)))

    def test_filters_and_what_is_passed_over_moves_the_cursor(self):
        stream = self.follow("/v1/events/stream?type=payment.*").greeted()
        first = stream.last_id
        self.publish(*range(50))
        self.publish(7, kind="payment.confirmed")
        self.assertEqual(stream.next()["type"], "payment.confirmed")
        self.assertNotEqual(stream.last_id, first)
        again = self.follow("/v1/events/stream?type=order.created", first)
        self.assertEqual([again.next()["data"]["n"] for _ in range(50)], list(range(50)))
        any_type = self.follow("/v1/events/stream?type=*", first)
        self.assertEqual(any_type.next()["data"]["n"], 0)
        since = self.follow("/v1/events/stream?since=2020-01-01T00:00:00Z")
        self.assertEqual(since.next()["data"]["n"], 0)

    def test_an_event_that_is_large_or_odd_does_not_break_the_stream(self):
        stream = self.follow("/v1/events/stream").greeted()
        odd = {"n": 1, "text": "line\nend\rdata: x\n\nid: y é 🙂"}
        self.gw.ok("POST", "/v1/events", {"type": "order.created", "data": odd})
        self.gw.ok("POST", "/v1/events", {"type": "order.created", "data": {"n": 2, "much": "x" * 300_000}})
        self.publish(3)
        self.assertEqual(stream.next()["data"], odd)
        large = stream.next()
        self.assertIsNone(large["data"])
        self.assertGreater(large["data_bytes"], 300_000)
        self.assertEqual(stream.next()["data"]["n"], 3)

    def test_another_project_sees_nothing_of_it(self):
        other = self.gw.ok("POST", "/v1/projects", {"name": "other"})
        mine = self.follow("/v1/events/stream").greeted()
        theirs = self.follow(f"/v1/events/stream?project={other['id']}").greeted()
        self.publish(1)
        self.gw.ok("POST", "/v1/events", {"type": "order.created", "data": {"n": 2}},
                   headers={"x-codespar-project": other["id"]})
        self.assertEqual(mine.next()["data"]["n"], 1)
        self.assertEqual(theirs.next()["data"]["n"], 2)

    def test_attempts_are_told_once_each_and_go_on_over_a_restart(self):
        receiver = Receiver()
        self.addCleanup(receiver.close)
        receiver.answer = lambda r: Reply(200 if r.path == "/good" else 503)
        trigger = self.gw.trigger(receiver.url("/good"), "order.created")
        bad = self.gw.trigger(receiver.url("/bad"), "order.created", retry_schedule=[])
        stream = self.follow(f"/v1/deliveries/stream?trigger_id={trigger['id']}").greeted()
        failed = self.follow("/v1/deliveries/stream?outcome=failed").greeted()
        ids = []
        for round_ in range(3):
            self.publish(1, 2, 3)
            if round_ == 0:
                self.assertEqual(failed.next()["trigger_id"], bad["id"])
            for _ in range(3):
                frame = stream.next()
                self.assertTrue(frame["attempt_made"]["ok"])
                self.assertEqual(frame["attempt_made"]["number"], 1)
                self.assertEqual(frame["trigger_id"], trigger["id"])
                ids.append(frame["id"])
            stream.close()
            self.gw.kill()
            self.gw.start()
            stream = self.follow(f"/v1/deliveries/stream?trigger_id={trigger['id']}", stream.last_id)
        self.assertEqual(len(set(ids)), 9)

    def test_bad_cursors_are_refused_with_what_is_expected(self):
        for path in ("/v1/events/stream?after=5", "/v1/events/stream?after=evt_1", "/v1/deliveries/stream?after=5",
                     "/v1/deliveries/stream?after=1.-2", "/v1/deliveries/stream?after=evt_0000000000000001"):
            answer = self.gw.call("GET", path)
            self.assertEqual(answer.status, 400, path)
            self.assertEqual(answer.json["issues"][0]["path"], "after", path)


if __name__ == "__main__":
    main()
