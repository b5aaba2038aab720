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
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import torch
import transformers
from playwright.sync_api import Error

from tests.bench.bench_adapt import measure_adapt
from tests.bench.bench_app import app_rows, measure_app
from tests.bench.bench_compile import measure_compile
from tests.bench.bench_demo import BACKBONES, measure_demo
from tests.bench.bench_detect import measure_detect
from tests.bench.bench_embed import measure_embed
from tests.bench.bench_heads import measure_heads
from tests.bench.bench_leaderboard import measure_leaderboard
from tests.bench.bench_metrics import measure_metrics
from tests.bench.bench_page import measure_page, page_rows
from tests.bench.bench_ray import measure_ray
from tests.bench.bench_row import Row, table
from tests.bench.bench_visitors import measure_visitors

RATIO = """
Ours and the peer run in turn, in one process, with the same threads. A ratio above 1 means that ours needs less."""


@dataclass(frozen=True)
class Group:
    """Rows that are measured together, and what stands beside ours in them."""

    measure: Callable[[argparse.Namespace], list[Row]]
    peers: str
    by_default: bool = True


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Measure, print the table, and return its rows."""
    options = parser().parse_args(arguments)
    print(header(), flush=True)
    rows: list[Row] = []
    for name in options.only:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        rows += measure(name, options)
    print(f"\n{table(rows)}\n{RATIO}")
    print("\n".join(f"{name}: {GROUPS[name].peers}" for name in options.only))
    if options.json:
        write_json(rows, options.json)
    return rows


def measure(name: str, options: argparse.Namespace) -> list[Row]:
    """The rows of a group, measured in a process of its own, so that it starts with no other's memory."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as process:
        return process.submit(_measure_here, name, options).result()


def parser() -> argparse.ArgumentParser:
    """The command line."""
    line = argparse.ArgumentParser(description="Measure speed and memory on this machine.")
    usual = [name for name, group in GROUPS.items() if group.by_default]
    words = f"what to measure; default: {' '.join(usual)}"
    line.add_argument("--only", nargs="+", choices=list(GROUPS), default=usual, help=words)
    line.add_argument(
        "--repetitions", type=_between(1, 250), default=30, help="timed runs of a demo row; default: 30"
    )
    line.add_argument("--backbones", nargs="*", choices=BACKBONES, default=BACKBONES, help="of the demo")
    line.add_argument(
        "--starts", type=_between(0, 100), default=3, help="starts of the app, 0 for none; default: 3"
    )
    words = "of the leaderboard, on one board for every 10,000; default: 1000"
    line.add_argument("--records", type=_between(2, 1_000_000), default=1000, help=words)
    words = "read the leaderboard's records as Parquet, not as JSON files"
    line.add_argument("--parquet", action="store_true", help=words)
    line.add_argument("--json", type=Path, help="a file for every single measurement")
    return line


def header() -> str:
    """Machine, versions and threads."""
    load = os.getloadavg()[0]
    return (
        f"{platform.platform()}, {os.cpu_count()} CPUs (load {load:.1f} before), Python "
        f"{platform.python_version()}, torch {torch.__version__} with {torch.get_num_threads()} threads, "
        f"transformers {transformers.__version__}"
    )


def demo_rows(options: argparse.Namespace) -> list[Row]:
    """Those of each backbone asked for."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        return [
            row
            for backbone in options.backbones
            for row in measure_demo(backbone, Path(folder), options.repetitions)
        ]


def started_app_rows(options: argparse.Namespace) -> list[Row]:
    """Empty, and the reason printed, when the app or the browser does not start."""
    if not options.starts:
        return []
    try:
        return measure_app(options.starts)
    except (Error, RuntimeError) as error:
        print(f"the app was not measured: {error}", file=sys.stderr)
        return app_rows()


def compiled_rows(_: argparse.Namespace) -> list[Row]:
    """Empty, and torch's reason printed, where nothing can be compiled."""
    try:
        return measure_compile()
    except RuntimeError as error:
        print(f"nothing was compiled: {error}", file=sys.stderr)
        return []


def browser_rows(options: argparse.Namespace) -> list[Row]:
    """Empty, and the reason printed, when an app or the browser does not start."""
    try:
        return measure_page(options.repetitions)
    except (Error, RuntimeError) as error:
        print(f"the page was not measured: {error}", file=sys.stderr)
        return page_rows()


GROUPS = {
    "demo": Group(
        demo_rows,
        """ours is what the endpoint /compare runs, from an opened image, a box and five descriptions to CLIP's and
a head's scores. The peer is transformers' zero-shot-image-classification pipeline on the same crop and
descriptions, with the same weights, device and threads; their shares must agree. The peer keeps nothing
between two calls; ours encodes no crop and no text twice, so a new box saves the descriptions' share of the
work and no more: both pad to the longest.""",
    ),
    "app": Group(started_app_rows, "`python app.py` on the embedded default, beside limits of our own."),
    "page": Group(
        browser_rows,
        """the Compare tab of `python app.py` in Chromium, from the visitor's last event to the last change on the page.
The peer is a Gradio page whose button echoes a number, clicked in turn with ours.""",
    ),
    "visitors": Group(
        lambda _: measure_visitors(),
        """`python app.py` on the embedded default, asked by the endpoint /compare on this machine: fifty visitors for
a minute, each with new boxes and descriptions; then three images of 64 megapixels in files of 250 kB, six at a
time.""",
    ),
    "heads": Group(
        lambda _: measure_heads(),
        """an epoch of training, beside its matrix products alone on a batch that is ready, and beside a DataLoader
that collates one dictionary a region.""",
    ),
    "adapt": Group(
        lambda _: measure_adapt(),
        """a step of adapting the embedded backbone, on pixels and captions that are ready, beside the same image
tower's forward and backward with a plain contrastive loss.""",
    ),
    "detect": Group(
        lambda _: measure_detect(),
        """a random-weight OWL-ViT B/32 of the published sizes, from images and captions to sorted boxes, beside its image
tower and heads on pixels and caption embeddings that are ready. The evaluation, beside a limit of our own, is of as
many vocabularies as FG-OVD's Hard has, each with 100 boxes and 6 captions.""",
    ),
    "embed": Group(
        lambda _: measure_embed(),
        """a random-weight ViT-B/16. The limit is the time that as many additions and multiplications take in a
product of two 2,048 × 2,048 matrices, measured in turn: the ratio is the share of it that is reached, from
pixels and strings, preprocessing and padding included. One by one: transformers' own model, processor and
tokenizer, a crop or a caption a call, padded to 77; then the same for each row of the three subsets anew, which
is that time scaled by how often the rows repeat a crop or caption. Embeddings must agree. Ours includes the
cache on disk.""",
    ),
    "compile": Group(
        compiled_rows,
        """an image tower of random weights (ViT-B/16) and that of mini-clip, by torch.compile, on the GPU where there
is one. The first call, which compiles, takes a minute or more and is no part of the time.""",
        by_default=False,
    ),
    "ray": Group(
        lambda _: measure_ray(),
        """the crops of fg-rendered, from image files to shards on disk, by workers of Ray on this machine, which together
have as many threads as our own loop beside them. What starts Ray and its workers is left out, as loading the backbone
is. The multi-process `encode` of sentence-transformers is not measured: it would be one more thing to install.""",
    ),
    "metrics": Group(
        lambda _: measure_metrics(),
        """random embeddings of FG-OVD's and COCO's sizes. The einsums are those that a linear head's scores need:
each distinct caption and each region projected, and each region's products with its candidates; and these last
alone, on candidates spelled out beforehand. The controls stand beside the evaluation of the same embeddings without
them, details and intervals included in both. Retrieval's peer multiplies the raw embeddings once and takes the
ten best of every row and column; ours projects, finds exact ranks, and never holds the whole matrix.""",
    ),
    "leaderboard": Group(
        lambda options: measure_leaderboard(options.records, parquet=options.parquet),
        "the tab's own handlers on so many records, browser and network left out, beside limits of our own.",
    ),
}
"""Name → group, in the order of the table."""


def write_json(rows: Sequence[Row], path: Path) -> None:
    """Write all measurements to `path`, which is replaced only once they are complete."""
    aside = path.with_name(f"{path.name}.partial")
    aside.write_text(json.dumps([row.as_json() for row in rows], indent=1) + "\n", encoding="utf-8")
    aside.replace(path)


def _measure_here(name: str, options: argparse.Namespace) -> list[Row]:
    transformers.logging.set_verbosity_error()
    transformers.logging.disable_progress_bar()
    return GROUPS[name].measure(options)


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
    # By its own name: a process of its own looks functions up by their module's, and cannot find them in "__main__".
    from tests.bench.__main__ import main as run

    run()
