"""Writes the profiles and the event catalogue as PHP: catalogue.php and events.php."""
import textwrap

HEADER = """<?php

declare(strict_types=1);

// Made by sdk/generate.py from data/receiver/profiles.json and data/events.json. Do not edit.

"""
TYPES = {"string": "string", "integer": "int", "number": "int|float", "boolean": "bool",
         "array": "array", "object": "array"}


def literal(value, depth=0):
    """A JSON value as PHP source."""
    pad = "    " * (depth + 1)
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
    if isinstance(value, list):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    lines = [f"{pad}{literal(key)} => {literal(item, depth + 1)},\n" for key, item in value.items()]
    return "[\n" + "".join(lines) + "    " * depth + "]"


def class_name(event_name):
    return "".join(word.capitalize() for word in event_name.replace(".", "_").split("_"))


def types_of(schema):
    given = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    return [TYPES[name] for name in given if name != "null"]


def shape(schema):
    """The type as static analysers read it: array{name?: string}, list<string>."""
    named = []
    for given in schema["type"] if isinstance(schema["type"], list) else [schema["type"]]:
        if given == "object" and schema.get("properties"):
            members = (f"{name}?: {shape(part)}" for name, part in schema["properties"].items())
            named.append("array{" + ", ".join(members) + ", ...}")
        elif given == "object":
            named.append("array<array-key, mixed>")
        elif given == "array":
            named.append(f"list<{shape(schema['items'])}>")
        else:
            named.append("null" if given == "null" else TYPES[given])
    return "|".join(named)


def comment(text, pad="    "):
    lines = textwrap.wrap(text, 94 - len(pad), break_long_words=False)
    if len(lines) == 1:
        return f"{pad}/** {lines[0]} */\n"
    return f"{pad}/**\n" + "".join(f"{pad} * {line}\n" for line in lines) + f"{pad} */\n"


def event_class(event):
    schema = event["schema"]
    required = schema.get("required", [])
    text = f"/** {event['summary']} */\n"
    text += f"final class {class_name(event['name'])} extends TypedEvent\n{{\n"
    text += f"    public const TYPE = '{event['name']}';\n    protected const MEMBERS = [\n"
    for name, part in schema["properties"].items():
        types = "|".join(types_of(part))
        text += f"        '{name}' => ['{types}', {literal(name in required)}],\n"
    text += "    ];\n"
    for name, part in schema["properties"].items():
        types = "|".join(types_of(part))
        note = part.get("description", "")
        if "array" in types:
            note = f"@var {shape(part)}{'' if name in required else '|null'} {note}"
        if name not in required:
            types = f"?{types}" if "|" not in types else f"{types}|null"
        text += "\n" + (comment(note) if note else "")
        text += f"    public readonly {types} ${name};\n"
    return text + "}\n"


def emit(profiles, events):
    canonical = {}
    for event in events:
        for name in [event["name"], *event["aliases"]]:
            if canonical.setdefault(name, event["name"]) != event["name"]:
                raise SystemExit(f"{name} is an alias of two events")
    catalogue = HEADER + "namespace Malote\\Receiver;\n\n"
    catalogue += "/** The signature schemes and event names that all Malote receivers know. */\n"
    catalogue += "final class Catalogue\n{\n"
    catalogue += "    /** By name; what a member means is in Profile. */\n"
    catalogue += f"    public const PROFILES = {literal(profiles, 1)};\n\n"
    catalogue += "    /** The catalogue's name of an event by any of its names. */\n"
    catalogue += f"    public const CANONICAL = {literal(canonical, 1)};\n}}\n"
    classes = HEADER + "namespace Malote\\Receiver\\Events;\n\n"
    classes += "use Malote\\Receiver\\TypedEvent;\n\n"
    classes += "\n".join(event_class(event) for event in events)
    return {"generated/catalogue.php": catalogue, "generated/events.php": classes}
