"""The chart on top: its points, and what its specification says."""

import json
from dataclasses import replace

import pytest

from leaderboard.board.trade_off import in_words, trade_off_points
from leaderboard.charts.trade_off import trade_off_chart
from tests.support.board_records import board_record, cosine_record, paper_record
from tests.support.boards import boards


def entries_of(*records):
    return list(boards(list(records))[0].entries)


@pytest.fixture
def entries():
    return entries_of(cosine_record(), board_record("one", 0.7, 0.1), board_record("two", 0.6, 0.3, drawn=1))


def marks(chart) -> list[str]:
    specification = chart.to_dict()
    return [layer["mark"]["type"] for layer in specification["layer"]]


def test_a_point_has_the_mean_of_both_ways_and_its_intervals(entries):
    point = next(point for point in trade_off_points(entries) if point["head"].startswith("one"))
    assert point["coarse"] == pytest.approx(100 * (0.1 + 0.12) / 2)
    assert (point["coarse_low"], point["coarse_high"]) == pytest.approx((8.0, 14.0))
    assert point["fine_low"] < point["fine"] < point["fine_high"]


def test_top_1_is_in_percent(entries):
    points = trade_off_points(entries, "top1")
    assert all(1 < point["fine"] <= 100 for point in points)


def test_an_arrow_leads_from_the_cosine_of_the_same_backbone_alone():
    other = board_record("other", 0.5, 0.2, backbone="another")
    points = trade_off_points(entries_of(cosine_record(), board_record("one"), other))
    arrows = {point["head"].split(" ")[0]: "from_fine" in point for point in points}
    assert arrows == {"one": True, "cosine": False, "other": False}


def test_no_arrow_leads_to_a_head_on_another_revision_of_the_backbone():
    late = board_record("late")
    late = replace(late, backbone=replace(late.backbone, revision="another"))
    points = trade_off_points(entries_of(cosine_record(), late))
    assert not any("from_fine" in point for point in points)


def test_what_was_not_measured_is_not_drawn():
    points = trade_off_points(entries_of(cosine_record(), board_record("one", retrieval=None)))
    assert [point["head"] for point in points] == ["cosine"]


def test_the_specification_has_front_arrows_intervals_and_points(entries):
    chart = trade_off_chart(trade_off_points(entries), "mean_rank", "r10")
    assert {"line", "trail", "rule", "point", "text"} <= set(marks(chart))
    specification = chart.to_dict()
    dots = next(layer for layer in specification["layer"] if layer["mark"]["type"] == "point")
    assert dots["encoding"]["y"]["scale"]["reverse"] is True, "up is better"
    assert specification["description"] == in_words(trade_off_points(entries), "mean_rank", "r10")


def test_published_rows_without_intervals_are_drawn_without_rules():
    points = trade_off_points(
        entries_of(paper_record("a", 1.5, 0.4), paper_record("b", 1.4, 0.3)), recall="r1"
    )
    assert len(points) == 2
    assert "rule" not in marks(trade_off_chart(points, "mean_rank", "r1"))


def test_the_words_name_every_head_of_the_front(entries):
    points = trade_off_points(entries)
    words = in_words(points, "mean_rank", "r10")
    assert all((point["head"] in words) == point["front"] for point in points)


def test_names_leave_out_the_backbone_and_say_the_stage_where_two_would_read_alike():
    rows = [
        board_record("one-mini-clip", drawn=0),
        board_record("two", 0.5, 0.2, drawn=1),
        board_record("two", 0.3, 0.3, drawn=2, stage="warm-up"),
        board_record("one-other", 0.4, 0.25, drawn=3, backbone="other"),
    ]
    text = trade_off_chart(trade_off_points(entries_of(*rows)), "mean_rank", "r10").to_json()
    for name in ("one", "two · fine-grained", "two · warm-up"):
        assert f'"name": "{name}"' in text
    assert "one · " not in text, "the colour tells the backbones apart"


def test_a_name_is_seen_once_at_any_width():
    rows = [board_record("one", 0.9, 0.1), board_record("two", 0.4, 0.6, drawn=1)]
    chart = json.loads(trade_off_chart(trade_off_points(entries_of(*rows)), "mean_rank", "r10").to_json())
    labels = [row for data in chart["datasets"].values() for row in data if "below" in row]
    for width in (1, 229, 230, 519, 520, 899, 900, 3000):
        seen = [row["name"] for row in labels if row["least"] <= width < row["below"]]
        assert sorted(seen) == ["one", "two"], width
