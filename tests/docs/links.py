#!/usr/bin/env python3
"""Every link of every page leads somewhere: relative ones to a file or folder that is in the tree, and
their anchors to a heading. Every page under docs/ is in docs/README.md.

    tests/docs/links.py [--root DIR]
"""
import argparse
import functools
import os
import pathlib
import re
import sys

SKIPPED = {".git", "build", "node_modules", "dist", "vendor", ".cache"}
FENCE = re.compile(r"^(```|~~~).*?^\1", re.M | re.S)
CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(([^()\s]+(?:\([^)]*\))?)(?:\s+\"[^\"]*\")?\)")
HEADING = re.compile(r"^#{1,6}\s+(.*?)\s*#*$", re.M)
OTHER = re.compile(r"[a-z][a-z0-9+.-]*:", re.I)  # https:, mailto:


def pages(root):
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if name not in SKIPPED and not name.startswith(".venv"))
        yield from (pathlib.Path(folder, name) for name in sorted(files) if name.endswith(".md"))


@functools.cache
def anchors_of(text):
    """As GitHub makes them: lower case, no punctuation, "-1" behind one that was there before."""
    found = set()
    for heading in HEADING.findall(FENCE.sub("", text)):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        slug = re.sub(r"[^\w\- ]", "", plain.replace("`", "").lower()).replace(" ", "-")
        number, name = 0, slug
        while name in found:
            number += 1
            name = f"{slug}-{number}"
        found.add(name)
    return found


def links_of(text):
    """[(line, target)], those in code left out."""
    def blank(match):
        return re.sub(r"[^\n]", " ", match.group())
    text = CODE.sub(blank, FENCE.sub(blank, text))
    return [(text.count("\n", 0, link.start()) + 1, link.group(1)) for link in LINK.finditer(text)]


def fault_of(page, target, texts):
    path, _, anchor = target.partition("#")
    aim = (page.parent / path).resolve() if path else page.resolve()
    if not aim.exists():
        return "there is no such file"
    if anchor and aim.suffix == ".md" and anchor not in anchors_of(texts[aim]):
        return "there is no such heading"
    return ""


def check(root):
    texts = {page.resolve(): page.read_text(encoding="utf-8") for page in pages(root)}
    faults, count, indexed = [], 0, set()
    for page, text in texts.items():
        for line, target in links_of(text):
            if OTHER.match(target):
                continue
            count += 1
            fault = fault_of(page, target, texts)
            if fault:
                faults.append(f"{page.relative_to(root)}:{line}: {target}: {fault}")
            if page == root / "docs/README.md":
                indexed.add((page.parent / target.partition("#")[0]).resolve())
    faults += [f"docs/README.md: lacks {page.name}" for page in texts
               if page.parent == root / "docs" and page.name != "README.md" and page not in indexed]
    return faults, count, len(texts)


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--root", default=pathlib.Path(__file__).resolve().parents[2], type=pathlib.Path)
    faults, count, pages_read = check(arguments.parse_args().root.resolve())
    print("\n".join(faults) or f"links: {count} in {pages_read} pages, all lead somewhere")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
