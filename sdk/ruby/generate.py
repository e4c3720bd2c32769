"""Writes the profiles and the event catalogue as Ruby: catalogue.rb and events.rb."""
import json
import textwrap

FOLDER = "lib/malote/receiver/"
HEADER = """# frozen_string_literal: true

# Made by sdk/generate.py from data/receiver/profiles.json and data/events.json. Do not edit.

"""
TYPES = {"string": ["String"], "integer": ["Integer"], "number": ["Numeric"],
         "boolean": ["TrueClass", "FalseClass"], "array": ["Array"], "object": ["Hash"]}


def literal(value, depth):
    """A JSON value as frozen Ruby source."""
    pad = "  " * (depth + 1)
    if value is None:
        return "nil"
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("#", "\\#")
    if isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, list):
        return "[" + ", ".join(literal(item, depth) for item in value) + "].freeze"
    members = (f"{pad}{literal(key, depth)} => {literal(item, depth + 1)}"
               for key, item in value.items())
    return "{\n" + ",\n".join(members) + "\n" + "  " * depth + "}.freeze"


def class_name(event_name):
    return "".join(word.capitalize() for word in event_name.replace(".", "_").split("_"))


def names_of(schema):
    given = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return [name for name in given if name != "null"]


def shape(schema):
    """The type as YARD writes it: String, Array<String>, Hash{name, email}."""
    parts = []
    for name in names_of(schema):
        if name == "array":
            parts.append(f"Array<{shape(schema['items'])}>")
        elif name == "object" and schema.get("properties"):
            parts.append("Hash{" + ", ".join(schema["properties"]) + "}")
        else:
            parts.append("Boolean" if name == "boolean" else TYPES[name][0])
    return ", ".join(parts)


def comment(text, pad):
    lines = textwrap.wrap(text, 96 - len(pad), break_long_words=False)
    return "".join(f"{pad}# {line}\n" for line in lines)


def event_class(event):
    schema = event["schema"]
    required = schema.get("required", [])
    text = comment(event["summary"], "    ")
    text += f"    class {class_name(event['name'])} < TypedEvent\n"
    text += f"      TYPE = \"{event['name']}\"\n      MEMBERS = {{\n"
    members = []
    for name, part in schema["properties"].items():
        types = ", ".join(kind for given in names_of(part) for kind in TYPES[given])
        members.append(f"        \"{name}\" => [[{types}], {json.dumps(name in required)}]")
    text += ",\n".join(members) + "\n      }.freeze\n"
    for name, part in schema["properties"].items():
        types = shape(part) + ("" if name in required else ", nil")
        note = f"@return [{types}] {part.get('description', '')}"
        text += "\n" + comment(note, "      ")
        text += f"      attr_reader :{name}\n"
    return text + "    end\n"


def emit(profiles, events):
    canonical = {}
    for event in events:
        for name in [event["name"], *event["aliases"]]:
            if canonical.setdefault(name, event["name"]) != event["name"]:
                raise SystemExit(f"{name} is an alias of two events")
    catalogue = HEADER + "module Malote\n"
    catalogue += "  # The signature schemes that all Malote receivers know.\n"
    catalogue += f"  PROFILES = {literal(profiles, 1)}\n\n"
    catalogue += "  # The catalogue's name of an event by any of its names.\n"
    catalogue += f"  CANONICAL = {literal(canonical, 1)}\nend\n"
    classes = HEADER + "module Malote\n  # One class for the data of each kind of event.\n"
    classes += "  module Events\n" + "\n".join(event_class(event) for event in events)
    classes += "  end\nend\n"
    return {FOLDER + "catalogue.rb": catalogue, FOLDER + "events.rb": classes}
