#!/usr/bin/python3
"""What the program writes of its own command line: the manual page and the completion scripts."""
import functools
import re
import shutil
import subprocess
import unittest

from harness import main, run


@functools.cache
def commands(*path):
    """Every command as --help lists them, as tuples of words."""
    shown = run(*path, "--help").stdout
    _, _, listed = shown.partition("\nSubcommands:\n")
    found = []
    for name in re.findall(r"(?m)^  (\S+) ", listed):
        found += [path + (name,), *commands(*path, name)]
    return found


def shell(name, script):
    """The words that a script prints, in a shell that reads no files of its own."""
    options = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[name]
    done = subprocess.run([name, *options, "-c", script], capture_output=True, text=True, timeout=30, check=False)
    if done.stderr:
        raise AssertionError(done.stderr)
    return done.stdout.split()


class Manual(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.page = run("man").stdout
        cls.commands = commands()

    def test_every_command_has_its_section(self):
        self.assertGreater(len(self.commands), 50)
        sections = set(re.findall(r"(?m)^\.SS (.*)$", self.page))
        self.assertEqual(sections, {"malote " + " ".join(path).replace("-", "\\-") for path in self.commands})

    def test_every_option_of_a_command_stands_in_its_section(self):
        sections = self.page.split(".SS malote ")
        create = next(text for text in sections if text.startswith("triggers create\n"))
        for option in re.findall(r"(?m)^  (--\S+)", run("triggers", "create", "--help").stdout):
            self.assertIn("\\fB" + option.replace("-", "\\-") + "\\fR", create)

    def test_roff_finds_no_fault_with_it(self):
        tool = next((tool for tool in ("groff", "mandoc") if shutil.which(tool)), None)
        if not tool:
            self.skipTest("neither groff nor mandoc is installed")
        args = {"groff": ["groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-z"],
                "mandoc": ["mandoc", "-Tlint", "-Werror"]}[tool]
        done = subprocess.run(args, input=self.page, capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_nothing_of_it_is_taken_for_a_request(self):
        known = {".TH", ".nh", ".ad", ".SH", ".SS", ".TP", ".PP"}
        self.assertEqual({line.split()[0] for line in self.page.splitlines() if line.startswith((".", "'"))}, known)


class Completion(unittest.TestCase):
    def setUp(self):
        self.shell = self._testMethodName.rpartition("_")[2]
        if not shutil.which(self.shell):
            self.skipTest(self.shell + " is not installed")
        self.script = run("completion", self.shell).stdout

    def check(self, complete):
        top = complete("")
        for path in commands():
            if len(path) == 1:
                self.assertIn(path[0], top)
        self.assertIn("create", complete("triggers", ""))
        self.assertIn("--event", complete("triggers", "create", ""))
        self.assertIn("--event", complete("--url", "http://127.0.0.1:1", "triggers", "create", ""))
        self.assertNotIn("--event", complete("triggers", "list", ""))

    def test_bash(self):
        def complete(*words):
            listed = " ".join(f"'{word}'" for word in words)
            return shell("bash", self.script + f"""
                COMP_WORDS=(malote {listed}); COMP_CWORD={len(words)}; _malote; echo "${{COMPREPLY[@]}}" """)
        self.check(complete)
        self.assertEqual(complete("triggers", "create", "--e"), ["--event"])
        self.assertEqual(complete("serve", "--config", ""), [])  # bash completes the file name

    def test_zsh(self):
        def complete(*words):
            listed = " ".join(f"'{word}'" for word in words)
            return shell("zsh", f"""
                compdef() {{ }}; compadd() {{ shift; print -- "$@" }}; _files() {{ print FILES }}
                {self.script}
                words=(malote {listed}); CURRENT={len(words) + 1}; _malote""")
        self.check(complete)
        self.assertEqual(complete("serve", "--config", ""), ["FILES"])

    def test_fish(self):
        def complete(*words):
            return shell("fish", self.script + f'\ncomplete -C "malote {" ".join(words)}"')
        self.check(complete)
        self.assertEqual(complete("triggers", "create", "--e"), ["--event"])


class OtherShells(unittest.TestCase):
    def test_are_refused(self):
        done = run("completion", "tcsh")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("bash", done.stderr)


if __name__ == "__main__":
    main()
