#!/usr/bin/python3
"""Kills, stops, full disks, foreign stores: what was acknowledged is there afterwards."""
import http.client
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import threading
import unittest

from harness import (API_KEY, MASTER_KEY, PATIENCE, Gateway, Receiver, Reply, eventually, main, run)

PUBLISHERS = 4


class Load:
    """Threads that publish events with ids of their own and remember what was acknowledged."""

    def __init__(self, gateway, event):
        self.gateway = gateway
        self.event = event
        self.acknowledged = set()
        self.sent = set()
        self.lock = threading.Lock()
        self.first = threading.Event()
        self.stop = threading.Event()
        self.round = 0
        self.threads = []

    def start(self):
        self.stop.clear()
        self.first.clear()
        self.round += 1
        self.threads = [threading.Thread(target=self.run, args=(n,), daemon=True) for n in range(PUBLISHERS)]
        for thread in self.threads:
            thread.start()

    def run(self, number):
        host, _, port = self.gateway.address.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        count = 0
        try:
            while not self.stop.is_set():
                batch = []
                for _ in range(10):
                    count += 1
                    batch.append(f"{self.round}-{number}-{count}")
                with self.lock:
                    self.sent.update(batch)
                body = {"events": [{"type": self.event, "data": {"key": key}, "id": key} for key in batch]}
                connection.request("POST", "/v1/events", json.dumps(body), {
                    "Authorization": "Bearer " + API_KEY, "Content-Type": "application/json"})
                response = connection.getresponse()
                response.read()
                if response.status == 202:
                    with self.lock:
                        self.acknowledged.update(batch)
                        if len(self.acknowledged) > 200 * self.round:
                            self.first.set()
        except (OSError, http.client.HTTPException):
            pass  # the gateway is gone; what was not acknowledged may or may not be there
        finally:
            connection.close()

    def join(self):
        self.stop.set()
        for thread in self.threads:
            thread.join(timeout=PATIENCE)


class Crash(unittest.TestCase):
    def setUp(self):
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)
        self.gw = Gateway()
        self.addCleanup(self.gw.close)
        self.event = "e2e." + self._testMethodName

    def check_delivered(self, load, in_flight):
        """All that was acknowledged arrives; more than once only what was in flight at a kill."""
        counts = {}
        def drain():
            while not self.receiver.requests.empty():
                request = self.receiver.requests.get()
                counts.setdefault(request.json["key"], []).append(request.headers["webhook-id"])
            return load.acknowledged <= set(counts)
        eventually(drain, what="the arrival of all acknowledged events")
        eventually(lambda: self.gw.ok("GET", "/v1/triggers")["data"][0]["pending"] == 0)
        drain()
        self.assertLessEqual(set(counts), load.sent)
        duplicates = sum(len(ids) - 1 for ids in counts.values())
        self.assertLessEqual(duplicates, in_flight)
        for key, ids in counts.items():
            self.assertEqual(len(set(ids)), 1, f"{key} has several deliveries")
        done = self.gw.verify_store()
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "ok"), done.stdout)

    def test_kill_9_under_load(self):
        kills, in_flight = 3, 8
        self.gw.trigger(self.receiver.url(), self.event, max_in_flight=in_flight)
        load = Load(self.gw, self.event)
        for _ in range(kills):
            load.start()
            self.assertTrue(load.first.wait(PATIENCE))
            self.gw.kill()
            load.join()
            self.gw.start()
        self.check_delivered(load, kills * in_flight)

    def test_sigterm_under_load_loses_nothing_and_exits_0(self):
        self.gw.trigger(self.receiver.url(), self.event, max_in_flight=8)
        load = Load(self.gw, self.event)
        for number in (signal.SIGTERM, signal.SIGINT):
            load.start()
            self.assertTrue(load.first.wait(PATIENCE))
            self.gw.process.send_signal(number)
            code = self.gw.process.wait(timeout=30)
            self.assertEqual(code, 0)
            load.join()
            self.gw.kill()
            self.gw.start()
        self.check_delivered(load, 0)

    def test_sigterm_finishes_what_is_in_flight(self):
        release = threading.Event()
        def answer(request):
            release.wait(PATIENCE)
            return Reply()
        self.receiver.answer = answer
        trigger = self.gw.trigger(self.receiver.url(), self.event)
        self.gw.publish(self.event)
        self.receiver.take()
        self.gw.process.send_signal(signal.SIGTERM)
        eventually(lambda: "stopping" in self.gw.text())
        release.set()
        self.assertEqual(self.gw.process.wait(timeout=30), 0)
        self.gw.kill()
        self.gw.start()
        row = self.gw.delivery(trigger, "delivered")
        self.assertEqual(row["attempt"], 1)

    def test_retries_go_on_after_a_restart(self):
        replies = iter([500, 200])
        self.receiver.answer = lambda request: Reply(next(replies, 200))
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=["500ms"])
        self.gw.publish(self.event)
        first = self.receiver.take()
        self.gw.delivery(trigger, "failed")
        self.gw.restart()
        second = self.receiver.take()
        self.assertEqual((first.body, first.headers["webhook-id"]), (second.body, second.headers["webhook-id"]))
        self.assertEqual(second.headers["x-codespar-attempt"], "2")

    def test_a_streak_survives_a_restart(self):
        self.receiver.answer = lambda request: Reply(500)
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=[], max_in_flight=1)
        one = "/v1/triggers/" + trigger["id"]
        self.gw.ok("POST", "/v1/events", {"events": [{"type": self.event, "data": {}} for _ in range(30)]})
        self.gw.delivery(trigger, "dead", 30)
        self.gw.restart()
        self.assertEqual(self.gw.ok("GET", one)["consecutive_failures"], 30)
        self.gw.ok("POST", "/v1/events", {"events": [{"type": self.event, "data": {}} for _ in range(25)]})
        eventually(lambda: self.gw.ok("GET", one)["status"] == "paused")
        self.assertEqual(self.gw.ok("GET", one)["pending"], 5)

    def test_keys_and_idempotent_answers_survive_a_restart(self):
        header = {"Idempotency-Key": "k"}
        wish = {"name": "i", "event": "*", "webhook_url": self.receiver.url()}
        first = self.gw.call("POST", "/v1/triggers", wish, headers=header)
        key = self.gw.ok("POST", "/v1/api-keys", {"name": "k"})["full_key"]
        self.gw.restart()
        self.assertEqual(self.gw.call("POST", "/v1/triggers", wish, headers=header).body, first.body)
        self.assertEqual(self.gw.call("GET", "/v1/whoami", key=key).status, 200)


class Disk(unittest.TestCase):
    """A full disk, as a limit on the size of files of the process (writes fail the same way)."""

    def limit(self, gateway, size):
        pid = gateway.process.pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

    def test_full_disk_answers_503_and_recovers(self):
        with Receiver() as receiver, Gateway() as gw:
            # Without this the kernel would end the process with SIGXFSZ, which no full disk does.
            gw.kill()
            gw.prefix = ["/usr/bin/env", "--ignore-signal=XFSZ"]
            gw.start()
            self.full_and_recovered(gw, receiver, lambda: self.limit(gw, 4096),
                                    lambda: self.limit(gw, resource.RLIM_INFINITY))

    @unittest.skipUnless(os.geteuid() == 0, "mounting needs root")
    def test_full_tmpfs_answers_503_and_recovers(self):
        with Receiver() as receiver, Gateway(start=False) as gw:
            os.makedirs(gw.data)
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", gw.data],
                                     capture_output=True, timeout=10, check=False)
            if mounted.returncode != 0:
                self.skipTest("cannot mount a tmpfs here")
            try:
                gw.start()
                ballast = os.path.join(gw.data, "ballast")
                def fill():
                    with open(ballast, "wb", buffering=0) as out:
                        try:
                            while True:
                                out.write(b"x" * 4096)
                        except OSError:
                            pass
                self.full_and_recovered(gw, receiver, fill, lambda: os.remove(ballast))
            finally:
                gw.kill()
                subprocess.run(["umount", "-l", gw.data], timeout=10, check=False)

    def full_and_recovered(self, gw, receiver, fill, free):
        trigger = gw.trigger(receiver.url(), "disk.full")
        acknowledged = {gw.publish("disk.full", {"n": -1})}
        fill()
        refused = None
        for n in range(3000):  # the log file has some room left before the limit bites
            answer = gw.call("POST", "/v1/events", {"type": "disk.full", "data": {"n": n, "x": "y" * 4000}})
            if answer.status == 503:
                refused = answer
                break
            self.assertEqual(answer.status, 202, answer)
            acknowledged.add(answer.json["id"])
        self.assertIsNotNone(refused, "the disk never was full")
        self.assertEqual(refused.json["code"], "store_unavailable")
        self.assertIn("retry-after", refused.headers)
        self.assertEqual(gw.request("GET", "/healthz").status, 200)
        self.assertEqual(gw.call("GET", "/v1/events").status, 200)
        free()
        def published():
            answer = gw.call("POST", "/v1/events", {"type": "disk.full", "data": {"last": True}})
            return answer.json["id"] if answer.status == 202 else None
        acknowledged.add(eventually(published, what="recovery without a restart"))
        arrived = set()
        def all_arrived():
            while not receiver.requests.empty():
                arrived.add(receiver.requests.get().json["id"])
            return acknowledged <= arrived
        eventually(all_arrived, what="the arrival of all acknowledged events")
        eventually(lambda: gw.ok("GET", "/v1/triggers/" + trigger["id"])["pending"] == 0)
        done = gw.verify_store()
        self.assertEqual((done.returncode, done.stdout.splitlines()[-1]), (0, "ok"), done.stdout)


class Start(unittest.TestCase):
    """What cannot start says why in one line and exits with 2."""

    def setUp(self):
        self.gw = Gateway()
        self.addCleanup(self.gw.close)

    def refused(self, *patterns, args=(), env=None):
        done = run("serve", "--listen", "127.0.0.1:0", "--data", self.gw.data, "--dev", *args,
                   env={**self.gw.env, **(env or {})})
        self.assertEqual(done.returncode, 2, done)
        self.assertTrue(done.stderr.startswith("malote: "), done.stderr)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        for pattern in patterns:
            self.assertRegex(done.stderr, pattern)
        self.assertNotIn(MASTER_KEY, done.stderr)
        self.assertNotIn(API_KEY, done.stderr)

    def database(self):
        self.gw.terminate()
        return os.path.join(self.gw.data, "malote.db")

    def test_second_process_on_the_same_folder(self):
        self.refused("already|in use|another")
        self.assertEqual(self.gw.request("GET", "/healthz").status, 200)

    def test_store_of_a_newer_version(self):
        with sqlite3.connect(self.database()) as db:
            db.execute("PRAGMA user_version = 999")
        db.close()
        self.refused("newer", "999")

    def test_store_that_is_not_a_database(self):
        path = self.database()
        with open(path, "wb") as out:
            out.write(b"this is not a database " * 1000)
        for tail in ("-wal", "-shm"):
            if os.path.exists(path + tail):
                os.remove(path + tail)
        self.refused("malote.db")

    def test_read_only_store(self):
        path = self.database()
        if os.geteuid() == 0:  # root writes anything: only an immutable mount would stop it
            where = self.gw.data
            mounted = subprocess.run(f"mount --bind {where} {where} && mount -o remount,ro,bind {where}",
                                     shell=True, capture_output=True, timeout=10, check=False)
            if mounted.returncode != 0:
                self.skipTest("root writes through file modes, and read-only mounts are not to be had")
            try:
                self.refused("read-only|Read-only|cannot|readonly")
            finally:
                subprocess.run(["umount", "-l", where], timeout=10, check=False)
        else:
            os.chmod(path, 0o400)
            os.chmod(self.gw.data, 0o500)
            self.addCleanup(os.chmod, self.gw.data, 0o700)
            self.refused("read-only|readonly|cannot")

    def test_bad_config(self):
        path = os.path.join(self.gw.folder, "bad.toml")
        for text, *patterns in (("lisen = '127.0.0.1:1'\n", "lisen", "listen"),
                                ("[http]\nmax_body = 5\n", "http.max_body", "http.max_body_bytes"),
                                ("listen = \n", r"bad\.toml:1"), ("listen = 5\n", "listen", "text"),
                                ("[http]\nrequest_time = 'soon'\n", "http.request_time", "duration"),
                                ("[http]\nmax_body_bytes = 5\n", "http.max_body_bytes", "1024"),
                                ("dev = 'yes'\n", "dev", "true or false"), ("[log]\nlevel = 'loud'\n", "log.level"),
                                ("[deliveries]\nretry_schedule = [5]\n", "retry_schedule"),
                                ("[deliveries]\ntimeout = '0s'\n", "deliveries.timeout", "1ms to"),
                                ("[http]\nrequest_time = '0s'\n", "http.request_time", "10ms to"),
                                ("[http]\nidle_time = '0s'\n", "http.idle_time", "10ms to"),
                                ("[retention]\nkeep = '0s'\n", "retention.keep", "1m to")):
            with open(path, "w", encoding="utf-8") as out:
                out.write(text)
            with self.subTest(text):
                self.refused(*patterns, args=("--config", path))
        self.refused("cannot read the configuration /nowhere.toml\n",
                     args=("--config", "/nowhere.toml"))

    def test_bad_addresses_and_keys(self):
        self.gw.terminate()
        for listen in ("nonsense", "127.0.0.1:99999", "127.0.0.1:x", "999.1.1.1:80"):
            done = run("serve", "--listen", listen, "--data", self.gw.data, env=self.gw.env)
            self.assertEqual((done.returncode, done.stderr.startswith("malote: ")), (2, True), done)
        self.refused("MALOTE_API_KEY", env={"MALOTE_API_KEY": "nope"})
        short = run("serve", "--listen", "127.0.0.1:0", "--data", self.gw.data,
                    env={**self.gw.env, "MALOTE_API_KEY": "csk_test_short"})
        self.assertEqual(short.returncode, 2, short)
        self.assertIn("16 characters", short.stderr)
        self.refused("MALOTE_MASTER_KEY", "openssl rand", env={"MALOTE_MASTER_KEY": "short"})

    def test_taken_port(self):
        with Gateway(start=False) as other:
            done = run("serve", "--listen", self.gw.address, "--data", other.data, env=other.env)
            self.assertEqual(done.returncode, 2)
            self.assertIn(self.gw.address, done.stderr)

    def test_a_taken_port_does_not_cost_the_first_key(self):
        with Gateway(start=False) as other:
            del other.env["MALOTE_API_KEY"]
            done = run("serve", "--listen", self.gw.address, "--data", other.data, env=other.env)
            self.assertEqual(done.returncode, 2)
            other.start()
            eventually(lambda: "shown this once" in other.text(), what="the first key")

    def test_another_master_key_is_refused(self):
        self.gw.terminate()
        self.refused("this master key does not open this store",
                     env={"MALOTE_MASTER_KEY": "0" * 64})
        self.gw.start()

    def test_a_second_signal_ends_at_once(self):
        hanging = threading.Event()
        self.addCleanup(hanging.set)

        def answer(request):
            hanging.wait(PATIENCE)
            return Reply()
        with Gateway() as gw, Receiver(answer) as receiver:
            gw.trigger(receiver.url(), event="stop.twice", timeout_ms=60000)
            gw.publish("stop.twice")
            receiver.take()
            gw.process.send_signal(signal.SIGTERM)
            eventually(lambda: "finishing what is in flight" in gw.text(), what="the stop")
            gw.process.send_signal(signal.SIGINT)
            eventually(lambda: "nothing acknowledged is lost" in gw.text(), what="the last line")
            self.assertEqual(gw._reap(), 130)

    def test_master_key_file(self):
        with Gateway(start=False) as gw:
            del gw.env["MALOTE_MASTER_KEY"]
            gw.start()
            path = os.path.join(gw.data, "master.key")
            self.assertEqual(os.stat(path).st_mode & 0o777, 0o600)
            gw.terminate()
            self.gw.terminate()
            os.chmod(path, 0o644)
            done = run("serve", "--listen", "127.0.0.1:0", "--data", gw.data, env=gw.env)
            self.assertEqual((done.returncode, "chmod 600" in done.stderr), (2, True), done)
            os.remove(path)
            done = run("serve", "--listen", "127.0.0.1:0", "--data", gw.data, env=gw.env)
            self.assertEqual((done.returncode, "master.key is missing" in done.stderr), (2, True), done)

    def test_first_start_prints_a_key_once(self):
        with Gateway(start=False) as gw:
            del gw.env["MALOTE_API_KEY"]
            gw.start()
            eventually(lambda: "next " in gw.text())
            key = next(word for word in gw.text().split() if word.startswith("csk_test_"))
            self.assertEqual(gw.call("GET", "/v1/whoami", key=key).status, 200)
            gw.output.clear()
            gw.restart()
            eventually(lambda: "next " in gw.text())
            self.assertNotIn("csk_", gw.text())
            self.assertEqual(gw.call("GET", "/v1/whoami", key=key).status, 200)


class Backup(unittest.TestCase):
    def test_backup_while_running_is_a_whole_store(self):
        with Receiver() as receiver, Gateway() as gw:
            gw.trigger(receiver.url(), "backup.load", max_in_flight=8)
            load = Load(gw, "backup.load")
            load.start()
            self.assertTrue(load.first.wait(PATIENCE))
            before = set(load.acknowledged)
            target = os.path.join(gw.folder, "copy.db")
            done = run("backup", target, "--data", gw.data, env=gw.env)
            load.join()
            self.assertEqual(done.returncode, 0, done)
            checked = run("verify-store", "--file", target)
            self.assertEqual((checked.returncode, checked.stdout.splitlines()[-1]), (0, "ok"), checked)
            gw.kill()
            with Gateway(start=False) as copy:
                os.makedirs(copy.data)
                shutil.copy(target, os.path.join(copy.data, "malote.db"))
                copy.start()
                for key in sorted(before)[:20]:  # all that was acknowledged before is in it
                    answer = copy.ok("POST", "/v1/events", {"type": "backup.load", "data": {}, "id": key})
                    self.assertTrue(answer["duplicate"], key)

    def test_tools_on_nothing(self):
        for args in (("backup", os.path.join("nowhere", "x.db"), "--data", "/nowhere"), ("verify-store", "--data", "/nowhere"),
                     ("verify-store", "--file", "/nowhere.db")):
            done = run(*args)
            self.assertEqual(done.returncode, 2, done)
            self.assertIn("/nowhere", done.stderr)

    def test_verify_store_finds_damage(self):
        with Gateway() as gw:
            for n in range(200):
                gw.publish("a.b", {"x": "y" * 500, "n": n})
            gw.terminate()
            path = os.path.join(gw.data, "malote.db")
            with open(path, "r+b") as file:
                file.seek(os.path.getsize(path) // 2)
                file.write(b"\xa5" * 16384)
            done = gw.verify_store()
            self.assertEqual(done.returncode, 1, done)
            self.assertNotIn("\nok\n", "\n" + done.stdout)


if __name__ == "__main__":
    main()
