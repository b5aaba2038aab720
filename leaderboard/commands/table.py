"""`python -m leaderboard table`: every record, one table a protocol."""

import argparse
import sys
from pathlib import Path
from typing import Literal

from heads.commands.program import DONE
from leaderboard.flags import add_results
from leaderboard.records.folders import RESULTS


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--backbone", help="of this one alone; default: all")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--csv", dest="form", action="store_const", const="csv", help="as CSV")
    form.add_argument("--markdown", dest="form", action="store_const", const="markdown", help="as Markdown")
    words = (
        "whole records as Parquet in this new folder, with a card: what `datasets` and the leaderboard read"
    )
    form.add_argument("--parquet", type=Path, metavar="FOLDER", help=words)
    parser.set_defaults(form="text")
    add_results(parser)


def run(
    backbone: str | None = None,
    form: Literal["text", "csv", "markdown"] = "text",
    parquet: Path | None = None,
    results: Path = RESULTS,
) -> int:
    """Prints or writes the table; files that are no records are named on stderr. Returns the exit status."""
    from leaderboard.records.files import load_results
    from leaderboard.tables.frame import results_table, to_csv
    from leaderboard.tables.markdown import to_markdown
    from leaderboard.tables.parquet import write_dataset
    from leaderboard.tables.terminal import to_text

    if parquet:
        written = write_dataset(results, parquet, backbone)
        problems, text = written.problems, f"{written.summary}\n"
    else:
        records, problems = load_results(results)
        chosen = [record for record in records if backbone in (None, record.backbone.name)]
        text = {"text": to_text, "csv": to_csv, "markdown": to_markdown}[form](results_table(chosen))
    for problem in problems:
        print(f"{problem.file}: not a result: {problem.reason}", file=sys.stderr)
    print(text, end="")
    return DONE
