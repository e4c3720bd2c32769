"""Runs of one loop under load: with a bounded number under way, or with as many as come.

The times of runs are the gateway's own (started_at, finished_at), so that neither polling nor a
delivery of `loop.completed` is part of them. What is handed back has the form of malote-load's
report, with runs that completed in the place of deliveries.
"""

import dataclasses
import pathlib
import time

import loops
from gateway import Gateway, GatewayError
from load import Load

_SEEN_AT_ONCE = 48  # above the window, for runs do not end in the order they began
_LOOK_EVERY_S = 0.002  # more often would take from the gateway the processor that is measured
_PATIENCE_S = 120
_LOOKS_WEIGHED = 200


@dataclasses.dataclass
class Figures:
    """What the runs came to. `under_way` is how many there were at a time, on average."""

    report: dict
    steps_per_s: float
    under_way: float
    looking_cpu_s: float = 0.0  # what the gateway spent on our looking for ends


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))] if ordered else 0.0


def _figures(runs: list[dict], accepted: int, accepted_per_s: float | None) -> Figures:
    completed = [run for run in runs if run["state"] == "completed"]
    if not completed:
        raise GatewayError("no run completed")
    seconds = loops.span_seconds(completed)
    durations = sorted(loops.run_ms(run) for run in completed)
    report = {
        "accepted": accepted,
        "accepted_per_s": accepted_per_s or accepted / seconds,
        "delivered": len(completed),
        "delivered_per_s": len(completed) / seconds,
        "p50_ms": _quantile(durations, 0.50),
        "p95_ms": _quantile(durations, 0.95),
        "p99_ms": _quantile(durations, 0.99),
        "lost": accepted - len({run["event_id"] for run in completed}),
        "duplicates": len(runs) - len({run["event_id"] for run in runs}),
        "errors": {},
        "gave_up": False,
    }
    steps_per_s = len(completed) * loops.STEPS / seconds
    return Figures(report, steps_per_s, sum(durations) / 1000 / seconds)


class _Window:
    """Publishes so that at most `size` runs are under way, all seen from outside."""

    def __init__(self, gateway: Gateway, loop: str, size: int):
        self.finished: list[dict] = []
        self.published = 0
        self.under_way: set[str] = set()  # event ids
        self.looks = 0
        self._api = loops.Api(gateway)
        self._loop = loop
        self._size = size

    def fill(self) -> None:
        """One request with as many events as runs have ended."""
        count = self._size - len(self.under_way)
        if count == 0:
            return
        first = self.published
        events = [{"type": loops.EVENT, "data": {"n": first + i}} for i in range(count)]
        answer = self._api.call("POST", "/v1/events", {"events": events})
        self.under_way |= {event["id"] for event in answer["events"]}
        self.published += count

    def look(self) -> None:
        self.looks += 1
        seen = self._api.newest_runs(self._loop, _SEEN_AT_ONCE)
        self._take(seen)
        for event in self.under_way - {run["event_id"] for run in seen}:
            self._take(self._api.call("GET", f"/v1/runs?event_id={event}")["runs"])

    def _take(self, runs: list[dict]) -> None:
        for run in runs:
            if run["finished_at"] and run["event_id"] in self.under_way:
                self.under_way.remove(run["event_id"])
                self.finished.append(run)


def run_window(gateway: Gateway, loop: str, size: int, seconds: float) -> Figures:
    window = _Window(gateway, loop, size)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        window.fill()
        time.sleep(_LOOK_EVERY_S)
        window.look()
    while window.under_way and time.monotonic() < end + _PATIENCE_S:
        window.look()
    figures = _figures(window.finished, window.published, None)
    per_look = _cpu_seconds_per_look(gateway, window)
    figures.looking_cpu_s = per_look * window.looks  # with those that were weighed
    return figures


def _cpu_seconds_per_look(gateway: Gateway, window: _Window) -> float:
    """REQUIRES: a gateway that does nothing else."""
    before = gateway.cpu_seconds()
    for _ in range(_LOOKS_WEIGHED):
        window.look()
    return (gateway.cpu_seconds() - before) / _LOOKS_WEIGHED


def run_flood(gateway: Gateway, loop: str, load_binary: pathlib.Path, events: int) -> Figures:
    """All events as fast as they are taken in; then waits for the last run."""
    with Load(load_binary, gateway, None, payload=1024, events=events) as load:
        accepted = load.report()
    api = loops.Api(gateway)
    deadline = time.monotonic() + _PATIENCE_S
    while api.call("GET", f"/v1/runs?loop_id={loop}&state=running&limit=1")["runs"]:
        if time.monotonic() > deadline:
            raise GatewayError(f"runs are still under way after {_PATIENCE_S} s")
        time.sleep(0.2)
    figures = _figures(list(api.runs(loop)), accepted["accepted"], accepted["accepted_per_s"])
    figures.report |= {"ack_p99_ms": accepted["ack_p99_ms"], "errors": accepted["errors"]}
    return figures
