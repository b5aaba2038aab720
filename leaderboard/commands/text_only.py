"""`python -m leaderboard text-only`: what captions alone give away, as two records to read a head's beside."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from heads.commands.program import DONE
from heads.io.text_table import TextColumn, text_table
from leaderboard.benchmarks.catalogue import subset_titles
from leaderboard.flags import add_results, add_text_only, names
from leaderboard.records.folders import RESULTS

if TYPE_CHECKING:
    from leaderboard.records.figures import SubsetResult
    from leaderboard.records.record import Record


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    add_text_only(parser)
    add_results(parser)


def run(
    command: str,
    benchmark: str = "fg-rendered",
    data: Path | None = None,
    split: str = "test",
    revision: str | None = None,
    subsets: str | None = None,
    fitted_on: str | None = None,
    seed: int = 0,
    results: Path = RESULTS,
) -> int:
    """Ranks the split's positives without images, prints the figures, writes the two records, which keep `command`.
    Returns the exit status.
    """
    from leaderboard.benchmarks.split import open_split
    from leaderboard.embedding.progress import silence_off_terminal
    from leaderboard.evaluation.text_only_records import text_only_records
    from leaderboard.records.files import save_record

    silence_off_terminal()
    opened = open_split(benchmark, split, revision, data, subsets=names(subsets)).pinned()
    records = text_only_records(opened, command, fitted_on, seed)
    print(figures(*records))
    for record in records:
        print(f"written to {save_record(record, results)}")
    return DONE


def figures(text_only: "Record", medoid: "Record") -> str:
    """A line a subset: items, chance, mean rank with its 95 % and top-1 of the text-only model, and of the medoid."""
    titles = subset_titles(text_only.subsets)
    rows = [_row(titles[name], result, medoid.subsets[name]) for name, result in text_only.subsets.items()]
    columns = [
        TextColumn(title, left=title in ("", "95 %"))
        for title in ("", "items", "chance", "text only", "95 %", "top-1", "medoid", "top-1")
    ]
    return f"{text_only.benchmark.name} {text_only.benchmark.split}\n{text_table(columns, rows)}"


def _row(title: str, fitted: "SubsetResult", medoid: "SubsetResult") -> list[str]:
    ends = "–".join(f"{end:.2f}" for end in fitted.interval or ())
    numbers = [f"{fitted.n:,}", f"{fitted.chance:.2f}", f"{fitted.mean_rank:.2f}", ends, f"{fitted.top1:.1%}"]
    return [title, *numbers, f"{medoid.mean_rank:.2f}", f"{medoid.top1:.1%}"]
