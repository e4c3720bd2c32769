#!/usr/bin/python3
"""What pages say of the program, held against the program: configuration, metrics, reasons."""
import glob
import os
import re
import tempfile
import unittest

from harness import ROOT, Gateway, GatewayTest, Reply, main, run
from sessions import call_with_unknown_end


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


PAGES = {os.path.relpath(path, ROOT): read(path)
         for path in [*glob.glob(os.path.join(ROOT, "docs/*.md")), os.path.join(ROOT, "README.md")]}
TOML = re.compile(r"^```toml\n(.*?)^```$", re.M | re.S)
METRIC = re.compile(r"\bmalote_[a-z_]*(?:total|seconds|seconds_bucket|bytes|queue)\b")
LABEL = re.compile(r"\bmalote_\w+\{(\w+)=\"(\w+)\"")


class Configuration(unittest.TestCase):
    def test_every_block_is_taken(self):
        """Flags give address and folder; what a page names is not there, and must not be needed."""
        blocks = [(name, block) for name, page in PAGES.items() for block in TOML.findall(page)]
        self.assertGreater(len(blocks), 3)
        for name, block in blocks:
            with self.subTest(f"{name}: {block[:40]}"):
                variables = {"CHAT_API_KEY": "k", "CRM_TOKEN": "t"}
                whole = block if "public_url" in block or "[oauth" not in block else 'public_url = "https://x"\n' + block
                with Gateway(dev=False, config=whole, env=variables) as gw:
                    self.assertEqual(gw.terminate(), 0)

    def test_a_key_that_is_not_known_is_refused(self):
        with tempfile.NamedTemporaryFile("w", suffix=".toml") as file:
            file.write("[http]\nworker = 4\n")
            file.flush()
            done = run("serve", "--config", file.name)
        self.assertEqual(done.returncode, 2)
        self.assertIn("unknown key http.worker; did you mean http.workers", done.stderr)


class Metrics(GatewayTest):
    def test_every_metric_of_the_pages_is_there(self):
        """Also its labels: one of each kind is made first."""
        self.gw.trigger(self.receiver.url(), self.event)
        self.gw.publish(self.event)
        self.receiver.take()
        connection = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas", "webhook_secret": "the token"})
        for token in ("the token", "another"):
            self.gw.request("POST", connection["webhook_path"],
                            '{"id":"e1","event":"PAYMENT_RECEIVED","payment":{"id":"p1","value":1}}',
                            {"asaas-access-token": token, "Content-Type": "application/json"})
        self.receiver.answer = lambda request: Reply(500)
        call_with_unknown_end(self.gw, self.receiver.url("/provider"))
        shown = self.gw.request("GET", "/metrics").body.decode()
        for name, page in PAGES.items():
            for metric in set(METRIC.findall(page)):
                self.assertIn("\n" + metric, "\n" + shown, f"{name}: {metric}")
            for label, value in set(LABEL.findall(page)):
                self.assertIn(f'{label}="{value}"', shown, f"{name}: {label}={value}")


class Words(unittest.TestCase):
    def test_reasons_of_refusals(self):
        page = PAGES["docs/runbook.md"]
        section = page[page.index("## A provider's signature fails"):page.index("## The store grows")]
        named = {word for row in re.findall(r"^\| (.*?) \|", section, re.M) for word in re.findall(r"`(\w+)`", row)}
        source = read(os.path.join(ROOT, "src/providers/verify.cc"))
        known = set(re.findall(r'case Refusal::\w+: return "(\w+)";', source))
        self.assertGreater(len(named), 8)
        self.assertEqual(named - known, set())


if __name__ == "__main__":
    main()
