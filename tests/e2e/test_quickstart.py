#!/usr/bin/python3
"""docs/quickstart.md, word for word; and that the walk notices what is wrong in a page."""
import os
import subprocess
import unittest

import walk
from harness import BIN, ROOT, main, skip_file

PAGE = os.path.join(ROOT, "docs/quickstart.md")
BUILD = "make build\n"  # what made the program that the tests run
LINKS = {"build/release/malote": os.path.abspath(BIN), "sdk": os.path.join(ROOT, "sdk")}

GOOD = """
Save this as `words`:

```json
{"a":  1}
```

```sh
cat words
echo "id      $RANDOM"
```

```text
{"a": 1}
id …
```

```sh
true
```
"""


def walk_through(text):
    steps = [step for step in walk.steps_of(text) if step != ("run", BUILD)]
    walk.compare(steps, walk.run(steps, {"PORT": str(walk.free_port())}, LINKS))


class Quickstart(unittest.TestCase):
    def setUp(self):
        with open(PAGE, encoding="utf-8") as file:
            self.page = file.read()

    def test_word_for_word(self):
        self.assertGreater(len(walk.steps_of(self.page)), 20)
        walk_through(self.page)

    def test_its_build_command_is_there(self):
        self.assertIn(("run", BUILD), walk.steps_of(self.page))
        done = subprocess.run(["make", "-n", "build"], cwd=ROOT, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("--target malote", done.stdout)


class TheWalkNotices(unittest.TestCase):
    def test_nothing_in_a_page_that_is_right(self):
        walk_through(GOOD)

    def test_what_is_wrong(self):
        for right, wrong in (("cat words", "cat word"), ("\ntrue\n", "\nfalse\n"), ("id …", "ids …"), ("\nid …", ""),
                             ("id …", "id …\nand more"), ("\ntrue\n", "\necho more\n"), ("as `words`", "as `others`")):
            with self.subTest(wrong):
                self.assertIn(right, GOOD)
                with self.assertRaises(walk.Wrong):
                    walk_through(GOOD.replace(right, wrong))


if __name__ == "__main__":
    if walk.missing_tools():
        skip_file(", ".join(walk.missing_tools()) + " is not installed")
    main()
