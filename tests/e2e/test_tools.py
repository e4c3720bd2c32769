#!/usr/bin/python3
"""The files of tool servers and meta-tools: their schemas, and the page that describes them."""
import glob
import json
import os
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
KINDS = {"tool_server": "tools", "meta_tool": "meta_tools"}


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        return file.read()


def documents(folder):
    return {path: json.loads(read(path))
            for path in sorted(glob.glob(f"{ROOT}/data/{folder}/*.json"))}


class ToolFiles(unittest.TestCase):
    def test_every_file_is_valid(self):
        try:
            import jsonschema
        except ImportError:
            print("skipped: python3-jsonschema is not installed")
            self.skipTest("jsonschema")
        for kind, folder in KINDS.items():
            schema = json.loads(read(f"data/{kind}.schema.json"))
            jsonschema.Draft202012Validator.check_schema(schema)
            validator = jsonschema.Draft202012Validator(schema)
            files = documents(folder)
            self.assertGreater(len(files), 0)
            for path, document in files.items():
                with self.subTest(path):
                    faults = [f"{list(e.absolute_path)}: {e.message}"
                              for e in validator.iter_errors(document)]
                    self.assertEqual(faults, [])
                    for tool in document.get("tools", [document]):
                        jsonschema.Draft202012Validator.check_schema(tool["input"])
            self.assertFalse(validator.is_valid({}))
            self.assertFalse(validator.is_valid({**document, "nmae": 1}))

    def test_the_page_names_every_member_of_the_schemas(self):
        page = read("docs/tools.md")

        def collect(node, names):
            if isinstance(node, dict):
                names.update(node.get("properties", {}))
                for child in node.values():
                    collect(child, names)
            elif isinstance(node, list):
                for child in node:
                    collect(child, names)
            return names
        for kind in KINDS:
            for name in sorted(collect(json.loads(read(f"data/{kind}.schema.json")), set())):
                self.assertTrue(name == "$schema" or f"\n- `{name}`: " in page, name)

    def test_the_page_lists_every_server_and_meta_tool(self):
        page = read("docs/tools.md")
        for server in documents("tools").values():
            self.assertRegex(page, rf"\n\| {server['id']} \| .* \| {len(server['tools'])} \|\n")
        for meta in documents("meta_tools").values():
            servers = list(dict.fromkeys(route["server"] for route in meta.get("routes", [])))
            said = ", ".join(servers) or ("Malote itself" if meta.get("builtin") else "none: refused")
            self.assertIn(f"\n| {meta['name']} | {said} |\n", page)


if __name__ == "__main__":
    unittest.main()
