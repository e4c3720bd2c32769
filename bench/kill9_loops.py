#!/usr/bin/env python3
"""Kills the gateway with SIGKILL while loops run, and counts what was lost or done twice.

A stream of events starts runs of two loops, each of three writes at emulated providers. What is not
acknowledged is sent again under the same id. The kills come at four kinds of moments, by chance:
right after an acknowledgement, anywhere within the life of a run, while a provider has done its
deed but not answered yet, and while the gateway starts.

At the end each acknowledged event must have one run of each loop; each run must have completed with
its whole journal; and the providers must have performed the steps' keys once each, and no others.
The emulated providers all honour a repeated key. A key that was seen twice is what a provider that
does not would have done twice (docs/loops.md names them).

    bench/kill9_loops.py --rounds 500
"""

import argparse
import collections
import dataclasses
import http.client
import json
import random
import sys
import threading
import time

import loops
import scratch
from emulator import Emulator
from gateway import Gateway, GatewayError

LOOPS = ("first", "second")
MOMENTS = ("acknowledged", "running", "unanswered", "starting")
_LONGEST_RUN_S = 0.06
_LONGEST_START_S = 0.08
_MOST_EVENTS = 60  # between two kills
_PATIENCE_S = 60
_SETTLE_S = 180


@dataclasses.dataclass
class Plan:
    rounds: int = 500
    rate: int = 100
    slow_share: float = 0.1
    slow_ms: int = 250
    seed: int = 1


@dataclasses.dataclass
class Summary:
    rounds: int
    kills_by_moment: dict[str, int]
    events_acknowledged: int
    events_resent: int
    runs: int
    steps: int
    keys: int
    seen_again: int
    seen_again_by_provider: dict[str, int]
    lost_runs: int
    doubled_runs: int
    foreign_runs: int
    unfinished_runs: int
    broken_journals: int
    performed_twice: int
    not_performed: int
    foreign_keys: int
    seed: int

    def faults(self) -> int:
        return (
            self.lost_runs
            + self.doubled_runs
            + self.foreign_runs
            + self.unfinished_runs
            + self.broken_journals
            + self.performed_twice
            + self.not_performed
            + self.foreign_keys
        )

    def is_good(self) -> bool:
        return self.events_acknowledged > 0 and self.seen_again > 0 and self.faults() == 0


class Publisher(threading.Thread):
    """Publishes events one after the other until finish(); each until it is acknowledged."""

    def __init__(self, gateway: Gateway, rate: int):
        super().__init__(daemon=True)
        self.event_ids: dict[int, str] = {}  # by our own number
        self.resent = 0
        self.error: GatewayError | None = None
        self._api = loops.Api(gateway)
        self._pause = 1 / rate
        self._ends = threading.Event()
        self._acknowledged = threading.Condition()

    def run(self) -> None:
        number = 0
        try:
            while not self._ends.is_set():
                event_id = self._publish(number)
                with self._acknowledged:
                    self.event_ids[number] = event_id
                    self._acknowledged.notify_all()
                number += 1
                time.sleep(self._pause)
        except GatewayError as error:
            self.error = error

    def _publish(self, number: int) -> str:
        event = {"type": loops.EVENT, "id": f"kill9-{number}", "data": {"n": number}}
        while True:
            try:
                return self._api.call("POST", "/v1/events", event)["id"]
            except (OSError, http.client.HTTPException):
                self.resent += 1
                time.sleep(0.005)

    def wait_for_acknowledgements(self, count: int) -> None:
        """Returns at the last of the next ones."""
        with self._acknowledged:
            wanted = len(self.event_ids) + count
            came = self._acknowledged.wait_for(lambda: len(self.event_ids) >= wanted, _PATIENCE_S)
        if not came:
            raise GatewayError(f"no event is acknowledged any more: {self.error}")

    def finish(self) -> None:
        self._ends.set()
        self.join(_PATIENCE_S)
        if self.is_alive() or self.error:
            raise GatewayError(f"the publisher did not end well: {self.error}")


def _slow_requests(emulator: Emulator) -> int:
    return sum(fault["happened"] for fault in emulator.call("GET", "/_emulator/faults")["faults"])


def _wait_for_slow_request(emulator: Emulator) -> None:
    """Returns when one more was performed; its answer is still to come."""
    before = _slow_requests(emulator)
    deadline = time.monotonic() + _PATIENCE_S
    while _slow_requests(emulator) == before:
        if time.monotonic() > deadline:
            raise GatewayError("no slow request came")
        time.sleep(0.002)


def _kill_repeatedly(
    gateway: Gateway, emulator: Emulator, publisher: Publisher, plan: Plan
) -> dict[str, int]:
    chance = random.Random(plan.seed)
    kills = collections.Counter({moment: 0 for moment in MOMENTS})
    for _ in range(plan.rounds):
        moment = chance.choice(MOMENTS)
        if moment == "starting":
            time.sleep(chance.uniform(0, _LONGEST_START_S))
        else:
            gateway.wait_ready()
            publisher.wait_for_acknowledgements(chance.randint(1, _MOST_EVENTS))
        if moment == "running":
            time.sleep(chance.uniform(0, _LONGEST_RUN_S))
        if moment == "unanswered":
            _wait_for_slow_request(emulator)
        gateway.require_running()
        gateway.kill()
        kills[moment] += 1
        gateway.spawn()
    gateway.wait_ready()
    return dict(kills)


def _all_runs(gateway: Gateway, loop_ids: list[str]) -> list[dict]:
    """Those of all loops, once none is under way any more, or after a long wait as they are."""
    api = loops.Api(gateway)
    deadline = time.monotonic() + _SETTLE_S
    while True:
        runs = [run for loop in loop_ids for run in api.runs(loop)]
        if all(run["finished_at"] for run in runs) or time.monotonic() > deadline:
            return runs
        time.sleep(0.5)


def _is_whole(journal: list[dict]) -> bool:
    steps = [(step["name"], step["state"]) for step in journal]
    return steps == [(step["name"], "succeeded") for step in loops.HTTP_STEPS]


def _judge(
    gateway: Gateway, emulator: Emulator, publisher: Publisher, loop_ids: list[str]
) -> dict[str, int | dict[str, int]]:
    runs = _all_runs(gateway, loop_ids)
    api = loops.Api(gateway)
    broken, wanted_keys = 0, set()
    for run in runs:
        journal = api.call("GET", f"/v1/runs/{run['id']}")["steps"]
        broken += not _is_whole(journal)
        wanted_keys.update(f"{run['id']}.{step['name']}" for step in loops.HTTP_STEPS)
    of_event = collections.Counter((run["event_id"], run["loop_id"]) for run in runs)
    owed = {(event, loop) for event in publisher.event_ids.values() for loop in loop_ids}
    effects = emulator.effects()
    performed = collections.Counter()
    again = collections.Counter({provider: 0 for provider in loops.PROVIDERS})
    for effect in effects:
        performed[effect["idempotency_key"]] += effect["performed"]
        again[effect["provider"]] += effect["seen"] > 1
    return {
        "runs": len(runs),
        "steps": len(runs) * loops.STEPS,
        "keys": len(performed),
        "seen_again": sum(again.values()),
        "seen_again_by_provider": dict(again),
        "lost_runs": len(owed - set(of_event)),
        "doubled_runs": sum(count - 1 for count in of_event.values()),
        "foreign_runs": len(set(of_event) - owed),
        "unfinished_runs": sum(run["state"] != "completed" for run in runs),
        "broken_journals": broken,
        "performed_twice": sum(count > 1 for count in performed.values()),
        "not_performed": sum(performed[key] == 0 for key in wanted_keys),
        "foreign_keys": len(set(performed) - wanted_keys),
    }


def run(gateway: Gateway, emulator: Emulator, plan: Plan) -> Summary:
    """REQUIRES: a started gateway on a fresh folder, and a fresh emulator."""
    loops.connect(gateway, emulator)
    loop_ids = [loops.create_loop(gateway, name, loops.HTTP_STEPS, 64) for name in LOOPS]
    emulator.slow_down(loops.PROVIDERS, plan.slow_share, plan.slow_ms, plan.seed)
    publisher = Publisher(gateway, plan.rate)
    publisher.start()
    kills = _kill_repeatedly(gateway, emulator, publisher, plan)
    publisher.finish()
    emulator.call("DELETE", "/_emulator/faults")
    return Summary(
        rounds=plan.rounds,
        kills_by_moment=kills,
        events_acknowledged=len(publisher.event_ids),
        events_resent=publisher.resent,
        seed=plan.seed,
        **_judge(gateway, emulator, publisher, loop_ids),
    )


def _read_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    scratch.add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=Plan.rounds)
    parser.add_argument("--rate", type=int, default=Plan.rate, help="events per second at most")
    parser.add_argument("--slow-share", type=float, default=Plan.slow_share, help="of requests")
    parser.add_argument("--slow-ms", type=int, default=Plan.slow_ms, help="until their answer")
    parser.add_argument("--seed", type=int, default=None, help="of the kills' moments")
    return parser.parse_args()


def main() -> int:
    arguments = _read_arguments()
    seed = random.randrange(1_000_000) if arguments.seed is None else arguments.seed
    plan = Plan(
        rounds=arguments.rounds,
        rate=arguments.rate,
        slow_share=arguments.slow_share,
        slow_ms=arguments.slow_ms,
        seed=seed,
    )
    with scratch.fresh_folder(arguments.data_root, "kill9-loops") as data:
        with Emulator(arguments.binary) as emulator, Gateway(arguments.binary, data) as gateway:
            summary = run(gateway, emulator, plan)
            gateway.stop()
        print(json.dumps(dataclasses.asdict(summary)))
        if not summary.is_good():
            raise GatewayError("an event was lost, or something was done twice or never")
    return 0


if __name__ == "__main__":
    sys.exit(main())
