#!/usr/bin/env python3
"""Kills the gateway with SIGKILL at random moments under load and counts what was lost.

The generator reconnects and sends what was not acknowledged again with the same event id. At the
end every acknowledged event must have been received (lost = 0). A delivery may be repeated only if
it was in flight at a kill, so at most max_in_flight times per round, and always under the delivery
id it had before: another id would mean that the event was stored twice.

    bench/kill9.py --rounds 200
"""

import argparse
import dataclasses
import json
import pathlib
import random
import sys
import time

import scratch
from gateway import Gateway
from load import Load, new_sink


@dataclasses.dataclass
class Plan:
    rounds: int = 200
    rate: int = 2000
    max_in_flight: int = 32
    shortest_life_s: float = 0.3
    longest_life_s: float = 1.5
    seed: int = 1


@dataclasses.dataclass
class Summary:
    rounds: int
    acknowledged: int
    delivered: int
    lost: int
    duplicates: int
    duplicates_allowed: int
    stored_twice: int
    resent_requests: int
    seed: int

    def is_good(self) -> bool:
        is_within = self.duplicates <= self.duplicates_allowed
        return self.acknowledged > 0 and self.lost == 0 and is_within and self.stored_twice == 0


def _kill_repeatedly(gateway: Gateway, load: Load, plan: Plan) -> None:
    """The lives are counted from the start of the process, so that some end while it starts."""
    lives = random.Random(plan.seed)
    for _ in range(plan.rounds):
        time.sleep(lives.uniform(plan.shortest_life_s, plan.longest_life_s))
        gateway.require_running()
        load.require_running()
        gateway.kill()
        gateway.spawn()
    gateway.wait_ready()


def run(gateway: Gateway, load_binary: pathlib.Path, plan: Plan) -> tuple[Summary, dict]:
    """REQUIRES: a started gateway on a fresh folder. The summary, and malote-load's report."""
    sink = new_sink()
    gateway.create_trigger(f"http://{sink}/ok", max_in_flight=plan.max_in_flight)
    options = {
        "resilient": True,
        "rate": plan.rate,
        "seconds": 1_000_000,
        "drain_seconds": 90,
        "linger_seconds": 5,
    }
    with Load(load_binary, gateway, sink, **options) as load:
        _kill_repeatedly(gateway, load, plan)
        load.stop_publishing()
        report = load.report()
    summary = Summary(
        rounds=plan.rounds,
        acknowledged=report["accepted"],
        delivered=report["delivered"],
        lost=report["lost"],
        duplicates=report["duplicates"],
        duplicates_allowed=plan.rounds * plan.max_in_flight,
        stored_twice=report["duplicates_with_other_id"],
        resent_requests=report["resent_requests"],
        seed=plan.seed,
    )
    return summary, report


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    scratch.add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=Plan.rounds)
    parser.add_argument("--rate", type=int, default=Plan.rate, help="events per second")
    parser.add_argument("--max-in-flight", type=int, default=Plan.max_in_flight)
    parser.add_argument("--seed", type=int, default=None, help="of the kills' moments")
    return parser.parse_args()


def main() -> int:
    arguments = _read_arguments()
    seed = random.randrange(1_000_000) if arguments.seed is None else arguments.seed
    plan = Plan(
        rounds=arguments.rounds,
        rate=arguments.rate,
        max_in_flight=arguments.max_in_flight,
        seed=seed,
    )
    with scratch.fresh_folder(arguments.data_root, "kill9") as data:
        with Gateway(arguments.binary, data) as gateway:
            summary, _ = run(gateway, arguments.load, plan)
            gateway.stop()
    print(json.dumps(dataclasses.asdict(summary)))
    return 0 if summary.is_good() else 1


if __name__ == "__main__":
    sys.exit(main())
