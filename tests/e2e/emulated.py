"""A `malote emulate` process beside the gateway, and connections that lead to it."""
import http.client
import json
import os
import queue
import signal
import subprocess
import threading

from harness import BIN, PATIENCE, Answer, GatewayTest


class EmulatorProcess:
    """A `malote emulate` process on a port that the system chose."""

    def __init__(self, *args, env=None):
        self.process = subprocess.Popen([BIN, "emulate", "--listen", "127.0.0.1:0", *args],
                                        env={"PATH": os.environ.get("PATH", ""), **(env or {})},
                                        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.output = []
        lines = queue.Queue()
        self.reader = threading.Thread(target=self._read, args=(lines,), daemon=True)
        self.reader.start()
        line = lines.get(timeout=PATIENCE)
        if line is None or " is listening on http://" not in line:
            raise AssertionError("the emulator did not start: " + "".join(self.output))
        self.address = line.split("http://")[1].strip()
        self.start_lines = [line, lines.get(timeout=PATIENCE)]

    def _read(self, lines):
        for line in self.process.stdout:
            self.output.append(line)
            lines.put(line)
        lines.put(None)

    def url(self, path):
        return f"http://{self.address}{path}"

    def call(self, method, path, body=None, headers=None, timeout=PATIENCE):
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        host, _, port = self.address.rpartition(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
        try:
            sent = {"access_token": "key", "Authorization": "Bearer key", **(headers or {})}
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def ok(self, method, path, body=None, headers=None):
        answer = self.call(method, path, body, headers)
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer}")
        return answer.json if answer.body else None

    def effects(self, provider):
        return self.ok("GET", "/_emulator/effects?provider=" + provider)["effects"]

    def close(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=PATIENCE)
        self.reader.join(timeout=PATIENCE)
        self.process.stdout.close()
        return code


PAYMENT = {"customer": "cus_1", "billingType": "PIX", "value": 150.35, "dueDate": "2026-12-31"}

SECRETS = {
    "asaas": {"api_key": "k"},
    "nuvem-fiscal": {"client_id": "a", "client_secret": "b"},
    "correios": {"user": "u", "token": "t", "posting_card": "1"},
    "z-api": {"instance_id": "I", "token": "T", "client_token": "c"},
    "mercado-pago": {"access_token": "k"},
    "stripe": {"secret_key": "k"},
}


class EmulatorTest(GatewayTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.emulator = EmulatorProcess()
        cls.addClassCleanup(cls.emulator.close)

    def setUp(self):
        super().setUp()
        for what in ("faults", "effects", "webhooks"):
            self.emulator.ok("DELETE", "/_emulator/" + what)

    @classmethod
    def connect(cls, server, secret=None, **more):
        """A connection whose calls go to the emulator."""
        return cls.gw.ok("POST", "/v1/connections", {
            "server_id": server, "secret": SECRETS[server] if secret is None else secret,
            "connection_metadata": {"api_base_url": cls.emulator.url("/" + server)}, **more})

    def fault(self, provider, **fault):
        self.emulator.ok("POST", "/_emulator/faults", {"provider": provider, **fault})

    def performed(self, provider, path=""):
        """How often the provider did something, all keys together."""
        return sum(effect["performed"] for effect in self.emulator.effects(provider)
                   if path in effect["path"])
