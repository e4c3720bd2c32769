"""Unit tests, then the shared vectors; the last line says how many passed and failed."""
import pathlib
import subprocess
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]


class Counting(unittest.TextTestResult):
    passed = 0

    def addSuccess(self, test):
        super().addSuccess(test)
        self.passed += 1


def main():
    suite = unittest.defaultTestLoader.discover(str(HERE), top_level_dir=str(HERE))
    result = unittest.TextTestRunner(
        stream=sys.stdout, verbosity=1, resultclass=Counting).run(suite)
    for test, reason in result.skipped:
        print(f"skipped: {test.id()}: {reason}")
    # A test with failing subtests appears once for each of them.
    broken = {test.id().split(" ")[0] for test, _ in result.failures + result.errors}
    import fixtures
    passed, failed = result.passed, len(broken)
    for name in ("receivers", "receiver-rules"):
        vectors = subprocess.run(
            [sys.executable, str(HERE.parent / "conformance"),
             str(fixtures.ROOT / f"data/vectors/{name}.json")],
            stdout=subprocess.PIPE, text=True, encoding="utf-8").stdout.splitlines()
        print("\n".join(line for line in vectors if line.startswith("FAIL")))
        counts = vectors[-1].split() if vectors else ["0", "", "1"]
        passed, failed = passed + int(counts[0]), failed + int(counts[2])
        print(f"conformance, {name}: {' '.join(counts)}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
