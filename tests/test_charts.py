"""The leaderboard's charts: what they show, from the rows they are given."""

import dataclasses

import pandas as pd
import pytest
from tiny_records import measured, published

from leaderboard.benchmark import SUBSETS
from leaderboard.charts import subset_chart, subset_points, trade_off_chart, trade_off_points
from leaderboard.metrics import SubsetResult
from leaderboard.table import results_table


def table() -> pd.DataFrame:
    return results_table(
        [measured("linear", rank=1.5), measured("cosine", rank=3.0, recall=0.7), published()]
    )


def test_a_point_a_head_that_has_both_figures():
    points = trade_off_points(table())
    assert list(points["head"]) == ["linear", "cosine"]
    assert points["recall"].tolist() == pytest.approx([55.0, 75.0])
    assert points["mean_rank"].tolist() == pytest.approx([1.85, 3.35])


def test_subsets_stand_beside_the_cosine_of_the_same_backbone():
    rows = results_table(
        [measured("linear"), measured("cosine", rank=3.0), measured("cosine", "other", rank=9.0)]
    )
    points = subset_points(rows, 0)
    assert list(dict.fromkeys(points["scorer"])) == ["CLIP cosine", "linear · fine-grained"]
    assert points.loc[points["scorer"] == "CLIP cosine", "mean_rank"].max() == pytest.approx(3.7)
    assert points["chance"].tolist()[:8] == [subset.chance_rank for subset in SUBSETS.values()]


def test_cosine_itself_has_no_baseline():
    rows = table()
    points = subset_points(rows, rows["head"].tolist().index("cosine"))
    assert set(points["scorer"]) == {"CLIP cosine"} and len(points) == 8


def test_a_head_whose_stage_is_not_stated_is_named_alone():
    record = measured("mlp", rank=1.2)
    for stage in (None, "none"):
        bare = dataclasses.replace(record, head=dataclasses.replace(record.head, stage=stage))
        points = subset_points(results_table([bare, measured("cosine")]), 0)
        assert set(points["scorer"]) == {"mlp", "CLIP cosine"}


def test_a_name_goes_below_where_another_point_is_above():
    near = [
        measured("a", rank=1.5),
        measured("b", rank=1.6, recall=0.52),
        measured("far", rank=3.0, recall=0.9),
    ]
    assert trade_off_points(results_table(near)).set_index("head")["below"].to_dict() == {
        "a": False,
        "b": True,
        "far": False,
    }


def test_what_was_not_measured_is_left_out():
    record = dataclasses.replace(measured(), subsets={"color": SubsetResult(mean_rank=2.0)})
    assert list(subset_points(results_table([record]), 0)["subset"]) == ["Color"]


def test_charts_are_complete_and_styled():
    for chart in (trade_off_chart(table()), subset_chart(table(), 0), trade_off_chart(results_table([]))):
        spec = chart.to_dict()  # altair validates against the Vega-Lite schema here
        assert spec["background"] == "transparent" and spec["width"] == "container" and spec["layer"]


def test_the_trade_off_puts_better_up():
    spec = trade_off_chart(table()).to_dict()
    assert spec["layer"][0]["encoding"]["y"]["scale"]["reverse"] is True


def test_a_single_point_stands_in_the_middle_of_its_chart():
    chart = trade_off_chart(results_table([measured(rank=1.5, recall=0.5)])).to_dict()
    low, high = chart["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low < 55 < high and (low + high) / 2 == pytest.approx(55)


def test_a_chart_of_a_row_without_subsets_is_empty_not_broken():
    rows = results_table([published()])
    assert subset_points(rows, 0).empty and subset_chart(rows, 0).to_dict()["layer"]
