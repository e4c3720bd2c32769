#!/usr/bin/env python3
"""Writes the signature profiles and the event catalogue into every SDK.

    sdk/generate.py           write what changed
    sdk/generate.py --check   fail if a generated file is stale

Each SDK folder has a generate.py with `emit(profiles, events) -> {path: text}`, paths relative to
that folder. profiles is data/receiver/profiles.json; events is the list of data/events.json.
"""
import importlib.util
import json
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def load_emitter(path):
    spec = importlib.util.spec_from_file_location(f"generate_{path.parent.name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.emit


def main():
    check = sys.argv[1:] == ["--check"]
    if sys.argv[1:] and not check:
        sys.exit(__doc__)
    sys.dont_write_bytecode = True
    profiles = json.loads((ROOT / "data/receiver/profiles.json").read_text())
    events = json.loads((ROOT / "data/events.json").read_text())["events"]
    stale = []
    for emitter in sorted((ROOT / "sdk").glob("*/generate.py")):
        for name, text in load_emitter(emitter)(profiles, events).items():
            path = (emitter.parent / name).resolve()
            if path.exists() and path.read_text() == text:
                continue
            stale.append(path.relative_to(ROOT))
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
    for path in stale:
        print(f"{path}: {'stale: run sdk/generate.py' if check else 'written'}")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
