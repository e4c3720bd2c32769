#!/usr/bin/python3
"""malote demo shows the main job on a fresh store, and fails when a step is not as it should be."""
import unittest

from harness import main, run


class Demo(unittest.TestCase):
    def test_every_step_is_as_it_should_be(self):
        done = run("demo", "--once", timeout=60)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        self.assertTrue(done.stdout.rstrip().endswith("All steps as they should be."), done.stdout[-200:])
        for number in range(1, 8):
            self.assertRegex(done.stdout, rf"(?m)^{number}\. ")
        self.assertNotIn("FAILED", done.stdout)
        # Each thing was done once, also where the label service answered 500.
        self.assertIn("correios asked 2x, did it 1x", done.stdout)
        for step in ("customer", "invoice", "label", "message"):
            self.assertRegex(done.stdout, rf"(?m)^{step} +succeeded ")


if __name__ == "__main__":
    main()
