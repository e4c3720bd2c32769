#!/usr/bin/env python3
"""Repository rules that no compiler checks. Each finding names the rule and what to do instead.

    tools/tidy.py [--root DIR]    check the tree
    tools/tidy.py --shrink        lower the ratchet to what the code is now; it never rises
    tools/tidy.py --self-test     prove that each rule fires on a bad snippet

A line that has to break a rule says so, on it or in the comment above: tidy:allow(rule) why.
Functions that were too long when the rule came are listed in tools/tidy_ratchet.json.
"""
import argparse
import dataclasses
import functools
import json
import os
import pathlib
import re
import sys
import tempfile
from typing import NamedTuple

CPP = (".h", ".cc")
SCRIPTS = (".py", ".sh", ".js", ".mjs", ".ts", ".cmake")
RATCHET = "tools/tidy_ratchet.json"
SKIPPED_FOLDERS = {".git", "build", "node_modules", "__pycache__", "malote-data", ".cache"}
# The rules' own words would break them.
OWN_FILES = ("tools/tidy.py", "tools/layers.py")

MAX_COLUMNS = 100
MAX_LINES = {".h": 400, ".cc": 600, ".py": 600}
MAX_FUNCTION_LINES = 70
MAX_PARAMETERS = 6
MAX_HEADER_INCLUDES = 12


class Pattern(NamedTuple):
    """A rule about text: where `regex` occurs in `view` outside `free` places, it is broken."""
    rule: str
    regex: str
    instead: str
    view: str = "code"  # C++ without comments and strings | "comments" | "text"
    within: tuple = ("",)  # path prefixes the rule looks at
    free: tuple = ()  # path prefixes where the thing belongs
    kinds: tuple = CPP


# The two edges of the program touch the machine; so may the client, which is part of other
# programs, and programs that only measure or drive ours.
EDGES = ("src/net/", "src/app/", "src/client/", "bench/", "tests/e2e/", "examples/")

PATTERNS = [
    Pattern("coroutine", r"\bco_(?:await|return|yield)\b",
            "write a callback: g++ 12 miscompiles these (docs/decisions/002-no-coroutines.md)"),
    Pattern("clock",
            r"\b(?:system_clock|high_resolution_clock|utc_clock|file_clock)::now\b"
            r"|\bclock_gettime\b|\bgettimeofday\b|(?<![.>\w])time\s*\(\s*(?:nullptr|NULL|0)\s*\)",
            "take the time as an argument, or ask the Clock port (ports/clock.h)", free=EDGES),
    Pattern("clock", r"\bsteady_clock::now\b",
            "take the time as an argument, or ask the Clock port (ports/clock.h); the steady clock "
            "is for metrics in net, app and store",
            free=EDGES + ("src/store/", "src/sim/sim_main.")),
    Pattern("random", r"\bs?rand\s*\(|\brandom_device\b|\bgetrandom\b|\bgetentropy\b"
            r"|\barc4random\w*|\bRAND_\w*bytes\b",
            "use the Entropy port (ports/entropy.h) for secrets and ids, base/prng.h for jitter",
            free=EDGES),
    Pattern("sleep", r"\bsleep_(?:for|until)\b|\bu?sleep\s*\(|\bnanosleep\b",
            "return the time of the next wake-up and let the driver wait",
            free=EDGES + ("tests/",)),
    Pattern("test-sleep",
            r"\bsleep_(?:for|until)\b|\bu?sleep\s*\(|\bnanosleep\b|\b(?:time|asyncio)\.sleep\b"
            r"|\bsetTimeout\b|^\s*sleep\s+[\d$]",
            "wait for the event itself (a condition, a read, a poll of the answer with a deadline)",
            within=("tests/",), kinds=CPP + SCRIPTS),
    Pattern("environment", r"\b(?:secure_)?getenv\b",
            "read it in app/config and pass the value down", free=EDGES),
    Pattern("unordered", r"\bunordered_\w+",
            "use std::map or a sorted vector: iteration order must not vary between runs",
            within=("src/core/", "src/engine/", "src/sim/", "include/malote/core/")),
    Pattern("todo", r"\b(?:TODO(?!\(#\d+\):)|FIXME|XXX|HACK)\b",
            "finish it, or file an issue and write TODO(#n): what is missing", view="comments"),
    Pattern("todo", r"(?:#|//|^\s*\*).*\b(?:TODO(?!\(#\d+\):)|FIXME|XXX|HACK)\b",
            "finish it, or file an issue and write TODO(#n): what is missing",
            view="text", kinds=SCRIPTS),
    Pattern("machine-path",
            r"(?<![\w./:$}~-])/(?:home|root|work|workspace|mnt|Users|tmp)/[\w.{$]",
            "this path exists on one machine only: make it relative, take it as an argument, or "
            "ask for a temporary directory",
            view="text", kinds=CPP + SCRIPTS + (".json", ".txt", ".toml", ".yml", "")),
]

RULES = {pattern.rule for pattern in PATTERNS} | {
    "allow", "cmake", "columns", "file-name", "file-size", "function-size", "header-includes",
    "own-header", "parameters", "pragma-once", "ratchet", "secret", "vocabulary",
}

# banned word in identifiers (whole word, not a member of a foreign type) → what we say
VOCABULARY = {
    r"cfg": "config",
    r"ctx": "the name of what it is the context of",
    r"req": "request",
    r"resp": "response",
    r"msg": "message",
    r"cnt": "count, or n_… with a noun",
    r"idx": "index, or the noun it counts",
    r"mgr|\w+Manager": "the verb it does (store, registry, dispatcher)",
    r"conn": "connection",
    r"cb": "done, or on_…",
    r"evt": "event",
    r"dlv": "delivery",
    r"\w*(?:dlq|Dlq|DLQ)\w*": "dead letter(s); /dlq is only a path on the wire",
    r"\w*[Tt]enant\w*": "project",
    r"\w*[Bb]lack_?[Ll]ist\w*": "deny list, or refused_…",
    r"\w*[Ww]hite_?[Ll]ist\w*": "allow list",
}
BANNED_FILE_NAMES = re.compile(r"(?:^|_)(?:utils?|helpers?|misc|common|manager|stuff)(?:_|\.|$)")

TOKEN = re.compile(
    r'(?P<comment>//(?:\\\n|[^\n])*|/\*.*?\*/)'
    r'|R"(?P<mark>[^\s()\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9])'(?:\\.|[^'\\\n])+'", re.DOTALL)
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*[<"]([^>"\n]+)[>"]', re.MULTILINE)
DIRECTIVE = re.compile(r"^[ \t]*#(?:\\\n|[^\n])*", re.MULTILINE)
ALLOW = re.compile(r"tidy:allow\(([\w-]+)\)[ \t]*(.*)")


class Finding(NamedTuple):
    file: str
    line: int
    rule: str
    text: str

    def __str__(self):
        return f"{self.file}:{self.line}: [{self.rule}] {self.text}"


def blank(text):
    return re.sub(r"[^\n]", " ", text)


@dataclasses.dataclass
class Source:
    path: str
    text: str

    @property
    def kind(self):
        return pathlib.PurePosixPath(self.path).suffix

    @functools.cached_property
    def code(self):
        """The text with comments and the insides of literals blanked; every place stays."""
        def hide(match):
            literal = match.group()
            if match.group("comment"):
                return blank(literal)
            return literal[0] + blank(literal[1:-1]) + literal[-1]
        return TOKEN.sub(hide, self.text)

    @functools.cached_property
    def comments(self):
        parts, end = [], 0
        for match in TOKEN.finditer(self.text):
            if match.group("comment"):
                parts += [blank(self.text[end:match.start()]), match.group()]
                end = match.end()
        return "".join(parts) + blank(self.text[end:])

    def view(self, name):
        return getattr(self, name) if self.kind in CPP else self.text

    def line_of(self, offset):
        return self.text.count("\n", 0, offset) + 1


# ---- functions ------------------------------------------------------------------------------

class Function(NamedTuple):
    name: str
    line: int
    lines: int
    parameters: int


def flatten(head):
    """`head` with what stands inside (), <> and attributes blanked; every place stays."""
    head = re.sub(r"\[\[.*?\]\]|\balignas\s*\([^()]*\)", lambda m: blank(m.group()), head)
    head = re.sub(r"\boperator\s*(?:\(\s*\)|[^\s\w(]+)", lambda m: "operator".ljust(
        len(m.group()), "_"), head)
    out, depth = [], 0
    for i, char in enumerate(head):
        opens = char == "(" or (char == "<" and re.search(r"\w\s*$", head[:i]))
        closes = char == ")" or (char == ">" and depth and head[i - 1] not in "-=")
        if closes:
            depth -= 1
        out.append(char if depth <= 0 else " ")
        if opens:
            depth += 1
    return "".join(out)


def count_parameters(text):
    depth = count = 0
    for i, char in enumerate(text):
        depth += (char in "([{<") - (char in ")]}" or (char == ">" and text[i - 1] not in "-="))
        count += char == "," and depth == 0
    return count + 1 if text.strip() and text.strip() != "void" else 0


def find_functions(source):
    """The functions of a C++ file by their braces: a reader's eye, not a parser's."""
    code = DIRECTIVE.sub(lambda m: blank(m.group()), source.code)
    ends, stack = {}, []
    for match in re.finditer(r"[{}]", code):
        if match.group() == "{":
            stack.append(match.start())
        elif stack:
            ends[stack.pop()] = match.start()

    start = at = 0
    while match := re.compile(r"[{};]").search(code, at):
        at = match.end()
        if match.group() != "{":
            start = at
            continue
        raw = code[start:match.start()]
        raw = re.sub(r"^\s*(?:(?:public|private|protected)\s*:\s*)+",
                     lambda m: blank(m.group()), raw)
        flat = flatten(raw)
        end = ends.get(match.start(), len(code) - 1)
        if raw.count("(") > raw.count(")") or re.search(r"\)[\w\s]*:(?!:).*[\w>]\s*$", flat, re.S):
            at = end + 1  # an argument, or a member's {initialiser}: the head goes on
            continue
        words = re.sub(r"^\s*template\s*<[^>]*>", "", flat).split()
        while words and words[0] in ("static", "const", "constexpr", "inline", "typedef", "extern"):
            words.pop(0)
        if words and "(" not in flat and words[0] in (
                "namespace", "class", "struct", "union", "enum", '"'):  # extern "C"
            start = at  # look inside
            continue
        named = re.search(r"([\w:~]+)\s*\(", flat)
        if named and not re.search(r"(?<![=!<>])=(?!=)", flat):
            first = start + len(raw) - len(raw.lstrip())
            inside = raw[named.end():flat.find(")", named.end())]
            name = named.group(1)
            macro = name.isupper() or name.startswith(("TEST", "BENCHMARK"))
            yield Function(
                name + "(" + "".join(inside.split()) + ")" if macro else name,
                source.line_of(first), source.line_of(end) - source.line_of(first) + 1,
                0 if macro else count_parameters(inside))
        start = at = end + 1


# ---- the rules ------------------------------------------------------------------------------

def check_patterns(source):
    for pattern in PATTERNS:
        if (source.kind not in pattern.kinds or not source.path.startswith(pattern.within)
                or source.path.startswith(pattern.free)):
            continue
        for match in re.finditer(pattern.regex, source.view(pattern.view), re.MULTILINE):
            found = " ".join(match.group().split())
            yield Finding(source.path, source.line_of(match.end()), pattern.rule,
                          f"{found}: {pattern.instead}")


def check_layout(source):
    if source.text.startswith("// Generated by "):
        return
    lines = source.text.splitlines()
    limit = MAX_LINES.get(source.kind)
    if limit and len(lines) > limit:
        yield Finding(source.path, limit + 1, "file-size", f"{len(lines)} lines, at most {limit}: "
                      "find the second idea in it and give it a file")
    name = pathlib.PurePosixPath(source.path).name
    if source.kind in CPP + SCRIPTS and BANNED_FILE_NAMES.search(name):
        yield Finding(source.path, 1, "file-name", "name the file after the one thing it holds")
    if source.kind not in CPP:
        return
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS:
            yield Finding(source.path, number, "columns",
                          f"{len(line)} columns, at most {MAX_COLUMNS}: `make format`, or break it")
    if source.kind == ".h":
        if not re.search(r"^#pragma once$", source.text, re.MULTILINE):
            yield Finding(source.path, 1, "pragma-once", "start the header with #pragma once")
        count = len(INCLUDE.findall(source.text))
        if count > MAX_HEADER_INCLUDES:
            yield Finding(source.path, 1, "header-includes", f"{count} includes, at most "
                          f"{MAX_HEADER_INCLUDES}: forward-declare, or split the header")


def check_words(source):
    if source.kind not in CPP:
        return
    for word, preferred in VOCABULARY.items():
        for match in re.finditer(rf"(?<![\w.:>])(?:{word})(?!\w)", source.code):
            yield Finding(source.path, source.line_of(match.start()), "vocabulary",
                          f"{match.group()}: say {preferred}")


def check_secrets(source):
    if source.kind not in CPP:
        return
    for match in re.finditer(r"(?:\.|->)reveal\s*\(", source.code):
        before = re.split(r"[;{}]", source.code[:match.start()])[-1]
        if re.search(r"\b(?:log|spdlog|fmt)::\w+\s*\(|\bMALOTE_LOG\w*\s*\(|\w*printf\s*\("
                     r"|\bstd::c(?:out|err|log)\b", before):
            yield Finding(source.path, source.line_of(match.start()), "secret",
                          "a revealed Secret in a log or format call: leave it out, or name the "
                          "thing by its id")


def check_functions(source, ratchet, seen):
    if source.kind not in CPP:
        return
    for function in find_functions(source):
        key = f"{source.path}:{function.name}"
        limit = max(MAX_FUNCTION_LINES, ratchet.get(key, 0))
        if function.lines > MAX_FUNCTION_LINES:
            seen[key] = max(function.lines, seen.get(key, 0))
        if function.lines > limit:
            yield Finding(source.path, function.line, "function-size", f"{function.name} has "
                          f"{function.lines} lines, at most {limit}: name its parts")
        if function.parameters > MAX_PARAMETERS:
            yield Finding(source.path, function.line, "parameters", f"{function.name} takes "
                          f"{function.parameters} parameters, at most {MAX_PARAMETERS}: "
                          "pass a struct with designated initialisers")


def check_ratchet(ratchet, seen):
    for key, limit in sorted(ratchet.items()):
        if seen.get(key, 0) < limit:
            now = f"is down to {seen[key]}" if key in seen else "needs no exception any more"
            yield Finding(RATCHET, 1, "ratchet", f"{key} {now}: run tools/tidy.py --shrink")


def check_own_header(source, paths):
    if source.kind != ".cc" or not source.path.startswith("src/"):
        return
    header = source.path.removeprefix("src/").removesuffix(".cc") + ".h"
    places = ((header, f"src/{header}"), (f"malote/{header}", f"include/malote/{header}"))
    own = [name for name, file in places if file in paths]
    includes = INCLUDE.findall(source.text)
    if own and (not includes or includes[0] not in own):
        yield Finding(source.path, 1, "own-header", f'include "{own[0]}" first, so that the header '
                      "is known to stand alone")


def check_cmake(sources):
    """Every source and every test of ours is listed, by its path from a CMakeLists.txt or the end of it;
    tests by their names, which tests/CMakeLists.txt puts into the module's folder."""
    listed = {}
    for source in sources:
        if source.path.endswith(("CMakeLists.txt", ".cmake")):
            folder = source.path.rpartition("/")[0]
            names = re.findall(r"[\w./-]+\.cc\b", re.sub(r"#[^\n]*", "", source.text))
            listed.setdefault(folder, set()).update(names)
    for source in sources:
        is_test = source.path.startswith("tests/") and source.path.endswith("_test.cc")
        if source.kind != ".cc" or not (is_test or source.path.startswith("src/")):
            continue
        parts = source.path.split("/")
        if not any("/".join(parts[-1:] if is_test else parts[depth:]) in
                   listed.get("/".join(parts[:depth]), ()) for depth in range(len(parts))):
            yield Finding(source.path, 1, "cmake", "no CMakeLists.txt above it lists this file by "
                          "its path: add it, or delete the file")


def apply_allowances(source, findings):
    """Drops what a tidy:allow on the line or in the comment right above it covers."""
    lines = source.text.splitlines()
    allowed = {}
    for number, line in enumerate(lines, 1):
        if not (match := ALLOW.search(line)):
            continue
        covers = number
        while covers < len(lines) and re.match(r"\s*(?://|#(?!include))", lines[covers - 1]):
            covers += 1
        allowed[covers, match.group(1)] = number
        if not match.group(2).strip():
            yield Finding(source.path, number, "allow", "say why behind tidy:allow(…)")
    used = set()
    for finding in findings:
        if (finding.line, finding.rule) in allowed:
            used.add((finding.line, finding.rule))
        else:
            yield finding
    for key in allowed.keys() - used:
        yield Finding(source.path, allowed[key], "allow", f"nothing breaks '{key[1]}': remove it")


def load(root):
    sources = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f not in SKIPPED_FOLDERS)
        for name in sorted(names):
            path = pathlib.Path(folder, name)
            kind = path.suffix
            known = CPP + SCRIPTS + (".json", ".txt", ".toml", ".yml")
            if kind in known or (not kind and not name.startswith(".") and name != "LICENSE"):
                relative = path.relative_to(root).as_posix()
                if relative not in OWN_FILES:
                    sources.append(Source(relative, path.read_text(errors="replace")))
    return sources


def load_ratchet(root):
    path = root / RATCHET
    return json.loads(path.read_text()) if path.exists() else {}


def check(root):
    sources, ratchet, seen, findings = load(root), load_ratchet(root), {}, []
    paths = {source.path for source in sources}
    for source in sources:
        found = [*check_patterns(source), *check_layout(source), *check_words(source),
                 *check_secrets(source), *check_functions(source, ratchet, seen),
                 *check_own_header(source, paths)]
        findings += apply_allowances(source, found)
    findings += check_cmake(sources)
    findings += check_ratchet(ratchet, seen)
    return sorted(findings), len(sources), ratchet, seen


def shrink(root):
    _, _, ratchet, seen = check(root)
    smaller = {key: min(limit, seen[key]) for key, limit in ratchet.items() if key in seen}
    (root / RATCHET).write_text(json.dumps(smaller, indent=2, sort_keys=True) + "\n")
    print(f"tidy: {len(smaller)} functions may still be longer than {MAX_FUNCTION_LINES} lines")


# ---- the self-test --------------------------------------------------------------------------

def long_function(lines, head="void f() {"):
    return "\n".join([head] + ["  g();"] * (lines - 2) + ["}\n"])


# (file, its text, the rules it must break, and only these)
SELF_TEST = [
    ("src/core/a.cc", "int f() { return 1; }  // co_await, rand(), getenv\n", ()),
    ("src/core/a.cc", 'const char* k = "co_await std::time(nullptr) /" "*";\n', ()),
    ("src/net/a.cc", "auto t = system_clock::now(); auto* e = std::getenv(name);\n", ()),
    ("src/core/a.h", "#pragma once\n", ()),
    ("src/core/a.cc", "  co_await f();\n", ("coroutine",)),
    ("src/engine/a.cc", "auto t = std::chrono::system_clock::now();\n", ("clock",)),
    ("src/engine/a.cc", "auto t = steady_clock::now();\n", ("clock",)),
    ("src/store/a.cc", "auto t = steady_clock::now();\n", ()),
    ("src/store/a.cc", "auto t = std::time(nullptr);\n", ("clock",)),
    ("src/store/a.cc", "auto t = row.time(0);\n", ()),
    ("tests/core/a_test.cc", "clock_gettime(CLOCK_REALTIME, &t);\n", ("clock",)),
    ("tests/e2e/a_test.cc", "clock_gettime(CLOCK_REALTIME, &t);\n", ()),
    ("src/core/a.cc", "std::random_device device;\n", ("random",)),
    ("src/crypto/a.cc", "RAND_bytes(out, size);\n", ("random",)),
    ("src/engine/a.cc", "std::this_thread::sleep_for(1s);\n", ("sleep",)),
    ("tests/e2e/a_test.cc", "usleep(5);\n", ("test-sleep",)),
    ("tests/e2e/drive.py", "time.sleep(1)\n", ("test-sleep",)),
    ("tests/e2e/drive.js", "setTimeout(f, 100)\n", ("test-sleep",)),
    ("tests/e2e/drive.sh", "start\nsleep 1\n", ("test-sleep",)),
    ("src/store/a.cc", 'auto* p = std::getenv("X");\n', ("environment",)),
    ("src/engine/a.cc", "#include <unordered_map>\n", ("unordered",)),
    ("src/store/a.cc", "std::unordered_map<int, int> m;\n", ()),
    ("src/core/a.cc", "// TODO: later\n", ("todo",)),
    ("src/core/a.cc", "// TODO(#12): later\n", ()),
    ("scripts/a.sh", "# FIXME\n", ("todo",)),
    ("tests/a.json", '{"at": "/home/somebody/x"}\n', ("machine-path",)),
    ("scripts/run", "cat /tmp/x\n", ("machine-path",)),
    ("scripts/run", "cat $dir/tmp/x https://example.com/home/x\n", ()),
    ("src/core/a.cc", "int " + "x" * 100 + ";\n", ("columns",)),
    ("src/core/a.cc", "// " + "\u2026" * 97 + "\n", ()),
    ("src/core/a.h", "#pragma once\n" + "\n" * 400, ("file-size",)),
    ("src/core/a.cc", "\n" * 601, ("file-size",)),
    ("src/core/string_utils.h", "#pragma once\n", ("file-name",)),
    ("src/core/a.h", "int x;\n", ("pragma-once",)),
    ("src/core/a.h", "#pragma once\n" + "#include <map>\n" * 13, ("header-includes",)),
    ("src/core/a.cc", "int cfg = 1;\n", ("vocabulary",)),
    ("src/core/a.cc", "m->msg = curl.msg; class TenantManagerFoo;\n", ("vocabulary",)),
    ("src/core/a.cc", "auto message = m->msg;\n", ()),
    ("src/core/a.cc", 'log::info("key " + key.reveal());\n', ("secret",)),
    ("src/core/a.cc", 'auto s = fmt::format("{{{}",\n  key.reveal());\n', ("secret",)),
    ("src/core/a.cc", 'auto h = "Bearer " + key.reveal();\n', ()),
    ("src/core/a.cc", long_function(70), ()),
    ("src/core/a.cc", long_function(71), ("function-size",)),
    ("src/core/a.cc", "namespace x {\nclass Y : Z<int()> {\n public:\n" + long_function(
        71, "Y(F f = {}) : a_{f}, b_([] { return 1; }) {") + "};\n}\n", ("function-size",)),
    ("src/core/a.cc", "template <class T = A<B>>\n" + long_function(70), ("function-size",)),
    ("tests/core/a_test.cc", long_function(71, "TEST(Rules, Hold) {"), ("function-size",)),
    ("src/core/a.cc", "constexpr int kRows[] = {\n" + "1,\n" * 90 + "};\n", ()),
    ("src/core/a.cc", "void f(A<1, 2> a, int b, int c, int d, int e, int f) {}\n", ()),
    ("src/core/a.cc", "void f(int a, int b, int c, int d, int e, int f, int g) {}\n",
     ("parameters",)),
    ("src/core/a.cc", "// tidy:allow(clock) the one place\nt = system_clock::now();\n", ()),
    ("src/core/a.cc", "t = system_clock::now();  // tidy:allow(clock)\n", ("allow",)),
    ("src/core/a.cc", "int x;  // tidy:allow(clock) was here once\n", ("allow",)),
    (RATCHET, '{"src/core/gone.cc:f": 80}', ("ratchet",)),
]


def run_case(files, cmake="add_library(x a.cc)"):
    with tempfile.TemporaryDirectory() as folder:
        for name, text in {"src/core/CMakeLists.txt": cmake, **files}.items():
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            lists = {"src": "a.cc", "tests": "a_test.cc"}.get(name.split("/")[0])
            if path.suffix == ".cc" and lists and not name.startswith("src/core/"):
                (path.parent / "CMakeLists.txt").write_text(lists)
        return tuple(finding.rule for finding in check(pathlib.Path(folder))[0])


def self_test():
    header = {"src/core/a.h": "#pragma once\n"}
    long = {"src/core/a.cc": long_function(80)}
    cases = [({file: text}, rules) for file, text, rules in SELF_TEST] + [
        (header | {"src/core/a.cc": '#include <map>\n#include "core/a.h"\n'}, ("own-header",)),
        (header | {"src/core/a.cc": '// why\n#include "core/a.h"\n#include <map>\n'}, ()),
        (long | {RATCHET: '{"src/core/a.cc:f": 80}'}, ()),
        (long | {RATCHET: '{"src/core/a.cc:f": 79}'}, ("function-size",)),
        (long | {RATCHET: '{"src/core/a.cc:f": 81}'}, ("ratchet",)),
        ({"src/core/lost.cc": ""}, ("cmake",)),
        ({"tests/core/lost_test.cc": ""}, ("cmake",)),
    ]
    wrong = 0
    for files, expected in cases:
        found = run_case(files)
        assert RULES.issuperset(found), found
        if found != expected:
            wrong += 1
            print(f"self-test: {files}: expected {expected}, found {found}")
    for rule in sorted(RULES - {rule for _, rules in cases for rule in rules}):
        wrong += 1
        print(f"self-test: no case proves '{rule}'")
    print(f"tidy self-test: {len(cases)} cases, {wrong} failed")
    return wrong == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--shrink", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        return 0 if self_test() else 1
    if args.shrink:
        shrink(args.root)
        return 0
    findings, files, _, seen = check(args.root)
    for finding in findings:
        print(finding)
    print(f"tidy: {files} files, {len(seen)} long functions, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
