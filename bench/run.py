#!/usr/bin/env python3
"""Measures a built gateway end to end and writes the figures to docs/bench.md.

    bench/run.py                              all workloads, about half an hour
    bench/run.py --workloads one,accept       some of them; the other lines of the table stay
    bench/run.py --quick                      a few seconds each, to see that all of it works

A bound that is missed does not make the run fail: the figures are for reading. The exit code is 1
when a workload could not be run, or when an acknowledged event was lost.
"""

import argparse
import dataclasses
import json
import pathlib
import sys

import machine
import scratch
from gateway import GatewayError
from load import LoadError
from results import Row, make_block, update_document
from workloads import WORKLOADS, Bench

DOCUMENT = scratch.REPOSITORY / "docs" / "bench.md"
QUICK = {
    "seconds": 3,
    "backlog_events": 5_000,
    "filling_events": 5_000,
    "disk_events": 5_000,
    "kill9_rounds": 5,
    "loop_events": 2_000,
}


def _workload_names(text: str) -> list[str]:
    names = text.split(",")
    unknown = [name for name in names if name not in WORKLOADS]
    if unknown:
        raise argparse.ArgumentTypeError(f"unknown workload: {', '.join(unknown)}")
    return names


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    scratch.add_arguments(parser)
    parser.add_argument(
        "--workloads",
        type=_workload_names,
        default=list(WORKLOADS),
        help="comma-separated, of: " + ", ".join(WORKLOADS),
    )
    parser.add_argument("--seconds", type=float, help="length of the timed workloads (60)")
    parser.add_argument("--kill9-rounds", type=int, help="kills in the kill9 workload (200)")
    parser.add_argument("--window", type=int, help="deliveries outstanding at most, closed loop")
    parser.add_argument("--quick", action="store_true", help="seconds, not minutes; no document")
    parser.add_argument("--doc", type=pathlib.Path, help="document to update (docs/bench.md)")
    parser.add_argument("--json", type=pathlib.Path, help="also write the figures to this file")
    return parser.parse_args()


def _make_bench(arguments: argparse.Namespace) -> Bench:
    given = {
        name: getattr(arguments, name)
        for name in ("seconds", "kill9_rounds", "window")
        if getattr(arguments, name) is not None
    }
    sizes = (QUICK if arguments.quick else {}) | given
    return Bench(arguments.binary, arguments.load, arguments.data_root, **sizes)


def _run_all(bench: Bench, names: list[str]) -> tuple[list[Row], list[str]]:
    rows, failures = [], []
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        try:
            rows += WORKLOADS[name](bench)
        except (GatewayError, LoadError, OSError, RuntimeError) as error:
            failures.append(name)
            print(f"{name} failed: {error}", file=sys.stderr)
    return rows, failures


def _setting(arguments: argparse.Namespace, bench: Bench) -> dict[str, str]:
    options = "" if arguments.workloads == list(WORKLOADS) else "--workloads …"
    command = f"bench/run.py --seconds {bench.seconds:g} {options}".strip()
    return machine.describe(bench.data_root) | {
        "durability": "SQLite WAL, synchronous=FULL; every acknowledgement follows the commit",
        "command": f"`{command}`",
        "latency": "from sending (open loop: from when sending was due) to receipt by the sink",
    }


def _write_json(path: pathlib.Path, rows: list[Row], setting: dict[str, str]) -> None:
    figures = {"setting": setting, "rows": [dataclasses.asdict(row) for row in rows]}
    path.write_text(json.dumps(figures, indent=2) + "\n")


def main() -> int:
    arguments = _read_arguments()
    for program in (arguments.binary, arguments.load):
        if not program.exists():
            print(f"{program} is missing: run `make build` first", file=sys.stderr)
            return 2
    bench = _make_bench(arguments)
    bench.data_root.mkdir(parents=True, exist_ok=True)
    rows, failures = _run_all(bench, arguments.workloads)
    setting = _setting(arguments, bench)
    print(make_block(rows, setting))
    if arguments.json:
        _write_json(arguments.json, rows, setting)
    if rows and (arguments.doc or not arguments.quick):
        update_document(arguments.doc or DOCUMENT, rows, setting)
    lost = any((row.load.get("lost") or 0) > 0 for row in rows)
    return 1 if failures or lost else 0


if __name__ == "__main__":
    sys.exit(main())
