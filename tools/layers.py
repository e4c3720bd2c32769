#!/usr/bin/env python3
"""The module rule: who may include whom, and which third-party headers belong where.

Every file under src/<module>/ and include/malote/<module>/ belongs to a module. The tables below
are the whole rule; the text around them is in ARCHITECTURE.md. Fails on every other edge, on
cycles, and on headers it has never heard of, and says for each what to do.

    tools/layers.py [--root DIR]     check the tree
    tools/layers.py --self-test      prove that each kind of violation is found
"""
import argparse
import pathlib
import re
import sys
import tempfile
from typing import NamedTuple

# module: the modules its files may include besides their own
MODULES = {
    "base": [],
    "json": ["base"],  # malote::Json, the value of the public libraries
    "sqlite": ["base"],
    "client": ["base", "json"],  # for programs that call a gateway: knows nothing of the gateway's inside
    "crypto": ["base"],
    "model": ["base"],
    "receiver": ["base", "json", "sqlite", "crypto"],
    "core": ["base", "model"],
    "ports": ["base", "model"],
    "providers": ["base", "model", "crypto"],
    "tools": ["base", "model", "core", "ports"],
    "engine": ["base", "model", "core", "ports", "providers", "tools", "receiver", "crypto"],
    "store": ["base", "model", "ports", "sqlite"],
    "net": ["base", "ports"],
    "api": ["base", "model", "ports", "engine"],
    "emulator": ["base", "ports", "providers"],
    "app": ["base", "json", "sqlite", "crypto", "receiver", "model", "core", "ports", "providers", "tools", "engine",
            "store", "net", "api", "emulator"],
    "sim": ["base", "crypto", "receiver", "model", "core", "ports", "providers", "tools", "engine",
            "store", "api"],
}

# Single edges beyond the table: (including file, included header).
EXCEPTIONS = {
    ("src/receiver/c_abi.cc", "malote_receiver.h"),  # the C library's front door has no folder
    ("src/app/cli.cc", "sim/sim_main.h"),  # `malote sim` is a subcommand of the one binary
}

# The public headers of these modules use the standard library and each other, nothing else.
STANDARD_ONLY_HEADERS = ["include/malote/receiver/", "include/malote/client"]

# header prefix: where it may be included; a place is a module or a path prefix below src/
THIRD_PARTY = {
    "boost/asio": ["net"],
    "boost/beast": ["net"],
    "boost/url": ["net", "core"],
    "boost/crc": ["providers"],  # PayPal signs a CRC-32 of the body
    "boost/system": ["net"],  # the error codes of Asio
    "curl/": ["net", "client", "app/cli"],
    "openssl/": ["crypto", "net"],
    "jose/": ["crypto"],
    "jansson": ["crypto"],  # libjose's form of JSON
    "sqlite3": ["sqlite", "store"],
    "simdjson": ["base"],
    "tl/": ["base"],
    "fmt/": list(MODULES),
    "spdlog/": ["base", "app"],
    "CLI/": ["app"],
    "toml++/": ["app"],
    "prometheus/": ["app"],
}

# What to use instead, for the third-party headers that have a substitute of ours.
INSTEAD = {
    "simdjson": "read JSON through base/json.h",
    "tl/": "use Result from base/result.h",
    "spdlog/": "log through base/log.h",
    "openssl/": "use crypto/",
    "jose/": "use crypto/jose.h",
    "jansson": "read JSON through base/json.h",
    "sqlite3": "use the Store port, ports/store.h",
    "curl/": "use the HttpClient port, ports/http_client.h",
}

STANDARD = set("""
    algorithm any array atomic barrier bit bitset cassert cctype cerrno cfenv cfloat charconv chrono
    cinttypes climits clocale cmath compare complex concepts condition_variable csetjmp csignal
    cstdarg cstddef cstdint cstdio cstdlib cstring ctime cuchar cwchar cwctype deque exception
    execution filesystem forward_list fstream functional future initializer_list iomanip ios iosfwd
    iostream istream iterator latch limits list locale map memory memory_resource mutex new numbers
    numeric optional ostream queue random ranges ratio regex scoped_allocator semaphore set
    shared_mutex source_location span sstream stack stdexcept stop_token streambuf string
    string_view syncstream system_error thread tuple type_traits typeindex typeinfo unordered_map
    unordered_set utility valarray variant vector version
    arpa/inet.h cpuid.h cxxabi.h dirent.h dlfcn.h errno.h execinfo.h fcntl.h getopt.h ifaddrs.h
    limits.h netdb.h net/if.h netinet/in.h netinet/tcp.h poll.h pthread.h pwd.h sched.h signal.h
    spawn.h stddef.h stdint.h stdio.h stdlib.h string.h syslog.h termios.h time.h ucontext.h
    unistd.h
""".split())
STANDARD_PREFIXES = ("sys/", "linux/", "sanitizer/")

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.MULTILINE)
BLOCK_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class Violation(NamedTuple):
    file: str
    line: int
    text: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.text}"


class Include(NamedTuple):
    line: int
    quoted: bool
    name: str


def module_of(name):
    """The module of a path ("src/core/x.h") or of an include ("core/x.h"), or None."""
    for prefix in ("src/", "include/malote/", "malote/"):
        if name.startswith(prefix):
            name = name[len(prefix):]
            break
    else:
        prefix = ""
    folder, slash, _ = name.partition("/")
    if not slash:  # malote/client.h is the front door of the module client
        folder = folder.removesuffix(".h") if prefix.endswith("malote/") else ""
    return folder if folder in MODULES else None


def read_includes(path):
    # Comments go first, line by line as they were, so that a commented include does not count.
    text = BLOCK_COMMENT.sub(lambda m: "\n" * m.group().count("\n"), path.read_text())
    return [Include(text.count("\n", 0, m.start(2)) + 1, m.group(1) == '"', m.group(2))
            for m in INCLUDE.finditer(text)]


def find_files(root):
    files = {}
    for top in ("src", "include/malote"):
        for path in sorted((root / top).rglob("*")):
            if path.suffix in (".h", ".cc", ".def", ".inc"):
                files[path.relative_to(root).as_posix()] = read_includes(path)
    return files


def third_party_of(name):
    return next((prefix for prefix in THIRD_PARTY if name.startswith(prefix)), None)


def places(prefix):
    return ", ".join(f"src/{place}" for place in THIRD_PARTY[prefix])


def check_third_party(file, include):
    name = include.name
    prefix = third_party_of(name)
    if prefix is None:
        if name in STANDARD or name.startswith(STANDARD_PREFIXES):
            return None
        return (f"<{name}> is no header this project knows: add a new dependency to THIRD_PARTY in "
                "tools/layers.py with the one module that may use it (and a reason in "
                "docs/decisions/), or a system header to STANDARD")
    inside = file.removeprefix("src/")
    if not any(inside.startswith(p if "/" in p else p + "/") for p in THIRD_PARTY[prefix]):
        instead = INSTEAD.get(prefix, "move the code there, or put a port between")
        return f"<{name}> belongs only in {places(prefix)}: {instead}"
    return None


def module_of_header(name):
    """"receiver/" for an include of ours, "" for a framework's."""
    return f"{module_of(name)}/" if module_of(name) else ""


def check_ours(file, module, include, target):
    name = include.name
    if target == module or (file, name) in EXCEPTIONS:
        return None
    if target in MODULES[module]:
        return None
    allowed = ", ".join(MODULES[module]) or "nothing of ours"
    return (f'{module} must not include "{name}": {module} may include {allowed}. Pass what you '
            f"need in as an argument or through a port, or move the code to a module that may "
            f"see {target}")


def check_include(file, module, include):
    name = include.name
    if any(file.startswith(prefix) for prefix in STANDARD_ONLY_HEADERS):
        adapter = "/adapters/" in file  # a header that exists for a framework includes it
        if not adapter and name not in STANDARD and module_of(name) not in (module, "json"):
            return (f"{name} in a public header: these use the standard library, their own "
                    "module and malote/json.h only; include it in the .cc")
        if adapter and "/" not in module_of_header(name):
            return None
    if target := module_of(name):
        if not include.quoted and not name.startswith("malote/"):
            return f'write "{name}" with quotes: it is ours'
        return check_ours(file, module, include, target)
    if not include.quoted:
        return check_third_party(file, include)
    if third_party_of(name) or name in STANDARD:
        return f"write <{name}> with angle brackets: it is not ours"
    if (file, name) in EXCEPTIONS:
        return None
    if "/" not in name or name.startswith("."):
        return f'write "{name}" as "module/file.h", from src/ or include/'
    return f'"{name}" names no module; the modules are {", ".join(MODULES)}'


def find_cycle(graph):
    """One cycle of a {node: [nodes]} graph as a list that ends where it began, or None."""
    done, path, on_path = set(), [], set()

    def visit(node):
        if node in on_path:
            return path[path.index(node):] + [node]
        if node in done:
            return None
        path.append(node)
        on_path.add(node)
        cycle = next((c for c in map(visit, graph.get(node, [])) if c), None)
        path.pop()
        on_path.discard(node)
        done.add(node)
        return cycle

    return next((c for c in map(visit, graph) if c), None)


def resolve(files, name):
    return next((f for f in (f"src/{name}", f"include/{name}") if f in files), None)


def check_cycles(files):
    graph = {file: [target for i in includes if (target := resolve(files, i.name))]
             for file, includes in files.items()}
    if cycle := find_cycle(graph):
        line = next(i.line for i in files[cycle[0]] if resolve(files, i.name) == cycle[1])
        yield Violation(cycle[0], line, "these include one another: " + " -> ".join(cycle) +
                        ". Forward-declare, or move what they share to a file of its own")
    if cycle := find_cycle(MODULES):
        yield Violation("tools/layers.py", 1, "the table has a cycle: " + " -> ".join(cycle))


def check(root):
    files = find_files(root)
    violations = []
    for file, includes in files.items():
        module = module_of(file)
        if module is None:
            violations.append(Violation(file, 1, "lies in no known module: move it into one, or "
                                        "add the module to MODULES in tools/layers.py"))
            continue
        for include in includes:
            if text := check_include(file, module, include):
                violations.append(Violation(file, include.line, text))
    violations += check_cycles(files)
    count = sum(map(len, files.values()))
    return violations, f"{len(files)} files, {count} includes, {len(violations)} violations"


# (file, its text, a piece of the expected message or None when the file is fine)
SELF_TEST = [
    ("src/base/error.h", "#pragma once\n#include <string>\n#include <sys/stat.h>\n", None),
    ("src/base/json.cc", "#include <simdjson.h>\n#include <fmt/core.h>\n", None),
    ("src/core/rules.cc", '#include "base/error.h"\n#include <boost/url/parse.hpp>\n', None),
    ("src/app/cli.cc", '#include "sim/sim_main.h"\n#include "net/server.h"\n', None),
    ("src/app/cli/client.cc", "#include <curl/curl.h>\n", None),
    ("src/receiver/verify.cc", '#include "malote/receiver/verify.h"\n', None),
    ("include/malote/receiver/verify.h", "#include <string>\n", None),
    ("include/malote/client.h", '#include <string>\n#include "malote/client/json.h"\n', None),
    ("include/malote/client/json.h", "#include <string>\n", None),
    ("src/client/session.cc", '#include "malote/client.h"\n#include "net/x.h"\n',
     "client must not include"),
    ("src/base/comment.cc", '/*\n#include "engine/x.h"\n*/\n// #include "engine/x.h"\n', None),
    ("src/core/up.cc", '#include "engine/intake.h"\n', "core must not include"),
    ("src/app/gateway.cc", '#include "sim/sim_main.h"\n', "app must not include"),
    ("src/app/config.cc", '#include "sim/world.h"\n', "app must not include"),
    ("src/sim/world.cc", '#include "net/server.h"\n', "sim must not include"),
    ("src/net/server.cc", '#include "store/sqlite.h"\n', "net must not include"),
    ("src/api/json.cc", "#include <simdjson.h>\n", "base/json.h"),
    ("src/engine/db.cc", "#include <sqlite3.h>\n", "belongs only in src/sqlite, src/store"),
    ("src/app/http.cc", "#include <curl/curl.h>\n", "belongs only in src/net, src/client, src/app/cli"),
    ("src/core/asio.cc", "#include <boost/asio/ip/address.hpp>\n", "belongs only in src/net"),
    ("src/store/expected.cc", "#include <tl/expected.hpp>\n", "base/result.h"),
    ("src/api/new.cc", "#include <nlohmann/json.hpp>\n", "no header this project knows"),
    ("src/model/relative.cc", '#include "event.h"\n', '"module/file.h"'),
    ("src/model/angle.cc", "#include <base/error.h>\n", "with quotes"),
    ("src/crypto/quote.cc", '#include "openssl/evp.h"\n', "angle brackets"),
    ("src/model/unknown.cc", '#include "helpers/x.h"\n', "names no module"),
    ("src/lost/x.cc", "", "no known module"),
    ("include/malote/client/curl.h", "#include <curl/curl.h>\n", "public header"),
    ("include/malote/receiver/leak.h", '#include "base/error.h"\n', "public header"),
    ("src/engine/a.h", '#include "engine/b.h"\n', "include one another"),
    ("src/engine/b.h", '#include "engine/a.h"\n', None),
]


def self_test():
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for file, text, _ in SELF_TEST:
            path = root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        violations, _ = check(root)
    wrong = 0
    for file, _, expected in SELF_TEST:
        found = [v.text for v in violations if v.file == file]
        if (len(found) == 1 and expected in found[0]) if expected else not found:
            continue
        wrong += 1
        print(f"self-test: {file}: expected {expected!r}, found {found}")
    print(f"layers self-test: {len(SELF_TEST) - wrong} passed, {wrong} failed")
    return wrong == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--root", type=pathlib.Path,
                        default=pathlib.Path(__file__).resolve().parent.parent)
    parser.add_argument("--self-test", action="store_true")
    args = parser.parse_args()
    if args.self_test:
        return 0 if self_test() else 1
    violations, summary = check(args.root)
    for violation in violations:
        print(violation)
    print(f"layers: {summary}")
    return 1 if violations else 0


if __name__ == "__main__":
    sys.exit(main())
