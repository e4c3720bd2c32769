#!/usr/bin/env python3
"""docs/api.md, from data/openapi.json and the list of errors in src/base/errors.def.

    tools/api_reference.py            write it
    tools/api_reference.py --check    say whether it is up to date

Every body and every path parameter needs an `example` in the description: the page shows each route
as a command.
"""
import argparse
import difflib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SOURCE = ROOT / "data/openapi.json"
ERRORS = ROOT / "src/base/errors.def"
PAGE = ROOT / "docs/api.md"
METHODS = ("get", "post", "put", "patch", "delete", "head")
# Described once, at the top of the page.
USUAL_PARAMETERS = ("Project", "IdempotencyKey")
USUAL_ERRORS = ("BadRequest", "Unauthorized", "Forbidden", "NotFound", "Conflict", "TooLarge", "Unavailable", "Default")

HEAD = """# API reference

Made by `tools/api_reference.py` from [data/openapi.json](../data/openapi.json), which the gateway
serves as `/v1/openapi.json`; a test holds it up to date, and runs every command. How things work is on
the other pages, from [concepts.md](concepts.md) on; what a trigger's endpoint receives is in
[triggers.md](triggers.md#what-is-sent).

{description}

## Every request

`Authorization: Bearer csk_…` proves who asks; in a browser it is the dashboard's cookie. The scope that
a route takes is named beside it; `*`, `triggers:*` and `*:read` are wider ones. Two headers are taken
by many routes, and named there:

| header | |
|---|---|
{usual}
The examples stand on `MALOTE_URL` (such as `http://127.0.0.1:8080`) and `MALOTE_API_KEY`.

## Errors

```json
{{"error": "not_found", "code": "not_found", "message": "no such trigger", "status": 404, "request_id": "req_…"}}
```

`code` is for programs and stays; `message` is for people and may change. Bodies and queries that are
wrong have `field` and `issues` besides, which say where. What a status means on any route:

| status | |
|---|---|
{statuses}
The codes; where a route has others, it names them:

| code | status | |
|---|---|---|
{codes}
"""


class Fault(Exception):
    """The description lacks something that the page needs."""


class Reference:
    def __init__(self, api):
        self.api = api
        self.objects = []  # names in the order in which they were first referred to

    def follow(self, node):
        """(what a $ref leads to, its last word), or the node itself and ""."""
        path = node.get("$ref", "")
        if not path:
            return node, ""
        found = self.api
        for part in path.removeprefix("#/").split("/"):
            found = found[part]
        return found, path.rsplit("/", 1)[-1]

    # --- types -----------------------------------------------------------------------------------

    def type_of(self, schema):
        if "$ref" in schema:
            name = schema["$ref"].rsplit("/", 1)[-1]
            if name not in self.objects:
                self.objects.append(name)
            return f"[{name}](#{name.lower()})"
        if "const" in schema:
            return f"`{json.dumps(schema['const'])}`"
        if "enum" in schema:
            return ", ".join(f"`{value}`" if isinstance(value, str) else "null" for value in schema["enum"])
        for word, joint in (("anyOf", " or "), ("oneOf", " or "), ("allOf", " and ")):
            if word in schema:
                return joint.join(dict.fromkeys(self.type_of(part) for part in schema[word]))
        types = schema.get("type", "any")
        words = [self.word_of(word, schema) for word in ([types] if isinstance(types, str) else types)]
        return " or ".join(words) + limits_of(schema)

    def word_of(self, word, schema):
        if word == "array" and "items" in schema:
            return "list of " + self.type_of(schema["items"])
        if schema.get("format") == "date-time" and word == "string":
            return "time"
        return {"string": "text", "array": "list", "integer": "whole number"}.get(word, word)

    def rows_of(self, schema, prefix=""):
        """[(member, type, required, meaning)], those of nested objects under dotted names."""
        rows, required = [], schema.get("required", [])
        for name, member in schema.get("properties", {}).items():
            rows.append((prefix + name, self.type_of(member), name in required, member.get("description", "")))
            inner, dots = (member["items"], "[].") if "properties" in member.get("items", {}) else (member, ".")
            if "properties" in inner:
                rows += self.rows_of(inner, prefix + name + dots)
        for part in schema.get("allOf", []):
            rows += self.rows_of(self.follow(part)[0], prefix)
        return rows

    def members(self, schema):
        rows = self.rows_of(schema)
        if not rows:
            return ""
        return table(("member", "type", ""), [
            (f"`{name}`" + (" **required**" if required else ""), kind, meaning)
            for name, kind, required, meaning in rows])

    # --- parts of a route ------------------------------------------------------------------------

    def route(self, path, method, shared):
        operation = self.api["paths"][path][method]
        parameters = [self.follow(node) for node in [*shared, *operation.get("parameters", [])]]
        out = [f"### {operation['summary']}\n\n", self.call_line(path, method, operation), "\n\n"]
        if operation.get("description"):
            out.append(operation["description"] + "\n\n")
        out.append(self.command(path, method, operation, parameters))
        shown = [(f"`{p['name']}`" + (" **required**" if p.get("required") and p["in"] != "path" else ""),
                  p["in"], self.type_of(p["schema"]), p.get("description", ""))
                 for p, name in parameters if name not in USUAL_PARAMETERS]
        if shown:
            out += [table(("parameter", "in", "type", ""), shown), "\n"]
        out += [self.body(operation), self.answers(operation, parameters)]
        return "".join(out)

    def call_line(self, path, method, operation):
        words = [f"`{method.upper()} {path}`"]
        if operation.get("security") == []:
            words.append("without a key")
        elif "x-scope" in operation:
            words.append(f"scope `{operation['x-scope']}`")
        else:
            words.append("any key")
        if "x-alias" in self.api["paths"][path]:
            words.append(f"also `{self.api['paths'][path]['x-alias']}`")
        return ", ".join(words)

    def command(self, path, method, operation, parameters):
        url = path
        for parameter, _ in parameters:
            if parameter["in"] == "path":
                if "example" not in parameter:
                    raise Fault(f"{method} {path}: the parameter {parameter['name']} has no example")
                url = url.replace("{" + parameter["name"] + "}", parameter["example"])
        words = ["curl -sN" if self.is_stream(operation) else "curl -s"]
        if method == "head":
            words.append("-I")
        elif method not in ("get", "post") or (method == "post" and "requestBody" not in operation):
            words.append("-X " + method.upper())
        if operation.get("security") != []:
            words.append('-H "Authorization: Bearer $MALOTE_API_KEY"')
        lines = [" ".join(words) + f' "$MALOTE_URL{url}"']
        lines += self.data(path, method, operation)
        return "```sh\n" + " \\\n  ".join(lines) + "\n```\n\n"

    def data(self, path, method, operation):
        content = operation.get("requestBody", {}).get("content", {})
        if not content:
            return []
        if "application/json" not in content:
            return ["--data-binary @request.body"]
        if "example" not in content["application/json"]:
            raise Fault(f"{method} {path}: the body has no example")
        text = json.dumps(content["application/json"]["example"], ensure_ascii=False)
        return ["-d '" + text.replace("'", "'\\''") + "'"]

    def is_stream(self, operation):
        answers = operation["responses"].get("200", {})
        return list(answers.get("content", {})) == ["text/event-stream"]

    def body(self, operation):
        if "requestBody" not in operation:
            return ""
        content = operation["requestBody"]["content"]
        schema = next(iter(content.values()))["schema"]
        said = operation["requestBody"].get("description", "")
        if not schema:
            return f"Body: {said}\n\n"
        needed = "" if operation["requestBody"].get("required") else ", which may be left out"
        inline = self.members(schema)
        kind = "" if inline else f" {self.type_of(schema)}"
        return f"Body{needed}:{kind}{'. ' + said if said else ''}\n\n" + (inline + "\n" if inline else "")

    def answers(self, operation, parameters):
        rows, usual = [], []
        for status, node in operation["responses"].items():
            response, name = self.follow(node)
            if name in USUAL_ERRORS:
                usual += [status] if status != "default" else []
            elif status != "default":
                rows.append((status, self.answer_type(response), response["description"]))
        out = [table(("answer", "body", ""), rows), "\n"]
        if usual:
            out.append(f"Besides {', '.join(usual)} ([errors](#errors)). ")
        taken = [f"`{parameter['name']}`" for parameter, name in parameters if name in USUAL_PARAMETERS]
        if taken:
            out.append(f"Takes {' and '.join(taken)} ([every request](#every-request)).")
        return "".join(out).rstrip() + "\n\n"

    def answer_type(self, response):
        shown = []
        for kind, content in response.get("content", {}).items():
            schema = content.get("schema", {})
            words = self.type_of(schema) if schema else "any"
            shown.append(words if kind == "application/json" else f"`{kind}`")
        return ", ".join(shown)

    # --- the page --------------------------------------------------------------------------------

    def page(self, errors):
        out = [self.head(errors)]
        for tag in self.api["tags"]:
            out += [f"## {tag['name']}\n\n{tag['description']}\n\n"]
            for path, node in self.api["paths"].items():
                out += [self.route(path, method, node.get("parameters", [])) for method in METHODS
                        if method in node and node[method]["tags"] == [tag["name"]]]
        out.append("## Objects\n\nWhat bodies and answers are made of. Answers may hold more than is named here.\n\n")
        for name in self.objects:  # grows while it is written
            schema = self.api["components"]["schemas"][name]
            out += [f"### {name}\n\n", schema["description"] + "\n\n" if schema.get("description") else "",
                    self.members(schema) or f"{sentence(self.type_of(schema))}\n", "\n"]
        return "".join(out).rstrip("\n") + "\n"

    def head(self, errors):
        parts = self.api["components"]
        usual = [(f"`{parts['parameters'][name]['name']}`", parts["parameters"][name]["description"])
                 for name in USUAL_PARAMETERS]
        statuses = [(status, parts["responses"][name]["description"]) for status, name in
                    ((400, "BadRequest"), (401, "Unauthorized"), (403, "Forbidden"), (404, "NotFound"),
                     (409, "Conflict"), (413, "TooLarge"), (503, "Unavailable"))]
        told = [part for part in self.api["info"]["description"].split("\n\n") if "`x-" not in part]
        return HEAD.format(description="\n\n".join(told), usual=rows_text(usual),
                           statuses=rows_text(statuses), codes=rows_text(errors))


def limits_of(schema):
    words = []
    for low, high, unit in (("minLength", "maxLength", " characters"), ("minimum", "maximum", ""),
                            ("minItems", "maxItems", " entries")):
        if low in schema and high in schema:
            words.append(f"{schema[low]} to {schema[high]}{unit}")
        elif high in schema:
            words.append(f"at most {schema[high]}{unit}")
        elif low in schema and schema[low] > 0:
            words.append(f"at least {schema[low]}{unit}")
    if "default" in schema:
        words.append(f"{schema['default']} by default")
    return ", " + ", ".join(words) if words else ""


def cell(text):
    return str(text).replace("\n", " ").replace("|", "\\|")


def rows_text(rows):
    return "".join("| " + " | ".join(cell(text) for text in row) + " |\n" for row in rows)


def table(titles, rows):
    return rows_text([titles]) + "|" + "---|" * len(titles) + "\n" + rows_text(rows) if rows else ""


def sentence(text):
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def read_errors():
    """[(code, status, meaning)] by status."""
    found = re.findall(r'^MALOTE_ERROR\((\w+), (\d+), "(.*)"\)$', ERRORS.read_text(encoding="utf-8"), re.M)
    return sorted(((f"`{name}`", status, text) for name, status, text in found), key=lambda row: row[1])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--check", action="store_true")
    given = arguments.parse_args()
    try:
        fresh = Reference(json.loads(SOURCE.read_text(encoding="utf-8"))).page(read_errors())
    except Fault as fault:
        print(f"data/openapi.json: {fault}", file=sys.stderr)
        return 1
    if not given.check:
        PAGE.write_text(fresh, encoding="utf-8")
        return 0
    page = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    change = list(difflib.unified_diff(page.splitlines(), fresh.splitlines(), "docs/api.md", "data/openapi.json",
                                       lineterm=""))
    if change:
        print("\n".join(change[:40]))
        print("docs/api.md is out of date; run tools/api_reference.py", file=sys.stderr)
        return 1
    print(f"api: {fresh.count(chr(10) + '### ')} routes and objects")
    return 0


if __name__ == "__main__":
    sys.exit(main())
