#!/usr/bin/env python3
"""The reference part of docs/cli.md, from what the program's own --help says.

    tools/cli_reference.py [--bin PROGRAM]            write it
    tools/cli_reference.py [--bin PROGRAM] --check    say whether it is up to date

Each command without commands of its own needs a line in tools/cli_examples.txt.
"""
import argparse
import difflib
import pathlib
import re
import subprocess
import sys
from typing import NamedTuple

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/cli.md"
EXAMPLES = ROOT / "tools/cli_examples.txt"
BEGIN = "<!-- reference:begin (tools/cli_reference.py) -->\n"
END = "<!-- reference:end -->\n"


class Command(NamedTuple):
    words: tuple  # ("malote", "triggers", "create")
    about: str
    usage: str
    sections: dict  # title → [(what, meaning)]
    footer: str


def parse_help(words, text):
    """What CLI11 prints: about, "Usage: …", sections of indented rows, free text at the end."""
    lines = text.rstrip().splitlines()
    sections, footer, section, about, usage = {}, [], None, [], ""
    for line in lines:
        title = re.fullmatch(r"(Options|Positionals|Subcommands)( of .*)?:", line)
        row = re.fullmatch(r"  (\S.*?)(?:\s{2,}(\S.*))?", line)
        if line.startswith("Usage: "):
            usage = line[len("Usage: "):]
        elif title:
            section = sections.setdefault(line.rstrip(":"), [])
        elif not line:
            section = None
        elif section is not None and row:
            section.append((row[1], row[2] or ""))
        elif section and line.startswith("   "):
            section[-1] = (section[-1][0], f"{section[-1][1]} {line.strip()}".strip())
        elif usage:
            footer.append(line)
        else:
            about.append(line)
    return Command(words, " ".join(about), usage, sections, "\n".join(footer))


def read_commands(program, words=("malote",)):
    """The command and all below it, in the program's order."""
    done = subprocess.run([program, *words[1:], "--help"], capture_output=True, text=True, timeout=30, check=True)
    command = parse_help(words, done.stdout)
    commands = [command]
    for name, _ in command.sections.get("Subcommands", []):
        commands += read_commands(program, (*words, name))
    return commands


def read_examples(commands):
    """{words: [lines]}, and what is wrong with them."""
    known = {command.words: command for command in commands}
    examples, faults = {}, []
    for line in EXAMPLES.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        called = tuple(line[line.index("malote"):].split()) if "malote" in line else ()
        words = max((words for words in known if called[:len(words)] == words), key=len, default=None)
        if words in (None, ("malote",)):
            faults.append(f"{EXAMPLES.name}: there is no command for: {line}")
            continue
        taken = options_of(words, known)
        faults += [f"{EXAMPLES.name}: {' '.join(words)} takes no {option}: {line}"
                   for option in re.findall(r"(?<=\s)--[\w-]+", line) if option not in taken]
        examples.setdefault(words, []).append(line)
    faults += [f"{EXAMPLES.name}: lacks an example of: {' '.join(c.words)}"
               for c in commands if "Subcommands" not in c.sections and c.words not in examples]
    return examples, faults


def options_of(words, known):
    """Of the command and of the groups it stands in."""
    found = set()
    for length in range(1, len(words) + 1):
        for title, rows in known[words[:length]].sections.items():
            if title.startswith("Options"):
                found.update(option for what, _ in rows for option in re.findall(r"--[\w-]+", what))
    return found


def table(rows):
    shown = [(what, meaning) for what, meaning in rows if not what.startswith("-h,")]
    lines = ["| | |\n|---|---|\n"] if shown else []
    for what, meaning in shown:
        needed = " **required**" if what.endswith(" REQUIRED") else ""
        what = what.removesuffix(" REQUIRED").replace("|", "\\|")
        meaning = re.sub(r"(\*|<|\|)", r"\\\1", meaning)
        lines.append(f"| `{what}`{needed} | {meaning} |\n")
    return "".join(lines) + ("\n" if shown else "")


def sentence(text):
    return text if text.endswith((".", "?", "!")) else text + "."


def write_command(command, examples, everywhere):
    """`everywhere`: rows that the program's own help shows already."""
    depth = "##" if len(command.words) == 2 else "###"
    out = [f"{depth} {' '.join(command.words)}\n\n", sentence(command.about), "\n\n"]
    if command.words in examples:
        out += ["```sh\n", "\n".join(examples[command.words]), "\n```\n\n"]
    out.append(table([row for title, rows in command.sections.items() if title != "Subcommands"
                      for row in rows if row not in everywhere]))
    if command.footer:
        out += ["```\n", command.footer, "\n```\n\n"]
    return "".join(out)


def write_reference(commands, examples):
    top = commands[0]
    out = ["| command | |\n|---|---|\n"]
    out += [f"| [{name}](#malote-{name}) | {sentence(about)} |\n" for name, about in top.sections["Subcommands"]]
    for title, rows in top.sections.items():
        if title.startswith("Options"):
            out += ["\n", title, ":\n\n", table(rows).rstrip("\n"), "\n"]
    out.append("\n")
    everywhere = [row for title, rows in top.sections.items() if title.startswith("Options") for row in rows]
    out += [write_command(command, examples, everywhere) for command in commands[1:]]
    return "".join(out)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--bin", default=str(ROOT / "build/release/malote"))
    arguments.add_argument("--check", action="store_true")
    given = arguments.parse_args()
    commands = read_commands(given.bin)
    examples, faults = read_examples(commands)
    for fault in faults:
        print(fault, file=sys.stderr)
    page = PAGE.read_text(encoding="utf-8")
    head, rest = page.split(BEGIN)
    fresh = head + BEGIN + "\n" + write_reference(commands, examples) + END + rest.split(END)[1]
    if given.check:
        change = list(difflib.unified_diff(page.splitlines(), fresh.splitlines(), "docs/cli.md", "--help", lineterm=""))
        print("\n".join(change[:40]))
        if change or faults:
            print("cli: docs/cli.md is out of date; run tools/cli_reference.py", file=sys.stderr)
            return 1
        print(f"cli: {len(commands) - 1} commands, each with an example")
        return 0
    PAGE.write_text(fresh, encoding="utf-8")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
