#!/usr/bin/python3
"""Tool servers and meta-tools of one's own: a folder of data files, read while the gateway runs."""
import json
import os
import tempfile

from harness import Gateway, GatewayTest, Receiver, Reply, eventually, main

TOOL = {"name": "open_gate", "description": "Opens a gate.", "method": "POST", "path": "/gates/{gate}/open",
        "input": {"type": "object", "properties": {"gate": {"type": "string"}, "why": {"type": "string"}},
                  "required": ["gate"]}}
SERVER = {"id": "yard", "name": "Yard", "category": "logistics", "country": "BR", "description": "A yard's gates.",
          "auth_type": "api_key", "credentials": [{"name": "api_key", "label": "Key"}],
          "hosts": {"live": "https://yard.example.com/v1"}, "headers": {"X-Key": "${credentials.api_key}"},
          "tools": [TOOL]}
META = {"name": "yard_visit", "description": "Lets a visitor in.",
        "input": {"type": "object", "properties": {"who": {"type": "string"}}, "required": ["who"]},
        "routes": [{"server": "yard",
                    "steps": [{"name": "gate", "tool": "yard/open_gate",
                               "params": {"gate": "north", "why": "${input.who}"}}],
                    "result": {"opened": "${steps.gate.data.at}"}}]}


class OwnTools(GatewayTest):
    def setUp(self):
        super().setUp()
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        os.mkdir(os.path.join(self.folder.name, "meta"))

    def put(self, name, value):
        path = os.path.join(self.folder.name, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.write(value if isinstance(value, str) else json.dumps(value))
        os.replace(path + ".new", path)

    def execute(self, gw, tool, params):
        session = gw.ok("POST", "/v1/sessions", {"servers": [], "user_id": "u"})["id"]
        return gw.ok("POST", f"/v1/sessions/{session}/execute", {"tool": tool, "input": params})

    def test_a_folder_of_files_adds_a_server_and_a_meta_tool(self):
        self.put("yard.json", SERVER)
        self.put("meta/yard_visit.json", META)
        yard = Receiver(lambda request: Reply(200, b'{"at":"12:00"}'))
        self.addCleanup(yard.close)
        with Gateway(config=f'tools = "{self.folder.name}"\n') as gw:
            gw.ok("POST", "/v1/connections", {"server_id": "yard", "secret": "s3cret",
                                              "connection_metadata": {"api_base_url": yard.url("")}})
            self.assertEqual(self.execute(gw, "yard_visit", {"who": "Ana"})["data"], {"opened": "12:00"})
            request = yard.take()
            self.assertEqual(request.path, "/v1/gates/north/open")
            self.assertEqual(request.headers["x-key"], "s3cret")
            self.assertEqual(request.json, {"why": "Ana"})
            refused = self.execute(gw, "yard/open_gate", {})
            self.assertIn("/gate", refused["error"])

    def test_files_are_read_again_and_a_broken_one_keeps_what_was_there(self):
        self.put("yard.json", SERVER)
        with Gateway(config=f'tools = "{self.folder.name}"\n') as gw:
            names = {row["name"] for row in gw.ok("GET", "/v1/tools?server=yard")["data"]}
            self.assertEqual(names, {"yard/open_gate"})
            self.put("yard.json", {**SERVER, "tools": [TOOL, {**TOOL, "name": "close_gate"}]})
            eventually(lambda: len(gw.ok("GET", "/v1/tools?server=yard")["data"]) == 2, what="the new tool")
            self.put("yard.json", {**SERVER, "tols": []})
            eventually(lambda: "tols" in gw.text() and "not taken" in gw.text(), what="the fault in the log")
            self.assertEqual(len(gw.ok("GET", "/v1/tools?server=yard")["data"]), 2)


if __name__ == "__main__":
    main()
