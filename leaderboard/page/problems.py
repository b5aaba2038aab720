"""Rows of the whole table as JSON, and what is said of files that are no results."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from leaderboard.page.templates import render
from leaderboard.records.files import Problem

MOST_PROBLEMS = 50


def json_rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """The whole table as JSON-able rows; None = not measured."""
    return [
        {str(name): value if _known(value) else None for name, value in row.items()}
        for row in table.to_dict("records")
    ]


def problem_list(problems: Sequence[Problem], unread: int = 0) -> str:
    """HTML naming the files that are no results, and why, and how many are still to be read; empty without any."""
    if not problems and not unread:
        return ""
    shown, count = problems[:MOST_PROBLEMS], len(problems)
    return render("problems", problems=shown, count=count, more=count - len(shown), unread=unread)


def _known(value: Any) -> bool:
    return not pd.isna(value) and value != ""
