#!/usr/bin/python3
"""The package's whole life on a fresh Debian 12 with systemd: install, serve, upgrade, remove, purge.
`make test-package` runs it; as root, with debootstrap and the network."""
import json
import os
import resource
import sys
import tempfile
import time
import unittest

from debian import Debian, eventually, run, why_not

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BIN = os.environ.get("MALOTE_BIN", os.path.join(ROOT, "build/release/malote"))
URL = "http://127.0.0.1:8080"
CONFIG = "/etc/malote/malote.toml"
DATA = "/var/lib/malote"


def skip(why):
    print("skipped: " + why)
    sys.exit(77)


class Life(unittest.TestCase):
    def setUp(self):
        packages = tempfile.TemporaryDirectory(prefix="malote-deb-")
        self.addCleanup(packages.cleanup)
        self.begun = time.monotonic()
        self.packages = [self.build(packages.name, version) for version in ("1.0-1", "1.1-1")]
        self.debian = Debian()
        self.addCleanup(self.debian.close)
        self.debian.satisfy(run("dpkg-deb", "-f", self.packages[0], "Depends").stdout.strip() + ", curl")
        why = self.debian.boot()
        if why:
            print("skipped: " + why)
            self.skipTest(why)

    def build(self, folder, version):
        run(os.path.join(ROOT, "packaging/deb/build"), BIN, folder, version)
        return next(os.path.join(folder, name) for name in os.listdir(folder) if f"_{version}_" in name)

    def say(self, what):
        print(f"{time.monotonic() - self.begun:6.1f} s  {what}", flush=True)

    def inside(self, *args, **options):
        return self.debian.run(*args, **options).stdout

    def dpkg(self, action, what):
        """The package's scripts may print nothing of their own, let alone a secret."""
        name = os.path.basename(what)
        target = what
        if os.path.exists(what):
            target = "/var/cache/" + name
            with open(what, "rb") as package, open(self.debian.path(target), "wb") as out:
                out.write(package.read())
        said = self.inside("dpkg", action, target)
        self.assertNotIn("csk_", said)
        self.assertNotRegex(said, r"(?i)\b(error|warning)\b")

    def status(self, of="ActiveState"):
        return self.inside("systemctl", "show", "--value", "-p", of, "malote.service").strip()

    def malote(self, *args):
        return self.inside("malote", *args, env={"MALOTE_API_KEY": self.key})

    def event_types(self):
        return [row["type"] for row in json.loads(self.malote("events", "list", "--json"))["events"]]

    def mode(self, path):
        """("0640", "root", "malote")"""
        return tuple(self.inside("stat", "-c", "%a %U %G", path).split())

    def test_life(self):
        for step in (self.install, self.serve, self.is_locked_up, self.reload, self.refuse_bad_configuration,
                     self.crash, self.upgrade, self.remove, self.install_again, self.purge):
            step()
            self.say(step.__name__)

    def install(self):
        self.dpkg("-i", self.packages[0])
        self.assertEqual(self.status(), "active")
        self.assertEqual(self.inside("systemctl", "is-enabled", "malote.service").strip(), "enabled")
        self.assertEqual(self.mode(CONFIG), ("640", "root", "malote"))
        self.assertEqual(self.mode("/etc/default/malote"), ("600", "root", "root"))
        self.assertEqual(self.mode(DATA), ("700", "malote", "malote"))
        for name in os.listdir(self.debian.path(DATA)):
            self.assertEqual(self.mode(f"{DATA}/{name}"), ("600", "malote", "malote"), name)

    def serve(self):
        """Type=notify: once it counts as started, it answers."""
        self.inside("curl", "-sSf", URL + "/readyz")
        with open(self.debian.path(DATA + "/first_key"), encoding="ascii") as file:
            self.key = file.read().strip()
        self.assertTrue(self.key.startswith("csk_live_"))
        journal = self.inside("journalctl", "--no-pager", "-u", "malote")
        self.assertIn(DATA + "/first_key", journal)
        self.assertNotIn("csk_live_", journal)
        self.malote("events", "publish", "order.created", '{"order_id":"before the upgrade"}')
        self.assertEqual(self.event_types(), ["order.created"])

    def is_locked_up(self):
        lines = self.inside("cat", f"/proc/{self.status('MainPID')}/status").splitlines()
        fields = dict(line.split(":\t", 1) for line in lines if ":\t" in line)
        self.assertEqual(fields["NoNewPrivs"], "1")
        self.assertEqual(fields["Seccomp"], "2")
        self.assertEqual({fields[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")}, {"0" * 16})
        self.assertNotEqual(fields["Uid"].split()[0], "0")
        files = self.inside("grep", "open files", f"/proc/{self.status('MainPID')}/limits").split()
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)  # a container may not be let beyond it
        self.assertIn(files[3], {"65536", str(most)})
        verified = self.inside("systemd-analyze", "verify", "--man=no", "malote.service")
        self.assertNotIn("malote", verified)
        rated = self.inside("systemd-analyze", "security", "--no-pager", "malote.service")
        exposure = float(rated.split("exposure level for malote.service:")[1].split()[0])
        self.assertLess(exposure, 2.0)

    def reload(self):
        before = self.status("MainPID")
        self.inside("systemctl", "reload", "malote.service")
        self.inside("curl", "-sSf", URL + "/readyz")
        self.assertEqual(self.status("MainPID"), before)

    def refuse_bad_configuration(self):
        """A start with a misspelt key fails at once, says why, and is not tried again."""
        with open(self.debian.path(CONFIG), encoding="utf-8") as file:
            shipped = file.read()
        with open(self.debian.path(CONFIG), "w", encoding="utf-8") as file:
            file.write("lisen = '127.0.0.1:8080'\n" + shipped)
        self.assertNotEqual(self.debian.run("systemctl", "restart", "malote.service", check=False).returncode, 0)
        self.assertEqual((self.status(), self.status("NRestarts")), ("failed", "0"))
        self.assertIn("did you mean listen?", self.inside("journalctl", "--no-pager", "-u", "malote"))
        with open(self.debian.path(CONFIG), "w", encoding="utf-8") as file:
            file.write(shipped.replace("#json = false", "json = true"))
        self.inside("systemctl", "reset-failed", "malote.service")
        self.inside("systemctl", "start", "malote.service")

    def crash(self):
        before = self.status("MainPID")
        self.inside("sh", "-c", "kill -9 " + before)
        eventually(lambda: self.status() == "active" and self.status("MainPID") not in ("0", before),
                   timeout=60, what="the restart")
        self.assertEqual(self.event_types(), ["order.created"])

    def upgrade(self):
        before = self.status("MainPID")
        self.dpkg("-i", self.packages[1])
        self.assertEqual(self.inside("dpkg-query", "-W", "-f", "${Version}", "malote"), "1.1-1")
        self.assertEqual(self.status(), "active")
        self.assertNotEqual(self.status("MainPID"), before)
        self.assertEqual(self.event_types(), ["order.created"])
        self.assertIn("\njson = true\n", self.inside("cat", CONFIG))
        self.assertEqual(self.mode(CONFIG), ("640", "root", "malote"))

    def remove(self):
        self.dpkg("-r", "malote")
        self.assertNotEqual(self.status(), "active")
        self.assertEqual(self.mode(DATA + "/malote.db"), ("600", "malote", "malote"))
        self.assertIn("\njson = true\n", self.inside("cat", CONFIG))

    def install_again(self):
        self.dpkg("-i", self.packages[1])
        self.assertEqual(self.status(), "active")
        self.assertEqual(self.event_types(), ["order.created"])
        self.assertIn("\njson = true\n", self.inside("cat", CONFIG))

    def purge(self):
        self.dpkg("-P", "malote")
        self.assertNotEqual(self.status(), "active")
        left = self.inside("find", "/etc", "/usr", "/var/lib", "-name", "*malote*")
        self.assertEqual(left, "")
        self.assertNotEqual(self.debian.run("getent", "passwd", "malote", check=False).returncode, 0)
        self.assertNotEqual(self.debian.run("getent", "group", "malote", check=False).returncode, 0)


if __name__ == "__main__":
    reason = why_not()
    if reason:
        skip(reason)
    unittest.main(verbosity=1)
