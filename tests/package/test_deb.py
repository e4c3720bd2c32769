#!/usr/bin/python3
"""What is in the Debian package, without installing it."""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

from harness import BIN, ROOT, is_sanitized, main, run, skip_file  # noqa: E402

SCRIPTS = ("packaging/deb/postinst", "packaging/deb/prerm", "packaging/deb/postrm", "packaging/deb/build",
           "tests/package/boot", "scripts/bootstrap", "packaging/docker/healthcheck")
UNIT = "lib/systemd/system/malote.service"
CONFFILES = ["/etc/default/malote", "/etc/malote/malote.toml"]
MODES = {"./etc/malote/malote.toml": "-rw-r-----", "./etc/default/malote": "-rw-------", "./usr/bin/malote": "-rwxr-xr-x"}
WANTED = ["./" + UNIT, "./usr/bin/malote", "./usr/share/man/man1/malote.1.gz",
          "./usr/share/bash-completion/completions/malote", "./usr/share/zsh/vendor-completions/_malote",
          "./usr/share/fish/vendor_completions.d/malote.fish", "./usr/share/doc/malote/copyright",
          "./usr/share/doc/malote/changelog.Debian.gz", "./usr/share/doc/malote/install.md"]


def command(*args, **options):
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(args)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


class Deb(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="malote-deb-")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        command(os.path.join(ROOT, "packaging/deb/build"), BIN, cls.folder)
        (cls.path,) = [os.path.join(cls.folder, name) for name in os.listdir(cls.folder)]
        command("dpkg-deb", "-R", cls.path, cls.folder + "/in")
        cls.listed = {}
        for line in command("dpkg-deb", "-c", cls.path).splitlines():
            mode, owner, _, _, _, path = line.split(maxsplit=5)
            cls.listed[path] = (mode, owner)

    def inside(self, path):
        with open(os.path.join(self.folder, "in", path), encoding="utf-8") as file:
            return file.read()

    def test_files_and_their_modes(self):
        self.assertLessEqual(set(WANTED), set(self.listed))
        for path, (mode, owner) in self.listed.items():
            self.assertEqual(owner, "root/root", path)
            usual = "drwxr-xr-x" if path.endswith("/") else "-rw-r--r--"
            self.assertEqual(mode, MODES.get(path, usual), path)

    def test_control(self):
        fields = dict(re.findall(r"(?m)^(\S+): (.*)$", self.inside("DEBIAN/control")))
        self.assertEqual(fields["Version"], run("--version").stdout.split()[1] + "-1")
        for library in ("libc6", "libssl3", "libsqlite3-0", "libcurl4", "adduser"):
            self.assertIn(library, fields["Depends"])
        self.assertNotIn("@", self.inside("DEBIAN/control").replace(fields["Maintainer"], ""))
        self.assertEqual(self.inside("DEBIAN/conffiles").split(), CONFFILES)
        self.assertEqual([path for path in self.listed if path.startswith("./etc/") and not path.endswith("/")],
                         ["." + path for path in CONFFILES])

    def test_checksums_are_those_of_the_files(self):
        command("md5sum", "--check", "--strict", "--quiet", "DEBIAN/md5sums", cwd=self.folder + "/in")

    def test_the_same_sources_give_the_same_package(self):
        again = os.path.join(self.folder, "again")
        command(os.path.join(ROOT, "packaging/deb/build"), BIN, again)
        command("cmp", self.path, os.path.join(again, os.path.basename(self.path)))

    def test_the_unit(self):
        unit = self.inside(UNIT)
        start = re.search(r"(?m)^ExecStart=(\S+) (.*)$", unit)
        self.assertIn("." + start[1], self.listed)
        options = re.findall(r"--[\w-]+", start[2])
        self.assertLessEqual(set(options), set(re.findall(r"--[\w-]+", run("serve", "--help").stdout)))
        for name in re.findall(r"MALOTE_\w+(?==)", unit + self.inside("etc/default/malote")):
            self.assertIn(name, run("serve", "--help").stdout)
        if not shutil.which("systemd-analyze"):
            self.skipTest("systemd-analyze is not installed")
        here = os.path.join(self.folder, "malote.service")
        with open(here, "w", encoding="utf-8") as out:
            out.write(unit.replace("/usr/bin/malote", os.path.abspath(BIN)))
        self.assertEqual(command("systemd-analyze", "verify", "--man=no", here), "")
        rated = command("systemd-analyze", "security", "--offline=true", here)
        self.assertLess(float(rated.split("exposure level for malote.service:")[1].split()[0]), 2.0)

    def test_lintian(self):
        if not shutil.which("lintian"):
            self.skipTest("lintian is not installed")
        said = command("lintian", "--allow-root", "--tag-display-limit", "0", "--fail-on", "error,warning", self.path)
        self.assertEqual(said, "")


class Scripts(unittest.TestCase):
    def test_shells_take_them(self):
        for path in SCRIPTS:
            path = os.path.join(ROOT, path)
            with open(path, encoding="utf-8") as file:
                shell = "bash" if "bash" in file.readline() else "sh"
            command(shell, "-n", path)

    def test_shellcheck(self):
        if not shutil.which("shellcheck"):
            self.skipTest("shellcheck is not installed")
        command("shellcheck", *(os.path.join(ROOT, path) for path in SCRIPTS))


if __name__ == "__main__":
    for tool in ("dpkg-deb", "dpkg-shlibdeps", "xz"):
        if not shutil.which(tool):
            skip_file(tool + " is not installed")
    if is_sanitized():
        skip_file("a program with sanitizers is not packed")
    main()
