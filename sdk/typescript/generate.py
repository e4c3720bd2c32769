"""Writes src/generated.ts: the signature profiles and the event catalogue as TypeScript.

Called by sdk/generate.py; `emit` returns the text, and touches no file.
"""
import json
import re
import textwrap

HEAD = """\
// Written by sdk/generate.py from data/receiver/profiles.json and data/events.json; do not edit.
import type { Profile } from "./profile.js";
"""
SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean",
           "null": "null"}
WIDTH = 100


def emit(profiles, events):
    parts = [HEAD, emit_profiles(profiles), emit_aliases(events)]
    parts += [emit_data(event) for event in events]
    parts.append(emit_catalogue(events))
    return {"src/generated.ts": "\n".join(parts)}


def emit_profiles(profiles):
    lines = ["/** The names of the built-in signature schemes. */", "export type SchemeName ="]
    lines += [f"  | {json.dumps(name)}" for name in profiles]
    lines[-1] += ";"
    lines += ["", "/** The built-in signature schemes. */",
              "export const PROFILES: Readonly<Record<SchemeName, Profile>> = {"]
    for name, profile in profiles.items():
        lines.append(f"  {member(name)}: {{")
        for key, value in profile.items():
            lines += member_lines(key, value)
        lines.append("  },")
    return "\n".join(lines + ["};", ""])


def member_lines(key, value):
    line = f"    {member(key)}: {spaced(value)},"
    if len(line) <= WIDTH or not isinstance(value, dict):
        return [line]
    inner = [f"      {member(k)}: {spaced(v)}," for k, v in value.items()]
    return [f"    {member(key)}: {{", *inner, "    },"]


def emit_aliases(events):
    lines = ["/** What other senders call an event: [canonical name, its aliases]. */",
             "export const CATALOGUE = ["]
    for event in events:
        lines.append(f"  [{json.dumps(event['name'])}, [")
        lines += [f"    {json.dumps(alias)}," for alias in event["aliases"]]
        lines.append("  ]],")
    return "\n".join(lines + ["] as const;", ""])


def emit_data(event):
    lines = comment(event["summary"], "")
    lines.append(f"export interface {type_name(event['name'])} {{")
    lines += members(event["schema"], "  ")
    return "\n".join(lines + ["}", ""])


def emit_catalogue(events):
    lines = ["/** The data of every event of the catalogue, by canonical name. */",
             "export interface CatalogueData {"]
    lines += [f"  {json.dumps(event['name'])}: {type_name(event['name'])};" for event in events]
    return "\n".join(lines + ["}", ""])


def members(schema, indent):
    """The lines of an object type's body; unknown members are always allowed."""
    required = schema.get("required", [])
    lines = []
    for name, value in schema.get("properties", {}).items():
        if "description" in value:
            lines += comment(value["description"], indent)
        mark = "" if name in required else "?"
        lines.append(f"{indent}{member(name)}{mark}: {type_of(value, indent)};")
    return lines + [f"{indent}[member: string]: unknown;"]


def type_of(schema, indent):
    if "enum" in schema:
        return " | ".join(json.dumps(value, ensure_ascii=False) for value in schema["enum"])
    if "const" in schema:
        return json.dumps(schema["const"], ensure_ascii=False)
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    return " | ".join(type_of_kind(kind, schema, indent) for kind in kinds) or "unknown"


def type_of_kind(kind, schema, indent):
    if kind == "array":
        return f"Array<{type_of(schema.get('items', {}), indent)}>"
    if kind == "object":
        return "\n".join(["{", *members(schema, indent + "  "), indent + "}"])
    return SCALARS[kind]


def comment(text, indent):
    text = text.replace("*/", "* /")
    line = f"{indent}/** {text} */"
    if len(line) <= WIDTH:
        return [line]
    body = textwrap.wrap(text, WIDTH - len(indent) - 3)
    return [f"{indent}/**", *(f"{indent} * {part}" for part in body), f"{indent} */"]


def type_name(event_name):
    return "".join(word.capitalize() for word in re.split(r"[._]", event_name))


def member(name):
    return name if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else json.dumps(name)


def spaced(value):
    """JSON on one line, with spaces inside braces as the rest of the code has them."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{member(k)}: {spaced(v)}" for k, v in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(spaced(each) for each in value) + "]"
    return json.dumps(value, ensure_ascii=False)
