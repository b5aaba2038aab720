"""What the leaderboard tab shows, without a browser."""

import dataclasses

import pandas as pd
import pytest
from tiny_records import measured, published

from leaderboard.records import Problem
from leaderboard.table import results_table
from leaderboard.view import groups, json_rows, origin, problem_list, styled


def test_only_comparable_rows_share_a_table():
    other = dataclasses.replace(measured("mlp"), protocol="another protocol")
    found = groups(results_table([measured("linear"), measured("cosine"), other, published()]))
    assert list(found) == ["fg-rendered · crop of the given box", "fg-rendered · another protocol", "FG-OVD"]
    assert [len(rows) for rows in found.values()] == [2, 1, 1]


@pytest.mark.parametrize("field", ["revision", "split"])
def test_another_revision_or_split_is_another_table(field: str):
    record = measured()
    other = dataclasses.replace(record, benchmark=dataclasses.replace(record.benchmark, **{field: "other"}))
    assert sorted(groups(results_table([record, other]))) == sorted(
        f"fg-rendered · {value}" for value in (getattr(record.benchmark, field), "other")
    )


def test_no_results_no_groups():
    assert groups(results_table([])) == {}


def test_the_best_of_a_column_is_bold_and_nothing_else():
    shown = styled(
        results_table([measured("good", rank=1.2, recall=0.3), measured("kept", rank=2.0, recall=0.7)])
    )
    page = shown.to_html()
    bold = {
        selector
        for rule in page.split("}")
        if "font-weight: 700" in rule
        for selector in rule.split()
        if "#T" in selector
    }
    columns = list(shown.data.columns)
    best = {
        f"row{0 if title not in ('I→T R@10', 'T→I R@10') else 1}_col{i}" for i, title in enumerate(columns)
    }
    alike = ("Head", "Stage", "Top-1", "I→T R@1", "I→T R@5", "T→I R@1", "T→I R@5")
    expected = {one for one in best if columns[int(one.split("col")[1])] not in alike}
    assert {selector.strip(",").split("_", 2)[2] for selector in bold} == expected


def test_cells_are_rounded_and_what_was_not_measured_is_empty():
    page = styled(results_table([published()])).to_html()
    assert ">1.46</td>" in page and "nan" not in page and "None" not in page
    assert ">70.0</td>" in styled(results_table([measured(recall=0.7)])).to_html()


def test_the_backbone_is_a_column_when_there_are_several():
    one = styled(results_table([measured("a"), measured("b")]))
    two = styled(results_table([measured("a"), measured("b", "other")]))
    assert "Backbone" not in one.data.columns and "Backbone" in two.data.columns


def test_origin_names_commit_command_date_revision_and_protocol():
    page = origin(results_table([measured()]), 0)
    for text in (
        "c0ffee",
        "python -m leaderboard evaluate",
        "2026-01-02",
        "cafecafecafe",
        "crop of the given box",
    ):
        assert text in page
    assert "Code commit" not in origin(results_table([published()]), 0)


def test_whatever_a_record_says_is_shown_as_text():
    hostile = "<img src=x onerror=alert(1)>"
    page = origin(results_table([measured(head=hostile)]), 0) + problem_list([Problem(hostile, hostile)])
    assert "<img" not in page and "&lt;img" in page


def test_json_rows_have_none_where_nothing_was_measured():
    (first, second) = json_rows(results_table([measured(rank=1.0), published()]))
    assert first["hard"] == 1.0 and second["hard"] is None and second["commit"] is None
    assert not any(
        isinstance(value, float) and pd.isna(value) for row in (first, second) for value in row.values()
    )


def test_no_problems_nothing_to_show():
    assert problem_list([]) == ""
