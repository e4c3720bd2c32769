"""Runs malote-load and returns its report."""

import json
import pathlib
import signal
import subprocess

from gateway import HOST, Gateway, bench_environment, free_port


class LoadError(RuntimeError):
    """malote-load could not do its run."""


class Load:
    """One run of malote-load against `gateway`, begun at construction.

    Options are those of the program, as keywords: `drain_seconds=30` is `--drain-seconds 30`, and
    True stands for an option without a value.
    """

    def __init__(self, binary: pathlib.Path, gateway: Gateway, sink: str | None, **options):
        command = [binary, "--gateway", gateway.address]
        if sink is not None:
            command += ["--sink", sink]
        for name, value in options.items():
            command.append("--" + name.replace("_", "-"))
            if value is not True:
                command.append(str(value))
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=bench_environment(),
        )

    def __enter__(self) -> "Load":
        return self

    def __exit__(self, *_) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def wait_for_hold(self) -> dict:
        """With hold=True: returns when everything is published."""
        return self._read_line()

    def release_hold(self) -> None:
        """Goes on to the drain; the sink is open when this returns."""
        self._process.stdin.write("go\n")
        self._process.stdin.flush()
        self._read_line()

    def stop_publishing(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def require_running(self) -> None:
        if self._process.poll() is not None:
            raise LoadError(f"malote-load ended early: {self._process.stderr.read()}")

    def report(self) -> dict:
        """Waits for the end of the run."""
        return self._read_line()

    def _read_line(self) -> dict:
        line = self._process.stdout.readline()
        if not line:
            raise LoadError(f"malote-load failed: {self._process.stderr.read()}")
        return json.loads(line)


def new_sink() -> str:
    return f"{HOST}:{free_port()}"
