#!/usr/bin/python3
"""The cookbook's three steps end to end: an independent client, and the listener of examples/, against
a real gateway with emulated providers."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from emulated import EmulatorTest
from harness import API_KEY, ROOT, eventually, main

SCRIPT = os.path.join(ROOT, "tests/clients/javascript/run_cookbook.mjs")
LISTENER = os.environ.get("WEBHOOK_LISTENER_BIN",
                          os.path.join(ROOT, "build/release/examples/webhook_listener/webhook_listener"))
SERVERS = ("nuvem-fiscal", "correios", "z-api")
ORDER = {"payment_id": "pay_1", "amount": 150.35, "customer": {"cpf": "12345678909", "phone": "5511999999999"},
         "items": [{"description": "Book", "quantity": 1, "unit_price": 150.35}],
         "shipping": {"cep": "01310100", "weight": 1.5}}
TOOLS = ["codespar_notify", "codespar_ship", "codespar_invoice"]  # newest first


class CookbookTest(EmulatorTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        for server in SERVERS:
            cls.connect(server)

    def calls(self, **query):
        tail = "&".join(f"{name}={value}" for name, value in query.items())
        return self.gw.ok("GET", "/v1/tool-calls?" + tail)["tool_calls"]

    def assertDone(self, calls):
        """The three calls, newest first: the message holds what the two before it gave."""
        self.assertEqual([(call["tool_name"], call["status"]) for call in calls],
                         [(tool, "success") for tool in TOOLS])
        notify, ship, invoice = calls
        self.assertEqual(notify["input"]["variables"], {
            "tracking": ship["output"]["tracking_code"], "nfe_url": invoice["output"]["pdf_url"]})
        self.assertRegex(ship["output"]["tracking_code"], r"^[A-Z]{2}\d{9}BR$")
        document = self.emulator.call("GET", invoice["output"]["pdf_url"].split(self.emulator.address)[1])
        self.assertTrue(document.body.startswith(b"%PDF"))
        self.assertEqual([self.performed(server) for server in SERVERS], [1, 1, 1])
        self.assertTrue(notify["output"]["sent"])


class Client(CookbookTest):
    @classmethod
    def setUpClass(cls):
        if not shutil.which("node"):
            raise unittest.SkipTest("skipped: node is not installed")
        super().setUpClass()

    def run_cookbook(self, payload):
        done = subprocess.run(["node", SCRIPT, "http://" + self.gw.address, API_KEY, json.dumps(payload)],
                              capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_the_three_steps(self):
        result = self.run_cookbook(ORDER)
        self.assertEqual((result["success"], result["completedSteps"], result["totalSteps"], result["errors"]),
                         (True, 3, 3, []))
        session = "/v1/sessions/" + result["session_id"]
        self.assertDone(self.gw.ok("GET", session + "/tool-calls")["tool_calls"])
        row = self.gw.ok("GET", session)
        self.assertEqual((row["status"], row["servers"], row["user_id"], row["tool_calls_count"]),
                         ("closed", list(SERVERS), "user_123", 3))

    def test_a_step_that_fails_does_not_break_those_after_it(self):
        self.fault("correios", path="/prepostagem*", status=400)
        result = self.run_cookbook(ORDER)
        self.assertEqual((result["success"], result["completedSteps"]), (False, 2))
        self.assertEqual([(error["index"], error["tool"]) for error in result["errors"]], [(1, "codespar_ship")])
        self.assertIn("400", result["errors"][0]["error"])
        self.assertEqual([self.performed(server) for server in SERVERS], [1, 0, 1])


class Listener(CookbookTest):
    @classmethod
    def setUpClass(cls):
        if not os.access(LISTENER, os.X_OK):
            raise unittest.SkipTest(f"skipped: no listener at {LISTENER}; set WEBHOOK_LISTENER_BIN")
        super().setUpClass()

    def listen(self):
        """The listener behind a trigger of its own."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        # Its address is known once it runs, its secret once the trigger is made: it is patched in.
        trigger = self.gw.trigger("http://127.0.0.1:1/hook", "payment.confirmed", retry_schedule=["1s"])
        self.addCleanup(self.gw.ok, "DELETE", "/v1/triggers/" + trigger["id"])
        process = subprocess.Popen([LISTENER], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={
            "CODESPAR_BASE_URL": "http://" + self.gw.address, "CODESPAR_API_KEY": API_KEY,
            "CODESPAR_TRIGGER_SECRET": trigger["secret"], "CODESPAR_TIMEOUT_MS": "20000",
            "LISTEN": "127.0.0.1:0", "PROCESSED_FILE": os.path.join(folder.name, "processed.txt")})

        def stop():
            process.kill()
            process.communicate()

        self.addCleanup(stop)
        url = "http://" + process.stdout.readline().split()[-1] + "/api/webhooks/payment"
        self.gw.ok("PATCH", "/v1/triggers/" + trigger["id"], {"webhook_url": url})
        return trigger

    def test_a_payment_sets_off_the_three_steps_once(self):
        trigger = self.listen()
        order = {**ORDER, "payment_id": self.id()}
        for _ in range(2):  # two events about one payment
            self.gw.publish("payment.confirmed", order)
        self.gw.delivery(trigger, "delivered", count=2)
        calls = self.calls(limit=3)
        self.assertDone(calls)
        self.assertEqual(len({call["session_id"] for call in calls}), 1)
        session = self.gw.ok("GET", "/v1/sessions/" + calls[0]["session_id"])
        self.assertEqual((session["status"], session["tool_calls_count"]), ("closed", 3))

    def test_a_webhook_of_the_provider_sets_it_off(self):
        trigger = self.listen()
        connection = self.connect("asaas", webhook_secret="e2e-secret-of-the-provider-0123456")
        self.emulator.ok("POST", "/_emulator/webhooks", {
            "provider": "asaas", "secret": "e2e-secret-of-the-provider-0123456",
            "url": f"http://{self.gw.address}{connection['webhook_path']}"})
        made = self.emulator.ok("POST", "/asaas/v3/payments", {
            "customer": "cus_1", "billingType": "PIX", "value": 150.35, "dueDate": "2026-12-31"})
        self.emulator.ok("POST", "/_emulator/pay", {"provider": "asaas", "id": made["id"]})
        self.gw.delivery(trigger, "delivered")
        # Asaas tells neither items nor an address: the message goes out all the same.
        eventually(lambda: "codespar_notify" in [call["tool_name"] for call in self.calls(limit=3)])


if __name__ == "__main__":
    main()
