"""A `malote emulate` process: providers' APIs on loopback, which count what they were asked for."""

import http.client
import json
import pathlib
import subprocess
import time

from gateway import HOST, GatewayError, bench_environment, cpu_seconds_of, free_port

_READY_SECONDS = 30


class Emulator:
    """Runs from construction until the end of the block; keeps its `keep` newest effects."""

    def __init__(self, binary: pathlib.Path, keep: int = 2_000_000):
        self.address = f"{HOST}:{free_port()}"
        command = [binary, "emulate", "--listen", self.address, "--keep", str(keep)]
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=bench_environment(),
        )

    def __enter__(self) -> "Emulator":
        deadline = time.monotonic() + _READY_SECONDS
        while True:
            try:
                self.call("GET", "/_emulator/state")
                return self
            except OSError:
                if self._process.poll() is not None or time.monotonic() > deadline:
                    self.__exit__()
                    raise GatewayError("the emulator did not start") from None
                time.sleep(0.01)

    def __exit__(self, *_) -> None:
        self._process.kill()
        self._process.wait()

    def call(self, method: str, path: str, body: list | dict | None = None) -> dict:
        connection = http.client.HTTPConnection(self.address, timeout=120)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise GatewayError(f"emulator: {method} {path} answered {answer.status}: {text[:300]!r}")
        return json.loads(text) if text else {}

    def slow_down(self, providers: list[str], probability: float, delay_ms: int, seed: int) -> None:
        """This share of requests is performed at once, and answered only after the delay."""
        faults = [
            {
                "provider": provider,
                "method": "POST",
                "status": "slow",
                "delay_ms": delay_ms,
                "probability": probability,
                "seed": seed + number,
            }
            for number, provider in enumerate(providers)
        ]
        self.call("POST", "/_emulator/faults", faults)

    def effects(self) -> list[dict]:
        answer = self.call("GET", "/_emulator/effects")
        if answer["forgotten"]:
            raise GatewayError(f"the emulator forgot {answer['forgotten']:,} effects")
        return answer["effects"]

    def cpu_seconds(self) -> float:
        return cpu_seconds_of(self._process.pid)
