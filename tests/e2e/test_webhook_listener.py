"""The cookbook's listener, and through it the C++ client over real HTTP, against a gateway that
answers by a script."""
import json
import os
import subprocess
import tempfile
import threading
import unittest
import urllib.error
import urllib.request

from harness import Receiver, Reply, ROOT, eventually, hmac_hex, skip_file

BIN = os.environ.get("WEBHOOK_LISTENER_BIN", os.path.join(
    ROOT, "build/release/examples/webhook_listener/webhook_listener"))
KEY = "csk_test_theKeyThatMustNeverLeak"
SECRET = "whsec_dGhlIHNlY3JldCB0aGF0IG11c3QgbmV2ZXIgbGVhaw=="
PAYMENT = {
    "id": "evt_0123456789abcdef", "type": "payment.confirmed", "event": "payment.confirmed",
    "payment_id": "pay_1", "amount": 150.350, "customer": {"cpf": "123", "phone": "5511999999999"},
    "items": [{"sku": "a"}], "shipping": {"cep": "01310100", "weight": 1.5},
}
OUTPUTS = {
    "codespar_invoice": {"pdf_url": "https://nfe.test/1.pdf"},
    "codespar_ship": {"tracking_code": "BR123"},
    "codespar_notify": {"id": "msg_1"},
}


class ScriptedGateway:
    """Answers the session routes; `fail` maps a tool to the reply it gets instead."""

    def __init__(self):
        self.calls, self.fail, self.open = [], {}, 0
        self.hold, self.release = False, threading.Event()
        self.http = Receiver(self.answer)

    def answer(self, request):
        self.calls.append(request)
        if self.hold:
            self.release.wait()
        if request.method == "DELETE":
            self.open -= 1
            return Reply(200, b'{"status":"closed"}')
        if request.path == "/v1/sessions":
            self.open += 1
            return Reply(201, b'{"id":"ses_1","servers":[],"status":"active"}')
        tool = request.json["tool"]
        return self.fail.get(tool) or Reply(200, json.dumps({
            "success": True, "data": OUTPUTS[tool], "error": None, "duration": 1, "server": "s",
            "tool": tool, "tool_call_id": "tc_1", "called_at": "2026-04-22T14:30:00.000Z"}).encode())

    def executed(self):
        return [call for call in self.calls if call.path.endswith("/execute")]

    def close(self):
        self.release.set()
        self.http.close()


class Listener:
    def __init__(self, gateway_url, folder, timeout_ms=20000):
        self.process = subprocess.Popen([BIN], text=True, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, env={
            "CODESPAR_BASE_URL": gateway_url, "CODESPAR_API_KEY": KEY,
            "CODESPAR_TRIGGER_SECRET": SECRET, "CODESPAR_TIMEOUT_MS": str(timeout_ms),
            "LISTEN": "127.0.0.1:0", "PROCESSED_FILE": os.path.join(folder, "processed.txt")})
        self.url = "http://" + self.process.stdout.readline().split()[-1]

    def post(self, body, signature=None, path="/api/webhooks/payment"):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json",
                   "X-CodeSpar-Signature": signature or hmac_hex(SECRET, raw)}
        request = urllib.request.Request(self.url + path, raw, headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, json.loads(answer.read())
        except urllib.error.HTTPError as error:
            return error.code, json.loads(error.read())

    def stop(self):
        """What it had to say."""
        self.process.kill()
        return self.process.communicate()[1]


class WebhookListenerTest(unittest.TestCase):
    def setUp(self):
        self.gateway = ScriptedGateway()
        self.addCleanup(self.gateway.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def listener(self, **options):
        # A slash at the end must not become two.
        listener = Listener(self.gateway.http.url("/"), self.folder, **options)
        self.addCleanup(listener.stop)
        return listener

    def test_runs_the_three_steps(self):
        listener = self.listener()
        self.assertEqual(listener.post(PAYMENT), (200, {"processed": True, "steps": 3}))
        calls = [(call.method, call.path) for call in self.gateway.calls]
        self.assertEqual(calls, [("POST", "/v1/sessions")] +
                         [("POST", "/v1/sessions/ses_1/execute")] * 3 +
                         [("DELETE", "/v1/sessions/ses_1")])
        sent = [json.loads(call.body) for call in self.gateway.executed()]
        self.assertEqual(sent, [
            {"tool": "codespar_invoice", "input": {
                "type": "nfe", "customer_cpf": "123", "items": [{"sku": "a"}], "total": 150.35}},
            {"tool": "codespar_ship", "input": {"to_cep": "01310100", "weight_kg": 1.5}},
            {"tool": "codespar_notify", "input": {
                "channel": "whatsapp", "to": "5511999999999", "template": "order_confirmed",
                "variables": {"tracking": "BR123", "nfe_url": "https://nfe.test/1.pdf"}}}])
        keys = [call.headers["idempotency-key"] for call in self.gateway.executed()]
        self.assertEqual(keys, ["pay_1:invoice", "pay_1:ship", "pay_1:notify"])
        self.assertEqual({call.headers["authorization"] for call in self.gateway.calls},
                         {"Bearer " + KEY})

    def test_takes_the_envelope_without_copies(self):
        data = {name: PAYMENT[name] for name in ("payment_id", "amount", "customer", "items",
                                                 "shipping")}
        event = {"id": "evt_1", "type": "payment.confirmed", "data": data}
        self.assertEqual(self.listener().post(event), (200, {"processed": True, "steps": 3}))
        self.assertEqual(self.gateway.executed()[1].json["input"]["to_cep"], "01310100")

    def test_refuses_what_is_not_signed(self):
        listener = self.listener()
        raw = json.dumps(PAYMENT).encode()
        for signature in ("x", hmac_hex("other", raw), hmac_hex(SECRET, raw + b" "),
                          hmac_hex(SECRET, raw)[:-1]):
            self.assertEqual(listener.post(raw, signature)[0], 401)
        self.assertEqual(listener.post(b"{", hmac_hex(SECRET, b"{"))[0], 400)
        self.assertEqual(listener.post(PAYMENT, path="/other")[0], 404)
        self.assertEqual(self.gateway.calls, [])

    def test_ignores_other_events(self):
        event = {**PAYMENT, "event": "payment.failed", "type": "payment.failed"}
        self.assertEqual(self.listener().post(event), (200, {"received": True}))
        self.assertEqual(self.gateway.calls, [])

    def test_a_payment_is_processed_once_over_restarts_and_events(self):
        first = self.listener()
        self.assertEqual(first.post(PAYMENT)[1]["steps"], 3)
        again = {**PAYMENT, "id": "evt_another"}
        self.assertEqual(first.post(again), (200, {"already_processed": True}))
        first.stop()
        self.assertEqual(self.listener().post(PAYMENT), (200, {"already_processed": True}))
        self.assertEqual(len(self.gateway.executed()), 3)

    def test_a_failed_step_does_not_stop_the_others(self):
        self.gateway.fail["codespar_invoice"] = Reply(500, b'{"error":"down"}')
        listener = self.listener()
        self.assertEqual(listener.post(PAYMENT), (200, {"processed": True, "steps": 2}))
        variables = self.gateway.executed()[2].json["input"]["variables"]
        self.assertEqual(variables, {"tracking": "BR123", "nfe_url": None})
        self.assertIn('step 0, codespar_invoice: 500: {"error":"down"}', listener.stop())

    def test_a_gateway_that_refuses_makes_the_webhook_come_again(self):
        listener = self.listener()
        self.gateway.http.answer = lambda request: Reply(
            401, json.dumps({"error": "unauthorized", "message": "no " + KEY}).encode())
        self.assertEqual(listener.post(PAYMENT)[0], 503)
        self.gateway.http.answer = self.gateway.answer
        self.assertEqual(listener.post(PAYMENT)[1]["steps"], 3)
        said = listener.stop()
        self.assertIn("createSession failed: 401 — no [api key]", said)
        self.assertNotIn(KEY, said)

    def test_a_gateway_that_is_silent_times_out(self):
        self.gateway.hold = True
        listener = self.listener(timeout_ms=100)
        self.assertEqual(listener.post(PAYMENT)[0], 503)
        self.assertIn("Timeout was reached", listener.stop())

    def test_two_deliveries_at_once_do_not_run_twice(self):
        self.gateway.hold = True
        listener = self.listener()
        answers = []
        first = threading.Thread(target=lambda: answers.append(listener.post(PAYMENT)))
        first.start()
        eventually(lambda: self.gateway.calls, what="the first delivery's session")
        self.assertEqual(listener.post(PAYMENT)[0], 503)
        self.gateway.hold = False
        self.gateway.release.set()
        first.join()
        self.assertEqual(answers, [(200, {"processed": True, "steps": 3})])

    def test_says_what_is_wrong_with_its_settings(self):
        for name, value, expected in (("CODESPAR_API_KEY", "sk_wrong", "api_key must be"),
                                      ("CODESPAR_TRIGGER_SECRET", "", "CODESPAR_TRIGGER_SECRET"),
                                      ("CODESPAR_TIMEOUT_MS", "soon", "CODESPAR_TIMEOUT_MS"),
                                      ("LISTEN", "3000", "'3000' is no address")):
            environment = {"CODESPAR_API_KEY": KEY, "CODESPAR_TRIGGER_SECRET": SECRET,
                           "PROCESSED_FILE": os.path.join(self.folder, "p"), name: value}
            done = subprocess.run([BIN], env=environment, capture_output=True, text=True, timeout=20,
                                  check=False)
            self.assertEqual(done.returncode, 2)
            self.assertIn(expected, done.stderr)
            self.assertNotIn("sk_wrong", done.stderr)


if __name__ == "__main__":
    if not os.access(BIN, os.X_OK):
        skip_file(f"no listener at {BIN}; set WEBHOOK_LISTENER_BIN")
    unittest.main(verbosity=1)
