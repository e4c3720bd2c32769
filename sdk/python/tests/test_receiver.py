"""handle(): what is checked before the signature, the answers, the handlers, the options."""
import asyncio
import logging
import unittest

import fixtures as f
from fixtures import NOW, OTHER_SECRET, SECRET, Recorder, answer, delivery, payload, receiver
from malote_receiver import (
    ConfigError, MemoryStore, Park, Receiver, Response, Retry, sign)
from malote_receiver.profiles import PROFILES

logging.getLogger("malote_receiver").setLevel(logging.CRITICAL + 1)


def post(hooks, *, body=None, scheme="standard", **more):
    headers, raw = delivery(scheme, body)
    return hooks.handle("POST", {**headers, **more}, raw)


class BeforeTheSignatureTest(unittest.TestCase):
    def setUp(self):
        self.headers, self.body = delivery()

    def code(self, method="POST", body=None, headers=None, **options):
        hooks, refusals = receiver(**options), []
        hooks.on_refused(refusals.append)
        response = hooks.handle(method, headers or self.headers,
                                self.body if body is None else body)
        return response.status, refusals[-1].code if refusals else "ok"

    def test_only_post(self):
        for method in ("GET", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "post", "", None):
            self.assertEqual(self.code(method), (405, "method_not_allowed"))
        self.assertIn(("Allow", "POST"), receiver().handle("GET", {}, b"").headers)

    def test_only_json(self):
        for kind in ("text/json", "application/x-www-form-urlencoded", "application/jsonp", "json",
                     "application/+json", "text/plain+json", "", "application/json, text/html"):
            self.assertEqual(self.code(headers={**self.headers, "content-type": kind}),
                             (415, "unsupported_media_type"), kind)
        without = {n: v for n, v in self.headers.items() if n != "content-type"}
        self.assertEqual(self.code(headers=without), (415, "unsupported_media_type"))

    def test_any_json(self):
        for kind in ("application/json; charset=utf-8", "APPLICATION/JSON", "application/json ;x",
                     "application/cloudevents+json", "application/vnd.a.b+json;charset=latin-1"):
            self.assertEqual(self.code(headers={**self.headers, "content-type": kind}),
                             (200, "ok"), kind)

    def test_no_encoded_body(self):
        for encoding in ("gzip", "br", "identity, gzip", "x"):
            self.assertEqual(self.code(headers={**self.headers, "Content-Encoding": encoding}),
                             (415, "unsupported_content_encoding"))
        self.assertEqual(self.code(headers={**self.headers, "Content-Encoding": "Identity"}),
                         (200, "ok"))

    def test_no_body_beyond_the_limit(self):
        self.assertEqual(self.code(max_body=len(self.body)), (200, "ok"))
        self.assertEqual(self.code(max_body=len(self.body) - 1), (413, "body_too_large"))

    def test_the_order_of_the_checks(self):
        bad = {"content-encoding": "gzip", "content-type": "text/html"}
        for method, headers, options, wanted in (
                ("GET", bad, {"gone": True}, 410), ("GET", bad, {}, 405), ("POST", bad, {}, 415),
                ("POST", {"content-type": "a/b"}, {"max_body": 1}, 415),
                ("POST", {"content-type": "application/json"}, {"max_body": 1}, 413)):
            self.assertEqual(self.code(method, headers=headers, **options)[0], wanted)

    def test_a_body_that_a_parser_has_eaten(self):
        errors = []
        hooks = receiver()
        hooks.on_error(lambda error, event: errors.append(error.code))
        for body in (None, payload(), "text", 7):
            self.assertEqual(answer(hooks.handle("POST", self.headers, body)), f.NOT_CONFIGURED)
        self.assertEqual(errors, ["body_consumed"] * 4)


class AnswersTest(unittest.TestCase):
    def test_the_wire_says_nothing_of_the_reason(self):
        headers, body = delivery()
        for change in ({"webhook-signature": ""}, {"webhook-signature": "x"},
                       {"webhook-timestamp": "1"}, {"webhook-id": "other"}):
            self.assertEqual(answer(receiver().handle("POST", {**headers, **change}, body)),
                             f.UNAUTHORIZED)
        response = receiver().handle("POST", headers, body)
        self.assertEqual(response, Response(200, [("Content-Type", "application/json"),
                                                  ("Content-Length", "17")],
                                            b'{"received":true}'))

    def test_a_genuine_body_that_is_no_event(self):
        refused, parked = [], []
        hooks = receiver()
        hooks.on_refused(refused.append)
        self.assertEqual(answer(post(hooks, body=b"[]")), f.UNREADABLE)
        self.assertEqual(refused[0].code, "invalid_payload")
        hooks = receiver(unreadable="park")
        hooks.on_parked(parked.append)
        self.assertEqual(answer(post(hooks, body=b"[]")), f.OK)
        self.assertEqual((parked[0].raw, parked[0].event), (b"[]", None))
        self.assertEqual(answer(hooks.handle("POST", delivery(body=b"[]")[0], b"[1]")),
                         f.UNAUTHORIZED)

    def test_outcomes(self):
        parked, errors = [], []
        for outcome, wanted in ((None, f.OK), (False, f.OK), (Retry(), f.TRY_AGAIN),
                                (Retry, f.TRY_AGAIN), (Park("why"), f.OK),
                                (ValueError("x"), f.FAILED), (SystemExit(3), f.FAILED),
                                (KeyboardInterrupt(), f.FAILED), (GeneratorExit(), f.FAILED),
                                (asyncio.CancelledError(), f.FAILED),
                                (StopIteration(), f.FAILED), (RecursionError(), f.FAILED)):
            hooks = receiver()
            hooks.on_parked(parked.append)
            hooks.on_error(lambda error, event: errors.append(type(error)))
            hooks.on("order.created", Recorder(outcome or None))
            with self.subTest(outcome=outcome):
                self.assertEqual(answer(post(hooks)), wanted)
        self.assertEqual([(one.reason, one.event.id) for one in parked], [("why", "evt_1")])
        self.assertEqual(errors, [ValueError, SystemExit, KeyboardInterrupt, GeneratorExit,
                                  asyncio.CancelledError, StopIteration, RecursionError])

    def test_retry_and_park_may_be_returned(self):
        for outcome, wanted in ((Retry(after=31.5), 503), (Park("x"), 200)):
            hooks = receiver()
            hooks.on("order.created", lambda event: outcome)
            response = post(hooks)
            self.assertEqual(response.status, wanted)
            if wanted == 503:
                self.assertIn(("Retry-After", "32"), response.headers)

    def test_retry_after_is_always_a_number(self):
        for after in (float("nan"), float("inf"), -3, "soon", None):
            hooks = receiver()
            hooks.on("order.created", lambda event: Retry(after))
            self.assertTrue(dict(post(hooks).headers)["Retry-After"].isdigit())


class HandlersTest(unittest.TestCase):
    def ran(self, type_name, register):
        hooks, names = receiver(), []
        for kind, name in register:
            getattr(hooks, kind)(name)(lambda event, name=name: names.append(name))
        hooks.on_unhandled(lambda event: names.append(f"unhandled {event.known}"))
        self.assertEqual(post(hooks, body=payload(type_name)).status, 200)
        return names

    def test_the_type_as_sent_comes_first_then_aliases_then_the_longest_prefix(self):
        both = [("on", "payment.confirmed"), ("on", "payment.success"), ("on_prefix", "payment."),
                ("on_prefix", "payment.r"), ("on_prefix", "")]
        for type_name, wanted in (
                ("payment.success", "payment.success"), ("payment.confirmed", "payment.confirmed"),
                ("commerce.charge.paid", "payment.confirmed"), ("payment.odd", "payment."),
                ("payment.retried", "payment.r"), ("x", "")):
            self.assertEqual(self.ran(type_name, both), [wanted])

    def test_a_handler_of_an_alias_takes_the_canonical_name(self):
        self.assertEqual(self.ran("payment.confirmed", [("on", "payment.processed")]),
                         ["payment.processed"])

    def test_nobody_handles_it(self):
        self.assertEqual(self.ran("order.updated", [("on", "order.created")]), ["unhandled True"])
        for name in ("__proto__", "constructor", "*", "order", "", "order.created.x")[:4]:
            self.assertEqual(self.ran(name, [("on", "order.created")]), ["unhandled False"])
        self.assertEqual(answer(post(receiver())), f.OK)

    def test_a_star_is_only_a_name(self):
        self.assertEqual(self.ran("*", [("on", "*")]), ["*"])
        self.assertEqual(self.ran("order.created", [("on", "*"), ("on_prefix", "order.*")]),
                         ["unhandled True"])

    def test_a_second_handler_is_an_error(self):
        hooks = receiver()
        hooks.on("a", print)
        hooks.on_prefix("a", print)
        hooks.on_unhandled(print)
        for again in (lambda: hooks.on("a", print), lambda: hooks.on_prefix("a")(print),
                      lambda: hooks.on_unhandled(print)):
            with self.assertRaises(ConfigError) as caught:
                again()
            self.assertEqual(caught.exception.code, "duplicate_handler")

    def test_what_cannot_be_a_handler(self):
        def generator(event):
            yield event

        async def async_generator(event):
            yield event

        for handler in (generator, async_generator, "name", 7):
            with self.assertRaises(ConfigError) as caught:
                receiver().on("a", handler)
            self.assertEqual(caught.exception.code, "bad_handler")
        with self.assertRaises(ConfigError):
            receiver().on(print, print)

    def test_a_decorator_gives_the_function_back(self):
        hooks = receiver()

        @hooks.on("order.created")
        @hooks.on_any
        def handler(event):
            return "kept"

        self.assertEqual(handler(None), "kept")

    def test_coroutines_are_awaited(self):
        hooks, seen = receiver(), []

        @hooks.on("order.created")
        async def handler(event):
            seen.append(await asyncio.sleep(0, event.id))

        @hooks.on("order.updated")
        async def failing(event):
            raise SystemExit

        self.assertEqual(answer(post(hooks)), f.OK)
        self.assertEqual(seen, ["evt_1"])
        self.assertEqual(answer(post(hooks, body=payload("order.updated"))), f.FAILED)

    def test_observers_see_all_and_change_nothing(self):
        order = []
        hooks = receiver()

        def throwing(*arguments):
            order.append("observer")
            raise SystemExit

        for register in (hooks.on_any, hooks.on_refused, hooks.on_error, hooks.on_parked):
            register(throwing)
        hooks.on("order.created", lambda event: order.append("handler"))
        hooks.on("order.updated", Recorder(ValueError()))
        hooks.on("order.completed", Recorder(Park("x")))
        self.assertEqual(answer(post(hooks)), f.OK)
        self.assertEqual(order, ["observer", "handler"])
        self.assertEqual(answer(post(hooks, body=payload("order.updated"))), f.FAILED)
        self.assertEqual(answer(post(hooks, body=payload("order.completed"))), f.OK)
        self.assertEqual(answer(post(hooks, **{"webhook-signature": "x"})), f.UNAUTHORIZED)


class BudgetTest(unittest.TestCase):
    def test_over_budget_is_answered_at_once_and_the_claim_is_kept(self):
        store, errors = MemoryStore(clock=lambda: NOW), []
        hooks = receiver(store=store, budget=0.01, wait=0)
        hooks.on_error(lambda error, event: errors.append(type(error).__name__))
        handler = hooks.on("order.created", Recorder().hold())
        self.assertEqual(answer(post(hooks)), f.TRY_AGAIN)
        self.assertTrue(handler.started.wait(f.PATIENCE))
        self.assertEqual(answer(post(hooks)), f.TRY_AGAIN)
        self.assertEqual((len(handler.events), errors), (1, ["OverBudget"]))
        handler.go_on.set()
        self.assertTrue(store.wait("standard/dlv_1", f.PATIENCE))
        self.assertEqual(answer(post(hooks)), f.DUPLICATE)

    def test_a_late_failure_frees_the_claim(self):
        store = MemoryStore(clock=lambda: NOW)
        hooks = receiver(store=store, budget=0.01)
        handler = hooks.on("order.created", Recorder(ValueError()).hold())
        self.assertEqual(answer(post(hooks)), f.TRY_AGAIN)
        handler.go_on.set()
        self.assertTrue(store.wait("standard/dlv_1", f.PATIENCE))
        hooks.budget, handler.error = f.PATIENCE, None
        self.assertEqual(answer(post(hooks)), f.OK)

    def test_a_late_failure_does_not_free_the_claim_of_another(self):
        now = [NOW]
        store = MemoryStore(clock=lambda: now[0])
        hooks = receiver(store=store, budget=0.01, wait=0, clock=lambda: now[0], tolerance=None)
        first = Recorder(ValueError()).hold()
        second = Recorder().hold()
        queue = [first, second]
        hooks.on("order.created", lambda event: queue.pop(0)(event))
        reported = f.threading.Event()
        hooks.on_error(lambda error, event: isinstance(error, ValueError) and reported.set())
        post(hooks)
        self.assertTrue(first.started.wait(f.PATIENCE))
        now[0] += 61
        post(hooks)
        self.assertTrue(second.started.wait(f.PATIENCE))
        first.go_on.set()
        self.assertTrue(reported.wait(f.PATIENCE))
        self.assertEqual(answer(post(hooks)), f.TRY_AGAIN)  # still the second's
        self.assertEqual(queue, [])
        second.go_on.set()

    def test_no_more_handlers_at_once_than_allowed(self):
        store = MemoryStore(clock=lambda: NOW)
        hooks = receiver(budget=0.01, max_running=1, store=store)
        handler = hooks.on("order.created", Recorder().hold())
        self.assertEqual(answer(post(hooks)), f.TRY_AGAIN)
        self.assertTrue(handler.started.wait(f.PATIENCE))
        headers, body = delivery(message_id="dlv_2")
        self.assertEqual(answer(hooks.handle("POST", headers, body)), f.TRY_AGAIN)
        self.assertEqual(len(handler.events), 1)
        handler.go_on.set()
        self.assertTrue(store.wait("standard/dlv_1", f.PATIENCE))
        hooks.budget = f.PATIENCE
        self.assertIn(answer(hooks.handle("POST", headers, body)), (f.OK, f.TRY_AGAIN))

    def test_without_a_budget_handlers_run_in_the_callers_thread(self):
        threads = []
        for budget in (None, f.PATIENCE):
            hooks = receiver(budget=budget)
            hooks.on("order.created",
                     lambda event: threads.append(f.threading.current_thread()))
            self.assertEqual(answer(post(hooks)), f.OK)
        here = f.threading.current_thread()
        self.assertEqual([thread is here for thread in threads], [True, False])


class SecretLookupTest(unittest.TestCase):
    def hooks(self, lookup, **options):
        return Receiver(secret_lookup=lookup, clock=lambda: NOW, **options)

    def test_one_secret_per_shop(self):
        shops = {"one": SECRET, "two": [OTHER_SECRET, SECRET], "none": None, "empty": []}
        hooks = self.hooks(lambda hints: shops[hints.header("X-Shop")])
        for shop, wanted in (("one", f.OK), ("two", f.OK), ("none", f.UNAUTHORIZED),
                             ("empty", f.UNAUTHORIZED), ("unknown", f.TRY_AGAIN)):
            self.assertEqual(answer(post(hooks, **{"x-shop": shop})), wanted)

    def test_a_lookup_that_gives_nonsense_is_our_fault(self):
        for secrets in ("", [""], "v1,whsec_aaaa", 7, [SECRET] * 9, [None]):
            self.assertEqual(answer(post(self.hooks(lambda hints: secrets))), f.NOT_CONFIGURED)

    def test_a_lookup_that_throws_is_tried_again(self):
        for error in (OSError(), KeyError(), SystemExit()):
            def lookup(hints):
                raise error
            self.assertEqual(answer(post(self.hooks(lookup))), f.TRY_AGAIN)

    def test_a_lookup_may_be_a_coroutine(self):
        async def lookup(hints):
            return SECRET
        self.assertEqual(answer(post(self.hooks(lookup))), f.OK)


class OptionsTest(unittest.TestCase):
    def test_no_receiver_without_a_secret(self):
        for options in ({}, {"secret": None}, {"secret": ""}, {"secret": b""},
                        {"secret": SECRET, "previous_secrets": [""]},
                        {"secret": None, "previous_secrets": [SECRET]}):
            with self.assertRaises(ConfigError) as caught:
                Receiver(**options)
            self.assertEqual(caught.exception.code, "no_secret")

    def test_options_that_cannot_be_meant(self):
        for options in ({"tolerance": -1}, {"tolerance": "300"}, {"budget": True}, {"lease": None},
                        {"max_body": 0}, {"max_body": 1.5}, {"on_store_error": "ignore"},
                        {"unreadable": "drop"}, {"clock": 7}, {"store": {}}, {"ttl": float("nan")},
                        {"secret_lookup": print}, {"previous_secrets": SECRET}, {"lease": 0},
                        {"previous_secrets": None}, {"max_body": True}, {"gone": "no"},
                        {"enforce_unsigned_timestamp": "yes"}):
            with self.assertRaises(ConfigError) as caught:
                Receiver(SECRET, **options)
            self.assertEqual(caught.exception.code, "bad_option", options)
        for scheme in ("stripes", "", {"a": 1}, 7):
            with self.assertRaises(ConfigError) as caught:
                Receiver(SECRET, scheme=scheme)
            self.assertEqual(caught.exception.code, "bad_profile")

    def test_previous_secrets_still_count(self):
        hooks, seen = Receiver(OTHER_SECRET, previous_secrets=[SECRET], clock=lambda: NOW), []
        hooks.on("order.created", lambda event: seen.append(event.verified.matched_secret))
        post(hooks)
        self.assertEqual(seen, [1])

    def test_a_receiver_shows_no_secret(self):
        hooks = receiver()
        self.assertNotIn(SECRET[6:20], repr(hooks) + str(hooks))

    def test_a_clock_that_throws_or_lies(self):
        def broken():
            raise OSError
        for clock in (broken, lambda: None, lambda: float("nan"), lambda: float("inf")):
            response = post(receiver(clock=clock))
            self.assertIn(response.status, (401, 503))

    def test_headers_that_are_none(self):
        for headers in (None, 7, [1], [("a",)], object()):
            self.assertEqual(receiver().handle("POST", headers, b"{}").status, 503)


class ExplainTest(unittest.TestCase):
    def setUp(self):
        self.headers, self.body = delivery("codespar")

    def test_near_misses_are_named(self):
        text = SECRET[6:]
        tries = [
            (receiver("codespar"), self.body, "ok: the signature matches secret 0"),
            (receiver("codespar"), self.body + b"\n", "without its last line break"),
            (receiver("codespar"), self.body[:-1], "nothing that was tried matches"),
            (receiver("codespar", secret=SECRET + "\n"), self.body, "white space"),
            (receiver("github"), self.body, "scheme codespar"),
        ]
        for hooks, body, wanted in tries:
            with self.subTest(wanted=wanted):
                self.assertIn(wanted, hooks.explain(self.headers, body))
                self.assertNotIn(text, hooks.explain(self.headers, body))

    def test_a_secret_read_the_wrong_way(self):
        profile = dict(PROFILES["codespar"], secret_encoding="whsec-base64")
        headers = sign("dlv_1", NOW, self.body, secret=SECRET, scheme=profile)
        self.assertIn("the secret decoded from base64", receiver("codespar").explain(
            headers, self.body))
        profile = dict(PROFILES["codespar"], encoding="base64")
        headers = sign("dlv_1", NOW, self.body, secret=SECRET, scheme=profile)
        self.assertIn("a signature in base64", receiver("codespar").explain(headers, self.body))

    def test_how_far_the_clocks_differ(self):
        headers, body = delivery(at=NOW - 4000)
        text = receiver().explain(headers, body)
        self.assertIn("timestamp_too_old", text)
        self.assertIn("4000 s behind", text)
        headers, body = delivery("stripe", at=NOW + 400)
        self.assertIn("400 s ahead", receiver("stripe").explain(headers, body))

    def test_nothing_to_go_by(self):
        for headers in ({}, {"webhook-signature": "é"}, {"webhook-timestamp": "x"}):
            self.assertIn("nothing that was tried matches", receiver().explain(headers, b""))


if __name__ == "__main__":
    unittest.main()
