"""Rows of the whole table as JSON, and what is said of files that are no results."""

import html
from collections.abc import Sequence
from typing import Any

import pandas as pd

from leaderboard.records.files import Problem

MOST_PROBLEMS = 50


def json_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The whole table as JSON-able rows; None = not measured."""
    return [
        {str(name): value if _known(value) else None for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def problem_list(problems: Sequence[Problem]) -> str:
    """HTML naming the files that are no results, and why; empty when there are none."""
    if not problems:
        return ""
    items = "".join(
        f"<li><code>{html.escape(problem.file[:120])}</code>: {html.escape(problem.reason[:300])}</li>"
        for problem in problems[:MOST_PROBLEMS]
    )
    more = len(problems) - MOST_PROBLEMS
    rest = f"<li>and {more} more</li>" if more > 0 else ""
    files = "1 file is" if len(problems) == 1 else f"{len(problems)} files are"
    return f'<details class="lb-problems"><summary>{files} not shown as results</summary><ul>{items}{rest}</ul></details>'


def _known(value: Any) -> bool:
    return not pd.isna(value) and value != ""
