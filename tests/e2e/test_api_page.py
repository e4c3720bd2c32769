#!/usr/bin/python3
"""Every command of docs/api.md, run against a gateway. The ids of the page stand for things that are
made anew for each command; what must come back is a status that the page promises, and no refusal."""
import json
import os
import re
import signal
import subprocess
import unittest

from harness import API_KEY, ROOT, Gateway, Receiver, Reply, eventually, main

PAGE = os.path.join(ROOT, "docs/api.md")
ROUTE = re.compile(r"^### (.+?)\n\n`(\w+) (\S+)`.*?```sh\n(.*?)```\n(.*?)(?=^##|\Z)", re.M | re.S)
CONFIG = """public_url = "https://gateway.example"
[oauth.mercado-pago]
client_id = "a"
client_secret = "b"
authorize_url = "https://auth.example/authorize"
token_url = "https://auth.example/token"
"""
# What a page's command cannot have: a proof, a user who comes back, a fault that was mended, a cookie.
REFUSED = {"POST /v1/webhooks/{server_id}/{connection_id}": 401, "GET /v1/connect/callback": 400,
           "POST /v1/connections/{id}/rejected/{rejected_id}/accept": 409, "GET /v1/console/session": 401}
SHELL = 'curl() { command curl -i "$@"; }\n'


class ApiPage(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gw = Gateway(config=CONFIG)
        cls.addClassCleanup(cls.gw.close)
        cls.receiver = Receiver(lambda request: Reply(500))
        cls.addClassCleanup(cls.receiver.close)
        cls.count = 0
        cls.gw.ok("POST", "/v1/connections", {"server_id": "stripe", "secret": "any",
                                              "connection_metadata": {"api_base_url": cls.receiver.url("")}})
        with open(PAGE, encoding="utf-8") as file:
            cls.routes = ROUTE.findall(file.read())

    # --- what the page's ids stand for ---

    def made(self, path, body=None):
        return self.gw.ok("POST", path, body or {})

    def trigger(self):
        return self.gw.trigger(self.receiver.url(), "page.event", retry_schedule=["1h"])

    def listener(self):
        return self.gw.ok("PUT", "/v1/listeners/page", {"events": ["*"]})

    def event(self):
        return self.gw.publish("page.event")

    def delivery(self):
        trigger = self.trigger()
        self.event()
        return trigger, self.gw.delivery(trigger, "failed")

    def connection(self):
        return self.made("/v1/connections", {"server_id": "asaas", "webhook_secret": "the token"})

    def rejected(self):
        connection = self.connection()
        self.gw.request("POST", connection["webhook_path"], "{}", {"asaas-access-token": "other"})
        listed = self.gw.ok("GET", f"/v1/connections/{connection['id']}/rejected")
        return connection, listed["rejected"][0]

    def session(self):
        return self.made("/v1/sessions", {"user_id": "u", "mocks": {"asaas/create_payment": {"id": "pay_1"}}})

    def call(self):
        session = self.session()
        return session, self.made(f"/v1/sessions/{session['id']}/execute", {
            "tool": "asaas/create_payment",
            "input": {"customer": "c", "billingType": "PIX", "value": 1, "dueDate": "2026-12-31"}})

    def recorded_call(self):
        session = self.session()
        return session, self.made(f"/v1/sessions/{session['id']}/tool-calls", {
            "tool_name": "asaas/create_payment", "server_id": "asaas", "status": "running", "input": {}})

    def loop(self, tool="stripe/list_refunds"):
        type(self).count += 1
        return self.made("/v1/loops", {"name": f"loop-{self.count}", "steps": [{"name": "a", "tool": tool}]})

    def running(self):
        """Its provider answers 500 to a call that may be repeated."""
        return self.made(f"/v1/loops/{self.loop()['id']}/run", {"payload": {}})

    def failed(self):
        run = self.made(f"/v1/loops/{self.loop('mercado-pago/search_payments')['id']}/run", {"payload": {}})
        eventually(lambda: self.gw.ok("GET", "/v1/runs/" + run["id"])["state"] == "failed", what="the failure")
        return run

    def project(self):
        type(self).count += 1
        return self.made("/v1/projects", {"name": f"project {self.count}"})

    def filled_in(self, command, path):
        """The command with the page's ids replaced; what belongs together is made together."""
        found = set(re.findall(r"\b(?:trg|dlv|evt|prj|key|ca|rej|ses|tc|lop|run)_\w+", command))
        by_kind = {text.split("_")[0]: text for text in found}
        real = {}
        if "rej" in by_kind:
            connection, rejected = self.rejected()
            real = {"ca": connection["id"], "rej": rejected["id"]}
        elif "dlv" in by_kind and "/listeners/" in path:
            real = {"dlv": by_kind["dlv"]}  # one that was not handed out is not taken
        elif "dlv" in by_kind:
            trigger, delivery = self.delivery()
            real = {"trg": trigger["id"], "dlv": delivery["id"]}
        elif "tc" in by_kind:
            session, call = self.recorded_call() if "/sessions/" in path else self.call()
            real = {"ses": session["id"], "tc": call.get("tool_call_id") or call["id"]}
        makers = {"trg": self.listener if "/listeners/" in path else self.trigger, "ca": self.connection, "ses": self.session, "lop": self.loop,
                  "run": self.failed if path.endswith("/redrive") else self.running, "prj": self.project,
                  "key": lambda: self.made("/v1/api-keys", {"name": "page"})}
        for kind, text in by_kind.items():
            if kind not in real:
                made = self.event() if kind == "evt" else makers[kind]()
                real[kind] = made if isinstance(made, str) else made["id"]
            command = command.replace(text, str(real[kind]))
        return command.replace("csk_test_…", API_KEY)

    def status_of(self, command):
        env = {"PATH": os.environ["PATH"], "MALOTE_URL": "http://" + self.gw.address, "MALOTE_API_KEY": API_KEY}
        with open(os.path.join(self.gw.folder, "request.body"), "w", encoding="utf-8") as file:
            file.write("{}")
        with subprocess.Popen(["bash", "-c", SHELL + command], cwd=self.gw.folder, env=env, text=True,
                              stdout=subprocess.PIPE, start_new_session=True) as shell:
            status = shell.stdout.readline().split()[1]
            if "curl -sN" in command:  # it would go on
                os.killpg(shell.pid, signal.SIGKILL)
            return int(status), shell.stdout.read()

    # --- the tests ---

    def test_every_command(self):
        self.assertGreater(len(self.routes), 80)
        for summary, method, path, command, rest in self.routes:
            with self.subTest(f"{method} {path}"):
                status, body = self.status_of(self.filled_in(command, path))
                expected = REFUSED.get(f"{method} {path}")
                self.assertTrue(status == expected if expected else 200 <= status < 300, f"{status} {body[:300]}")
                self.assertRegex(rest, rf"(?m)^\| {status} \||Besides [0-9, ]*{status}|default", summary)

    def test_every_route_of_the_description(self):
        described = {(method.upper(), path) for path, node in self.gw.ok("GET", "/v1/openapi.json")["paths"].items()
                     for method in node if method in ("get", "post", "put", "patch", "delete", "head")}
        self.assertEqual({(method, path) for _, method, path, _, _ in self.routes}, described)


if __name__ == "__main__":
    main()
