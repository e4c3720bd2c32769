#!/usr/bin/python3
"""A session's tools over the Model Context Protocol, with the protocol's own client (npm)."""
import json
import os
import shutil
import subprocess

from harness import API_KEY, GatewayTest, main, npm_install

PACKAGES = {"@modelcontextprotocol/sdk": "@modelcontextprotocol/sdk@1"}

# Does the steps of its input in order and prints what each gave.
CLIENT = """
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
let input = "";
for await (const chunk of process.stdin) input += chunk;
const { url, key, steps } = JSON.parse(input);
const transport = new StreamableHTTPClientTransport(new URL(url),
    { requestInit: { headers: { Authorization: `Bearer ${key}` } } });
const client = new Client({ name: "malote-e2e", version: "1.0.0" });
await client.connect(transport);
const results = [];
for (const [method, params] of steps) {
  try {
    results.push(await client[method](params));
  } catch (error) {
    results.push({ thrown: error.message, code: error.code });
  }
}
await client.close();
console.log(JSON.stringify({ server: client.getServerVersion(), results }));
"""


class Mcp(GatewayTest):
    @classmethod
    def setUpClass(cls):
        cls.folder, cls.why = npm_install(PACKAGES, "mcp")
        if cls.folder and not os.environ.get("MALOTE_E2E_CACHE"):
            cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        super().setUpClass()

    def setUp(self):
        super().setUp()
        if not self.folder:
            print(f"skipped: {self.why}")
            self.skipTest(self.why)

    def talk(self, *steps, **session):
        made = self.gw.ok("POST", "/v1/sessions", {"servers": ["malote"], "user_id": "u", **session})
        url = f"http://{self.gw.address}/v1/sessions/{made['id']}/mcp"
        done = subprocess.run(["node", "--input-type=module", "-e", CLIENT], cwd=self.folder, text=True,
                              input=json.dumps({"url": url, "key": API_KEY, "steps": steps}),
                              capture_output=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.session = made["id"]
        return json.loads(done.stdout)

    def test_tools_are_listed_and_called(self):
        said = {"text": "olá", "amount": "10.50"}
        spoken = self.talk(["ping", None], ["listTools", {}],
                           ["callTool", {"name": "malote__echo", "arguments": said}],
                           ["callTool", {"name": "malote__fail", "arguments": {"status": 422, "message": "no"}}],
                           ["callTool", {"name": "codespar_list_tools", "arguments": {}}],
                           ["callTool", {"name": "nobody__nothing", "arguments": {}}])
        self.assertEqual(spoken["server"]["name"], "malote")
        _, listed, echo, failed, meta, unknown = spoken["results"]
        names = [tool["name"] for tool in listed["tools"]]
        self.assertIn("malote__echo", names)
        self.assertIn("codespar_charge", names)
        self.assertEqual(len(names), len(set(names)))
        self.assertFalse(echo["isError"])
        self.assertEqual(echo["structuredContent"], said)
        self.assertEqual(json.loads(echo["content"][0]["text"]), said)
        self.assertTrue(failed["isError"])
        self.assertIn("no", failed["content"][0]["text"])
        self.assertTrue(meta["structuredContent"]["tools"])
        self.assertEqual(unknown["code"], -32602)
        logged = self.gw.ok("GET", f"/v1/sessions/{self.session}/tool-calls")["tool_calls"]
        self.assertEqual([call["tool_name"] for call in logged],
                         ["codespar_list_tools", "malote/fail", "malote/echo"])

    def test_a_mocked_session_answers_with_its_mocks(self):
        mocks = {"asaas/create_payment": [{"id": "pay_1", "status": "PENDING"}]}
        pay = ["callTool", {"name": "asaas__create_payment", "arguments": {}}]
        spoken = self.talk(pay, pay, servers=["asaas"], mocks=mocks)
        first, second = spoken["results"]
        self.assertEqual(first["structuredContent"], mocks["asaas/create_payment"][0])
        self.assertTrue(second["isError"])
        self.assertEqual(second["structuredContent"]["code"], "mocks_exhausted")


if __name__ == "__main__":
    main()
