"""malote listen, tail, trigger, replay, doctor: what a person does at a terminal."""
import collections
import hashlib
import hmac
import json
import os
import pty
import queue
import random
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import unittest

from harness import API_KEY, BIN, PATIENCE, Gateway, Receiver, Reply, eventually, main


class CutProxy:
    """A TCP proxy whose connections can all be cut at once, and whose target may change."""

    def __init__(self):
        self.target = None
        self.lock = threading.Lock()
        self.sockets = set()
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.server.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                near, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(near,), daemon=True).start()

    def _serve(self, near):
        try:
            far = socket.create_connection(self.target, timeout=PATIENCE)
        except OSError:
            near.close()
            return
        with self.lock:
            self.sockets |= {near, far}
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
        except OSError:
            pass
        with self.lock:
            self.sockets -= {source, sink}
        for end in (source, sink):
            self._end(end)

    @staticmethod
    def _end(end):
        """Wakes whoever reads from it; the socket itself goes with its last reader."""
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def cut(self):
        with self.lock:
            cut, self.sockets = self.sockets, set()
        for end in cut:
            self._end(end)

    def close(self):
        self.server.close()
        self.cut()


class Listener:
    """A `malote listen --json` process; its lines on a queue."""

    def __init__(self, url, forward_to, state, *args, key=API_KEY):
        self.process = subprocess.Popen(
            [BIN, "listen", "--json", "--forward-to", forward_to, "--state", state, *args],
            env={"PATH": os.environ.get("PATH", ""), "MALOTE_URL": url, "MALOTE_API_KEY": key},
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        self.errors = []
        self.readers = [threading.Thread(target=self._read, daemon=True),
                        threading.Thread(target=self._read_errors, daemon=True)]
        for reader in self.readers:
            reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(json.loads(line))

    def _read_errors(self):
        for line in self.process.stderr:
            self.errors.append(line)

    def next(self):
        return self.lines.get(timeout=PATIENCE)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        code = self.process.wait(timeout=PATIENCE)
        for reader in self.readers:
            reader.join(timeout=PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


class Terminal(unittest.TestCase):
    def setUp(self):
        self.gw = Gateway()
        self.addCleanup(self.gw.close)
        self.app = Receiver()
        self.addCleanup(self.app.close)
        self.state = tempfile.mkdtemp(prefix="malote-listen-")
        self.listeners = []
        self.addCleanup(self.stop_all)

    def stop_all(self):
        for listener in self.listeners:
            if listener.process.poll() is None:
                listener.stop(signal.SIGKILL)

    def url(self):
        return "http://" + self.gw.address

    def listen(self, *args, url=None, state=None, forward_to=None, key=API_KEY):
        listener = Listener(url or self.url(), forward_to or self.app.url("/hooks"), state or self.state, *args,
                            key=key)
        self.listeners.append(listener)
        return listener

    def opened(self, name):
        def find():
            found = [t for t in self.gw.ok("GET", "/v1/triggers")["triggers"] if t["name"] == name]
            return found[0] if found else None
        return eventually(find, what="the listener's trigger")

    def publish(self, *numbers):
        self.gw.ok("POST", "/v1/events", {"events": [{"type": "order.created", "data": {"n": n}} for n in numbers]})

    def numbers(self):
        """What the program has got so far: how often each."""
        return collections.Counter(r.json["data"]["n"] for r in list(self.app.requests.queue))

    # --- listen ---

    def test_nothing_is_lost_or_repeated_over_a_hundred_disconnects_and_restarts(self):
        dice = random.Random(2026)
        proxy = CutProxy()
        self.addCleanup(proxy.close)
        self.aim(proxy)
        args = ("--name", "desk", "--concurrency", "8")
        listener = self.listen(*args, url=proxy.url)
        self.opened("desk")
        made = 0
        for disconnect in range(100):
            burst = range(made, made + dice.randrange(1, 6))
            self.publish(*burst)
            made = burst.stop
            if dice.random() < 0.5:
                eventually(lambda: len(self.numbers()) > made - 4, what="most of what was published")
            proxy.cut()
            if disconnect % 12 == 5:
                self.gw.restart()  # kill -9
                self.aim(proxy)
            elif disconnect % 25 == 11:
                self.assertEqual(listener.stop(), 0)
                listener = self.listen(*args, url=proxy.url)
        eventually(lambda: len(self.numbers()) == made, timeout=60, what=f"{made} events")
        trigger = self.opened("desk")
        eventually(lambda: self.gw.ok("GET", "/v1/triggers/" + trigger["id"])["pending"] == 0,
                   timeout=60, what="every outcome heard")
        self.assertEqual({n: count for n, count in self.numbers().items() if count != 1}, {})
        states = {d["status"] for d in self.gw.deliveries(trigger)}
        self.assertEqual(states, {"delivered"})

    def aim(self, proxy):
        host, _, port = self.gw.address.rpartition(":")
        proxy.target = (host, int(port))

    def test_what_came_while_nobody_listened_arrives_and_is_signed_as_a_trigger_signs(self):
        listener = self.listen("--name", "away", "--event", "order.*")
        trigger = self.opened("away")
        self.assertEqual(listener.stop(), 0)
        self.publish(1, 2, 3)
        eventually(lambda: self.gw.ok("GET", "/v1/triggers/" + trigger["id"])["pending"] == 3)
        self.gw.restart()
        self.assertEqual(self.numbers(), {})
        again = self.listen("--name", "away", "--event", "order.*")
        self.assertEqual({again.next()["status"] for _ in range(3)}, {200})
        self.assertEqual(self.numbers(), {1: 1, 2: 1, 3: 1})
        secret = self.gw.ok("PUT", "/v1/listeners/away", {"events": ["order.*"]})["secret"]
        request = self.app.requests.get()
        self.assertEqual(request.headers["x-codespar-signature"],
                         hmac.new(secret.encode(), request.body, hashlib.sha256).hexdigest())

    def test_a_killed_listener_goes_on_where_it_was(self):
        held = threading.Event()
        self.addCleanup(held.set)
        self.app.answer = lambda r: Reply() if r.json["data"]["n"] < 3 else (held.wait(PATIENCE), Reply())[1]
        listener = self.listen("--name", "killed", "--concurrency", "1")
        self.opened("killed")
        self.publish(1, 2, 3, 4)
        eventually(lambda: self.numbers()[3], what="the third one under way")
        listener.stop(signal.SIGKILL)
        held.set()
        again = self.listen("--name", "killed", "--concurrency", "1")
        eventually(lambda: self.numbers()[4])
        self.assertEqual([again.next()["status"] for _ in range(2)], [200, 200])
        # The third was cut while it was made: nobody can know, so it is made again.
        self.assertEqual(self.numbers(), {1: 1, 2: 1, 3: 2, 4: 1})

    def test_listeners_of_one_name_share_and_of_two_names_each_get_a_copy(self):
        held = threading.Barrier(3)
        copies = Receiver()
        self.addCleanup(copies.close)
        self.app.answer = lambda r: (held.wait(PATIENCE), Reply())[1]  # all three at once, or none
        other = tempfile.mkdtemp(prefix="malote-listen-")
        ends = [self.listen("--name", "shared", "--concurrency", "1", "--retries", "0", state=state)
                for state in (self.state, self.state, other)]
        copy = self.listen("--name", "copy", forward_to=copies.url("/copy"))
        shared = self.opened("shared")
        self.opened("copy")
        self.publish(*range(3))
        for _ in range(3):
            self.assertEqual(copy.next()["status"], 200)
        eventually(lambda: self.gw.ok("GET", "/v1/triggers/" + shared["id"])["pending"] == 0)
        self.assertEqual(self.numbers(), {0: 1, 1: 1, 2: 1})
        for end in ends:
            self.assertEqual(end.next()["status"], 200)

    def test_with_no_room_for_more_it_says_that_it_is_still_at_work(self):
        held, still_here = threading.Event(), queue.Queue()
        self.addCleanup(held.set)
        self.app.answer = lambda r: (held.wait(PATIENCE), Reply())[1]
        handed = {"delivery_id": "dlv_0000000000000001", "attempt": 1, "timeout_ms": 1000, "headers": [], "body": "{}"}

        def answer(request):
            if request.path == "/v1/listeners/busy":
                return Reply(200, b'{"id":"trg_1","secret":"s"}')
            if request.path == "/v1/listeners/trg_1/poll":
                if request.json["max"] == 1:
                    return Reply(200, json.dumps({"deliveries": [handed]}).encode())
                still_here.put(request.json)
            return Reply(200, b'{"deliveries":[]}')
        gateway = Receiver(answer)
        self.addCleanup(gateway.close)
        self.listen("--name", "busy", "--concurrency", "1", url=gateway.url(""))
        for _ in range(2):
            poll = still_here.get(timeout=PATIENCE)
            self.assertEqual((poll["max"], poll["wait_seconds"]), (0, 0))
            self.assertEqual(poll["holding"], [{"delivery_id": handed["delivery_id"], "attempt": 1}])

    def test_answers_that_are_no_text_are_told_too(self):
        answers = {1: Reply(200, b"\x89PNG\xff\xfe\x00\x1b[2J"), 2: Reply(999), 3: Reply(404, "é".encode() * 3000)}
        self.app.answer = lambda r: answers[r.json["data"]["n"]]
        self.listen("--name", "odd", "--retries", "0")
        trigger = self.opened("odd")
        self.publish(1, 2, 3)
        rows = eventually(lambda: (lambda found: found if len(found) == 2 else None)(
            self.gw.deliveries(trigger, state="failed")))
        self.assertEqual({row["response_status"] for row in rows}, {999, 404})
        self.gw.delivery(trigger, "delivered")
        self.assertEqual(self.numbers(), {1: 1, 2: 1, 3: 1})

    def test_a_journal_that_cannot_be_written_is_said_and_ends_nothing(self):
        listener = self.listen("--name", "torn", "--retries", "0")
        trigger = self.opened("torn")
        self.publish(1)
        listener.next()
        journal = [name for name in os.listdir(self.state) if name.endswith(".db")][0]
        with sqlite3.connect(os.path.join(self.state, journal)) as torn:
            torn.execute("DROP TABLE made")
        torn.close()
        self.publish(2, 3)
        self.assertEqual({listener.next()["status"] for _ in range(2)}, {200})
        eventually(lambda: self.gw.ok("GET", "/v1/triggers/" + trigger["id"])["pending"] == 0)
        self.assertEqual(listener.stop(), 0)
        self.assertIn("the journal: ", "".join(listener.errors))

    def test_signals_end_it_while_the_gateway_is_away_or_the_program_hangs(self):
        away = self.listen("--name", "away", url="http://127.0.0.1:1")
        eventually(lambda: away.errors)
        self.assertEqual(away.stop(signal.SIGINT), 2)
        held = threading.Event()
        self.addCleanup(held.set)
        self.app.answer = lambda r: (held.wait(60), Reply())[1]
        hangs = self.listen("--name", "hangs", "--timeout", "60")
        self.opened("hangs")
        self.publish(1)
        eventually(lambda: self.numbers()[1])
        hangs.process.send_signal(signal.SIGINT)
        eventually(lambda: any("once more" in line for line in hangs.errors))
        self.assertEqual(hangs.stop(signal.SIGINT), 130)
        closed = self.listen("--name", "closed")
        self.opened("closed")
        self.assertEqual(closed.stop(signal.SIGHUP), 0)

    def test_failures_are_retried_here_then_told_and_redelivery_reaches_it(self):
        tries = collections.Counter()

        def answer(request):
            n = request.json["data"]["n"]
            tries[n] += 1
            return Reply(503 if n == 1 and tries[n] == 1 else 500 if n == 2 else 200)
        self.app.answer = answer
        listener = self.listen("--name", "retry", "--retries", "1")
        trigger = self.opened("retry")
        self.publish(1)
        self.assertEqual(listener.next()["status"], 200)
        self.assertEqual(tries[1], 2)
        self.publish(2)
        self.assertEqual(listener.next()["status"], 500)
        failed = self.gw.delivery(trigger, "failed")
        self.assertEqual((failed["attempt"], failed["response_status"]), (1, 500))
        good = self.gw.delivery(trigger, "delivered")
        self.gw.ok("POST", f"/v1/triggers/deliveries/{good['id']}/redeliver")
        again = listener.next()
        self.assertEqual((again["status"], again["event_id"]), (200, good["event_id"]))

    def test_nobody_at_the_local_port_and_a_gateway_that_goes_away(self):
        listener = self.listen("--name", "none", "--retries", "0", forward_to="http://127.0.0.1:1/hooks")
        trigger = self.opened("none")
        self.publish(1)
        self.assertEqual(listener.next()["status"], 0)
        self.assertIn("local: ", self.gw.delivery(trigger, "failed")["error"])
        self.gw.kill()
        eventually(lambda: any("cannot be reached" in line for line in listener.errors))
        self.assertEqual(listener.stop(), 0)

    def test_a_deleted_listener_or_a_revoked_key_ends_it(self):
        deleted = self.listen("--name", "gone")
        self.gw.ok("DELETE", "/v1/triggers/" + self.opened("gone")["id"])
        key = self.gw.ok("POST", "/v1/api-keys", {"name": "laptop"})
        revoked = self.listen("--name", "laptop", key=key["full_key"])
        self.opened("laptop")
        self.gw.ok("DELETE", "/v1/api-keys/" + key["id"])
        for listener, words in ((deleted, "404"), (revoked, "401")):
            self.assertEqual(listener.process.wait(timeout=PATIENCE), 2)
            eventually(lambda: any("stopped listening: " in line and words in line for line in listener.errors))

    def test_refusals_are_said_at_start(self):
        for args, words in ((("--forward-to", "localhost:3000"), "takes a URL"),
                            (("--forward-to", "http://127.0.0.1:1", "--name", "a b", "--state", self.state), "letters, digits"),
                            (("--forward-to", "http://127.0.0.1:1", "--event", "!", "--state", self.state), "is not a name"),
                            (("--forward-to", "http://127.0.0.1:1", "--state", "/proc/none"), "cannot create")):
            done = self.gw.run_cli("listen", *args)
            self.assertNotEqual(done.returncode, 0, args)
            self.assertIn(words, done.stderr, args)
        done = self.gw.run_cli("listen", "--forward-to", "http://127.0.0.1:1", "--state", self.state, key="csk_test_wrongwrongwrongwrong00")
        self.assertIn("401", done.stderr)

    def test_r_at_the_keyboard_sends_the_last_one_again(self):
        near, far = pty.openpty()
        self.addCleanup(os.close, near)
        process = subprocess.Popen(
            [BIN, "listen", "--forward-to", self.app.url("/hooks"), "--name", "tty", "--state", self.state],
            env={"PATH": os.environ.get("PATH", ""), "MALOTE_URL": self.url(), "MALOTE_API_KEY": API_KEY},
            stdin=far, stdout=far, stderr=far, close_fds=True)
        os.close(far)
        self.opened("tty")
        self.publish(1)
        eventually(lambda: self.numbers()[1] == 1)
        screen = b""
        while b"delivery" not in screen.lower() or b"dlv_" not in screen:
            screen += os.read(near, 4096)
        os.write(near, b"r")
        eventually(lambda: self.numbers()[1] == 2)
        os.write(near, b"1r")
        eventually(lambda: self.numbers()[1] == 3)
        os.write(near, b"q")
        self.assertEqual(process.wait(timeout=PATIENCE), 0)

    # --- tail, trigger, replay, doctor ---

    def test_tail_goes_on_over_a_restart(self):
        self.publish(1)
        tail = subprocess.Popen([BIN, "tail", "--json", "--since", "2020-01-01T00:00:00Z"], text=True,
                                env={"PATH": os.environ.get("PATH", ""), "MALOTE_API_KEY": API_KEY,
                                     "MALOTE_URL": "http://" + self.gw.address},
                                stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.addCleanup(tail.stdout.close)
        self.addCleanup(tail.wait)
        self.addCleanup(tail.kill)
        self.assertEqual(json.loads(tail.stdout.readline())["data"]["n"], 1)
        self.publish(2)
        self.assertEqual(json.loads(tail.stdout.readline())["data"]["n"], 2)
        bad = self.gw.run_cli("tail", "--outcome", "failed")
        self.assertIn("--deliveries", bad.stderr)
        bad = self.gw.run_cli("tail", "--after", "yesterday")
        self.assertEqual((bad.returncode, "400" in bad.stderr), (1, True))

    def test_trigger_sends_a_changed_sample_to_those_who_take_it(self):
        self.gw.trigger(self.app.url("/a"), "payment.*")
        self.gw.trigger(self.app.url("/b"), "order.created")
        done = self.gw.run_cli("trigger", "payment.confirmed", "--set", "amount=1200", "--set", "payer.name=Ana",
                               "--set", "note=1.2.3")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("delivered  200", done.stdout)
        request = self.app.requests.get(timeout=PATIENCE)
        self.assertEqual(request.path, "/a")
        data = request.json["data"]
        self.assertEqual((data["amount"], data["payer"]["name"], data["note"]), (1200, "Ana", "1.2.3"))
        self.assertTrue(self.app.requests.empty())
        done = self.gw.run_cli("trigger", "payment.confirmed", "--set", "amount")
        self.assertIn("--set takes a.b=c", done.stderr)
        done = self.gw.run_cli("trigger", "payment.confirmed", "--json")
        self.assertEqual(json.loads(done.stdout)["status"], "delivered")
        done = self.gw.run_cli("trigger", "nobody.cares")
        self.assertEqual((done.returncode, "no active trigger" in done.stderr), (1, True))
        done = self.gw.run_cli("trigger", "payment.confirmed", "--publish")
        self.assertIn("owed to 1 triggers", done.stdout)

    def test_replay_says_what_it_would_do_and_does_it(self):
        trigger = self.gw.trigger(self.app.url("/a"), "order.created")
        self.publish(*range(5))
        self.gw.delivery(trigger, "delivered", 5)
        done = self.gw.run_cli("replay", "--since", "1h", "--event", "order.*", "--dry-run")
        self.assertIn("5 events would be sent again", done.stdout)
        self.assertEqual(sum(self.numbers().values()), 5)
        done = self.gw.run_cli("replay", "--since", "1h", "--to", trigger["id"])
        self.assertIn("5 events sent again in 5 deliveries", done.stdout)
        eventually(lambda: all(count == 2 for count in self.numbers().values()))
        done = self.gw.run_cli("replay", "--since", "1h", "--event", "order.*", "--dry-run", "--json")
        self.assertEqual([json.loads(line)["type"] for line in done.stdout.splitlines()], ["order.created"] * 5)
        done = self.gw.run_cli("replay", "--since", "soon")
        self.assertIn("--since takes a time", done.stderr)

    def test_doctor_finds_what_is_wrong(self):
        done = self.gw.run_cli("doctor", "--data", self.gw.data)
        self.assertEqual(done.returncode, 0, done.stdout)
        done = self.gw.run_cli("doctor", "--data", self.gw.data, "--json")
        self.assertLessEqual({json.loads(line)["grade"] for line in done.stdout.splitlines()}, {"ok", "warn"})
        self.gw.trigger("http://127.0.0.1:1/gone")
        connection = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas"})
        done = self.gw.run_cli("doctor", "--data", self.gw.data)
        self.assertEqual(done.returncode, 1)
        self.assertIn("its endpoint cannot be reached from here", done.stdout)
        self.assertIn(connection["id"], done.stdout)
        os.chmod(self.gw.data, 0o755)
        self.assertIn("can be read by others", self.gw.run_cli("doctor", "--data", self.gw.data).stdout)
        done = self.gw.run_cli("doctor", "--config", "/none.toml")
        self.assertIn("FAIL", done.stdout)


if __name__ == "__main__":
    main()
