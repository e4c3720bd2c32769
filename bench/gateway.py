"""A gateway under test: starts the binary on a data folder, asks it over its API, measures it.

The gateway is seen from outside only: its command line, its HTTP API, and /proc.
"""

import hashlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import time

API_KEY = "csk_test_benchbenchbenchbench0000000001"
HOST = "127.0.0.1"
_POLL_SECONDS = 0.002
_STOP_SECONDS = 60


class GatewayError(RuntimeError):
    """The gateway did not start, stopped by itself, or refused a call that has to succeed."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def bench_environment() -> dict[str, str]:
    """Our own environment without settings of the user's, plus the key of the benchmark."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("MALOTE_")}
    return kept | {"MALOTE_API_KEY": API_KEY}


def cpu_seconds_of(pid: int) -> float:
    """User and system time of a process so far."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user_and_system = int(fields[11]) + int(fields[12])
    return user_and_system / os.sysconf("SC_CLK_TCK")


class Gateway:
    """One gateway on one data folder; may be stopped, killed and started again on it."""

    def __init__(self, binary: pathlib.Path, data: pathlib.Path):
        self.address = f"{HOST}:{free_port()}"
        self.data = data
        self._binary = binary
        self._log_path = data.with_name(data.name + ".log")
        self._process: subprocess.Popen | None = None

    def __enter__(self) -> "Gateway":
        self.start()
        return self

    def __exit__(self, *_) -> None:
        self.kill()

    # Starting and stopping.

    def spawn(self) -> None:
        """Starts the process and returns at once."""
        command = [self._binary, "serve", "--dev", "--listen", self.address, "--data", self.data]
        with open(self._log_path, "ab") as log:
            self._process = subprocess.Popen(
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=bench_environment()
            )

    def wait_ready(self, timeout: float = 60) -> None:
        deadline = time.monotonic() + timeout
        while not self._is_ready():
            self.require_running()
            if time.monotonic() > deadline:
                raise GatewayError(f"not ready after {timeout} s:\n{self.log_tail()}")
            time.sleep(_POLL_SECONDS)

    def start(self) -> float:
        """Starts the process; the seconds until GET /readyz answered 200."""
        began = time.monotonic()
        self.spawn()
        self.wait_ready()
        return time.monotonic() - began

    def stop(self) -> float:
        """Stops gracefully; the seconds that took."""
        began = time.monotonic()
        self._process.send_signal(signal.SIGTERM)
        try:
            code = self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise GatewayError(f"did not stop within {_STOP_SECONDS} s of SIGTERM") from None
        if code != 0:
            raise GatewayError(f"exit code {code} after SIGTERM:\n{self.log_tail()}")
        return time.monotonic() - began

    def kill(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def require_running(self) -> None:
        if self._process.poll() is not None:
            code = self._process.returncode
            raise GatewayError(f"ended by itself with code {code}:\n{self.log_tail()}")

    def log_tail(self) -> str:
        text = self._log_path.read_text(errors="replace") if self._log_path.exists() else ""
        return "\n".join(text.splitlines()[-20:])

    def _is_ready(self) -> bool:
        try:
            return self._exchange("GET", "/readyz", None)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    # The API.

    def _exchange(self, method: str, path: str, body: dict | None) -> tuple[int, bytes]:
        connection = http.client.HTTPConnection(self.address, timeout=30)
        try:
            headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
            text = None if body is None else json.dumps(body)
            connection.request(method, path, text, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        status, text = self._exchange(method, path, body)
        if not 200 <= status < 300:
            raise GatewayError(f"{method} {path} answered {status}: {text[:500]!r}")
        return json.loads(text) if text else {}

    def create_trigger(self, url: str, event: str = "payment.confirmed", **fields) -> str:
        body = {"name": f"bench {url.rpartition('/')[2]}", "event": event, "webhook_url": url}
        return self.call("POST", "/v1/triggers", body | fields)["id"]

    def set_status(self, trigger_id: str, status: str) -> None:
        self.call("PATCH", f"/v1/triggers/{trigger_id}", {"status": status})

    # Measuring.

    def cpu_seconds(self) -> float:
        """User and system time of the process so far."""
        return cpu_seconds_of(self._process.pid)

    def rss_bytes(self) -> int:
        return self._status_bytes("VmRSS")

    def peak_rss_bytes(self) -> int:
        return self._status_bytes("VmHWM")

    def _status_bytes(self, field: str) -> int:
        for line in pathlib.Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith(field + ":"):
                return int(line.split()[1]) * 1024
        raise GatewayError(f"/proc has no {field}")

    def disk_bytes(self) -> int:
        return sum(path.stat().st_size for path in self.data.rglob("*") if path.is_file())

    def store_digest(self) -> str:
        """Of all bytes of all files, without the index of the log, which readers write to as well."""
        digest = hashlib.sha256()
        for path in sorted(self.data.rglob("*")):
            if path.is_file() and not path.name.endswith("-shm"):
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
        return digest.hexdigest()
