"""The stores alone, and a receiver on top of stores that fail, race and last."""
import asyncio
import logging
import os
import pathlib
import subprocess
import sys
import tempfile
import threading
import unittest

import fixtures as f
from fixtures import NOW, Recorder, answer, delivery, payload, receiver
from malote_receiver import Claim, MemoryStore, SQLiteStore

logging.getLogger("malote_receiver").setLevel(logging.CRITICAL + 1)


class StoreRules:
    """What every store must do; the subclasses make one."""

    def setUp(self):
        self.now = NOW
        self.store = self.make(lambda: self.now)

    def test_a_key_is_claimed_once_and_done_for_its_time(self):
        self.assertEqual(self.store.begin("k", 60), Claim.ACQUIRED)
        self.assertEqual(self.store.begin("k", 60), Claim.IN_FLIGHT)
        self.assertEqual(self.store.begin("other", 60), Claim.ACQUIRED)
        self.store.commit("k", 100)
        self.now += 99
        self.assertEqual(self.store.begin("k", 60), Claim.DONE)
        self.now += 1
        self.assertEqual(self.store.begin("k", 60), Claim.ACQUIRED)

    def test_an_aborted_key_is_free(self):
        self.store.begin("k", 60)
        self.store.abort("k")
        self.assertEqual(self.store.begin("k", 60), Claim.ACQUIRED)

    def test_a_claim_ends_with_its_lease(self):
        self.store.begin("k", 60)
        self.now += 59
        self.assertEqual(self.store.begin("k", 60), Claim.IN_FLIGHT)
        self.now += 1
        self.assertEqual(self.store.begin("k", 60), Claim.ACQUIRED)

    def test_an_abort_does_not_undo_what_is_done(self):
        self.store.begin("k", 60)
        self.store.commit("k", 100)
        self.store.abort("k")
        self.assertEqual(self.store.begin("k", 60), Claim.DONE)

    def test_a_commit_after_the_lease_still_counts(self):
        self.store.begin("k", 60)
        self.now += 61
        self.store.commit("k", 100)
        self.assertEqual(self.store.begin("k", 60), Claim.DONE)

    def test_a_clock_set_back_does_not_stretch_a_claim(self):
        self.store.begin("k", 60)
        self.now -= 3600
        self.assertEqual(self.store.begin("k", 60), Claim.IN_FLIGHT)
        self.now += 60
        self.assertEqual(self.store.begin("k", 60), Claim.ACQUIRED)

    def test_of_many_threads_one_gets_it(self):
        gate, found = threading.Barrier(8), []

        def claim():
            gate.wait(f.PATIENCE)
            found.append(self.store.begin("k", 60))

        threads = [threading.Thread(target=claim) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(f.PATIENCE)
        self.assertEqual(sorted(found), [Claim.ACQUIRED] + [Claim.IN_FLIGHT] * 7)

    def test_any_text_is_a_key(self):
        for key in ("", "x" * 100_000, "'; DROP TABLE", "é\x00", "日本"):
            self.assertEqual(self.store.begin(key, 60), Claim.ACQUIRED)
            self.store.commit(key, 60)
            self.assertEqual(self.store.begin(key, 60), Claim.DONE)

    def test_five_copies_run_a_handler_once(self):
        hooks = receiver(store=self.store, budget=f.PATIENCE, wait=f.PATIENCE)
        handler = hooks.on("order.created", Recorder().hold())
        headers, body = delivery()
        answers = []

        def send():
            answers.append(answer(hooks.handle("POST", headers, body)))

        threads = [threading.Thread(target=send) for _ in range(5)]
        for thread in threads:
            thread.start()
        self.assertTrue(handler.started.wait(f.PATIENCE))
        handler.go_on.set()
        for thread in threads:
            thread.join(f.PATIENCE)
        self.assertEqual(len(handler.events), 1)
        self.assertEqual(answers.count(f.OK), 1)
        self.assertEqual(answers.count(f.DUPLICATE), 4)

    def test_a_copy_runs_when_the_first_fails_while_it_waits(self):
        hooks = receiver(store=self.store, budget=f.PATIENCE, wait=f.PATIENCE)
        first, second = Recorder(ValueError()).hold(), Recorder()
        queue = [first, second]
        hooks.on("order.created", lambda event: queue.pop(0)(event))
        headers, body = delivery()
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(answer(
            hooks.handle("POST", headers, body)))) for _ in range(2)]
        for thread in threads:
            thread.start()
        self.assertTrue(first.started.wait(f.PATIENCE))
        first.go_on.set()
        for thread in threads:
            thread.join(f.PATIENCE)
        self.assertEqual(sorted(answers, key=str), [f.OK, f.FAILED])


class MemoryStoreTest(StoreRules, unittest.TestCase):
    def make(self, clock):
        return MemoryStore(clock=clock)

    def test_it_is_bounded_and_forgets_the_oldest_done(self):
        store = MemoryStore(max_keys=3, clock=lambda: self.now)
        for key in "abc":
            store.begin(key, 60)
        with self.assertRaises(RuntimeError):
            store.begin("d", 60)
        for key in "abc":
            store.commit(key, 100)
        self.assertEqual(store.begin("d", 60), Claim.ACQUIRED)
        self.assertEqual(store.begin("b", 60), Claim.DONE)
        self.assertEqual(store.begin("a", 60), Claim.ACQUIRED)

    def test_a_full_store_makes_room_where_leases_ran_out(self):
        store = MemoryStore(max_keys=2, clock=lambda: self.now)
        store.begin("a", 60)
        store.begin("b", 90)
        self.now += 60
        self.assertEqual(store.begin("c", 60), Claim.ACQUIRED)
        self.assertEqual(store.begin("b", 60), Claim.IN_FLIGHT)


CHILD = """
import sys
from malote_receiver import SQLiteStore
store = SQLiteStore(sys.argv[1], timeout=30)
print("ready", flush=True)
sys.stdin.readline()
print(sum(store.begin(f"key-{n}", 60) == "acquired" for n in range(50)), flush=True)
"""


class SQLiteStoreTest(StoreRules, unittest.TestCase):
    def make(self, clock):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.path = pathlib.Path(folder.name, "inbox.db")
        store = SQLiteStore(self.path, clock=clock)
        self.addCleanup(store.close)
        return store

    def test_done_keys_outlast_the_process(self):
        self.store.begin("k", 60)
        self.store.commit("k", 100)
        self.store.close()
        again = SQLiteStore(self.path, clock=lambda: self.now)
        self.addCleanup(again.close)
        self.assertEqual(again.begin("k", 60), Claim.DONE)

    def test_of_many_processes_one_gets_each_key(self):
        source = str(pathlib.Path(sys.modules["malote_receiver"].__file__).parents[1])
        children = [subprocess.Popen(
            [sys.executable, "-c", CHILD, str(self.path)], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": source})
            for _ in range(3)]
        for child in children:
            self.assertEqual(child.stdout.readline(), "ready\n")
        for child in children:
            child.stdin.write("\n")
            child.stdin.flush()
        claimed = [int(child.communicate(timeout=f.PATIENCE)[0]) for child in children]
        self.assertEqual(sum(claimed), 50, claimed)

    @unittest.skipUnless(hasattr(os, "fork"), "no fork on this system")
    def test_a_forked_child_uses_a_connection_of_its_own(self):
        self.store.begin("parent", 60)
        child = os.fork()
        if child == 0:
            try:
                good = (self.store.begin("parent", 60) == Claim.IN_FLIGHT
                        and self.store.begin("child", 60) == Claim.ACQUIRED)
            finally:
                os._exit(0 if good else 1)
        self.assertEqual(os.waitpid(child, 0)[1], 0)
        self.assertEqual(self.store.begin("child", 60), Claim.IN_FLIGHT)

    def test_old_keys_are_swept(self):
        for number in range(10):
            self.store.begin(str(number), 60)
            self.store.commit(str(number), 100)
        self.now += 100
        self.store.begin("new", 60)
        self.store.commit("new", 100)
        count = self.store._connect().execute("SELECT count(*) FROM malote_receiver_keys")
        self.assertEqual(count.fetchone()[0], 1)

    def test_a_file_that_cannot_be_used_is_a_store_that_is_down(self):
        hooks = receiver(store=self.store)
        hooks.on("order.created", Recorder())
        self.store._connect().execute("DROP TABLE malote_receiver_keys")
        self.assertEqual(answer(hooks.handle("POST", *delivery())), f.TRY_AGAIN)
        self.store.close()  # the next call makes the table again
        self.assertEqual(answer(hooks.handle("POST", *delivery())), f.OK)


class Failing:
    """A store of which one method fails."""

    def __init__(self, method, error):
        self.calls = []
        for name in ("begin", "commit", "abort"):
            def call(*arguments, name=name):
                self.calls.append(name)
                if name == method:
                    raise error
                return "acquired"
            setattr(self, name, call)


class FailingStoreTest(unittest.TestCase):
    def run_with(self, method, error=OSError("down"), outcome=None, **options):
        errors, store = [], Failing(method, error)
        hooks = receiver(store=store, **options)
        hooks.on_error(lambda error, event: errors.append(type(error)))
        handler = hooks.on("order.created", Recorder(outcome))
        return answer(hooks.handle("POST", *delivery())), len(handler.events), errors, store.calls

    def test_begin(self):
        for error in (OSError(), SystemExit(), GeneratorExit(), RecursionError()):
            self.assertEqual(self.run_with("begin", error),
                             (f.TRY_AGAIN, 0, [type(error)], ["begin"]))
            self.assertEqual(self.run_with("begin", error, on_store_error="run"),
                             (f.OK, 1, [type(error)], ["begin"]))

    def test_commit(self):
        self.assertEqual(self.run_with("commit"), (f.OK, 1, [OSError], ["begin", "commit"]))

    def test_abort(self):
        self.assertEqual(self.run_with("abort", outcome=ValueError()),
                         (f.FAILED, 1, [OSError, ValueError], ["begin", "abort"]))

    def test_begin_that_answers_nonsense(self):
        class Odd(MemoryStore):
            def begin(self, key, lease):
                return "maybe"
        self.assertEqual(answer(receiver(store=Odd()).handle("POST", *delivery())), f.TRY_AGAIN)

    def test_a_store_without_wait_is_asked_again(self):
        answers = iter(["in_flight", "in_flight", "done"])

        class Polled:
            begin = staticmethod(lambda key, lease: next(answers))
            commit = abort = staticmethod(print)
        hooks = receiver(store=Polled())
        self.assertEqual(answer(hooks.handle("POST", *delivery())), f.DUPLICATE)

    def test_refused_requests_never_reach_the_store(self):
        store = Failing("begin", OSError())
        hooks = receiver(store=store)
        headers, body = delivery()
        hooks.handle("POST", headers, body + b" ")
        hooks.handle("POST", *delivery(body=b"[]"))
        self.assertEqual(store.calls, [])

    def test_a_store_of_coroutines(self):
        memory = MemoryStore(clock=lambda: NOW)

        class Async:
            async def begin(self, key, lease):
                return memory.begin(key, lease)

            async def commit(self, key, ttl):
                memory.commit(key, ttl)

            async def abort(self, key):
                memory.abort(key)

        hooks = receiver(store=Async())

        async def twice():
            return [answer(await hooks.handle_async("POST", *delivery())) for _ in range(2)]

        self.assertEqual(asyncio.run(twice()), [f.OK, f.DUPLICATE])

    def test_two_updates_of_one_order_are_two_events(self):
        hooks = receiver(store=MemoryStore(clock=lambda: NOW))
        handler = hooks.on("order.created", Recorder())
        for message_id in ("dlv_1", "dlv_2", "dlv_1"):
            hooks.handle("POST", *delivery(body=payload(), message_id=message_id))
        self.assertEqual(len(handler.events), 2)


if __name__ == "__main__":
    unittest.main()
