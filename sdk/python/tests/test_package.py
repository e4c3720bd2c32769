"""The source as a whole: generated files, the syntax floor, the wheel, and the examples."""
import ast
import importlib.util
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import typing
import unittest

import malote_receiver
from fixtures import PATIENCE, ROOT, SECRET, delivery
from http_server import post
from malote_receiver import catalogue

HERE = pathlib.Path(__file__).resolve().parents[1]
BUILD_TOOLS = all(importlib.util.find_spec(name) for name in ("pip", "setuptools", "wheel"))
USE = """
import malote_receiver, pathlib, sys
from malote_receiver.catalogue import OrderCreated
assert pathlib.Path(malote_receiver.__file__).is_relative_to(sys.argv[1]), malote_receiver.__file__
assert pathlib.Path(malote_receiver.__file__).with_name("py.typed").exists()
hooks = malote_receiver.Receiver("a secret", scheme="codespar")
seen = []
hooks.on("order.created", lambda event: seen.append(event.id))
body = b'{"id":"evt_1","type":"order.created"}'
assert hooks.handle("POST", hooks.sign("", 0, body), body).status == 200 and seen == ["evt_1"]
print("used from outside")
"""


class SourceTest(unittest.TestCase):
    def test_it_is_written_for_python_3_9(self):
        for path in sorted(HERE.rglob("*.py")):
            with self.subTest(path=path.name):
                ast.parse(path.read_text(), feature_version=(3, 9))

    def test_it_needs_nothing_but_the_standard_library(self):
        """Frameworks are imported by the adapter that serves them, when it serves them."""
        code = ("import sys, malote_receiver\n"
                "malote_receiver.Receiver('a', scheme='codespar')\n"
                "print([n for n in ('flask', 'fastapi', 'starlette') if n in sys.modules])")
        self.assertEqual(run("-c", code).strip(), "[]")

    def test_all_names_are_there(self):
        for name in malote_receiver.__all__:
            self.assertTrue(hasattr(malote_receiver, name), name)

    def test_generated_files_are_fresh(self):
        done = subprocess.run([sys.executable, str(ROOT / "sdk/generate.py"), "--check"],
                              stdout=subprocess.PIPE, text=True)
        stale = [line for line in done.stdout.splitlines() if line.startswith("sdk/python/")]
        self.assertEqual(stale, [])

    def test_event_types_say_what_the_schemas_say(self):
        types = typing.get_type_hints(catalogue.PaymentConfirmed)
        self.assertEqual((types["payment_id"], types["amount"], types["amount_minor"]),
                         (str, float, int))
        self.assertEqual(types["external_reference"], typing.Optional[str])
        self.assertEqual(catalogue.PaymentConfirmed.__required_keys__, {"payment_id"})
        self.assertEqual(catalogue.CANONICAL["payment.success"], "payment.confirmed")
        for name in catalogue.ALIASES:
            pascal = "".join(part.capitalize() for word in name.split(".")
                             for part in word.split("_"))
            self.assertTrue(hasattr(catalogue, pascal), pascal)
        self.assertEqual(malote_receiver.Event[catalogue.OrderCreated].__origin__,
                         malote_receiver.Event)


@unittest.skipUnless(BUILD_TOOLS, "pip, setuptools and wheel are not all installed")
class WheelTest(unittest.TestCase):
    def test_it_is_built_installed_and_used_from_outside(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name).resolve()
            shutil.copytree(HERE, folder / "source", ignore=shutil.ignore_patterns(
                "__pycache__", "*.egg-info", "build"))
            offline = ["--no-index", "--no-deps", "--disable-pip-version-check", "-q"]
            run("-m", "pip", "wheel", *offline, "--no-build-isolation", "-w", str(folder),
                str(folder / "source"))
            wheel, = folder.glob("malote_receiver-*.whl")
            run("-m", "pip", "install", *offline, "--target", str(folder / "site"), str(wheel))
            said = run("-c", USE, str(folder / "site"), cwd=folder, path=folder / "site")
            self.assertEqual(said.strip(), "used from outside")


class ExamplesTest(unittest.TestCase):
    """Each example as a user runs it: started, delivered to twice, restarted, delivered again."""

    def example(self, name, needs=()):
        missing = [one for one in needs if not importlib.util.find_spec(one)]
        if missing:
            self.skipTest(f"not installed: {' '.join(missing)}")
        headers, body = delivery(at=self.now())
        with tempfile.TemporaryDirectory() as folder:
            effects = pathlib.Path(folder, "effects")
            answers = []
            for _ in range(2):
                with Example(name, folder, effects) as port:
                    answers += [post(port, headers, body)[1].get("duplicate") for _ in range(2)]
                    self.assertEqual(post(port, headers, body + b" ")[0], 401)
            self.assertEqual(answers, [None, True, True, True])
            self.assertEqual(effects.read_text(), "evt_1 order.created\n")

    @staticmethod
    def now():
        import time
        return time.time()  # the example is a program of its own, with the machine's clock

    def test_wsgi(self):
        self.example("python-wsgi")

    def test_asgi(self):
        self.example("python-asgi", ["uvicorn"])

    def test_flask(self):
        self.example("python-flask", ["flask"])

    def test_fastapi(self):
        self.example("python-fastapi", ["fastapi", "uvicorn"])

    def test_without_a_secret_it_does_not_start(self):
        environment = {n: v for n, v in os.environ.items() if n != "MALOTE_WEBHOOK_SECRET"}
        done = subprocess.run([str(ROOT / "examples/receivers/python-wsgi/run")],
                              env={**environment, "PORT": "0", "MALOTE_PYTHON": sys.executable},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              timeout=PATIENCE)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("no_secret", done.stderr)


class Example:
    def __init__(self, name, state, effects):
        self.process = subprocess.Popen(
            [str(ROOT / "examples/receivers" / name / "run")], stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True,
            env={**os.environ, "PORT": "0", "MALOTE_WEBHOOK_SECRET": SECRET,
                 "MALOTE_PYTHON": sys.executable, "STATE_DIR": state,
                 "EFFECTS_FILE": str(effects)})

    def __enter__(self):
        line = self.process.stdout.readline()
        assert line.startswith("listening on http://127.0.0.1:"), line
        return int(line.rsplit(":", 1)[1])

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        self.process.stdout.close()


def run(*arguments, cwd=None, path=None):
    environment = {**os.environ, "PYTHONPATH": str(path or HERE / "src")}
    done = subprocess.run([sys.executable, *arguments], cwd=cwd, env=environment, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if done.returncode:
        raise AssertionError(done.stdout + done.stderr)
    return done.stdout


if __name__ == "__main__":
    unittest.main()
