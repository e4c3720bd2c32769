#!/usr/bin/env python3
"""Writes a C++ source that holds files as string literals (see cmake/embed.cmake)."""
import argparse
import gzip
import pathlib

PIECE = 8000  # bytes in one literal; compilers need not accept more than 64 KiB


def literal(data: bytes) -> str:
    pieces = [data[i:i + PIECE] for i in range(0, len(data), PIECE)] or [b""]
    return "\n".join('"' + "".join(escape(b) for b in piece) + '"' for piece in pieces)


def escape(byte: int) -> str:
    char = chr(byte)
    if char in '"\\?' or byte < 0x20 or byte > 0x7E:
        return f"\\{byte:03o}"
    return char


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", required=True)
    parser.add_argument("--symbol", required=True)
    parser.add_argument("--root", required=True)
    parser.add_argument("--folder", type=pathlib.Path, help="its files, each also gzipped")
    parser.add_argument("files", nargs="*")
    args = parser.parse_args()
    files = [(pathlib.Path(name), pathlib.Path(name).read_bytes()) for name in args.files]
    for path in sorted(p for p in args.folder.rglob("*") if p.is_file()) if args.folder else []:
        data = path.read_bytes()
        packed = path.with_name(path.name + ".gz")
        files += [(path, data), (packed, gzip.compress(data, 9, mtime=0))]
    lines = ["#include <array>", "", '#include "base/embedded.h"', "", "namespace malote {", "",
             f"std::span<const EmbeddedFile> {args.symbol}();", "", "namespace {", "",
             f"const std::array<EmbeddedFile, {len(files)}> kFiles = {{{{"]
    for path, data in files:
        shown = path.relative_to(args.root).as_posix()
        lines.append(f'    {{"{shown}", {{{literal(data)}, {len(data)}}}}},')
    lines += ["}};", "", "}  // namespace", "",
              f"std::span<const EmbeddedFile> {args.symbol}() {{ return kFiles; }}", "",
              "}  // namespace malote", ""]
    pathlib.Path(args.out).write_text("\n".join(lines))


if __name__ == "__main__":
    main()
