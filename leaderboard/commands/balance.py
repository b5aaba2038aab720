"""`python -m leaderboard balance`: weights of a benchmark's items under which captions alone are at chance."""

import argparse
from pathlib import Path

from heads.commands.program import DONE
from heads.io.text_table import TextColumn, text_table
from leaderboard.flags import add_text_only, names
from leaderboard.records.folders import BALANCED


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    add_text_only(parser)
    parser.add_argument("--output", type=Path, default=BALANCED, help="folder for the weights")


def run(
    command: str,
    benchmark: str = "fg-rendered",
    data: Path | None = None,
    split: str = "test",
    revision: str | None = None,
    subsets: str | None = None,
    fitted_on: str | None = None,
    seed: int = 0,
    output: Path = BALANCED,
) -> int:
    """Weighs the split's items, prints how many are left in effect, writes the weights. Returns the exit status."""
    from leaderboard.benchmarks.split import open_split
    from leaderboard.embedding.progress import silence_off_terminal
    from leaderboard.evaluation.balanced_view import balanced_view
    from leaderboard.evaluation.text_only_records import text_only_records
    from leaderboard.records.balanced_file import save_view

    silence_off_terminal()
    opened = open_split(benchmark, split, revision, data, subsets=names(subsets)).pinned()
    text_only, _ = text_only_records(opened, command, fitted_on, seed)
    view = balanced_view(opened, text_only)
    columns = TextColumn("", left=True), TextColumn("items"), TextColumn("in effect")
    rows = [
        [opened.known[name].title, f"{len(subset.weights):,} items", f"{subset.effective:,.1f} in effect"]
        for name, subset in view.subsets.items()
    ]
    if rows:
        print(text_table(columns, rows, header=False))
    for name, reason in view.left_out.items():
        print(f"{opened.known[name].title} cannot be balanced: {reason}")
    print(f"written to {save_view(view, output)}")
    return DONE
