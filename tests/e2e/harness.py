"""What every end-to-end test stands on: the real gateway, a receiver, and ways to wait.

Nothing here sleeps for a guessed time: a test waits for a receipt, a line of output, or a condition.
"""
import base64
import datetime
import hashlib
import hmac
import http.client
import json
import os
import queue
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
BIN = os.environ.get("MALOTE_BIN", os.path.join(ROOT, "build/release/malote"))

API_KEY = "csk_test_e2eKnownKeyThatMustNeverLeak0000"
MASTER_KEY = "5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2"
# Seconds until a wait is a failure; no assertion depends on it. Sanitizers ask for more.
PATIENCE = 20 * int(os.environ.get("MALOTE_E2E_SLOWNESS", "1"))


def skip_file(why):
    """Ends the whole file as skipped, in ctest's words (SKIP_RETURN_CODE)."""
    print(f"skipped: {why}")
    sys.exit(77)


def main():
    if not os.access(BIN, os.X_OK):
        skip_file(f"no gateway at {BIN}; set MALOTE_BIN")
    unittest.main(verbosity=1)


def eventually(condition, timeout=PATIENCE, what="the condition"):
    """The first true answer of `condition`; fails when none comes."""
    pause = threading.Event()
    end = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"{what} did not come true within {timeout} s")
        pause.wait(0.01)


def is_sanitized():
    linked = subprocess.run(["ldd", BIN], capture_output=True, text=True, check=False).stdout
    return "libasan" in linked or "libtsan" in linked


def faketime_library():
    for folder in ("x86_64-linux-gnu", "aarch64-linux-gnu"):
        path = f"/usr/lib/{folder}/faketime/libfaketimeMT.so.1"
        if os.path.exists(path):
            return path
    return None


def why_no_faketime():
    """Why a gateway cannot be run at another time here; empty when it can."""
    if not faketime_library():
        return "faketime is not installed"
    return "a sanitizer must come first, before faketime" if is_sanitized() else ""


def faketime_env(at):
    """The environment of a gateway whose clock stands at this Unix time."""
    clock = datetime.datetime.fromtimestamp(at, datetime.timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
    return {"LD_PRELOAD": faketime_library(), "FAKETIME": clock, "TZ": "UTC", "DONT_FAKE_MONOTONIC": "1"}


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = {name.lower(): value for name, value in headers}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:400]!r}>"


class Gateway:
    """A `malote serve` process on a folder of its own and a port that the system chose."""

    def __init__(self, *, dev=True, config=None, data=None, env=None, prefix=(), start=True, tls=None):
        self.folder = tempfile.mkdtemp(prefix="malote-e2e-")
        self.data = data or os.path.join(self.folder, "data")
        self.dev = dev
        self.prefix = list(prefix)
        self.tls = tls  # an ssl.SSLContext, where the configuration names a certificate
        self.env = {"PATH": os.environ.get("PATH", ""), "MALOTE_API_KEY": API_KEY,
                    "MALOTE_MASTER_KEY": MASTER_KEY, **(env or {})}
        self.config = None
        if config is not None:
            self.config = os.path.join(self.folder, "malote.toml")
            with open(self.config, "w", encoding="utf-8") as out:
                out.write(config)
        self.output = []  # all lines of stdout and stderr of all runs
        self.process = None
        self.scheme = "http"
        self.address = None
        if start:
            self.start()

    def command(self):
        args = [*self.prefix, BIN, "serve", "--listen", "127.0.0.1:0", "--data", self.data]
        if self.dev:
            args.append("--dev")
        if self.config:
            args += ["--config", self.config]
        return args

    def start(self):
        self.process = subprocess.Popen(self.command(), env=self.env, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, errors="replace")
        lines = queue.Queue()
        self.readers = [threading.Thread(target=self._read, args=(stream, lines), daemon=True)
                        for stream in (self.process.stdout, self.process.stderr)]
        for reader in self.readers:
            reader.start()
        ended = 0
        while True:
            line = lines.get(timeout=PATIENCE)
            if line is None:
                ended += 1
                if ended == 2:
                    raise AssertionError("the gateway ended at start: " + "".join(self.output))
                continue
            if " is listening on http" in line:
                self.scheme, self.address = line.split(" is listening on ")[1].strip().split("://")
                return self

    def _read(self, stream, lines):
        for line in stream:
            self.output.append(line)
            lines.put(line)
        lines.put(None)

    def _reap(self, timeout=PATIENCE):
        code = self.process.wait(timeout=timeout)
        for reader in self.readers:
            reader.join(timeout=PATIENCE)
        self.process.stdout.close()
        self.process.stderr.close()
        self.process = None
        return code

    def kill(self):
        if self.process:
            self.process.kill()
            return self._reap()
        return None

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)
        return self._reap(timeout=30)

    def restart(self):
        self.kill()
        return self.start()

    def close(self):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()

    def text(self):
        return "".join(self.output)

    # --- the API ---

    def request(self, method, path, body=None, headers=None, timeout=PATIENCE):
        """One HTTP exchange; the body is sent as it is."""
        host, _, port = self.address.rpartition(":")
        if self.scheme == "https":
            connection = http.client.HTTPSConnection(host, int(port), timeout=timeout, context=self.tls)
        else:
            connection = http.client.HTTPConnection(host, int(port), timeout=timeout)
        try:
            connection.request(method, path, body=body, headers=headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.getheaders(), response.read())
        finally:
            connection.close()

    def call(self, method, path, body=None, *, key=API_KEY, headers=None):
        """One API call with a JSON body (bytes and str are sent as they are)."""
        sent = {"Content-Type": "application/json", **(headers or {})}
        if key:
            sent["Authorization"] = "Bearer " + key
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
        return self.request(method, path, body, sent)

    def ok(self, method, path, body=None, **options):
        answer = self.call(method, path, body, **options)
        if answer.status >= 300:
            raise AssertionError(f"{method} {path}: {answer}")
        return answer.json if answer.body else None

    def trigger(self, url, event="*", **more):
        return self.ok("POST", "/v1/triggers",
                       {"name": "e2e", "event": event, "webhook_url": url, "jitter": 0, **more})

    def publish(self, event, data=None, **more):
        return self.ok("POST", "/v1/events", {"type": event, "data": data or {"n": 1}, **more})["id"]

    def deliveries(self, trigger, **query):
        tail = "&".join(f"{name}={value}" for name, value in {"limit": 200, **query}.items())
        return self.ok("GET", f"/v1/triggers/{trigger['id']}/deliveries?{tail}")["deliveries"]

    def delivery(self, trigger, state, count=1):
        """The trigger's newest delivery once `count` of them are in this state."""
        found = eventually(lambda: (lambda rows: rows if len(rows) >= count else None)(
            self.deliveries(trigger, state=state)), what=f"{count} deliveries {state}")
        return found[0]

    def detail(self, delivery_id):
        return self.ok("GET", f"/v1/deliveries/{delivery_id}")

    def run_cli(self, *args, key=API_KEY, stdin=None):
        """The same binary as a client of this gateway."""
        env = {"PATH": self.env["PATH"], "MALOTE_URL": self.scheme + "://" + self.address}
        if key:
            env["MALOTE_API_KEY"] = key
        return run(*args, env=env, stdin=stdin)

    def verify_store(self):
        return run("verify-store", "--data", self.data, env=self.env)


def run(*args, env=None, stdin=None, timeout=30):
    """A short run of the binary: (exit code, stdout, stderr)."""
    done = subprocess.run([BIN, *args], env=env or {"PATH": os.environ.get("PATH", "")}, input=stdin,
                          capture_output=True, text=True, timeout=timeout, check=False)
    return done


def npm_install(packages, name):
    """A folder with the packages ({name: name@version}) in node_modules, or None and why not; kept
    as `name` where MALOTE_E2E_CACHE is set."""
    for tool in ("node", "npm"):
        if not shutil.which(tool):
            return None, f"{tool} is not installed"
    cache = os.environ.get("MALOTE_E2E_CACHE")
    folder = os.path.join(cache, name) if cache else tempfile.mkdtemp(prefix="malote-npm-")
    os.makedirs(folder, exist_ok=True)
    if all(os.path.isdir(os.path.join(folder, "node_modules", package)) for package in packages):
        return folder, ""
    try:
        done = subprocess.run(["npm", "install", "--no-audit", "--no-fund", "--prefix", folder, *packages.values()],
                              capture_output=True, text=True, timeout=60, check=False)
    except subprocess.TimeoutExpired:
        return None, "npm install took longer than 60 s"
    return (folder, "") if done.returncode == 0 else (None, "npm install failed: " + done.stderr.strip()[-300:])


class Request:
    def __init__(self, method, path, pairs, body):
        self.method = method
        self.path = path
        self.pairs = pairs
        self.headers = {name.lower(): value for name, value in pairs}
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)


class Reply:
    """What the receiver answers. `drip`: send the body byte by byte, this long between bytes."""

    def __init__(self, status=200, body=b"", headers=None, drip=None):
        self.status = status
        self.body = body
        self.headers = headers or {}
        self.drip = drip


class Receiver:
    """An HTTP server that puts every request on a queue before it answers."""

    def __init__(self, answer=None):
        self.answer = answer or (lambda request: Reply())
        self.requests = queue.Queue()
        self.stopping = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def handle_one(self):
                size = int(self.headers.get("Content-Length") or 0)
                request = Request(self.command, self.path, list(self.headers.items()),
                                  self.rfile.read(size))
                outer.requests.put(request)
                reply = outer.answer(request)
                try:
                    self.send(reply)
                except OSError:
                    self.close_connection = True

            do_POST = do_GET = do_PUT = do_DELETE = handle_one

            def send(self, reply):
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(reply.body)))
                self.end_headers()
                if reply.drip is None:
                    self.wfile.write(reply.body)
                    return
                for byte in reply.body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    if outer.stopping.wait(reply.drip):
                        return

            def log_message(self, *ignored):
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *ignored):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, path="/hook"):
        return f"http://127.0.0.1:{self.port}{path}"

    def take(self, timeout=PATIENCE):
        try:
            return self.requests.get(timeout=timeout)
        except queue.Empty:
            raise AssertionError(f"no request came within {timeout} s") from None

    def take_all(self, count):
        return [self.take() for _ in range(count)]

    def close(self):
        self.stopping.set()
        self.server.shutdown()
        self.server.server_close()

    def __enter__(self):
        return self

    def __exit__(self, *ignored):
        self.close()


def hmac_hex(key, data, algorithm="sha256"):
    key = key.encode() if isinstance(key, str) else key
    data = data.encode() if isinstance(data, str) else data
    return hmac.new(key, data, getattr(hashlib, algorithm)).hexdigest()


def hmac_base64(key, data):
    return base64.b64encode(hmac.new(key, data, hashlib.sha256).digest()).decode()


class GatewayTest(unittest.TestCase):
    """One gateway per test class; each test has a receiver and an event name of its own."""

    options = {}

    @classmethod
    def setUpClass(cls):
        cls.gw = Gateway(**cls.options)
        cls.addClassCleanup(cls.gw.close)

    def setUp(self):
        self.event = "e2e." + self._testMethodName
        self.receiver = Receiver()
        self.addCleanup(self.receiver.close)

    def assertError(self, answer, status, code=None):
        """Every error has one shape."""
        self.assertEqual(answer.status, status, answer)
        body = answer.json
        self.assertEqual(body["error"], body["code"])
        self.assertEqual(body["status"], status)
        self.assertTrue(body["message"])
        self.assertTrue(body["request_id"])
        if code:
            self.assertEqual(body["code"], code, answer)
        return body


class NpmTest(GatewayTest):
    """Needs npm packages, in `folder`; skipped with the reason where they cannot be had. Each test starts the
    gateways that it wants."""

    packages = {}
    packages_name = ""  # of their folder

    @classmethod
    def setUpClass(cls):
        cls.folder, cls.why = npm_install(cls.packages, cls.packages_name)
        if cls.folder and not os.environ.get("MALOTE_E2E_CACHE"):
            cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)

    def setUp(self):
        if not self.folder:
            print(f"skipped: {self.why}")
            self.skipTest(self.why)
