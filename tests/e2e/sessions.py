"""What tests of sessions share."""
import http.client
import json

from harness import API_KEY, PATIENCE

NOBODY = "/v1/sessions/ses_0000000000000000"
CHARGE = {"amount": 150.35, "currency": "BRL", "method": "pix", "description": "d",
          "buyer": {"name": "Ana", "document": "12345678909"}}


class SessionTest:
    """Mixed into tests with and without an emulator."""

    def session(self, **wish):
        options = {name: wish.pop(name) for name in ("key", "headers") if name in wish}
        return "/v1/sessions/" + self.gw.ok("POST", "/v1/sessions", {"servers": [], **wish}, **options)["id"]

    def execute(self, session, tool, data=None, **options):
        return self.gw.ok("POST", session + "/execute", {"tool": tool, "input": data or {}}, **options)

    def other_project(self):
        name = self._testMethodName[:60].replace("_", "-").lower()
        project = self.gw.ok("POST", "/v1/projects", {"name": name, "slug": name})["id"]
        return {"x-codespar-project": project}

    def stream(self, path, headers=None):
        return Stream(self, path, headers)


def call_with_unknown_end(gw, base_url):
    """A write at a provider at `base_url`, which fails: the tool call."""
    gw.ok("POST", "/v1/connections", {"server_id": "z-api", "secret": {"instance_id": "i", "token": "t"},
                                      "connection_metadata": {"api_base_url": base_url}})
    session = gw.ok("POST", "/v1/sessions", {})["id"]
    called = gw.ok("POST", f"/v1/sessions/{session}/execute", {
        "tool": "z-api/send_text", "input": {"phone": "5511987654321", "message": "hello"}})
    assert called["outcome_unknown"], called
    return called


class Stream:
    """Frames of a stream as they come: (event, data); comments are (None, text)."""

    def __init__(self, test, path, headers=None):
        host, _, port = test.gw.address.rpartition(":")
        self.connection = http.client.HTTPConnection(host, int(port), timeout=PATIENCE)
        test.addCleanup(self.connection.close)
        self.connection.request("GET", path, headers={
            "Authorization": "Bearer " + API_KEY, "Accept": "text/event-stream", **(headers or {})})
        self.response = self.connection.getresponse()

    def frame(self):
        lines = []
        while (line := self.response.readline()) not in (b"\n", b""):
            assert not line.endswith(b"\r\n"), line
            lines.append(line.decode().rstrip("\n"))
        if not lines:
            return None
        if lines[0].startswith(":"):
            return None, lines[0]
        members = dict(line.split(": ", 1) for line in lines)
        return members.get("event", "message"), json.loads(members["data"])
