#!/usr/bin/python3
"""Tools of a remote MCP server, which is one of the protocol's own SDK (npm), called in sessions, in
loops and by a model behind an OpenAI-compatible chat endpoint; tokens of OAuth connections renewed."""
import json
import os
import queue
import subprocess
import tempfile
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import PATIENCE, Gateway, GatewayTest, NpmTest, Receiver, Reply, eventually, main, run

PACKAGES = {"@modelcontextprotocol/sdk": "@modelcontextprotocol/sdk@1"}
SECRET = "crm-token-that-must-not-leak"

# A customer database: sessions, event streams unless told "--json". Says its port, then each call.
SERVER = """
import { createServer } from "node:http";
import { randomUUID } from "node:crypto";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { z } from "zod";
const json = process.argv.includes("--json");
const port = Number(process.argv.find((one) => /^[0-9]+$/.test(one)) ?? 0);
const waiting = [];
function database() {
  const server = new McpServer({ name: "crm", version: "1.0.0" });
  server.registerTool("addNote", { description: "Adds a note to a customer.",
      inputSchema: { customer: z.string(), text: z.string().min(1) } },
    async ({ customer, text }) => {
      console.log("addNote " + text);
      if (customer.startsWith("pair-")) {  // answered when there are two of them
        await new Promise((go) => { if (waiting.push(go) === 2) waiting.forEach((one) => one()); });
      }
      if (customer === "nobody") return { isError: true, content: [{ type: "text", text: "no such customer" }] };
      return { content: [{ type: "text", text: JSON.stringify({ note: "n1", customer }) }] };
    });
  server.registerTool("find_customer", { description: "Finds a customer.", inputSchema: { name: z.string() },
      outputSchema: { id: z.string(), balance: z.number() }, annotations: { readOnlyHint: true } },
    async ({ name }) => ({ content: [{ type: "text", text: "see structure" }],
                           structuredContent: { id: "c-" + name, balance: 10.5 } }));
  server.registerTool("hang", { description: "Cuts the line.", inputSchema: {} },
    async () => { console.log("hang"); for (const one of sockets) one.destroy(); return { content: [] }; });
  return server;
}
const transports = new Map(), sockets = new Set();
const http = createServer(async (request, response) => {
  if (request.headers.authorization !== "Bearer " + process.env.CRM_TOKEN) return response.writeHead(401).end();
  const id = request.headers["mcp-session-id"];
  let transport = transports.get(id);
  if (id && !transport) return response.writeHead(404).end();
  if (!transport) {
    transport = new StreamableHTTPServerTransport({ sessionIdGenerator: () => randomUUID(),
      enableJsonResponse: json, onsessioninitialized: (made) => transports.set(made, transport) });
    await database().connect(transport);
  }
  await transport.handleRequest(request, response);
});
http.on("connection", (socket) => { sockets.add(socket); socket.on("close", () => sockets.delete(socket)); });
http.listen(port, "127.0.0.1", () => console.log("port " + http.address().port));
"""


class McpServer:
    def __init__(self, folder, *args):
        env = {"PATH": os.environ.get("PATH", ""), "CRM_TOKEN": SECRET}
        self.process = subprocess.Popen(["node", "--input-type=module", "-e", SERVER, "--", *args], cwd=folder,
                                        env=env, stdout=subprocess.PIPE, text=True)
        self.lines = queue.Queue()
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        self.port = self.lines.get(timeout=PATIENCE).split()[1]
        self.url = f"http://127.0.0.1:{self.port}/mcp"

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())

    def calls(self):
        return [self.lines.get_nowait() for _ in range(self.lines.qsize())]

    def close(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()
        self.process.stdout.close()


def config_of(server, more=""):
    return (f'{more}\n[mcp.crm]\nname = "CRM"\nurl = "{server.url}"\n'
            'headers = { Authorization = "Bearer ${env.CRM_TOKEN}" }\n')


class RemoteTools(NpmTest):
    packages, packages_name = PACKAGES, "mcp"

    def setUp(self):
        super().setUp()
        self.env = {"CRM_TOKEN": SECRET}

    def gateway(self, **options):
        gateway = Gateway(env=self.env, **options)
        self.addCleanup(gateway.close)
        return gateway

    def server(self, *args):
        server = McpServer(self.folder, *args)
        self.addCleanup(server.close)
        return server

    @staticmethod
    def names(gw):
        return {row["name"] for row in gw.ok("GET", "/v1/tools?server=crm")["data"]}

    def listed(self, gw):
        eventually(lambda: len(self.names(gw)) == 3, what="the tools of the MCP server")

    @staticmethod
    def session(gw):
        return gw.ok("POST", "/v1/sessions", {"servers": ["crm"], "user_id": "u"})["id"]

    def execute(self, gw, tool, params, **options):
        return gw.ok("POST", f"/v1/sessions/{self.session(gw)}/execute", {"tool": tool, "input": params}, **options)

    def test_its_tools_are_shown_and_called(self):
        for args in ((), ("--json",)):
            with self.subTest(args):
                server = self.server(*args)
                gw = self.gateway(config=config_of(server))
                self.listed(gw)
                self.assertEqual(self.names(gw), {"crm/addNote", "crm/find_customer", "crm/hang"})
                shown = gw.ok("GET", "/v1/tools/crm%2FaddNote")
                self.assertEqual(set(shown["input_schema"]["properties"]), {"customer", "text"})
                self.assertTrue(gw.ok("GET", "/v1/tools/crm%2Ffind_customer")["read_only"])
                self.assertEqual(gw.ok("GET", "/v1/servers/crm")["name"], "CRM")
                found = self.execute(gw, "crm__find_customer", {"name": "ana"})
                self.assertEqual(found["data"], {"id": "c-ana", "balance": 10.5}, found)
                note = self.execute(gw, "crm/addNote", {"customer": "c-ana", "text": "olá"})
                self.assertEqual((note["data"], note["server"]), ({"note": "n1", "customer": "c-ana"}, "crm"))
                failed = self.execute(gw, "crm/addNote", {"customer": "nobody", "text": "x"})
                self.assertEqual((failed["success"], failed["error"]), (False, "CRM: no such customer"))
                wrong = self.execute(gw, "crm/addNote", {"customer": 7, "text": "x"})
                self.assertIn("/customer", wrong["error"])
                self.assertEqual(server.calls(), ["addNote olá", "addNote x"])
                discovered = self.execute(gw, "codespar_discover", {"use_case": "add a note to a customer"})
                self.assertEqual(discovered["data"]["recommended"]["tool_name"], "crm/addNote")
                self.assertNotIn(SECRET, gw.text())

    def test_a_write_that_was_cut_off_is_said_to_be_unknown_and_not_repeated(self):
        server = self.server()
        gw = self.gateway(config=config_of(server))
        self.listed(gw)
        cut = self.execute(gw, "crm/hang", {}, headers={"Idempotency-Key": "h1"})
        self.assertTrue(cut["outcome_unknown"], cut)
        again = self.execute(gw, "crm/hang", {}, headers={"Idempotency-Key": "h1"})
        self.assertEqual(again["tool_call_id"], cut["tool_call_id"])
        self.assertEqual(server.calls(), ["hang"])

    def test_a_server_that_starts_again_is_called_in_a_new_session(self):
        server = self.server()
        gw = self.gateway(config=config_of(server))
        self.listed(gw)
        server.close()
        away = self.execute(gw, "crm/find_customer", {"name": "ana"})
        self.assertEqual(away["data"]["code"], "provider_unreachable", away)
        self.server(server.port)
        back = self.execute(gw, "crm/find_customer", {"name": "ana"})
        self.assertTrue(back["success"], back)

    def test_a_file_adds_it_and_a_server_that_is_away_is_a_warning(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "crm.json")
        definition = {"id": "crm", "mcp": {"url": "http://127.0.0.1:9/mcp",
                                           "headers": {"Authorization": "Bearer ${env.CRM_TOKEN}"}}}
        def write():
            with open(path + ".new", "w", encoding="utf-8") as file:
                json.dump(definition, file)
            os.replace(path + ".new", path)
        write()
        gw = self.gateway(config=f'tools = "{folder.name}"\n')
        eventually(lambda: "does not list its tools" in gw.text(), what="the warning")
        self.assertEqual(self.names(gw), set())
        self.assertEqual(gw.ok("GET", "/v1/servers/crm")["status"], "unreachable")
        definition["mcp"]["url"] = self.server().url
        write()
        self.listed(gw)

    def test_a_loop_calls_them(self):
        server = self.server()
        gw = self.gateway(config=config_of(server))
        self.listed(gw)
        loop = gw.ok("POST", "/v1/loops", {"name": "note", "on": {"event": "payment.confirmed"}, "steps": [
            {"name": "who", "tool": "crm/find_customer", "params": {"name": "${event.data.who}"}},
            {"name": "note", "tool": "crm/addNote",
             "params": {"customer": "${steps.who.data.id}", "text": "paid"}}]})
        gw.publish("payment.confirmed", {"who": "ana"})
        eventually(lambda: any(run["state"] == "completed" for run in gw.ok(
            "GET", f"/v1/runs?loop_id={loop['id']}")["runs"]), what="the run")
        self.assertEqual(server.calls(), ["addNote paid"])

    def test_calls_beside_each_other_get_their_own_answers(self):
        server = self.server()
        gw = self.gateway(config=config_of(server))
        self.listed(gw)
        answers = {}

        def call(customer):
            answers[customer] = self.execute(gw, "crm/addNote", {"customer": customer, "text": "x"})["data"]

        threads = [threading.Thread(target=call, args=(name,)) for name in ("pair-a", "pair-b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(answers, {name: {"note": "n1", "customer": name} for name in ("pair-a", "pair-b")})

    def test_a_model_calls_them(self):
        server = self.server()
        model = Receiver(think)
        self.addCleanup(model.close)
        self.env["CHAT_KEY"] = "chat-key-that-must-not-leak"
        gw = self.gateway(config=config_of(server) + f'[chat]\nbase_url = "{model.url("/v1")}"\nmodel = "tiny"\n'
                                                     'api_key_env = "CHAT_KEY"\n')
        self.listed(gw)
        path = f"/v1/sessions/{self.session(gw)}/send"
        plain = gw.ok("POST", path, {"message": "note that Ana paid"})
        self.assertEqual((plain["message"], plain["iterations"]), ("Noted as n1.", 2))
        self.assertEqual([call["tool_name"] for call in plain["tool_calls"]], ["crm/addNote"])
        self.assertEqual(server.calls(), ["addNote paid"])
        asked = model.take()
        self.assertEqual((asked.path, asked.headers["authorization"]),
                         ("/v1/chat/completions", "Bearer chat-key-that-must-not-leak"))
        self.assertEqual(asked.json["model"], "tiny")
        self.assertIn("crm__addNote", [tool["function"]["name"] for tool in asked.json["tools"]])
        stream = gw.call("POST", path, {"message": "note that Ana paid"}, headers={"Accept": "text/event-stream"})
        frames = [frame.split("\n") for frame in stream.body.decode().split("\n\n")
                  if frame and not frame.startswith(":")]
        self.assertEqual([event for event, _ in frames],
                         [f"event: {name}" for name in ("user_message", "assistant_text", "tool_use",
                                                        "tool_result", "assistant_text", "done")])
        refused = gw.call("POST", path, {"message": "break"})
        self.assertEqual((refused.status, refused.json["error"]), (500, "chat_loop_failed"))
        self.assertEqual(refused.json["tool_calls"], [])
        self.assertNotIn("must-not-leak", gw.text())


def think(request):
    """A model with two thoughts: note it, then say so."""
    messages = request.json["messages"]
    if messages[0]["content"] == "break":
        return Reply(500, b'{"error":{"message":"overloaded"}}')
    if messages[-1]["role"] == "tool":
        result = json.loads(messages[-1]["content"])
        said = {"role": "assistant", "content": f"Noted as {result['data']['note']}."}
    else:
        arguments = json.dumps({"customer": "c-ana", "text": "paid"})
        said = {"role": "assistant", "content": "One moment.", "tool_calls": [
            {"id": "call_1", "type": "function", "function": {"name": "crm__addNote", "arguments": arguments}}]}
    return Reply(200, json.dumps({"choices": [{"index": 0, "message": said}]}).encode())


class Configuration(GatewayTest):
    def assertRefused(self, config, what):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "malote.toml")
            with open(path, "w", encoding="utf-8") as file:
                file.write(config)
            done = run("serve", "--dev", "--listen", "127.0.0.1:0", "--data", folder, "--config", path)
        self.assertEqual(done.returncode, 2, done)
        self.assertIn(what, done.stderr)

    @classmethod
    def setUpClass(cls):
        pass  # each test has a gateway of its own

    def setUp(self):
        pass

    def test_what_is_wrong_in_it_is_said(self):
        self.assertRefused('[mcp.crm]\nname = "CRM"\n', "[mcp.crm]: /mcp/url")
        self.assertRefused('[mcp.crm]\nurl = "https://x"\nulr = "y"\n', "mcp.crm.url")
        self.assertRefused('[chat]\nbase_url = "https://x/v1"\n', "needs both base_url and model")
        self.assertRefused('[chat]\nbase_url = "https://x/v1"\nmodel = "m"\napi_key_env = "NOT_THERE"\n',
                           "names NOT_THERE, which is not set")

    def test_a_stream_that_stays_open_has_answered_with_the_answer(self):
        server = OpenStream()
        self.addCleanup(server.close)
        with Gateway(config=f'[mcp.desk]\nurl = "{server.url}"\n') as gw:
            eventually(lambda: gw.ok("GET", "/v1/tools?server=desk")["data"], what="the tools")
            session = gw.ok("POST", "/v1/sessions", {"servers": [], "user_id": "u"})["id"]
            answer = gw.ok("POST", f"/v1/sessions/{session}/execute", {"tool": "desk/open_case", "input": {}})
            self.assertEqual(answer["data"], {"case": "7"}, answer)

    def test_a_token_of_oauth_is_renewed_when_it_is_refused(self):
        provider = Receiver(SmallProvider())
        self.addCleanup(provider.close)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        with open(os.path.join(folder.name, "desk.json"), "w", encoding="utf-8") as file:
            json.dump({"id": "desk", "auth_type": "oauth",
                       "credentials": [{"name": "access_token", "label": "Token"}],
                       "headers": {"Authorization": "Bearer ${credentials.access_token}"},
                       "mcp": {"url": provider.url("/mcp"), "headers": {"Authorization": "Bearer ${env.DESK}"}}}, file)
        config = (f'tools = "{folder.name}"\npublic_url = "https://gw.example"\n[oauth.desk]\nclient_id = "app"\n'
                  f'client_secret = "s"\nauthorize_url = "https://auth.example/"\n'
                  f'token_url = "{provider.url("/token")}"\n')
        with Gateway(config=config, env={"DESK": "listing"}) as gw:
            eventually(lambda: gw.ok("GET", "/v1/tools?server=desk")["data"], what="the tools")
            started = gw.ok("POST", "/v1/connect/start", {
                "server_id": "desk", "user_id": "u", "redirect_uri": "https://shop.example/"})
            gw.request("GET", "/v1/connect/callback?code=c&state=" + started["link_token"])
            session = gw.ok("POST", "/v1/sessions", {"servers": [], "user_id": "u"})["id"]
            for _ in range(2):
                answer = gw.ok("POST", f"/v1/sessions/{session}/execute", {"tool": "desk/open_case", "input": {}})
                self.assertEqual(answer["data"], {"case": "7"}, answer)
        provider.answer.check(self)


class OpenStream:
    """An MCP server whose event streams stay open after the answer, until it is closed."""

    def __init__(self):
        closing = self.closing = threading.Event()

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200 if "id" in message else 202)
                self.send_header("Content-Type", "text/event-stream")
                self.end_headers()
                if "id" not in message:
                    return
                answer = {"jsonrpc": "2.0", "id": message["id"], "result": RESULTS[message["method"]]}
                self.wfile.write(f": hello\n\nevent: message\ndata: {json.dumps(answer)}\n\n".encode())
                closing.wait()

            def log_message(self, *ignored):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/mcp"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


RESULTS = {"initialize": {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                          "serverInfo": {"name": "desk", "version": "1"}},
           "tools/list": {"tools": [{"name": "open_case", "inputSchema": {"type": "object"}}]},
           "tools/call": {"content": [], "structuredContent": {"case": "7"}}}


class SmallProvider:
    """An MCP server without sessions, and the token endpoint of its accounts; takes the second token."""

    def __init__(self):
        self.grants = []
        self.bearers = []

    def __call__(self, request):
        if request.path == "/token":
            form = dict(urllib.parse.parse_qsl(request.body.decode()))
            self.grants.append((form["grant_type"], form.get("refresh_token")))
            token = "first" if form["grant_type"] == "authorization_code" else "second"
            return Reply(200, json.dumps({"access_token": token, "refresh_token": "after-" + token}).encode())
        bearer = request.headers.get("authorization", "").removeprefix("Bearer ")
        message = request.json
        if message["method"] == "tools/call":
            self.bearers.append(bearer)
        if bearer not in ("listing", "second"):
            return Reply(401)
        if "id" not in message:
            return Reply(202)
        return Reply(200, json.dumps({"jsonrpc": "2.0", "id": message["id"],
                                      "result": RESULTS[message["method"]]}).encode())

    def check(self, test):
        test.assertEqual(self.grants, [("authorization_code", None), ("refresh_token", "after-first")])
        test.assertEqual(self.bearers, ["second", "second"])  # the first was refused at initialize


if __name__ == "__main__":
    main()
