"""How long verifying takes, next to the bare HMAC of the same bytes.

    bench/verify.py [--seconds S]

Prints the best of several rounds in microseconds. "bare" is hmac.new(...).hexdigest() as code
without an SDK has it; "one call" is hmac.digest, the fastest there is in the standard library.
"""
import argparse
import base64
import hashlib
import hmac
import json
import pathlib
import platform
import sys
import timeit

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "src"))

from malote_receiver import Receiver, sign, verify  # noqa: E402
from malote_receiver.headers import to_fields  # noqa: E402
from malote_receiver.profile import find_profile, to_keys  # noqa: E402
from malote_receiver.verifier import Verifier  # noqa: E402

NOW = 1776868200
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
ROUNDS = 7


def best(function, seconds):
    """Microseconds per call: the best round, as the others measure the neighbours."""
    timer = timeit.Timer(function)
    number = max(1, int(seconds / ROUNDS / (timer.timeit(200) / 200)))
    return min(timer.repeat(ROUNDS, number)) / number * 1e6


def body_of(size):
    head = b'{"id":"evt_1","type":"order.created","data":{"note":"'
    tail = b'"}}'
    return head + b"x" * (size - len(head) - len(tail)) + tail


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=1.0, help="for each figure")
    seconds = parser.parse_args().seconds
    print(f"Python {platform.python_version()}, {platform.machine()}")
    print(f"{'scheme':10} {'bytes':>8} {'bare':>8} {'one call':>8} {'check':>8} {'verify()':>8} "
          f"{'json':>8} {'handle()':>8}  check/bare")
    for scheme in ("codespar", "standard"):
        for size in (1 << 10, 1 << 14, 1 << 18):
            measure(scheme, body_of(size), seconds)


def measure(scheme, body, seconds):
    profile = find_profile(scheme)
    key, keys = bytes(range(32)), to_keys(profile, SECRET)
    headers = sign("dlv_1", NOW, body, secret=SECRET, scheme=scheme)
    headers.update({"user-agent": "Malote/1", "accept": "*/*", "host": "example.com",
                    "content-length": str(len(body))})
    fields, verifier = to_fields(headers), Verifier(profile)
    hooks = Receiver(SECRET, scheme=scheme, clock=lambda: NOW, budget=None)
    hooks.on("order.created", lambda event: None)
    figures = [best(function, seconds) for function in (
        lambda: hmac.new(key, body, hashlib.sha256).hexdigest(),
        lambda: hmac.digest(key, body, "sha256"),
        lambda: verifier.check(fields, body, keys, NOW),
        lambda: verify(headers, body, secrets=SECRET, scheme=scheme, now=NOW),
        lambda: json.loads(body),
        lambda: hooks.handle("POST", headers, body))]
    print(f"{scheme:10} {len(body):8} " + " ".join(f"{figure:8.1f}" for figure in figures)
          + f"  {figures[2] / figures[0]:.2f}")


if __name__ == "__main__":
    main()
