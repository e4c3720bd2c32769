"""The workloads of the end-to-end benchmark, each a function from a Bench to rows.

Every workload has a fresh data folder, a fresh gateway, and sinks on fresh ports.
"""

import contextlib
import dataclasses
import pathlib
import time
from collections.abc import Callable, Iterator

import kill9
import loop_load
import loops
import scratch
from emulator import Emulator
from gateway import Gateway
from load import Load, new_sink
from machine import StealMeter
from results import MIB, Row, Target

PAYLOAD_BYTES = 1024
MAX_IN_FLIGHT = 64
RUNS_AT_A_TIME = 32
_NOTEWORTHY_STEAL = 0.02


@dataclasses.dataclass
class Bench:
    """The settings of a whole benchmark run."""

    binary: pathlib.Path
    load_binary: pathlib.Path
    data_root: pathlib.Path
    seconds: float = 60
    window: int = 2000
    backlog_events: int = 200_000
    filling_events: int = 1_000_000
    disk_events: int = 200_000
    kill9_rounds: int = 200
    loop_events: int = 30_000

    @contextlib.contextmanager
    def gateway(self, name: str) -> Iterator[Gateway]:
        with scratch.fresh_folder(self.data_root, name) as data:
            with Gateway(self.binary, data) as gateway:
                yield gateway

    def start_load(self, gateway: Gateway, sink: str | None, **options) -> Load:
        return Load(self.load_binary, gateway, sink, payload=PAYLOAD_BYTES, **options)

    def measure(self, name: str, gateway: Gateway, sink: str | None, **options) -> Row:
        """Runs the load program once and takes the gateway's figures before and after."""
        with Meter(gateway) as meter, self.start_load(gateway, sink, **options) as load:
            report = load.report()
            return meter.row(name, report)


class Meter:
    """Takes what the gateway spends between construction and row()."""

    def __init__(self, gateway: Gateway):
        self._gateway = gateway
        self._cpu_before = gateway.cpu_seconds()
        self._steal = StealMeter()

    def __enter__(self) -> "Meter":
        return self

    def __exit__(self, *_) -> None:
        pass

    def row(self, name: str, report: dict) -> Row:
        row = Row(
            name=name,
            load=report,
            cpu_s=self._gateway.cpu_seconds() - self._cpu_before,
            rss_end=self._gateway.rss_bytes(),
            rss_peak=self._gateway.peak_rss_bytes(),
        )
        if self._steal.share() > _NOTEWORTHY_STEAL:
            row.notes.append(f"host took {self._steal.share():.0%} of the CPU")
        if report["gave_up"]:
            row.notes.append("**not everything arrived**")
        return row


def _stop_and_weigh(gateway: Gateway, row: Row) -> None:
    gateway.stop()
    row.disk_bytes_per_event = gateway.disk_bytes() / max(1, row.load["accepted"])


def _slowest_second(row: Row) -> str:
    """The first and last seconds are not whole ones."""
    whole = row.load["delivered_each_s"][1:-2]
    return f"slowest second {min(whole):,}" if whole else ""


def one(bench: Bench) -> list[Row]:
    sink = new_sink()
    with bench.gateway("one") as gateway:
        gateway.create_trigger(f"http://{sink}/ok", max_in_flight=MAX_IN_FLIGHT)
        idle = gateway.rss_bytes()
        row = bench.measure("one", gateway, sink, seconds=bench.seconds, window=bench.window)
        _stop_and_weigh(gateway, row)
    row.notes += [f"at most {bench.window:,} deliveries outstanding", _slowest_second(row)]
    row.targets = [
        Target(
            "accept → delivered, sustained",
            8000,
            row.load["delivered_per_s_while_accepting"],
            at_least=True,
            unit="events/s",
        ),
        Target("RSS idle", 64, idle / MIB, unit="MiB"),
    ]
    return [row]


def rate2000(bench: Bench) -> list[Row]:
    sink = new_sink()
    with bench.gateway("rate2000") as gateway:
        gateway.create_trigger(f"http://{sink}/ok", max_in_flight=MAX_IN_FLIGHT)
        row = bench.measure("rate2000", gateway, sink, seconds=bench.seconds, rate=2000)
        _stop_and_weigh(gateway, row)
    row.notes.append("open loop")
    row.targets = [Target("p99 at 2,000 events/s", 25, row.load["p99_ms"], unit="ms")]
    return [row]


def five(bench: Bench) -> list[Row]:
    sink = new_sink()
    with bench.gateway("five") as gateway:
        for number in range(5):
            gateway.create_trigger(f"http://{sink}/t/{number}", max_in_flight=MAX_IN_FLIGHT)
        options = {"seconds": bench.seconds, "window": bench.window, "expect_per_event": 5}
        row = bench.measure("five", gateway, sink, **options)
        _stop_and_weigh(gateway, row)
    row.notes += [f"at most {bench.window:,} deliveries outstanding", _slowest_second(row)]
    return [row]


def accept(bench: Bench) -> list[Row]:
    with bench.gateway("accept") as gateway:
        trigger = gateway.create_trigger(f"http://{new_sink()}/ok")
        gateway.set_status(trigger, "paused")
        row = bench.measure("accept", gateway, None, seconds=bench.seconds)
        _stop_and_weigh(gateway, row)
    row.notes.append("trigger paused: acceptance alone")
    rate = row.load["accepted_per_s"]
    row.targets = [Target("accept", 15_000, rate, at_least=True, unit="events/s")]
    return [row]


def _hundred(bench: Bench, name: str, with_hanging: bool) -> Row:
    """99 sound triggers, and perhaps one that hangs, all for the same event.

    The hanging one has few deliveries in flight, so that its fifty failures to the automatic pause
    take longer than the run.
    """
    sink = new_sink()
    with bench.gateway(name) as gateway:
        for number in range(99):
            gateway.create_trigger(f"http://{sink}/t/{number}")
        if with_hanging:
            gateway.create_trigger(f"http://{sink}/hang", max_in_flight=4)
        options = {"seconds": bench.seconds, "rate": 20, "expect_per_event": 99}
        row = bench.measure(name, gateway, sink, **options)
        gateway.stop()
    return row


def hang(bench: Bench) -> list[Row]:
    without = _hundred(bench, "hang: 99 sound", with_hanging=False)
    row = _hundred(bench, "hang: 99 sound, 1 hanging", with_hanging=True)
    ratio = row.load["p99_ms"] / max(0.001, without.load["p99_ms"])
    row.notes.append(f"{row.load['groups']['hang']['count']:,} attempts hung")
    row.targets = [Target("p99 beside a hanging endpoint ÷ p99 without it", 1.5, ratio)]
    return [without, row]


def thousand(bench: Bench) -> list[Row]:
    """99 event types with ten sound triggers each; ten types have one more that hangs."""
    types, sound_per_type, hanging = 99, 10, 10
    sink = new_sink()
    with bench.gateway("thousand") as gateway:
        for number in range(types * sound_per_type):
            event = f"bench.e{number % types}"
            gateway.create_trigger(f"http://{sink}/t/{number}", event)
        for number in range(hanging):
            gateway.create_trigger(f"http://{sink}/hang", f"bench.e{number}", max_in_flight=4)
        options = {"types": types, "expect_per_event": sound_per_type, "rate": 200}
        row = bench.measure("thousand", gateway, sink, seconds=bench.seconds, **options)
        gateway.stop()
    row.notes.append(
        "1,000 triggers, 1 % hang; 200 events/s × 10; "
        f"{row.load['groups']['hang']['count']:,} attempts hung"
    )
    return [row]


def fail10(bench: Bench) -> list[Row]:
    sink = new_sink()
    with bench.gateway("fail10") as gateway:
        gateway.create_trigger(
            f"http://{sink}/fail10",
            max_in_flight=MAX_IN_FLIGHT,
            retry_schedule=["50ms", "100ms", "200ms", "400ms"],
        )
        options = {"seconds": bench.seconds, "window": bench.window}
        row = bench.measure("fail10", gateway, sink, **options)
        gateway.stop()
    row.notes.append(f"{row.load['refused']:,} attempts answered 500")
    return [row]


def backlog(bench: Bench) -> list[Row]:
    """The sink's port is closed until all is accepted, so the gateway pauses the trigger itself."""
    sink = new_sink()
    with bench.gateway("backlog") as gateway:
        trigger = gateway.create_trigger(
            f"http://{sink}/ok", max_in_flight=MAX_IN_FLIGHT, retry_schedule=["1s"] * 11
        )
        options = {"events": bench.backlog_events, "hold": True, "sink_after_hold": True}
        with bench.start_load(gateway, sink, drain_seconds=30, **options) as load:
            meter = Meter(gateway)
            load.wait_for_hold()
            load.release_hold()
            gateway.set_status(trigger, "active")
            row = meter.row("backlog", load.report())
        gateway.stop()
    row.notes.append(
        f"{row.load['accepted']:,} accepted while the sink was down, "
        f"drained in {row.load['drain_s']:.1f} s"
    )
    return [row]


def _short_one(bench: Bench, name: str, gateway: Gateway) -> Row:
    sink = new_sink()
    trigger = gateway.create_trigger(f"http://{sink}/ok", max_in_flight=MAX_IN_FLIGHT)
    seconds = min(20, bench.seconds)
    row = bench.measure(name, gateway, sink, seconds=seconds, window=bench.window)
    gateway.set_status(trigger, "paused")
    return row


def _fill(bench: Bench, gateway: Gateway) -> None:
    """Stores as many pending deliveries as finished ones."""
    sink = new_sink()
    pending = gateway.create_trigger(f"http://{sink}/t/1", "bench.pending")
    gateway.set_status(pending, "paused")
    gateway.create_trigger(f"http://{sink}/t/2", "bench.finished", max_in_flight=MAX_IN_FLIGHT)
    options = {"events": bench.filling_events, "batch": 100, "connections": 8}
    with bench.start_load(gateway, None, event="bench.pending", **options) as load:
        load.report()
    options |= {"event": "bench.finished", "window": 20_000, "drain_seconds": 60}
    with bench.start_load(gateway, sink, **options) as load:
        report = load.report()
    if report["delivered"] < bench.filling_events:
        raise RuntimeError(f"only {report['delivered']:,} finished rows could be made")


def million(bench: Bench) -> list[Row]:
    """Empty before and after the full store, as a shared machine changes its speed over time."""
    rows = []
    with bench.gateway("million-empty") as gateway:
        rows.append(_short_one(bench, "million: empty store", gateway))
    with bench.gateway("million") as gateway:
        _fill(bench, gateway)
        filled_peak = gateway.peak_rss_bytes()
        gateway.stop()
        start_seconds = gateway.start()
        full = _short_one(bench, "million: full store", gateway)
        gateway.stop()
    with bench.gateway("million-empty") as gateway:
        rows += [full, _short_one(bench, "million: empty store again", gateway)]

    def rate(row: Row) -> float:
        return row.load["delivered_per_s_while_accepting"]

    full.notes.append(f"{bench.filling_events:,} pending and as many finished rows")
    peak = max(filled_peak, full.rss_peak)
    share = rate(full) * 2 / max(1, rate(rows[0]) + rate(rows[2]))
    full.targets = [
        Target(f"RSS with {bench.filling_events:,} pending", 200, peak / MIB, unit="MiB"),
        Target("throughput, full ÷ empty store", 0.8, share, at_least=True),
        Target("start on the full store", 1, start_seconds, unit="s"),
    ]
    return rows


def kill_nine(bench: Bench) -> list[Row]:
    with bench.gateway("kill9") as gateway:
        plan = kill9.Plan(rounds=bench.kill9_rounds)
        summary, report = kill9.run(gateway, bench.load_binary, plan)
        gateway.stop()
    latency_means_nothing = {"p50_ms", "p95_ms", "p99_ms", "ack_p99_ms", "accepted_per_s"}
    shown = {name: value for name, value in report.items() if name not in latency_means_nothing}
    row = Row(name="kill9", load=shown | dict.fromkeys(latency_means_nothing) | {"errors": {}})
    row.notes.append(
        f"{summary.rounds} kills under {plan.rate:,} events/s, "
        f"{summary.acknowledged:,} acknowledged, {summary.resent_requests:,} requests resent"
    )
    row.targets = [
        Target("kill -9: lost", 0, summary.lost),
        Target("kill -9: repeated", summary.duplicates_allowed, summary.duplicates),
        Target("kill -9: stored twice", 0, summary.stored_twice),
    ]
    return [row]


def disk(bench: Bench) -> list[Row]:
    sink = new_sink()
    with bench.gateway("disk") as gateway:
        gateway.create_trigger(f"http://{sink}/ok", max_in_flight=MAX_IN_FLIGHT)
        gateway.stop()
        empty_bytes = gateway.disk_bytes()
        gateway.start()
        options = {"events": bench.disk_events, "window": bench.window}
        row = bench.measure("disk", gateway, sink, **options)
        gateway.stop()
        grown_bytes = gateway.disk_bytes() - empty_bytes
    row.disk_bytes_per_event = grown_bytes / max(1, row.load["accepted"])
    beyond_payload = row.disk_bytes_per_event - PAYLOAD_BYTES
    row.targets = [
        Target("disk per event with one delivery, beyond payload", 700, beyond_payload, unit="B")
    ]
    return [row]


def http(bench: Bench) -> list[Row]:
    with bench.gateway("http") as gateway:
        row = bench.measure("http", gateway, None, seconds=min(20, bench.seconds), get="/healthz")
        gateway.stop()
    per_core = row.load["accepted"] / max(0.01, row.cpu_s)
    row.notes.append(f"GET /healthz; {per_core:,.0f} requests per CPU second of the gateway")
    row.targets = [
        Target("HTTP path alone", 60_000, per_core, at_least=True, unit="requests/s on one core")
    ]
    return [row]


def refused(bench: Bench) -> list[Row]:
    """A provider's posts with a wrong signature: each is judged, answered 401, and written nowhere."""
    seconds = min(20, bench.seconds)
    with bench.gateway("refused") as gateway:
        wish = {"server_id": "stripe", "webhook_secret": "whsec_" + "b" * 32}
        connection = gateway.call("POST", "/v1/connections", wish)
        gateway.stop()  # so that no checkpoint of what was just written is still to come
        gateway.start()
        before = gateway.store_digest()
        row = bench.measure(
            "refused",
            gateway,
            None,
            seconds=seconds,
            post=connection["webhook_path"],
            header=f"Stripe-Signature: t={int(time.time())},v1={'0' * 64}",
            expect_status=401,
        )
        touched = gateway.store_digest() != before
        health = gateway.call("GET", f"/v1/connections/{connection['id']}/health")
        gateway.stop()
    if health["refused"] < row.load["accepted"]:
        raise RuntimeError(f"the gateway counted only {health['refused']:,} refusals")
    row.notes.append(
        "wrong Stripe signatures, answered 401; the store's files "
        + ("**changed**" if touched else "have the same bytes before and after")
    )
    rate = row.load["accepted_per_s"]
    row.targets = [
        Target("refused", 30_000, rate, at_least=True, unit="requests/s"),
        Target("refused: store files changed", 0, int(touched)),
    ]
    return [row]


def _loop_notes(row: Row, figures: loop_load.Figures) -> list[str]:
    """`delivered` and the latencies of the row are of runs, not of deliveries."""
    looking = f", {figures.looking_cpu_s:.1f} s of it for polling" * bool(figures.looking_cpu_s)
    return [
        f"{figures.steps_per_s:,.0f} steps/s",
        "delivered: completed runs; p50 to p99: event taken in to end of run, whole ms",
        f"{figures.under_way:.0f} runs under way on average",
        f"CPU of the gateway {row.cpu_s:.1f} s{looking}",
    ]


def _loop_rows(bench: Bench, name: str, steps: list[dict], emulator: Emulator | None) -> list[Row]:
    """At most 32 runs under way, and then, on a fresh gateway, as many as it can."""
    rows = []
    for is_flood in (False, True):
        with bench.gateway(name) as gateway:
            if emulator:
                loops.connect(gateway, emulator)
            loop = loops.create_loop(gateway, name, steps, 1024 if is_flood else RUNS_AT_A_TIME)
            spent = emulator.cpu_seconds() if emulator else 0
            meter = Meter(gateway)
            if is_flood:
                figures = loop_load.run_flood(gateway, loop, bench.load_binary, bench.loop_events)
                row = meter.row(f"{name}: as many as it can", figures.report)
            else:
                window = (RUNS_AT_A_TIME, min(20, bench.seconds))
                figures = loop_load.run_window(gateway, loop, *window)
                row = meter.row(f"{name}: {RUNS_AT_A_TIME} runs at a time", figures.report)
            row.notes += _loop_notes(row, figures)
            if emulator:
                row.notes.append(f"CPU of the emulator {emulator.cpu_seconds() - spent:.1f} s")
            _stop_and_weigh(gateway, row)
        rows.append(row)
    return rows


def _steps_target(name: str, bound: float, row: Row) -> Target:
    rate = row.load["delivered_per_s"] * loops.STEPS
    title = f"{name}: journaled steps, {RUNS_AT_A_TIME} runs at a time"
    return Target(title, bound, rate, at_least=True, unit="steps/s")


def loops_in_process(bench: Bench) -> list[Row]:
    rows = _loop_rows(bench, "loops", loops.ECHO_STEPS, None)
    title = f"loops: p50 of a run of {loops.STEPS} steps, {RUNS_AT_A_TIME} at a time"
    p50 = Target(title, 5, rows[0].load["p50_ms"], unit="ms")
    rows[0].targets = [_steps_target("loops", 10_000, rows[0]), p50]
    return rows


def loops_http(bench: Bench) -> list[Row]:
    with Emulator(bench.binary) as emulator:
        rows = _loop_rows(bench, "loops-http", loops.HTTP_STEPS, emulator)
    rows[0].targets = [_steps_target("loops-http", 3_000, rows[0])]
    return rows


WORKLOADS: dict[str, Callable[[Bench], list[Row]]] = {
    "one": one,
    "rate2000": rate2000,
    "five": five,
    "accept": accept,
    "hang": hang,
    "thousand": thousand,
    "fail10": fail10,
    "backlog": backlog,
    "million": million,
    "kill9": kill_nine,
    "disk": disk,
    "http": http,
    "refused": refused,
    "loops": loops_in_process,
    "loops-http": loops_http,
}
