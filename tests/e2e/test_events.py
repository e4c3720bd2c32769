#!/usr/bin/python3
"""Publishing, listing and reading events; the catalogue."""
import json

from harness import GatewayTest, Reply, main


class Publish(GatewayTest):
    def test_one_event(self):
        answer = self.gw.call("POST", "/v1/events", {
            "type": self.event, "data": {"a": 1, "external_reference": "order-7"},
            "occurred_at": "2026-04-22T11:30:00-03:00"})
        self.assertEqual(answer.status, 202)
        event = answer.json["events"][0]
        self.assertEqual(answer.json["events"], answer.json["data"])
        self.assertEqual((answer.json["id"], answer.json["type"], answer.json["duplicate"]),
                         (event["id"], self.event, False))
        detail = self.gw.ok("GET", "/v1/events/" + event["id"])
        self.assertEqual((detail["type"], detail["source"], detail["external_reference"],
                          detail["occurred_at"], detail["data"], detail["raw_request"]),
                         (self.event, "api", "order-7", "2026-04-22T14:30:00.000Z",
                          {"a": 1, "external_reference": "order-7"}, None))

    def test_aliases_become_the_canonical_name(self):
        self.assertEqual(self.gw.ok("POST", "/v1/events", {"type": "payment.success", "data": {}})["type"],
                         "payment.confirmed")

    def test_a_batch_keeps_its_order(self):
        batch = [{"type": self.event, "data": {"n": n}} for n in range(1000)]
        answer = self.gw.call("POST", "/v1/events", {"events": batch})
        self.assertEqual(answer.status, 202)
        ids = [event["id"] for event in answer.json["events"]]
        self.assertEqual(len(set(ids)), 1000)
        self.assertEqual(ids, sorted(ids))
        self.assertEqual(self.gw.ok("GET", "/v1/events/" + ids[999])["data"], {"n": 999})

    def test_more_than_a_thousand_are_refused_as_a_whole(self):
        batch = [{"type": self.event, "data": {}} for _ in range(1001)]
        for events in (batch, []):
            answer = self.gw.call("POST", "/v1/events", {"events": events})
            body = self.assertError(answer, 400, "invalid_body")
            self.assertEqual(body["field"], "/events")
        bad = self.gw.call("POST", "/v1/events", {"events": [{"type": self.event, "data": {}}, {"type": 5}]})
        self.assertTrue(self.assertError(bad, 400, "invalid_body")["field"].startswith("/events/1/"))
        self.assertEqual(self.gw.ok("GET", "/v1/events?type=" + self.event)["events"], [])

    def test_the_same_id_is_the_same_event(self):
        wish = {"type": self.event, "data": {"n": 1}, "id": self.event}
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        first, second = (self.gw.ok("POST", "/v1/events", wish) for _ in range(2))
        self.assertEqual(first["id"], second["id"])
        self.assertEqual((first["duplicate"], second["duplicate"]), (False, True))
        twice = self.gw.ok("POST", "/v1/events", {"events": [{**wish, "id": "t1"}, {**wish, "id": "t1"}]})
        self.assertEqual([e["duplicate"] for e in twice["events"]], [False, True])
        self.gw.delivery(trigger, "delivered", 2)
        self.assertEqual(len(self.gw.deliveries(trigger)), 2)

    def test_idempotency_key_dedupes(self):
        header = {"Idempotency-Key": self.event}
        wish = {"events": [{"type": self.event, "data": {"n": n}} for n in range(3)]}
        first, second = (self.gw.ok("POST", "/v1/events", wish, headers=header) for _ in range(2))
        self.assertEqual(first, second)  # the kept answer, word for word
        self.assertEqual(len(self.gw.ok("GET", "/v1/events?type=" + self.event)["events"]), 3)

    def test_an_idempotency_key_with_another_request_is_a_conflict(self):
        header = {"Idempotency-Key": self.event}
        self.gw.ok("POST", "/v1/events", {"type": self.event, "data": {"n": 1}}, headers=header)
        other = self.gw.call("POST", "/v1/events", {"type": self.event, "data": {"n": 2}}, headers=header)
        self.assertError(other, 409, "idempotency_conflict")

    def test_an_event_counts_its_deliveries(self):
        for _ in range(3):
            self.gw.trigger(self.receiver.url(), self.event)
        self.assertEqual(self.gw.ok("POST", "/v1/events", {"type": self.event, "data": {}})
                         ["events"][0]["deliveries"], 3)
        self.receiver.take_all(3)

    def test_numbers_keep_their_digits(self):
        self.gw.trigger(self.receiver.url(), self.event)
        body = ('{"type":"%s","data":{"amount":0.10,"big":12345678901234567890123,"e":1E+2,'
                '"tiny":0.000000000000000000001}}' % self.event)
        self.gw.ok("POST", "/v1/events", body)
        sent = self.receiver.take().body.decode()
        for digits in ('"amount":0.10', '"big":12345678901234567890123', '"e":1E+2',
                       '"tiny":0.000000000000000000001'):
            self.assertIn(digits, sent)


class Read(GatewayTest):
    def test_filters(self):
        first = self.gw.publish(self.event, external_reference="ref-1")
        second = self.gw.publish(self.event + ".more", {"external_reference": "ref-2"})
        def ids(query):
            return [e["id"] for e in self.gw.ok("GET", "/v1/events?" + query)["events"]]
        self.assertEqual(ids("type=" + self.event), [first])
        self.assertEqual(ids("external_reference=ref-2"), [second])
        self.assertEqual(ids("type=e2e.*&external_reference=ref-1"), [first])
        self.assertEqual(ids("source=api&external_reference=ref-1"), [first])
        self.assertEqual(ids("source=stripe"), [])
        created = self.gw.ok("GET", "/v1/events/" + second)["created_at"]
        self.assertEqual(ids("since=2999-01-01T00:00:00Z"), [])
        self.assertIn(second, ids("since=" + created))
        self.assertNotIn(second, ids("until=" + created))
        self.assertError(self.gw.call("GET", "/v1/events?since=yesterday"), 400, "invalid_query")
        self.assertError(self.gw.call("GET", "/v1/events?connection_id=ca_0000000000000000"), 404, "not_found")

    def test_type_filter_takes_aliases(self):
        event_id = self.gw.publish("payment.refunded")
        page = self.gw.ok("GET", "/v1/events?type=payment.refund.success")
        self.assertEqual([e["id"] for e in page["events"]], [event_id])

    def test_lists_page_by_cursor_in_both_shapes(self):
        made = [self.gw.publish(self.event, {"n": n}) for n in range(7)]
        path, seen = f"/v1/events?type={self.event}&limit=3", []
        page = self.gw.ok("GET", path)
        self.assertEqual(page["events"], page["data"])
        seen += page["data"]
        while page["next_before"]:
            page = self.gw.ok("GET", f"{path}&before={page['next_before']}")
            seen += page["data"]
        self.assertEqual([e["id"] for e in seen], made[::-1])

    def test_detail_tells_the_whole_story(self):
        self.receiver.answer = lambda r: Reply(200 if r.path == "/good" else 500)
        good = self.gw.trigger(self.receiver.url("/good"), self.event)
        bad = self.gw.trigger(self.receiver.url("/bad"), self.event, retry_schedule=[])
        event_id = self.gw.publish(self.event)
        self.gw.delivery(good, "delivered")
        self.gw.delivery(bad, "dead")
        rows = self.gw.ok("GET", "/v1/events/" + event_id)["deliveries"]
        self.assertEqual({(r["trigger_id"], r["status"]) for r in rows},
                         {(good["id"], "delivered"), (bad["id"], "dead")})

    def test_unknown_events_are_not_found(self):
        for unknown in ("evt_0000000000000000", "nonsense", "evt_zzzzzzzzzzzzzzzz"):
            self.assertError(self.gw.call("GET", "/v1/events/" + unknown), 404, "not_found")

    def test_the_catalogue(self):
        page = self.gw.ok("GET", "/v1/event-types")
        self.assertEqual(page["event_types"], page["data"])
        names = {t["name"] for t in page["data"]}
        self.assertLessEqual({"payment.confirmed", "payment.failed", "payment.refunded", "payout.settled",
                              "invoice.authorized", "invoice.rejected", "shipment.label_created",
                              "shipment.in_transit", "shipment.delivered", "message.delivered",
                              "message.read", "connection.expired"}, names)
        for kind in page["data"]:
            self.assertTrue(kind["fixture"] and kind["summary"], kind["name"])
            self.assertFalse(set(kind["aliases"]) & names, json.dumps(kind["aliases"]))


if __name__ == "__main__":
    main()
