"""The shared vectors, this package's own sessions under every scheme, and the runner itself."""
import copy
import json
import pathlib
import subprocess
import sys
import unittest

import sessions
import vectors
from fixtures import ROOT
from malote_receiver.profiles import PROFILES

HERE = pathlib.Path(__file__).parent
FILE = ROOT / "data/vectors/receivers.json"
RUNNER = HERE.parent / "conformance"


class SessionsTest(unittest.TestCase):
    def test_every_session_under_every_scheme(self):
        document = {"now": 1776868200, "profiles": PROFILES}
        for session in json.loads((HERE / "sessions.json").read_text()):
            for scheme in PROFILES:
                with self.subTest(session=session["id"], scheme=scheme):
                    _, problems = sessions.run(document, dict(session, profile=scheme))
                    self.assertEqual(problems, [])


class RunnerTest(unittest.TestCase):
    def setUp(self):
        self.document = json.loads(FILE.read_text())

    def test_the_profiles_of_the_file_are_the_ones_that_count(self):
        document = copy.deepcopy(self.document)
        for profile in document["profiles"].values():
            profile["signature_header"] = "X-Nobody-Sends-This"
        results = {result.id: result for result in vectors.run(document)}
        self.assertEqual(results["standard/valid"].seen["verify"], "missing_header")
        self.assertTrue(results["standard/valid"].problems)

    def test_a_wrong_expectation_fails(self):
        case = dict(self.document["cases"][0], expect={"verify": "ok", "http": 401})
        document = dict(self.document, cases=[case], sessions=[{
            "id": "s", "steps": [{"delivery": "A", "http": 503, "ran": False}]}])
        found = [result.problems for result in vectors.run(document)]
        self.assertEqual([len(problems) for problems in found], [1, 2])

    def test_the_command_line(self):
        done = subprocess.run([sys.executable, str(RUNNER), str(FILE), "--json"], text=True,
                              stdout=subprocess.PIPE, encoding="utf-8", check=True)
        lines = done.stdout.splitlines()
        self.assertEqual(lines[-1], f"{len(lines) - 1} passed, 0 failed")
        self.assertEqual(list(json.loads(lines[0])), ["id", "verify", "http", "dispatch",
                                                      "matched_secret", "event"])


if __name__ == "__main__":
    unittest.main()
