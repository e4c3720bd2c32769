#!/usr/bin/env python3
"""The installed packages, used from outside: by find_package(malote) and by pkg-config.

    test_consumer.py BUILD_FOLDER [COMPILER_FLAGS]

Installs BUILD_FOLDER into a temporary folder, builds tests/consumer/ against that alone, and runs
it.
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

CONSUMER = pathlib.Path(__file__).resolve().parent.parent / "consumer"
RECEIVED = 'handled ord_1\n200 {"received":true}\n200 {"received":true,"duplicate":true}\n'
FLAGS = sys.argv[2:3] or [""]


def run(*command, **options):
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True,
                          timeout=280, check=False, **options)
    if done.returncode != 0:
        raise AssertionError(f"{command} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


class ConsumerTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.folder.name)
        cls.prefix = cls.root / "installed"
        run("cmake", "--install", sys.argv[1], "--prefix", cls.prefix, "--component", "development")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def run_in(self, name, *command):
        state = self.root / name
        state.mkdir()
        return run(*command, state)

    def test_find_package(self):
        build = self.root / "build"
        run("cmake", "-S", CONSUMER, "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}",
            f"-DCMAKE_CXX_FLAGS={FLAGS[0]}", f"-DCMAKE_C_FLAGS={FLAGS[0]}")
        run("cmake", "--build", build)
        self.assertEqual(self.run_in("state-1", build / "receiver"), RECEIVED)
        self.assertEqual(run(build / "receiver_c"), "ok\n")
        self.assertEqual(run(build / "gateway_client"), "status 0\n")

    def pkg_config(self, compiler, *arguments):
        environment = {**os.environ, "PKG_CONFIG_PATH": str(self.prefix / "lib/pkgconfig")}
        flags = run("pkg-config", "--cflags", "--libs", "malote-receiver", env=environment)
        run(compiler, *FLAGS[0].split(), *arguments, *flags.split())

    def test_pkg_config(self):
        program = self.root / "by_pkg_config"
        self.pkg_config("c++", "-std=c++20", CONSUMER / "receiver.cc", "-o", program)
        self.assertEqual(self.run_in("state-2", program), RECEIVED)

    def test_pkg_config_from_c(self):
        program = self.root / "by_pkg_config_c"
        self.pkg_config("cc", "-std=c11", CONSUMER / "receiver.c", "-o", program)
        self.assertEqual(run(program), "ok\n")

    def test_headers_bring_nothing_along(self):
        # No header of the receiver leads to OpenSSL, SQLite, or a folder of the sources.
        headers = [p for p in (self.prefix / "include/malote/receiver").glob("*.h")]
        self.assertGreater(len(headers), 5)
        seen = run("c++", "-std=c++20", "-M", f"-I{self.prefix}/include", *headers)
        for foreign in ("openssl", "sqlite3", "simdjson", "spdlog", "/fmt/", "/src/"):
            self.assertNotIn(foreign, seen)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
