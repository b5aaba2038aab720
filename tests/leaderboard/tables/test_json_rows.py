"""Rows as JSON, and what is said of files that are no results."""

import json

from leaderboard.page.problems import MOST_PROBLEMS, json_rows, problem_list
from leaderboard.records.files import Problem
from leaderboard.tables.frame import results_table
from tests.support.tiny_records import measured, published


def test_rows_are_json_with_null_where_nothing_was_measured():
    rows = json_rows(results_table([measured(), published()]))
    assert rows == json.loads(json.dumps(rows))
    assert rows[0]["hard"] is None and rows[1]["hard"] == 1.5 and rows[0]["source"] == "arXiv 2404.03539"


def test_no_problems_are_not_mentioned():
    assert problem_list([]) == ""


def test_files_that_are_no_results_are_named_with_the_reason_and_escaped():
    shown = problem_list([Problem("<img src=x>.json", "expected <b>, got 1")])
    assert "&lt;img src=x&gt;.json" in shown and "expected &lt;b&gt;" in shown
    assert "<img" not in shown and "1 file is not shown" in shown


def test_neither_a_long_name_nor_many_files_flood_the_page():
    many = [Problem("n" * 10_000_000, "r" * 10_000)] * (MOST_PROBLEMS + 7)
    shown = problem_list(many)
    assert len(shown) < 600 * MOST_PROBLEMS and "and 7 more" in shown
