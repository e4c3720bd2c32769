"""What the workloads hand back, and how it is written to docs/bench.md.

The document keeps two tables between two markers. A run replaces the lines of the workloads it ran
and leaves the others, so that one workload can be measured again on its own; each line is dated.
"""

import dataclasses
import datetime
import pathlib

BEGIN = "<!-- bench:begin -->"
END = "<!-- bench:end -->"
MIB = 2**20

_ROW_HEADER = (
    "| workload | accepted/s | delivered/s | p50 ms | p95 ms | p99 ms | ack p99 ms "
    "| CPU s per 1,000 | RSS MiB end (peak) | disk B/event | lost | repeated | notes | date |"
)
_TARGET_HEADER = "| target | bound | measured | met | date |"


@dataclasses.dataclass
class Target:
    """A bound that the project set itself, and what was measured."""

    name: str
    bound: float
    measured: float
    at_least: bool = False
    unit: str = ""

    def is_met(self) -> bool:
        return self.measured >= self.bound if self.at_least else self.measured <= self.bound


@dataclasses.dataclass
class Row:
    """One run of the load program with what its gateway cost."""

    name: str
    load: dict
    cpu_s: float | None = None
    rss_end: int | None = None
    rss_peak: int | None = None
    disk_bytes_per_event: float | None = None
    notes: list[str] = dataclasses.field(default_factory=list)
    targets: list[Target] = dataclasses.field(default_factory=list)

    def cpu_s_per_1000(self) -> float | None:
        accepted = self.load.get("accepted", 0)
        return self.cpu_s * 1000 / accepted if self.cpu_s is not None and accepted else None


def number(value: float | None, digits: int = 0) -> str:
    return "" if value is None else f"{value:,.{digits}f}"


def _rss(row: Row) -> str:
    if row.rss_end is None:
        return ""
    return f"{row.rss_end / MIB:.0f} ({row.rss_peak / MIB:.0f})"


def _row_line(row: Row, date: str) -> str:
    load = row.load
    has_deliveries = load.get("delivered", 0) > 0
    latencies = [load[name] for name in ("p50_ms", "p95_ms", "p99_ms")]
    errors = [f"{events:,} × {status}" for status, events in load.get("errors", {}).items()]
    cells = [
        row.name,
        number(load.get("accepted_per_s")),
        number(load["delivered_per_s"]) if has_deliveries else "",
        *(number(latency, 2) if has_deliveries else "" for latency in latencies),
        number(load.get("ack_p99_ms"), 2),
        number(row.cpu_s_per_1000(), 3),
        _rss(row),
        number(row.disk_bytes_per_event),
        number(load.get("lost")),
        number(load.get("duplicates")),
        "; ".join(row.notes + errors),
        date,
    ]
    return "| " + " | ".join(cells) + " |"


def _target_line(target: Target, date: str) -> str:
    digits = 0 if target.bound >= 100 or target.bound == 0 else 2
    sign = "≥" if target.at_least else "≤"
    unit = f" {target.unit}" if target.unit else ""
    bound = f"{sign} {number(target.bound, digits)}{unit}"
    measured = f"{number(target.measured, digits)}{unit}"
    met = "yes" if target.is_met() else "**no**"
    return f"| {target.name} | {bound} | {measured} | {met} | {date} |"


def _table_lines(block: str, header: str) -> dict[str, str]:
    """The lines of the table below `header`, by their first cell."""
    rest = block.partition(header)[2].splitlines()[2:]
    lines = {}
    for line in rest:
        if not line.startswith("|"):
            break
        lines[line.split("|")[1].strip()] = line
    return lines


def _table(header: str, lines: dict[str, str]) -> str:
    ruler = "|" + "---|" * (header.count("|") - 1)
    return "\n".join([header, ruler, *lines.values()])


def make_block(rows: list[Row], setting: dict[str, str], previous: str = "") -> str:
    """The text between the markers; lines of `previous` stay unless a new one has their name."""
    date = datetime.date.today().isoformat()
    row_lines = _table_lines(previous, _ROW_HEADER)
    target_lines = _table_lines(previous, _TARGET_HEADER)
    for row in rows:
        row_lines[row.name] = _row_line(row, date)
        for target in row.targets:
            target_lines[target.name] = _target_line(target, date)
    facts = "\n".join(f"- {name}: {value}" for name, value in setting.items())
    parts = [facts, _table(_ROW_HEADER, row_lines)]
    if target_lines:
        parts.append(_table(_TARGET_HEADER, target_lines))
    return "\n\n".join(parts)


def update_document(path: pathlib.Path, rows: list[Row], setting: dict[str, str]) -> None:
    text = path.read_text() if path.exists() else f"# Benchmarks\n\n{BEGIN}\n{END}\n"
    if BEGIN not in text or END not in text:
        raise RuntimeError(f"{path} lacks the markers {BEGIN} and {END}")
    before, _, rest = text.partition(BEGIN)
    previous, _, after = rest.partition(END)
    block = make_block(rows, setting, previous)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{before}{BEGIN}\n{block}\n{END}{after}")
