"""Speed and memory on this machine, as ratios to a named peer or to a limit: `make bench`.

Nothing here decides whether a change is right: the ratios are to be read, beside what they aim at.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
import transformers
from bench_app import app_rows, measure_app
from bench_demo import BACKBONES, measure_demo
from bench_row import Row, table
from playwright.sync_api import Error

EXPLANATION = """
Ours is what the endpoint /compare runs, from an opened image, a box and five descriptions to CLIP's and a
head's scores. The peer is transformers' zero-shot-image-classification pipeline on the same crop and
descriptions, with the same weights, device and threads; both are asked in turn, and their shares must agree.
The peer keeps nothing between two calls; ours encodes no crop and no text twice, so a new box saves the
descriptions' share of the work and no more: both pad to the longest. A ratio above 1 means that ours needs
less."""


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Measure, print the table, and return its rows."""
    options = parser().parse_args(arguments)
    print(header(options.repetitions, options.starts), flush=True)
    rows = measure(options.backbones, options.repetitions, options.starts)
    print(f"\n{table(rows)}\n{EXPLANATION}")
    if options.json:
        write_json(rows, options.json)
    return rows


def parser() -> argparse.ArgumentParser:
    """The command line."""
    line = argparse.ArgumentParser(description="Measure the demo and the app on this machine.")
    line.add_argument(
        "--repetitions", type=_between(1, 250), default=30, help="timed runs of a row; default: 30"
    )
    line.add_argument("--backbones", nargs="*", choices=BACKBONES, default=BACKBONES)
    line.add_argument(
        "--starts", type=_between(0, 100), default=3, help="starts of the app, 0 for none; default: 3"
    )
    line.add_argument("--json", type=Path, help="a file for every single measurement")
    return line


def header(repetitions: int, starts: int) -> str:
    """Machine, versions, threads and counts, in two lines."""
    load = os.getloadavg()[0]
    return (
        f"{platform.platform()}, {os.cpu_count()} CPUs (load {load:.1f} before), Python "
        f"{platform.python_version()}, torch {torch.__version__} with {torch.get_num_threads()} threads, "
        f"transformers {transformers.__version__}\n{repetitions} repetitions, {starts} starts of the app"
    )


def measure(backbones: Sequence[str], repetitions: int, starts: int) -> list[Row]:
    """All rows. Those of the app are empty, and the reason printed, when it or the browser does not start."""
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for backbone in backbones:
            print(f"measuring {backbone} …", file=sys.stderr, flush=True)
            rows += measure_demo(backbone, Path(folder), repetitions)
    if not starts:
        return rows
    print("measuring the app …", file=sys.stderr, flush=True)
    try:
        return rows + measure_app(starts)
    except (Error, RuntimeError) as error:
        print(f"the app was not measured: {error}", file=sys.stderr)
        return rows + app_rows()


def write_json(rows: Sequence[Row], path: Path) -> None:
    """Write all measurements to `path`, which is replaced only once they are complete."""
    aside = path.with_name(f"{path.name}.partial")
    aside.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n", encoding="utf-8")
    aside.replace(path)


def _between(lowest: int, highest: int) -> Callable[[str], int]:
    """A reader of whole numbers of this range, for the command line."""

    def read(text: str) -> int:
        if not text.strip().isdecimal() or not lowest <= int(text) <= highest:
            raise argparse.ArgumentTypeError(
                f"expected a whole number from {lowest} to {highest}, got {text!r}"
            )
        return int(text)

    return read


if __name__ == "__main__":
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    main()
