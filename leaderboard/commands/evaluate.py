"""`python -m leaderboard evaluate`: a head's figures and its record."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from heads.commands.program import DONE
from leaderboard.flags import add_encoding, add_results, names
from leaderboard.records.folders import RESULTS


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--head", required=True, help="cosine, a shipped head, a folder or a Hub repo")
    words = "folders of the same head trained from other seeds, or one of heads train --seeds"
    parser.add_argument("--seed-heads", nargs="+", default=(), metavar="FOLDER", help=words)
    words = (
        "what a head is given of a region: its crop, or patch features of the whole image, pooled by RoIAlign"
    )
    parser.add_argument("--protocol", default="crop", choices=["crop", "roi"], help=words)
    add_encoding(parser)
    add_results(parser)


def run(
    head: str,
    command: str,
    seed_heads: Sequence[str] = (),
    protocol: Literal["crop", "roi"] = "crop",
    backbone: str = "mini-clip",
    adapter: str | None = None,
    benchmark: str = "fg-rendered",
    data: Path | None = None,
    image_folder: str | None = None,
    split: str = "test",
    revision: str | None = None,
    subsets: str | None = None,
    device: str = "auto",
    results: Path = RESULTS,
) -> int:
    """Measures a head, prints its figures, writes its record, which keeps `command`. Returns the exit status."""
    from fg_demo.models.adapter import joint_name
    from fg_demo.models.clip import load_backbone
    from leaderboard.benchmarks.split import open_split
    from leaderboard.embedding.crops import PooledRegions
    from leaderboard.embedding.embed import Embedder
    from leaderboard.embedding.progress import ProgressBars, silence_off_terminal
    from leaderboard.evaluation.measure import measure
    from leaderboard.evaluation.overlap import with_overlap
    from leaderboard.records.files import save_record
    from leaderboard.tables.report import next_commands, report

    silence_off_terminal()
    opened = open_split(benchmark, split, revision, data, image_folder, names(subsets))
    opened.build_missing()
    encoder = load_backbone(joint_name(backbone, adapter), device=device)
    regions = PooledRegions(encoder) if protocol == "roi" else None
    with ProgressBars() as progress:
        embedder = Embedder(encoder, progress=progress, regions=regions)
        record = measure(head, opened, embedder, command, seed_heads)
    record = with_overlap(record, opened)
    print(report(record))
    print(f"written to {save_record(record, results)}")
    print(next_commands(record))
    return DONE
