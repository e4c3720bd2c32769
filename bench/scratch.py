"""Where the benchmarks find their programs and keep their data while they run."""

import argparse
import contextlib
import pathlib
import shutil
import sys
import tempfile
from collections.abc import Iterator

import machine

REPOSITORY = pathlib.Path(__file__).resolve().parent.parent
_RELEASE = REPOSITORY / "build" / "release"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--binary", type=pathlib.Path, default=_RELEASE / "malote")
    parser.add_argument("--load", type=pathlib.Path, default=_RELEASE / "malote-load")
    parser.add_argument(
        "--data-root",
        type=pathlib.Path,
        default=REPOSITORY / "build" / "bench",
        help="folder for the data folders; on a real disk, or durability costs nothing",
    )


@contextlib.contextmanager
def fresh_folder(root: pathlib.Path, name: str) -> Iterator[pathlib.Path]:
    """An empty data folder that disappears at the end, with its log; both stay after a failure."""
    root.mkdir(parents=True, exist_ok=True)
    if machine.file_system_of(root) == "tmpfs":
        print(f"warning: {root} is in memory: durable writes are free there", file=sys.stderr)
    scratch = pathlib.Path(tempfile.mkdtemp(prefix=f"{name}-", dir=root))
    data = scratch / "data"
    data.mkdir()
    try:
        yield data
    except Exception:
        print(f"the data folder is kept: {data}", file=sys.stderr)
        raise
    shutil.rmtree(scratch)
