#!/usr/bin/python3
"""The alerts and the board under packaging/ against what a gateway really shows at /metrics."""
import itertools
import json
import os
import re
import shutil
import subprocess

from harness import ROOT, GatewayTest, Reply, eventually, main
from sessions import call_with_unknown_end

ALERTS = os.path.join(ROOT, "packaging/prometheus/alerts.yml")
BOARD = os.path.join(ROOT, "packaging/grafana/malote.json")
SELECTOR = re.compile(r"(malote_[a-z_]+)(?:\{([^}]*)\})?")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def selectors(text):
    """(metric, {(label, value)}) of each place that names one; only labels that must be equal."""
    return [(name, set(re.findall(r'(\w+)="([^"]*)"', labels))) for name, labels in SELECTOR.findall(text)]


class Monitoring(GatewayTest):
    def setUp(self):
        super().setUp()
        self.gw.trigger(self.receiver.url(), self.event)
        dying = self.gw.trigger(self.receiver.url("/dead"), self.event, retry_schedule=[])
        self.receiver.answer = lambda request: Reply(500 if request.path.startswith(("/dead", "/provider")) else 200)
        self.gw.publish(self.event)
        self.gw.delivery(dying, "dead")
        made = self.gw.ok("POST", "/v1/connections", {"server_id": "asaas", "webhook_secret": "the-known-token"})
        for token, status in (("the-known-token", 200), ("another", 401)):
            answer = self.gw.request("POST", made["webhook_path"], b'{"event":"X","id":"1"}',
                                     {"asaas-access-token": token})
            self.assertEqual(answer.status, status)
        call_with_unknown_end(self.gw, self.receiver.url("/provider"))
        text = eventually(lambda: self.metrics_with(r'outcome="delivered"\} [1-9]'), what="a delivery in the metrics")
        self.samples = selectors(re.sub(r"(?m)^#.*\n", "", text))
        self.families = set(re.findall(r"(?m)^# TYPE (\S+) ", text))

    def metrics_with(self, pattern):
        text = self.gw.request("GET", "/metrics").body.decode()
        return text if re.search(pattern, text) else ""

    def check_names(self, text):
        used = selectors(text)
        self.assertTrue(used)
        for name, labels in used:
            wanted = {(label, value) for label, value in labels if "$" not in value}
            self.assertTrue(any(name == known and wanted <= has for known, has in self.samples), (name, wanted))
        return {name for name, _ in used}

    def test_alerts_and_board_use_what_is_there(self):
        self.check_names(read(ALERTS).replace("- alert: Malote", ""))
        board = json.loads(read(BOARD))
        expressions = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
        shown = {re.sub("_bucket$", "", name) for name in self.check_names("\n".join(expressions))}
        self.assertEqual(shown, self.families)  # and leave nothing out

    def test_loops_and_tools_are_counted(self):
        def value(name, **labels):
            text = self.metrics_with(".")
            wanted = ",".join(f'{label}="{value}"' for label, value in labels.items())
            series = f"{name}{{{wanted}}} " if wanted else name + " "
            return float(re.search("(?m)^" + re.escape(series) + r"(\S+)", text)[1])
        self.assertGreaterEqual(value("malote_tool_requests_total", outcome="unknown", server_id="z-api"), 1)
        self.assertGreaterEqual(value("malote_tool_request_seconds_count"), 1)
        self.assertEqual(value("malote_certificate_expires_timestamp_seconds"), 0)
        for tool, state in (("malote/echo", "completed"), ("malote/fail", "failed")):
            before = value("malote_loop_runs_total", state=state)
            params = {"status": 400} if tool == "malote/fail" else {}
            loop = self.gw.ok("POST", "/v1/loops", {"name": f"{self.event}.{state}", "steps": [
                {"name": "one", "tool": tool, "params": params}]})
            self.gw.ok("POST", f"/v1/loops/{loop['id']}/run", {"payload": {}})
            eventually(lambda: value("malote_loop_runs_total", state=state) == before + 1, what=state)

    def test_the_board_is_one(self):
        board = json.loads(read(BOARD))
        self.assertLessEqual({"title", "uid", "schemaVersion", "panels", "templating", "time"}, set(board))
        self.assertEqual(len({panel["id"] for panel in board["panels"]}), len(board["panels"]))
        places = []
        for panel in board["panels"]:
            self.assertLessEqual({"type", "title", "gridPos", "targets", "fieldConfig"}, set(panel))
            self.assertTrue(panel["targets"], panel["title"])
            place = panel["gridPos"]
            self.assertLessEqual(place["x"] + place["w"], 24)
            places.append({(x, y) for x in range(place["x"], place["x"] + place["w"])
                           for y in range(place["y"], place["y"] + place["h"])})
        for one, other in itertools.combinations(places, 2):
            self.assertFalse(one & other)
        variables = {variable["name"] for variable in board["templating"]["list"]}
        used = set(re.findall(r"\$\{?(\w+)", json.dumps(board["panels"]))) - {"__rate_interval"}
        self.assertEqual(used, variables)

    def test_alerts_fire_when_they_should(self):
        if not shutil.which("promtool"):
            self.skipTest("promtool is not installed (Debian's package prometheus)")
        done = subprocess.run(["promtool", "test", "rules", ALERTS.replace(".yml", "_test.yml")],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        tested = set(re.findall(r"alertname: (\w+)\n *exp_alerts", read(ALERTS.replace(".yml", "_test.yml"))))
        self.assertEqual(tested, set(re.findall(r"- alert: (\w+)", read(ALERTS))))


if __name__ == "__main__":
    main()
