#!/usr/bin/python3
"""Tools of an MCP server that the gateway starts as a command (stdio): one of the protocol's own SDK (npm)."""
import json
import os
import signal
import tempfile

from harness import Gateway, NpmTest, eventually, main

PACKAGES = {"@modelcontextprotocol/sdk": "@modelcontextprotocol/sdk@1"}
SECRET = "files-token-that-must-not-leak"

# Writes each call that changes something as a line of the file CALLS.
SERVER = """
import { appendFileSync } from "node:fs";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StdioServerTransport } from "@modelcontextprotocol/sdk/server/stdio.js";
import { z } from "zod";
const server = new McpServer({ name: "files", version: "1.0.0" });
const text = (value) => ({ content: [{ type: "text", text: value }] });
const wrote = (what) => appendFileSync(process.env.CALLS, what + "\\n");
const reads = { annotations: { readOnlyHint: true } };
server.registerTool("write", { description: "Writes a file.", inputSchema: { name: z.string() } },
  async ({ name }, { _meta }) => {
    wrote("write " + name);
    if (name === "none") return { isError: true, ...text("no such folder") };
    return text(JSON.stringify({ written: name, key: _meta?.["malote/idempotency-key"] }));
  });
server.registerTool("process", { description: "Says who it is.", ...reads },
  async ({ _meta }) => text(JSON.stringify({ pid: process.pid, names: Object.keys(process.env), folder: process.cwd(),
    key: _meta?.["malote/idempotency-key"] })));
server.registerTool("say", { description: "Says something.", ...reads, inputSchema: { what: z.string() } },
  async ({ what }) => {
    console.error("heard " + what + " with " + process.env.FILES_TOKEN);
    console.log("no message: " + what + " with " + process.env.FILES_TOKEN);
    return text(process.env.FILES_TOKEN);
  });
server.registerTool("long", { description: "Says much.", ...reads, inputSchema: { bytes: z.number() } },
  async ({ bytes }) => text("x".repeat(bytes)));
server.registerTool("die", { description: "Is killed." },
  async () => { wrote("die"); process.kill(process.pid, "SIGKILL"); return text(""); });
server.registerTool("learn", { description: "Learns a tool.", ...reads },
  async () => { server.registerTool("learnt", { description: "New." }, async () => text("")); return text(""); });
console.error("ready");
await server.connect(new StdioServerTransport());
"""
TOOLS = {"files/" + name for name in ("write", "process", "say", "long", "die", "learn")}


class Commands(NpmTest):
    packages, packages_name = PACKAGES, "mcp"

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.place(folder.name)

    def place(self, folder):
        self.tools = os.path.join(folder, "tools")
        os.makedirs(self.tools, exist_ok=True)
        self.calls_file = os.path.join(folder, "calls")
        self.definition = {"id": "files", "name": "Files", "mcp": {
            "command": ["node", "--input-type=module", "-e", SERVER], "folder": self.folder,
            "environment": {"FILES_TOKEN": "${env.FILES_TOKEN}", "CALLS": self.calls_file}}}

    def write(self, definition):
        path = os.path.join(self.tools, "files.json")
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(definition, file)
        os.replace(path + ".new", path)

    def gateway(self, config=None, clean_up=None):
        if config is None:
            self.write(self.definition)
            config = f'tools = "{self.tools}"\n'
        gateway = Gateway(env={"FILES_TOKEN": SECRET, "OTHER_SECRET": "x"}, config=config)
        (clean_up or self.addCleanup)(gateway.close)
        return gateway

    common = None  # a gateway for the tests that leave it as it was, and its folder

    def shared(self):
        cls = type(self)
        if cls.common:
            gateway, folder = cls.common
            self.place(folder.name)
            return gateway
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        self.place(folder.name)
        cls.common = self.listed(self.gateway(clean_up=cls.addClassCleanup)), folder
        return cls.common[0]

    def listed(self, gw, tools=None):
        wanted = TOOLS if tools is None else tools
        eventually(lambda: {row["name"] for row in gw.ok("GET", "/v1/tools?server=files")["data"]} == wanted,
                   what="the tools of the command")
        return gw

    def calls(self):
        if not os.path.exists(self.calls_file):
            return []
        with open(self.calls_file, encoding="utf-8") as file:
            return file.read().splitlines()

    @staticmethod
    def execute(gw, tool, params=None, **options):
        session = gw.ok("POST", "/v1/sessions", {"servers": ["files"], "user_id": "u"})["id"]
        return gw.ok("POST", f"/v1/sessions/{session}/execute", {"tool": tool, "input": params or {}}, **options)

    def pid(self, gw):
        said = self.execute(gw, "files/process")
        self.assertTrue(said["success"], said)
        return said["data"]["pid"]

    @staticmethod
    def gone(pid):
        eventually(lambda: not os.path.exists(f"/proc/{pid}"), what=f"the end of process {pid}")

    def test_its_tools_are_shown_and_called(self):
        gw = self.shared()
        self.assertEqual(gw.ok("GET", "/v1/servers/files")["status"], "available")
        shown = gw.ok("GET", "/v1/servers/files/auth-schema")
        self.assertEqual((shown["base_url"], shown["fields"]), ("stdio:files", []))
        for path in ("/v1/servers", "/v1/servers/files", "/v1/tools/files%2Fwrite"):
            answer = json.dumps(gw.ok("GET", path))
            for hidden in ("input-type", "FILES_TOKEN", self.folder, self.calls_file):
                self.assertNotIn(hidden, answer)
        self.assertTrue(gw.ok("GET", "/v1/tools/files%2Fprocess")["read_only"])
        written = self.execute(gw, "files/write", {"name": "a\nb"})
        self.assertEqual((written["data"]["written"], written["server"]), ("a\nb", "files"))
        failed = self.execute(gw, "files/write", {"name": "none"})
        self.assertEqual((failed["success"], failed["error"]), (False, "Files: no such folder"))
        self.assertIn("/name", self.execute(gw, "files/write", {"name": 7})["error"])
        found = self.execute(gw, "codespar_discover", {"use_case": "write a file"})
        self.assertEqual(found["data"]["recommended"]["tool_name"], "files/write")

    def test_it_has_its_own_environment_and_its_words_are_in_the_log(self):
        gw = self.shared()
        said = self.execute(gw, "files/process")["data"]
        self.assertEqual(said["folder"], os.path.realpath(self.folder))
        self.assertLessEqual({"CALLS", "FILES_TOKEN", "PATH"}, set(said["names"]))
        self.assertFalse({name for name in said["names"] if "MALOTE" in name or "OTHER" in name})
        self.assertEqual(self.execute(gw, "files/say", {"what": "olá"})["data"], {"text": "***"})
        eventually(lambda: "files: stderr: heard olá with ***" in gw.text(), what="the line in the log")
        eventually(lambda: "no message: olá with ***" in gw.text(), what="what was no message")
        self.assertNotIn(SECRET, gw.text())

    def test_a_write_carries_its_idempotency_key(self):
        gw = self.shared()
        first, second = (self.execute(gw, "files/write", {"name": name}) for name in "ab")
        shown = gw.ok("GET", "/v1/tool-calls/" + first["tool_call_id"])
        self.assertEqual(first["data"]["key"], shown["idempotency_key"])
        self.assertNotEqual(first["data"]["key"], second["data"]["key"])
        self.assertNotIn("key", self.execute(gw, "files/process")["data"])

    def test_one_that_was_killed_between_calls_is_started_anew(self):
        gw = self.shared()
        before = self.pid(gw)
        os.kill(before, signal.SIGKILL)
        self.gone(before)
        self.assertTrue(self.execute(gw, "files/write", {"name": "after"})["success"])
        self.assertEqual(self.calls().count("write after"), 1)
        self.assertNotEqual(self.pid(gw), before)

    def test_a_call_that_it_died_of_is_said_to_be_unknown_and_not_repeated(self):
        gw = self.listed(self.gateway())
        cut = self.execute(gw, "files/die", headers={"Idempotency-Key": "k1"})
        self.assertTrue(cut["outcome_unknown"], cut)
        self.assertIn("its command ended (signal 9 (Killed))", cut["error"])
        again = self.execute(gw, "files/die", headers={"Idempotency-Key": "k1"})
        self.assertEqual(again["tool_call_id"], cut["tool_call_id"])
        self.assertEqual(self.calls(), ["die"])
        self.assertTrue(self.execute(gw, "files/write", {"name": "a"})["success"])

    def test_an_answer_that_is_too_long_fails_alone(self):
        gw = self.shared()
        before = self.pid(gw)
        failed = self.execute(gw, "files/long", {"bytes": 6_000_000})
        self.assertIn("its answer is too long", failed["error"])
        self.assertEqual(len(self.execute(gw, "files/long", {"bytes": 500_000})["data"]["text"]), 500_000)
        self.assertEqual(self.pid(gw), before)

    def test_a_loop_calls_them(self):
        gw = self.shared()
        loop = gw.ok("POST", "/v1/loops", {"name": "file", "on": {"event": "payment.confirmed"}, "steps": [
            {"name": "write", "tool": "files/write", "params": {"name": "${event.data.id}"}}]})
        gw.publish("payment.confirmed", {"id": "p1"})
        eventually(lambda: any(run["state"] == "completed" for run in gw.ok(
            "GET", f"/v1/runs?loop_id={loop['id']}")["runs"]), what="the run")
        self.assertEqual(self.calls().count("write p1"), 1)

    def test_tools_that_it_learns_are_listed(self):
        gw = self.listed(self.gateway())
        self.assertTrue(self.execute(gw, "files/learn")["success"])
        self.listed(gw, TOOLS | {"files/learnt"})

    def test_a_file_that_changes_restarts_it_and_one_that_goes_ends_it(self):
        gw = self.listed(self.gateway())
        first = self.pid(gw)
        self.definition["mcp"]["environment"]["MORE"] = "1"
        self.write(self.definition)
        self.gone(first)
        self.listed(gw)
        second = self.pid(gw)
        self.assertNotEqual(second, first)
        os.remove(os.path.join(self.tools, "files.json"))
        self.gone(second)
        self.listed(gw, set())
        self.definition["credentials"] = [{"name": "key", "label": "Key"}]
        self.write(self.definition)
        eventually(lambda: "files.json: /credentials: is for a server that is asked over HTTP" in gw.text(),
                   what="the refusal")

    def test_the_end_of_the_gateway_is_its_end(self):
        for end in (Gateway.terminate, Gateway.kill):
            with self.subTest(end.__name__):
                gw = self.listed(self.gateway())
                pid = self.pid(gw)
                end(gw)
                self.gone(pid)

    def test_what_cannot_be_started_is_a_warning(self):
        self.definition["mcp"]["command"][0] = "no-such-program"
        gw = self.gateway()
        eventually(lambda: '/mcp/command/0: "no-such-program" cannot be run' in gw.text(), what="the warning")
        self.assertEqual(gw.ok("GET", "/v1/servers/files")["status"], "unreachable")
        self.definition["mcp"]["command"] = ["sh", "-c", "echo cannot open the files >&2; exit 7"]
        self.write(self.definition)
        eventually(lambda: "its command ended (exit status 7); it said last: cannot open the files" in gw.text(),
                   what="why it ended")

    def test_a_table_of_the_configuration_defines_it_too(self):
        command = json.dumps(self.definition["mcp"]["command"])
        gw = self.listed(self.gateway(
            f'[mcp.files]\ncommand = {command}\nfolder = "{self.folder}"\n'
            f'environment = {{ FILES_TOKEN = "${{env.FILES_TOKEN}}", CALLS = "{self.calls_file}" }}\n'))
        self.assertEqual(self.execute(gw, "files/write", {"name": "a"})["data"]["written"], "a")


if __name__ == "__main__":
    main()
