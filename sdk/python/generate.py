"""Writes the profiles and the event types of the Python SDK; run by sdk/generate.py."""
import re

PACKAGE = "src/malote_receiver"
HEADER = '"""Written by sdk/generate.py; do not edit. {what}"""\n'
SCALARS = {"string": "str", "integer": "int", "number": "float", "boolean": "bool",
           "null": "None"}


def emit(profiles, events):
    """Returns {path: text}, paths relative to this folder."""
    domains = {}
    for event in events:
        domains.setdefault(event["domain"], []).append(event)
    files = {f"{PACKAGE}/profiles.py": profiles_text(profiles)}
    classes = {}
    for domain, members in domains.items():
        text, classes[domain] = domain_text(domain, members)
        files[f"{PACKAGE}/catalogue/{domain}_events.py"] = text
    files[f"{PACKAGE}/catalogue/__init__.py"] = index_text(events, classes)
    return files


def profiles_text(profiles):
    what = "The built-in signature schemes."
    return (HEADER.format(what=what) + "from typing import Any, Dict\n\n"
            f"PROFILES: Dict[str, Dict[str, Any]] = {literal(profiles)}\n")


def literal(value, indent=""):
    """A Python literal, broken over lines where one is too long."""
    if not isinstance(value, (dict, list)):
        return quote(value) if isinstance(value, str) else repr(value)
    left, right = "{}" if isinstance(value, dict) else "[]"
    inside = indent + "    "
    if isinstance(value, dict):
        parts = [f"{quote(key)}: {literal(one, inside)}" for key, one in value.items()]
    else:
        parts = [literal(one, inside) for one in value]
    line = left + ", ".join(parts) + right
    if "\n" not in line and len(indent) + len(line) < 70:
        return line
    return f"{left}\n" + "".join(f"{inside}{part},\n" for part in parts) + indent + right


def index_text(events, classes):
    lines = [HEADER.format(what="The event catalogue.").rstrip()]
    lines.append("from typing import Dict, List\n")
    for domain in sorted(classes):
        names = ", ".join(sorted(classes[domain]))
        lines.append(f"from .{domain}_events import ({names})" if len(names) > 60
                     else f"from .{domain}_events import {names}")
    lines.append("\n#: Canonical name: every other name the catalogue knows it by.")
    lines.append("ALIASES: Dict[str, List[str]] = {")
    for event in events:
        lines.append(f"    {quote(event['name'])}: [")
        lines.extend(f"        {quote(alias)}," for alias in event["aliases"])
        lines.append("    ],") if event["aliases"] else lines.append(lines.pop() + "],")
    lines.append("}\n")
    lines.append("#: Any name: the canonical one.")
    lines.append("CANONICAL: Dict[str, str] = {")
    lines.append("    alias: name for name, aliases in ALIASES.items() "
                 "for alias in [name] + aliases")
    lines.append("}\n")
    lines.append("__all__ = [")
    names = sorted(name for members in classes.values() for name in members)
    lines.extend(f"    {quote(name)}," for name in ["ALIASES", "CANONICAL"] + names)
    lines.append("]\n")
    return wrap_imports("\n".join(lines))


def wrap_imports(text):
    """Breaks import lines that are longer than a line may be."""
    def broken(match):
        lines, line = [], "   "
        for name in match.group(2).split(", "):
            if len(line) + len(name) + 2 > 96:
                lines.append(line)
                line = "   "
            line += f" {name},"
        return "\n".join([f"{match.group(1)}(", *lines, line, ")"])
    return re.sub(r"^(from \S+ import )\((.*)\)$", broken, text, flags=re.MULTILINE)


def domain_text(domain, events):
    types = Types()
    names = [types.event(event) for event in events]
    used = sorted(name for name in ("Any", "List", "Optional", "TypedDict", "Union")
                  if re.search(rf"\b{name}\b", types.text()))
    header = HEADER.format(what=f"What the data of {domain} events holds.")
    return f"{header}from typing import {', '.join(used)}\n{types.text()}", names


class Types:
    """The TypedDicts of one module; equal ones are written once."""

    def __init__(self):
        self.blocks = []
        self.names = {}

    def text(self):
        return "".join(self.blocks)

    def event(self, event):
        name = pascal(event["name"])
        schema = event["schema"]
        self.typed_dict(name, schema, f"Data of `{event['name']}`. {event['summary']}")
        return name

    def typed_dict(self, name, schema, doc):
        required = set(schema.get("required", ()))
        members = schema["properties"]
        first = {key: value for key, value in members.items() if key in required}
        rest = {key: value for key, value in members.items() if key not in required}
        if first and rest:
            self.block(f"class _{name}Required(TypedDict):", "", first, name)
            self.block(f"class {name}(_{name}Required, total=False):", doc, rest, name)
        else:
            total = "" if first else ", total=False"
            self.block(f"class {name}(TypedDict{total}):", doc, members, name)

    def block(self, head, doc, members, name):
        lines = ["", "", head]
        if doc:
            lines += docstring(doc) + [""]
        for key, schema in members.items():
            kind = self.kind(schema, name + pascal(key))  # may write a block before this one
            lines.append(f"    {key}: {kind}")
        self.blocks.append("\n".join(lines) + "\n")

    def kind(self, schema, name):
        kinds = schema.get("type")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        written = [self.one(kind, schema, name) for kind in kinds if kind != "null"]
        text = written[0] if len(written) == 1 else f"Union[{', '.join(written)}]"
        return f"Optional[{text}]" if "null" in kinds else text

    def one(self, kind, schema, name):
        if kind == "array":
            return f"List[{self.kind(schema.get('items', {}), singular(name))}]"
        if kind == "object" and schema.get("properties"):
            return self.nested(schema, name)
        return SCALARS.get(kind, "Any")

    def nested(self, schema, name):
        key = repr(schema["properties"]), tuple(schema.get("required", ()))
        if key not in self.names:
            self.names[key] = name
            self.typed_dict(name, schema, schema.get("description", ""))
        return self.names[key]


def docstring(text):
    lines, line = [], '    """'
    for word in text.split():
        if len(line) + len(word) + 1 > 96:
            lines.append(line)
            line = "   "
        line += word if line.endswith('"""') else f" {word}"
    return [*lines, line + '"""']


def pascal(text):
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^A-Za-z0-9]+", text))


def singular(name):
    return name[:-1] if name.endswith("s") else name


def quote(text):
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
