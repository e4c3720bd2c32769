#!/usr/bin/env python3
"""The link checker finds what it is for."""
import pathlib
import tempfile
import unittest

import links

GOOD = {"README.md": "# Top\n[docs](docs/README.md) [web](https://example.com/none) [self](#top)\n",
        "docs/README.md": "# Index\n[one](one.md) [part](one.md#the-part-of-a-whole) [two](two.md#same-1)\n",
        "docs/one.md": "# One\n## The `part` of a whole!\n`[code](no.md)`\n```\n[code](no.md)\n# no heading\n```\n",
        "docs/two.md": "## Same\n## Same\n![picture](one.md) [folder](../docs)\n"}


class Links(unittest.TestCase):
    def faults(self, **changes):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder).resolve()
            for name, text in {**GOOD, **{name.replace("__", "/") + ".md": text for name, text in changes.items()}}.items():
                (root / name).parent.mkdir(exist_ok=True)
                (root / name).write_text(text, encoding="utf-8")
            return links.check(root)[0]

    def test_good_pages_have_no_faults(self):
        self.assertEqual(self.faults(), [])

    def test_a_file_that_is_not_there(self):
        self.assertEqual(self.faults(docs__two="## Same\n## Same\n\n[x](three.md)\n"),
                         ["docs/two.md:4: three.md: there is no such file"])

    def test_a_heading_that_is_not_there(self):
        for target in ("one.md#the-part", "one.md#no-heading", "#same-2"):
            with self.subTest(target):
                self.assertEqual(self.faults(docs__two=f"## Same\n## Same\n[x]({target})\n"),
                                 [f"docs/two.md:3: {target}: there is no such heading"])

    def test_a_page_that_is_not_in_the_index(self):
        self.assertEqual(self.faults(docs__three="# Three\n"), ["docs/README.md: lacks three.md"])


if __name__ == "__main__":
    unittest.main()
