"""Describes the machine that a measurement ran on, and what disturbed it."""

import os
import pathlib
import platform
import statistics
import time


def _cpu_model() -> str:
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def file_system_of(folder: pathlib.Path) -> str:
    """The type of the file system below `folder`, such as "ext4"."""
    best = ("", "unknown")
    target = str(folder.resolve())
    for line in pathlib.Path("/proc/mounts").read_text().splitlines():
        mount, kind = line.split()[1:3]
        is_above = mount == "/" or target == mount or target.startswith(mount + "/")
        if is_above and len(mount) >= len(best[0]):
            best = (mount, kind)
    return best[1]


def sync_milliseconds(folder: pathlib.Path, rounds: int = 200) -> float:
    """Median time of appending 4 KiB and making it durable: the floor of every acknowledgement."""
    path = folder / "sync-probe"
    durations = []
    with open(path, "wb", buffering=0) as file:
        for _ in range(rounds):
            file.write(b"x" * 4096)
            began = time.monotonic()
            os.fdatasync(file.fileno())
            durations.append(time.monotonic() - began)
    path.unlink()
    return statistics.median(durations) * 1000


def describe(folder: pathlib.Path) -> dict[str, str]:
    cores = os.cpu_count()
    return {
        "cores": f"{cores} × {_cpu_model()}, shared by gateway, generator and sink",
        "memory": f"{_memory_gib():.0f} GiB",
        "kernel": f"{platform.system()} {platform.release()}",
        "disk": f"{file_system_of(folder)}, 4 KiB append and fdatasync in "
        f"{sync_milliseconds(folder):.2f} ms (median)",
    }


class StealMeter:
    """Share of the processors' time that the host gave to other guests since construction."""

    def __init__(self):
        self._began = self._read()

    @staticmethod
    def _read() -> tuple[int, int]:
        ticks = [int(word) for word in pathlib.Path("/proc/stat").read_text().split()[1:9]]
        return ticks[7], sum(ticks)

    def share(self) -> float:
        steal, total = self._read()
        elapsed = total - self._began[1]
        return (steal - self._began[0]) / elapsed if elapsed else 0.0
