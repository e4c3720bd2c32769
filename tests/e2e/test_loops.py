#!/usr/bin/python3
"""Loops that run in the gateway: definitions, runs, failures and what is done about them."""
import concurrent.futures
import json

from emulated import PAYMENT, EmulatorTest
from harness import GatewayTest, eventually, main

STEP = {"name": "one", "tool": "malote/echo"}
QUICK = {"base_delay": "1ms", "max_delay": "1ms"}
REFUSED = {"status": 422, "message": "no"}


class LoopTest:
    """What tests of loops share; mixed into those with and without an emulator."""

    def loop(self, *steps, **more):
        headers = more.pop("headers", None)
        wish = {"name": self.id()[-100:] + more.pop("suffix", ""), "steps": list(steps) or [STEP], **more}
        return "/v1/loops/" + self.gw.ok("POST", "/v1/loops", wish, headers=headers)["id"]

    def start(self, loop, payload=None, **more):
        run = self.gw.ok("POST", loop + "/run", {"payload": payload or {}, **more})
        return "/v1/runs/" + run["id"]

    def finished(self, run):
        eventually(lambda: self.gw.ok("GET", run)["finished_at"], what="the end of " + run)
        return self.gw.ok("GET", run)

    def run_to_end(self, loop, payload=None):
        return self.finished(self.start(loop, payload))

    def runs_of(self, loop):
        return self.gw.ok("GET", "/v1/runs?loop_id=" + loop.rpartition("/")[2])["runs"]

    def states(self, run):
        return [(step["name"], step["state"]) for step in run["steps"]]


class Definitions(LoopTest, GatewayTest):
    def issues(self, status=400, method="POST", path="/v1/loops", **definition):
        answer = self.gw.call(method, path, {"name": "wrong", "steps": [STEP], **definition})
        return [issue["path"] for issue in self.assertError(answer, status, "invalid_body")["issues"]]

    def test_the_life_of_a_loop(self):
        definition = {"name": self.event, "on": {"event": self.event}, "steps": [STEP]}
        made = self.gw.call("POST", "/v1/loops", definition)
        self.assertEqual(made.status, 201)
        loop = made.json
        self.assertRegex(loop["id"], r"^lop_[A-Za-z0-9]{16}$")
        self.assertEqual((loop["name"], loop["version"], loop["enabled"], loop["definition"]),
                         (self.event, 1, True, definition))
        path = "/v1/loops/" + loop["id"]
        self.assertEqual(self.gw.ok("GET", path), loop)
        self.assertIn(loop, self.gw.ok("GET", "/v1/loops?limit=100")["loops"])
        changed = self.gw.ok("PATCH", path, {"abort_on_error": False})
        self.assertEqual((changed["version"], changed["definition"]), (2, {**definition, "abort_on_error": False}))
        self.assertEqual(self.gw.ok("PATCH", path, {"abort_on_error": None})["definition"], definition)
        for change, enabled in (("/disable", False), ("/disable", False), ("/enable", True)):
            self.assertEqual(self.gw.ok("POST", path + change)["enabled"], enabled)
        off = self.gw.ok("PATCH", path, {"enabled": False})
        self.assertEqual((off["version"], off["enabled"]), (3, False))
        renamed = self.gw.ok("PATCH", path, {"name": self.event + ".renamed"})
        self.assertEqual((renamed["version"], renamed["enabled"]), (4, False))
        self.assertEqual(self.gw.call("DELETE", path).status, 204)
        for method, tail in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/enable"), ("POST", "/run")):
            self.assertError(self.gw.call(method, path + tail, {"name": "n"}), 404, "not_found")
        self.gw.ok("POST", "/v1/loops", {**definition, "name": self.event + ".renamed"})  # the name is free again

    def test_a_name_is_taken_once(self):
        first = self.loop()
        second = self.loop(suffix=".2")
        name = self.gw.ok("GET", first)["name"]
        self.assertError(self.gw.call("POST", "/v1/loops", {"name": name, "steps": [STEP]}), 409, "loop_conflict")
        self.assertError(self.gw.call("PATCH", second, {"name": name}), 409, "loop_conflict")
        self.gw.ok("PATCH", first, {"name": name, "max_in_flight": 1})

    def test_how_many_steps(self):
        def steps(count):
            return [{"name": f"s{n}", "tool": "malote/echo"} for n in range(count)]
        for count in (0, 101, 10_000):
            with self.subTest(count):
                self.assertEqual(self.issues(steps=steps(count)), ["/steps"])
        for wrong in ({}, "x", None):
            self.assertEqual(self.issues(steps=wrong), ["/steps"])
        self.loop(*steps(100))

    def test_every_fault_has_its_place(self):
        def step(**wrong):
            return self.issues(steps=[{"name": "zero", "tool": "malote/echo"}, {**STEP, **wrong}])
        for wrong, place in (
                ({"tool": "nobody/nothing"}, "tool"), ({"tool": ""}, "tool"), ({"tool": 5}, "tool"),
                ({"name": "Upper"}, "name"), ({"name": ""}, "name"), ({"name": "n" * 65}, "name"),
                ({"name": "zero"}, "name"), ({"extra": 1}, "extra"), ({"params": []}, "params"),
                ({"params": {"a": "${steps.later.data}"}}, "params/a"),
                ({"params": {"a": "${steps.one.data}"}}, "params/a"),
                ({"params": {"a": [{"b": "${nobody.x}"}]}}, "params/a/0/b"),
                ({"params": {"a": "${event.x"}}, "params/a"),
                ({"params": {"a": "${event.x | nofilter}"}}, "params/a"),
                ({"when": {"path": "steps.later.data", "eq": 1}}, "when/path"),
                ({"when": {"path": "event.x", "equals": 1}}, "when"), ({"when": 5}, "when"),
                ({"retry": {"max_attempts": 0}}, "retry/max_attempts"),
                ({"retry": {"max_attempts": 51}}, "retry/max_attempts"),
                ({"retry": {"base_delay": "soon"}}, "retry/base_delay"),
                ({"retry": {"base_delay": 5}}, "retry/base_delay"),
                ({"retry": {"backoff": "random"}}, "retry/backoff"), ({"retry": {"max": 1}}, "retry/max"),
                ({"retry": 5}, "retry"), ({"timeout": "1h"}, "timeout"), ({"timeout": "0s"}, "timeout"),
                ({"abort_on_error": "no"}, "abort_on_error"), ({"compensate": {}}, "compensate/tool"),
                ({"compensate": {"tool": "nobody/nothing"}}, "compensate/tool"),
                ({"compensate": {"tool": "malote/echo", "params": {"a": "${steps.two.data}"}}}, "compensate/params/a"),
                ({"tool": "asaas/get_payment"}, "params/id"),
                ({"tool": "asaas/create_payment", "params": {**PAYMENT, "value": "much"}}, "params/value"),
                ({"tool": "codespar_charge", "params": {
                    "amount": -1, "currency": "BRL", "method": "pix", "description": "d", "buyer": {"name": "n"}}},
                 "params/amount")):
            with self.subTest(wrong):
                self.assertIn("/steps/1/" + place, step(**wrong))
        for wrong, place in (({"name": ""}, "/name"), ({"name": None}, "/name"), ({"name": 5}, "/name"),
                             ({"name": "n" * 129}, "/name"), ({"more": 1}, "/more"), ({"enabled": "yes"}, "/enabled"),
                             ({"max_in_flight": 0}, "/max_in_flight"), ({"max_in_flight": 1025}, "/max_in_flight"),
                             ({"abort_on_error": 1}, "/abort_on_error"), ({"on": {}}, "/on"), ({"on": "x"}, "/on"),
                             ({"on": {"event": "loop.failed"}}, "/on"), ({"on": {"events": ["a.b", "loop.*"]}}, "/on"),
                             ({"on": {"event": ""}}, "/on"), ({"on": {"events": ["a.b"] * 51}}, "/on"),
                             ({"on": {"event": "a.b", "more": 1}}, "/on/more"),
                             ({"on": {"event": "a.b", "when": {"path": "steps.one.data"}}}, "/on/when/path")):
            with self.subTest(wrong):
                self.assertIn(place, self.issues(**wrong))

    def test_all_faults_are_named_at_once(self):
        found = self.issues(name="", steps=[{"name": "A", "tool": "no/no"}, {"name": "b", "tool": "malote/echo",
                                                                           "params": {"x": "${steps.c.data}"}}])
        self.assertEqual(found, ["/name", "/steps/0/name", "/steps/0/tool", "/steps/1/params/x"])

    def test_a_near_miss_is_helped(self):
        answer = self.gw.call("POST", "/v1/loops", {"name": "n", "steps": [{"name": "a", "tool": "codespar_invoic"}]})
        self.assertIn("codespar_invoice", answer.json["message"])

    def test_a_bad_patch_changes_nothing(self):
        loop = self.loop()
        before = self.gw.ok("GET", loop)
        for patch in ({}, {"steps": []}, {"name": None}, {"steps": None}, {"enabled": "x"}, {"no": 1}):
            with self.subTest(patch):
                self.assertError(self.gw.call("PATCH", loop, patch), 400, "invalid_body")
        self.assertEqual(self.gw.ok("GET", loop), before)

    def test_what_belongs_to_another_project_is_not_found(self):
        project = self.gw.ok("POST", "/v1/projects", {"name": "L", "slug": "loops-elsewhere"})["id"]
        headers = {"x-codespar-project": project}
        loop = self.loop(on={"event": self.event}, headers=headers)
        run = "/v1/runs/" + self.gw.ok("POST", loop + "/run", {}, headers=headers)["id"]
        for method, path, body in (
                ("GET", loop, None), ("PATCH", loop, {"name": "x"}), ("DELETE", loop, None),
                ("POST", loop + "/enable", None), ("POST", loop + "/disable", None), ("POST", loop + "/run", {}),
                ("POST", loop + "/run", {"dry_run": True}), ("GET", run, None), ("POST", run + "/cancel", None),
                ("POST", run + "/redrive", None), ("GET", "/v1/runs?loop_id=" + loop.rpartition("/")[2], None)):
            with self.subTest(method + path):
                self.assertError(self.gw.call(method, path, body), 404, "not_found")
        self.assertNotIn(loop.rpartition("/")[2], [row["id"] for row in self.gw.ok("GET", "/v1/loops")["loops"]])
        event = self.gw.publish(self.event)  # in the default project: starts nothing there
        self.assertError(self.gw.call("POST", loop + "/run", {"event_id": event}, headers=headers), 404, "not_found")
        self.assertEqual(len(self.gw.ok("GET", "/v1/runs", headers=headers)["runs"]), 1)

    def test_a_key_needs_the_scope(self):
        key = self.gw.ok("POST", "/v1/api-keys", {"name": "r", "scopes": ["loops:read"]})["full_key"]
        loop = self.loop()
        self.gw.ok("GET", loop, key=key)
        self.assertError(self.gw.call("POST", loop + "/run", {}, key=key), 403)
        self.assertError(self.gw.call("POST", "/v1/loops", {"name": "n", "steps": [STEP]}, key=key), 403)


class Runs(LoopTest, GatewayTest):
    def test_by_an_event(self):
        loop = self.loop({**STEP, "params": {"id": "${event.id}", "a": "${event.data.a}", "text": "no ${event.data.a}!",
                                             "run": "${run.id}", "maybe": "${event.data.none?}"}},
                         {"name": "two", "tool": "malote/echo", "params": {"all": "${steps.one.data}"}},
                         on={"event": self.event})
        event = self.gw.publish(self.event, {"a": [1, {"b": None}]})
        run = self.finished("/v1/runs/" + eventually(lambda: self.runs_of(loop))[0]["id"])
        self.assertEqual((run["state"], run["origin"], run["event_id"], run["version"]),
                         ("completed", "event", event, 1))
        self.assertEqual((run["failed_step"], run["error"], run["payload"]), (None, None, None))
        first, second = run["steps"]
        text = first["params"].pop("text")
        self.assertEqual(json.loads(text.removeprefix("no ").removesuffix("!")), [1, {"b": None}])
        self.assertEqual(first["params"], {"id": event, "a": [1, {"b": None}], "run": run["id"]})
        first["params"]["text"] = text
        self.assertEqual((first["state"], first["result"]["data"]), ("succeeded", first["params"]))
        self.assertEqual(second["params"], {"all": first["params"]})
        self.assertEqual([r["id"] for r in self.gw.ok("GET", "/v1/runs?event_id=" + event)["runs"]], [run["id"]])

    def test_conditions_on_the_event(self):
        loop = self.loop(on={"events": [self.event, self.event + ".*"],
                             "when": {"all": [{"path": "event.data.amount", "gte": 100},
                                              {"not": {"path": "event.data.test"}}]}})
        wanted = []
        for event, data, runs in ((self.event, {"amount": 100}, True), (self.event, {"amount": 99.99}, False),
                                  (self.event + ".more", {"amount": 200}, True), (self.event, {"amount": "many"}, False),
                                  (self.event, {"amount": 300, "test": True}, False), (self.event, {}, False),
                                  (self.event + "x", {"amount": 500}, False), (self.event, {"amount": 101}, True)):
            event_id = self.gw.publish(event, data)
            if runs:
                wanted.append(event_id)
        eventually(lambda: len(self.runs_of(loop)) >= len(wanted))
        self.assertEqual([run["event_id"] for run in self.runs_of(loop)][::-1], wanted)

    def test_a_text_is_the_same_however_it_is_escaped(self):
        loop = "/v1/loops/" + self.gw.ok("POST", "/v1/loops", (
            '{"name":"escapes","on":{"event":"' + self.event + '","when":{"path":"event.data.city","eq":"São Paulo"}},'
            '"steps":[{"name":"one","tool":"malote/echo"}]}').encode())["id"]
        self.gw.publish(self.event, {"city": "São Paulo"})  # escaped by json.dumps
        eventually(lambda: self.runs_of(loop), what="a run")

    def test_a_disabled_loop_is_started_by_hand_only(self):
        loop, other = self.loop(on={"event": self.event}), self.loop(on={"event": self.event}, suffix=".other")
        self.gw.ok("POST", loop + "/disable")
        self.gw.publish(self.event)
        eventually(lambda: self.runs_of(other))
        self.assertEqual(self.runs_of(loop), [])
        self.assertEqual(self.run_to_end(loop)["state"], "completed")
        self.gw.ok("POST", loop + "/enable")
        self.gw.publish(self.event)
        self.assertEqual(len(eventually(lambda: self.runs_of(loop)[1:])), 1)

    def test_by_hand(self):
        loop = self.loop({**STEP, "params": {"a": "${event.data.a ?? 'nothing'}", "type": "${event.type ?? 'none'}"}})
        event = self.gw.publish(self.event, {"a": 1})
        for body, a, type_ in (({"payload": {"a": 2}}, 2, "none"), ({"event_id": event}, 1, self.event),
                               ({"event": {"type": "x.y", "data": {"a": 3}}}, 3, "x.y"), ({}, "nothing", "none")):
            with self.subTest(body):
                started = self.gw.call("POST", loop + "/run", body)
                self.assertEqual(started.status, 202)
                run = self.finished("/v1/runs/" + started.json["id"])
                self.assertEqual((run["state"], run["origin"], run["steps"][0]["params"]),
                                 ("completed", "manual", {"a": a, "type": type_}))
                self.assertEqual(run["event_id"], body.get("event_id"))
        for body, status in (({"event_id": "evt_0000000000000000"}, 404), ({"event_id": "x"}, 404),
                             ({"event_id": event, "payload": {}}, 400), ({"payload": 5}, 400), ({"event": []}, 400),
                             ({"dry_run": "yes"}, 400)):
            with self.subTest(body):
                self.assertEqual(self.gw.call("POST", loop + "/run", body).status, status)

    def test_a_repeated_request_starts_one_run(self):
        loop = self.loop()
        key = {"Idempotency-Key": self.id()}
        first, second = (self.gw.ok("POST", loop + "/run", {}, headers=key) for _ in range(2))
        self.assertEqual(first["id"], second["id"])
        self.assertEqual(len(self.runs_of(loop)), 1)

    def test_dry_runs_call_nothing(self):
        loop = self.loop({**STEP, "params": {"a": "${event.data.a}"}},
                         {"name": "skipped", "tool": "malote/fail", "when": {"path": "event.data.b"}},
                         {"name": "last", "tool": "malote/echo", "params": {"x": "${steps.one.data.x}"}})
        body = {"dry_run": True, "payload": {"a": 1}}
        plan = self.gw.ok("POST", loop + "/run", body)
        self.assertEqual([(s["name"], s["would"], s["params"]) for s in plan["steps"]], [
            ("one", "call", {"a": 1}), ("skipped", "skip", None), ("last", "wait_or_fail", None)])
        self.assertIn("steps.one.data.x", plan["steps"][2]["unresolved"])
        plan = self.gw.ok("POST", loop + "/run", {**body, "results": {"one": {"data": {"x": 7}}}})
        self.assertEqual(plan["steps"][2]["params"], {"x": 7})
        self.assertEqual(self.runs_of(loop), [])

    def test_when(self):
        loop = self.loop({"name": "try", "tool": "malote/fail", "params": REFUSED, "abort_on_error": False},
                         {"name": "yes", "tool": "malote/echo", "when": {"path": "steps.try.success", "eq": False}},
                         {"name": "no", "tool": "malote/echo", "when": {"path": "steps.try.success"}},
                         {"name": "after", "tool": "malote/echo", "when": {"path": "steps.no.skipped"}})
        run = self.run_to_end(loop)
        self.assertEqual(self.states(run), [("try", "failed"), ("yes", "succeeded"), ("no", "skipped"),
                                            ("after", "succeeded")])
        self.assertEqual((run["state"], run["failed_step"]), ("failed", "try"))
        skipped = run["steps"][2]
        self.assertEqual((skipped["params"], skipped["result"], skipped["attempts"]), (None, None, 0))

    def test_a_failed_step_ends_the_run_or_does_not(self):
        bad = {"name": "bad", "tool": "malote/fail", "params": REFUSED}
        for aborts, states in ((True, [("one", "succeeded"), ("bad", "failed")]),
                               (False, [("one", "succeeded"), ("bad", "failed"), ("two", "succeeded")])):
            for place in ("loop", "step"):
                with self.subTest(aborts=aborts, place=place):
                    step = {**bad, **({"abort_on_error": aborts} if place == "step" else {})}
                    more = {"abort_on_error": aborts if place == "loop" else not aborts}
                    loop = self.loop(STEP, step, {"name": "two", "tool": "malote/echo"}, suffix=f"{aborts}{place}", **more)
                    run = self.run_to_end(loop)
                    self.assertEqual((run["state"], run["failed_step"], self.states(run)), ("failed", "bad", states))
                    self.assertTrue(run["error"])
                    failed = run["steps"][1]["result"]
                    self.assertEqual((failed["success"], failed["data"]["status"]), (False, 422))
                    self.assertEqual(run["steps"][1]["attempts"], 1)  # a refusal is not tried again

    def test_values_are_not_read_as_templates(self):
        data = {"a": "${run.id} ${steps.one.data}", "b": {"$for": "x", "in": "${event.data.a}", "make": 1}, "$if": True}
        loop = self.loop({**STEP, "params": {"all": "${event.data}", "text": "<${event.data.a}>"}},
                         {"name": "two", "tool": "malote/echo", "params": {"x": "${steps.one.data}"}})
        run = self.run_to_end(loop, data)
        echoed = {"all": data, "text": f"<{data['a']}>"}
        self.assertEqual([step["result"]["data"] for step in run["steps"]], [echoed, {"x": echoed}])

    def test_a_value_that_is_not_there_fails_the_step(self):
        run = self.run_to_end(self.loop({**STEP, "params": {"a": "${event.data.missing}"}}))
        self.assertEqual((run["state"], run["failed_step"]), ("failed", "one"))
        self.assertIn("event.data.missing", run["error"])
        self.assertEqual(run["steps"][0]["result"]["data"]["code"], "param_missing")

    def test_what_was_done_is_undone(self):
        def undo(what):
            return {"tool": "malote/echo", "params": {"undo": what, "id": f"${{steps.{what}.data.id}}"}}
        loop = self.loop(
            {"name": "a", "tool": "malote/echo", "params": {"id": "A"}, "compensate": undo("a")},
            {"name": "b", "tool": "malote/echo", "params": {"id": "B"}},
            {"name": "c", "tool": "malote/echo", "params": {"id": "C"}, "compensate": undo("c")},
            {"name": "d", "tool": "malote/echo", "when": {"path": "event.data.none"}, "compensate": {"tool": "malote/echo"}},
            {"name": "e", "tool": "malote/fail", "params": REFUSED, "compensate": {"tool": "malote/echo"}})
        run = self.run_to_end(loop)
        self.assertEqual((run["state"], run["failed_step"]), ("failed", "e"))
        undone = [step for step in run["steps"] if step["compensation"]]
        self.assertEqual([(s["name"], s["state"]) for s in undone], [("a", "succeeded"), ("c", "succeeded")])
        self.assertEqual({s["name"]: s["params"] for s in undone},
                         {"a": {"undo": "a", "id": "A"}, "c": {"undo": "c", "id": "C"}})
        later, earlier = (next(s for s in undone if s["name"] == name) for name in "ac")
        self.assertLessEqual(earlier["started_at"], later["started_at"])  # backwards

    def test_nothing_is_undone_where_the_run_goes_on(self):
        loop = self.loop({**STEP, "compensate": {"tool": "malote/echo"}},
                         {"name": "bad", "tool": "malote/fail", "params": REFUSED}, abort_on_error=False)
        self.assertFalse(any(step["compensation"] for step in self.run_to_end(loop)["steps"]))

    def test_the_end_of_a_run_is_an_event(self):
        trigger = self.gw.trigger(self.receiver.url(), "loop.*")
        self.addCleanup(self.gw.ok, "DELETE", "/v1/triggers/" + trigger["id"])
        loop = self.loop({"name": "maybe", "tool": "malote/fail", "params": REFUSED, "when": {"path": "event.data.fail"}})
        for payload, wanted in (({}, "loop.completed"), ({"fail": True}, "loop.failed")):
            run = self.run_to_end(loop, payload)
            sent = self.receiver.take().json
            self.assertEqual((sent["type"], sent["data"]["run_id"], sent["data"]["state"]),
                             (wanted, run["id"], run["state"]))
            self.assertEqual((sent["data"]["failed_step"], sent["data"]["error"]), (run["failed_step"], run["error"]))
            self.assertEqual(sent["data"]["loop_id"], loop.rpartition("/")[2])

    def test_loops_do_not_wake_loops(self):
        loop = self.loop(on={"event": "*"})
        try:
            self.gw.publish(self.event)
            run = self.finished("/v1/runs/" + eventually(lambda: self.runs_of(loop))[0]["id"])
            eventually(lambda: self.gw.ok("GET", "/v1/events?type=loop.completed")["events"])
            self.assertNotIn("loop.completed", json.dumps(
                [self.gw.ok("GET", "/v1/events/" + r["event_id"])["type"] for r in self.runs_of(loop)]))
            self.assertEqual(run["state"], "completed")
        finally:
            self.gw.ok("DELETE", loop)

    def test_lists_of_runs(self):
        loop = self.loop({"name": "maybe", "tool": "malote/fail", "params": REFUSED, "when": {"path": "event.data.fail"}})
        ids = [self.run_to_end(loop, payload)["id"] for payload in ({}, {"fail": 1}, {})]
        query = "/v1/runs?loop_id=" + loop.rpartition("/")[2]
        page = self.gw.ok("GET", query + "&limit=2")
        self.assertEqual([r["id"] for r in page["runs"]], [ids[2], ids[1]])
        rest = self.gw.ok("GET", f"{query}&limit=2&before={page['next_before']}")
        self.assertEqual(([r["id"] for r in rest["data"]], rest["next_before"]), ([ids[0]], None))
        self.assertEqual([r["id"] for r in self.gw.ok("GET", query + "&state=failed")["runs"]], [ids[1]])
        self.assertError(self.gw.call("GET", "/v1/runs?state=lost"), 400, "invalid_query")
        self.assertError(self.gw.call("GET", "/v1/runs/run_0000000000000000"), 404, "not_found")

    def test_finished_runs_are_neither_cancelled_nor_redriven_unless_they_failed(self):
        loop = self.loop({"name": "maybe", "tool": "malote/fail", "params": REFUSED, "when": {"path": "event.data.fail"}})
        done = "/v1/runs/" + self.run_to_end(loop)["id"]
        self.assertError(self.gw.call("POST", done + "/cancel"), 409, "run_finished")
        self.assertError(self.gw.call("POST", done + "/redrive"), 409, "run_not_failed")
        failed = "/v1/runs/" + self.run_to_end(loop, {"fail": 1})["id"]
        self.assertError(self.gw.call("POST", failed + "/cancel"), 409, "run_finished")
        answer = self.gw.call("POST", failed + "/redrive?from=nothing")
        self.assertEqual(self.assertError(answer, 400, "invalid_query")["field"], "from")

    def test_runs_outlive_their_loop(self):
        loop = self.loop({"name": "again", "tool": "malote/fail", "params": {"status": 503, "message": "later"},
                          "retry": {**QUICK, "max_attempts": 3}})
        run = self.start(loop)
        self.gw.ok("DELETE", loop)
        ended = self.finished(run)
        self.assertEqual((ended["loop_id"], ended["state"]), (loop.rpartition("/")[2], "failed"))

    def test_many_runs_at_once(self):
        loop = self.loop({**STEP, "params": {"n": "${event.data.n}"}}, on={"event": self.event}, max_in_flight=2)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: self.gw.publish(self.event, {"n": n}), range(60)))
        runs = eventually(lambda: (lambda rows: rows if len(rows) == 60 else None)(
            self.gw.ok("GET", f"/v1/runs?limit=100&state=completed&loop_id={loop.rpartition('/')[2]}")["runs"]))
        seen = sorted(self.gw.ok("GET", "/v1/runs/" + run["id"])["steps"][0]["params"]["n"] for run in runs)
        self.assertEqual(seen, list(range(60)))


class Effects(LoopTest, EmulatorTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for server in ("asaas", "stripe", "z-api"):
            cls.connect(server)

    def setUp(self):
        super().setUp()
        self.pay = {"name": "pay", "tool": "asaas/create_payment", "params": PAYMENT, "retry": QUICK}
        self.tell = {"name": "tell", "tool": "z-api/send_text", "params": {"phone": "5511999999999", "message": "oi"},
                     "retry": QUICK}
        self.intent = {"name": "intent", "tool": "stripe/create_payment_intent",
                       "params": {"amount": 1500, "currency": "brl"}, "retry": QUICK}

    def test_a_busy_provider_is_asked_again(self):
        self.fault("asaas", status=429, retry_after=0, times=3)
        run = self.run_to_end(self.loop(self.pay))
        self.assertEqual((run["state"], run["steps"][0]["attempts"], self.performed("asaas")), ("completed", 4, 1))

    def test_as_often_as_the_step_says(self):
        self.fault("asaas", status=429, retry_after=0)
        run = self.run_to_end(self.loop({**self.pay, "retry": {**QUICK, "max_attempts": 2}}))
        self.assertEqual((run["state"], run["steps"][0]["attempts"], self.performed("asaas")), ("failed", 2, 0))

    def test_what_may_have_happened_is_repeated_only_where_the_provider_knows_the_key(self):
        for server, step, state in (("asaas", self.pay, "failed"), ("stripe", self.intent, "completed")):
            for fault in ({"status": "reset", "after": True}, {"status": 500, "after": True}):
                with self.subTest(server=server, fault=fault):
                    self.emulator.ok("DELETE", "/_emulator/effects")
                    self.fault(server, times=1, **fault)
                    run = self.run_to_end(self.loop(step, suffix=server + str(fault["status"])))
                    self.assertEqual((run["state"], run["steps"][0]["outcome_unknown"]), (state, state == "failed"))
                    self.assertEqual(self.performed(server), 1)

    def test_a_step_has_its_time(self):
        self.fault("asaas", status="hang", delay_ms=10_000, times=1)
        run = self.run_to_end(self.loop({**self.pay, "timeout": "100ms"}))
        self.assertEqual((run["state"], run["steps"][0]["outcome_unknown"]), ("failed", True))

    def test_a_redrive_does_not_do_again_what_succeeded(self):
        self.fault("z-api", status=400)
        run = self.run_to_end(self.loop(self.pay, self.tell, {"name": "end", "tool": "malote/echo"}))
        self.assertEqual((run["state"], run["failed_step"]), ("failed", "tell"))
        path = "/v1/runs/" + run["id"]
        again = self.gw.ok("POST", path + "/redrive")
        self.assertEqual((again["id"], again["finished_at"]), (run["id"], None))
        self.assertEqual(self.finished(path)["state"], "failed")  # the fault is still there
        self.emulator.ok("DELETE", "/_emulator/faults")
        self.gw.ok("POST", path + "/redrive")
        mended = self.finished(path)
        self.assertEqual((mended["state"], mended["failed_step"], mended["error"]), ("completed", None, None))
        self.assertEqual(self.states(mended), [("pay", "succeeded"), ("tell", "succeeded"), ("end", "succeeded")])
        self.assertEqual((self.performed("asaas"), self.performed("z-api")), (1, 1))
        self.assertEqual(mended["steps"][0], run["steps"][0])

    def test_a_redrive_of_what_may_have_happened_uses_the_same_key(self):
        self.fault("asaas", status=500, after=True, times=1)
        run = self.run_to_end(self.loop(self.pay))
        self.assertEqual(run["state"], "failed")
        self.gw.ok("POST", f"/v1/runs/{run['id']}/redrive")
        self.assertEqual(self.finished("/v1/runs/" + run["id"])["state"], "completed")
        effect, = self.emulator.effects("asaas")
        self.assertEqual((effect["seen"], effect["performed"]), (2, 1))

    def test_a_redrive_from_a_step(self):
        self.fault("z-api", status=400)
        tell2 = {**self.tell, "name": "tell2"}
        run = self.run_to_end(self.loop(self.tell, self.pay, tell2, abort_on_error=False))
        self.assertEqual(self.states(run), [("tell", "failed"), ("pay", "succeeded"), ("tell2", "failed")])
        path = "/v1/runs/" + run["id"]
        self.assertError(self.gw.call("POST", path + "/redrive?from=tell2"), 409, "run_not_failed")
        self.emulator.ok("DELETE", "/_emulator/faults")
        self.gw.ok("POST", path + "/redrive?from=tell")
        self.assertEqual(self.finished(path)["state"], "completed")
        self.assertEqual((self.performed("asaas"), self.performed("z-api")), (1, 2))

    def test_what_was_undone_is_done_again(self):
        self.fault("z-api", status=400)
        pay = {**self.pay, "compensate": {"tool": "asaas/delete_payment", "params": {"id": "${steps.pay.data.id}"}}}
        run = self.run_to_end(self.loop(pay, self.tell))
        self.assertEqual([(s["name"], s["state"], s["compensation"]) for s in run["steps"]], [
            ("pay", "succeeded", False), ("tell", "failed", False), ("pay", "succeeded", True)])
        self.emulator.ok("DELETE", "/_emulator/faults")
        self.gw.ok("POST", f"/v1/runs/{run['id']}/redrive")
        mended = self.finished("/v1/runs/" + run["id"])
        self.assertEqual(mended["state"], "completed")
        first, second = (next(s for s in r["steps"] if s["name"] == "pay" and not s["compensation"])["result"]["data"]["id"]
                         for r in (run, mended))
        self.assertNotEqual(first, second)
        self.assertFalse(self.emulator.ok("GET", "/asaas/v3/payments/" + second)["deleted"])

    def test_a_cancelled_run_goes_no_further(self):
        self.fault("asaas", status="slow", delay_ms=300)
        run = self.start(self.loop(self.pay, self.tell))
        eventually(lambda: any(f["happened"] for f in self.emulator.ok("GET", "/_emulator/faults")["faults"]))
        cancelled = self.gw.ok("POST", run + "/cancel")
        self.assertEqual(cancelled["state"], "cancelled")
        self.assertEqual(self.gw.ok("POST", run + "/cancel")["state"], "cancelled")
        eventually(lambda: self.gw.ok("GET", run)["steps"])  # what was under way is kept
        ended = self.gw.ok("GET", run)
        self.assertEqual((ended["state"], self.states(ended)), ("cancelled", [("pay", "succeeded")]))
        self.assertEqual((self.performed("asaas"), self.performed("z-api")), (1, 0))
        self.emulator.ok("DELETE", "/_emulator/faults")
        self.gw.ok("POST", run + "/redrive")
        self.assertEqual(self.finished(run)["state"], "completed")
        self.assertEqual((self.performed("asaas"), self.performed("z-api")), (1, 1))

    def test_a_run_stays_on_its_version(self):
        self.fault("asaas", status=429, retry_after=0)
        loop = self.loop({**self.pay, "retry": {**QUICK, "max_attempts": 50, "base_delay": "50ms", "max_delay": "50ms"}},
                         {"name": "old", "tool": "malote/echo"})
        run = self.start(loop)
        eventually(lambda: self.gw.ok("GET", run)["attempts_of_next_step"])
        self.gw.ok("PATCH", loop, {"steps": [{"name": "new", "tool": "malote/echo"}]})
        self.emulator.ok("DELETE", "/_emulator/faults")
        ended = self.finished(run)
        self.assertEqual((ended["version"], self.states(ended)), (1, [("pay", "succeeded"), ("old", "succeeded")]))
        later = self.run_to_end(loop)
        self.assertEqual((later["version"], self.states(later)), (2, [("new", "succeeded")]))

    def test_a_run_goes_on_after_a_crash(self):
        self.fault("z-api", status=429, retry_after=0)
        run = self.start(self.loop(self.pay, {**self.tell, "retry": {
            "max_attempts": 50, "base_delay": "50ms", "max_delay": "50ms"}}))
        eventually(lambda: self.gw.ok("GET", run)["attempts_of_next_step"])
        self.gw.restart()
        self.emulator.ok("DELETE", "/_emulator/faults")
        self.assertEqual(self.finished(run)["state"], "completed")
        self.assertEqual((self.performed("asaas"), self.performed("z-api")), (1, 1))


if __name__ == "__main__":
    main()
