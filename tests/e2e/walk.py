"""Runs a page of the documentation as a newcomer would: each command, word for word, in one shell, and
what it prints is held against the page.

In a page, a ```sh block is run; the ```text block right behind it is what that prints, with `…` for
what differs each time and columns as wide as they like; "Save this as `name`" before a block of
another language makes it a file.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import tempfile

from harness import BIN

FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.M | re.S)
SAVED = re.compile(r"Save this as `([^`]+)`")
TOOLS = ("bash", "curl", "awk", "openssl")
MARK = "@@ step {} ended with {}"
MINUTES = 90  # seconds until a page counts as hanging; no assertion depends on it


class Wrong(AssertionError):
    """What a page says is not what happens."""


def steps_of(text):
    """("file", name, text), ("run", commands) and ("shown", lines), in the order of the page."""
    steps, end = [], 0
    for block in FENCE.finditer(text):
        before, (language, body) = text[end:block.start()], block.groups()
        end = block.end()
        names = SAVED.findall(before)
        if language == "sh":
            steps.append(("run", body))
        elif language == "text":
            steps.append(("shown", body))
        elif names:
            steps.append(("file", names[-1], body))
    return steps


def missing_tools():
    return [tool for tool in TOOLS if not shutil.which(tool)]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def squeezed(text):
    """Columns may be as wide as they like."""
    return [re.sub(r"\s+", " ", line).strip() for line in text.strip().splitlines()]


def script_of(steps):
    lines = []
    for number, step in enumerate(steps):
        if step[0] == "file":
            lines.append(f"cat > '{step[1]}' <<'@@end'\n{step[2]}@@end\n")
        elif step[0] == "run":
            lines.append(step[1] + "echo '" + MARK.format(number, "'$?'") + "'\n")
    return "".join(lines)


def run(steps, env=None, links=None):
    """What the steps print, run in one shell in an empty folder. `links` are {name in the folder:
    what it leads to}; the program is `malote` on the path."""
    folder = tempfile.mkdtemp(prefix="malote-walk-")
    try:
        for name, target in {"../bin/malote": os.path.abspath(BIN), **(links or {})}.items():
            path = os.path.normpath(os.path.join(folder, "empty", name))
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.symlink(target, path)
        os.makedirs(os.path.join(folder, "empty"), exist_ok=True)
        script = os.path.join(folder, "walk.sh")
        with open(script, "w", encoding="utf-8") as out:
            out.write(script_of(steps))
        return run_shell(script, folder, env or {})
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def run_shell(script, folder, env):
    whole = {"PATH": os.path.join(folder, "bin") + ":" + os.environ.get("PATH", ""), "HOME": folder,
             "TMPDIR": folder, "MALOTE_LISTEN": f"127.0.0.1:{free_port()}", **env}
    shell = subprocess.Popen(["bash", script], cwd=os.path.join(folder, "empty"), env=whole, text=True,
                             stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        return shell.communicate(timeout=MINUTES)[0]
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        raise Wrong("the page does not end; it printed\n" + shell.communicate()[0]) from None
    finally:
        try:
            os.killpg(shell.pid, signal.SIGKILL)  # whatever it left running
        except ProcessLookupError:
            pass
        shell.wait()


def compare(steps, output):
    """Raises Wrong where a command fails, or prints anything but what the page shows."""
    at = 0
    for number, step in enumerate(steps):
        if step[0] != "run":
            continue
        mark = MARK.format(number, 0) + "\n"
        if mark not in output[at:]:
            raise Wrong(f"this fails:\n{step[1]}\n{output[at:]}")
        shown, at = output[at:output.index(mark, at)], output.index(mark, at) + len(mark)
        follows = steps[number + 1] if number + 1 < len(steps) else ("",)
        expected, got = squeezed(follows[1]) if follows[0] == "shown" else [], squeezed(shown)
        if len(got) != len(expected):
            raise Wrong(f"{step[1]}\nprints {len(got)} lines, and {len(expected)} stand there:\n{shown}")
        for line, pattern in zip(got, expected):
            if not re.fullmatch(re.escape(pattern).replace("…", ".*"), line):
                raise Wrong(f"{step[1]}\nprints\n{line}\nand there stands\n{pattern}")
