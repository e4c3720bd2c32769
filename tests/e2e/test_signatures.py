#!/usr/bin/python3
"""Deliveries verify with the npm package standardwebhooks and with the receiver of the triggers
guide, both under node."""
import base64
import json
import os
import shutil
import subprocess
import tempfile

from harness import HERE, GatewayTest, Reply, main, skip_file

PACKAGE = "standardwebhooks@1"


def install():
    """A folder with the package in node_modules; kept between runs when MALOTE_E2E_CACHE is set."""
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            skip_file(f"{tool} is not installed")
    folder = os.environ.get("MALOTE_E2E_CACHE") or tempfile.mkdtemp(prefix="malote-npm-")
    if not os.path.isdir(os.path.join(folder, "node_modules/standardwebhooks")):
        os.makedirs(folder, exist_ok=True)
        try:
            done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE],
                                  capture_output=True, text=True, timeout=60, check=False)
        except subprocess.TimeoutExpired:
            skip_file("npm install took longer than 60 s")
        if done.returncode != 0:
            skip_file("npm install failed: " + done.stderr.strip()[-300:])
    return folder


class Signatures(GatewayTest):
    @classmethod
    def setUpClass(cls):
        cls.folder = install()
        if not os.environ.get("MALOTE_E2E_CACHE"):
            cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        super().setUpClass()

    def verify(self, request, secret):
        given = {"headers": request.headers, "secret": secret,
                 "body": base64.b64encode(request.body).decode()}
        done = subprocess.run(["node", os.path.join(HERE, "test_signatures.js")], input=json.dumps(given),
                              env={**os.environ, "NODE_PATH": os.path.join(self.folder, "node_modules")},
                              capture_output=True, text=True, timeout=30, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, "ok\n"), done.stderr)

    def test_a_delivery_a_retry_and_a_rotated_secret(self):
        replies = iter([500, 200, 200])
        self.receiver.answer = lambda request: Reply(next(replies, 200))
        trigger = self.gw.trigger(self.receiver.url(), self.event, retry_schedule=["10ms"])
        self.gw.publish(self.event, {"text": "ação €  \" \\ \u2028", "amount": 150.35, "nested": [{"a": None}]})
        for request in self.receiver.take_all(2):
            self.verify(request, trigger["secret"])
        rotated = self.gw.ok("POST", f"/v1/triggers/{trigger['id']}/rotate-secret")
        self.gw.publish(self.event)
        self.verify(self.receiver.take(), rotated["secret"])


if __name__ == "__main__":
    main()
