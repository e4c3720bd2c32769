#!/usr/bin/python3
"""Tool servers and meta-tools of one's own: a folder of data files, read while the gateway runs."""
import json
import os
import subprocess
import sys
import tempfile
import unittest

from harness import ROOT, Gateway, GatewayTest, Receiver, Reply, eventually, main

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


class Shop(unittest.TestCase):
    """examples/shop answers codespar_shop by its contract."""

    @classmethod
    def setUpClass(cls):
        example = os.path.join(ROOT, "examples/shop")
        shop = subprocess.Popen([sys.executable, os.path.join(example, "shop.py"), "0"],
                                stdout=subprocess.PIPE, text=True)
        cls.addClassCleanup(shop.wait)
        cls.addClassCleanup(shop.kill)
        cls.addClassCleanup(shop.stdout.close)
        address = shop.stdout.readline().split()[-1]
        cls.gw = Gateway(config=f'tools = "{example}/tools"\n')
        cls.addClassCleanup(cls.gw.close)
        cls.gw.ok("POST", "/v1/connections", {"server_id": "shop", "secret": {"api_key": "any"},
                                              "connection_metadata": {"api_base_url": address}})
        cls.session = cls.gw.ok("POST", "/v1/sessions", {"servers": []})["id"]

    def shop(self, action, headers=None, **more):
        return self.gw.ok("POST", f"/v1/sessions/{self.session}/execute",
                          {"tool": "codespar_shop", "input": {"action": action, **more}}, headers=headers)

    def done(self, action, **more):
        result = self.shop(action, **more)
        self.assertTrue(result["success"], result)
        self.assertIsNone(result["error"])
        return result["data"]

    def test_search(self):
        found = self.done("search", query="food", limit=50)
        self.assertEqual(found["rail"], "shop")
        self.assertEqual([product["sku_id"] for product in found["products"]], ["sku_1", "sku_2"])
        self.assertEqual(found["products"][0]["variants"][0]["price_minor"], 4590)
        self.assertEqual(self.done("search", query="bicycle")["products"], [])

    def test_checkout(self):
        for wish, total in (({"items": [{"variant_id": "sku_1", "quantity": 2}, {"variant_id": "sku_3"}]}, 12680),
                            ({"url": "https://shop.example/p/sku_2"}, 9990)):
            begun = self.done("checkout", **wish)
            self.assertEqual(begun["status"], "in_progress")
            shown = self.done("checkout_status", checkout_session_id=begun["checkout_session_id"])
            self.assertEqual((shown["status"], shown["total_minor"]), ("ready_for_payment", total))
            self.assertNotIn("error", shown)

    def test_a_checkout_that_nobody_began(self):
        shown = self.done("checkout_status", checkout_session_id="cks_sample")
        self.assertEqual((shown["checkout_session_id"], shown["status"]), ("cks_sample", "canceled"))
        self.assertNotIn("pix_copia_e_cola", shown)

    def test_a_checkout_is_begun_once_under_its_key(self):
        key = {"Idempotency-Key": "order-7"}
        first, second = (self.shop("checkout", key, url="https://shop.example/p/sku_1") for _ in range(2))
        self.assertEqual(first["data"], second["data"])

    def test_what_it_does_not_take(self):
        item = [{"variant_id": "sku_1"}]
        for wish, member in (({"action": "search"}, "/query"), ({"action": "checkout"}, "/items"),
                             ({"action": "checkout", "items": item, "url": "https://x/sku_1"}, "/url"),
                             ({"action": "checkout", "items": [{"quantity": 1}]}, "/items/0/variant_id"),
                             ({"action": "checkout_status"}, "/checkout_session_id"),
                             ({"action": "sell"}, "/action")):
            refused = self.shop(**wish)
            self.assertFalse(refused["success"])
            self.assertEqual(refused["data"]["code"], "invalid_args")
            self.assertIn(member, refused["error"])
        unknown = self.shop("checkout", items=[{"variant_id": "sku_9"}])
        self.assertIn("there is no sku_9", unknown["error"])

    def test_without_a_server_it_is_not_registered(self):
        for tool in ("codespar_ledger", "codespar_issue", "codespar_wallet"):
            refused = self.gw.ok("POST", f"/v1/sessions/{self.session}/execute", {"tool": tool, "input": {}})
            self.assertFalse(refused["success"])
            self.assertEqual(refused["data"]["code"], "tool_not_registered")
            self.assertTrue(refused["error"].startswith("Tool not registered: " + tool), refused)


if __name__ == "__main__":
    main()
