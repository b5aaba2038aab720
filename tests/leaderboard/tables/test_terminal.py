"""The table for a terminal."""

import dataclasses

from leaderboard.records.figures import SubsetResult
from leaderboard.records.files import load_results
from leaderboard.records.folders import RESULTS
from leaderboard.records.record import BackboneEntry, HeadEntry
from leaderboard.tables.frame import results_table
from leaderboard.tables.terminal import WIDTH, to_text
from tests.support.tiny_records import measured, published


def tables(text: str) -> list[list[str]]:
    return [block.splitlines() for block in text.strip().split("\n\n")]


def test_one_table_a_protocol_and_what_was_measured_first():
    other = dataclasses.replace(measured("other", rank=1.2), protocol="another crop")
    text = to_text(results_table([published(), measured(), other]))
    titles = [table[0] for table in tables(text)]
    assert len(titles) == 3 and [" measured" in title for title in titles] == [True, True, False]
    assert "as published" in text and "another crop" in text


def test_figures_stand_under_their_titles_and_nothing_is_invented():
    record = dataclasses.replace(measured(rank=2.0), mean_rank_interval=(2.2, 2.5))
    title, protocol, header, row = tables(to_text(results_table([record])))[0]
    assert "fg-rendered test, revision cafecafecafe · measured · mini-clip" in title
    assert protocol.strip() == "crop of the given box"
    assert row.split()[:6] == ["1", "linear", "fine-grained", "2.35", "2.20–2.50", "2.00"]
    assert "backbone" not in header and row[header.index("top-1") :].split()[0] == "80.0"
    quoted = to_text(results_table([published()]))
    assert "hard" not in quoted and "nan" not in quoted and "None" not in quoted


def test_shares_of_subsets_are_shown_where_no_rank_is():
    record = dataclasses.replace(
        published(),
        mean_rank=None,
        subsets={"hard": SubsetResult(top1=0.523), "easy": SubsetResult(top1=0.8)},
    )
    worse = dataclasses.replace(
        record, head=dataclasses.replace(record.head, name="a"), subsets={"hard": SubsetResult(top1=0.1)}
    )
    _, _, header, first, second = tables(to_text(results_table([worse, record])))[0]
    assert "hard top-1" in header and first.split()[-2:] and "52.3" in first and "10.0" in second


def test_a_long_name_is_cut():
    assert "a" * 25 + "…" in to_text(results_table([measured("a" * 60)]))


def test_what_sees_no_image_is_of_no_backbone():
    """Beside heads of one backbone it needs no column of backbones, and the heading names theirs."""
    record = measured("mine")
    blind = dataclasses.replace(
        record, head=HeadEntry("n-grams", "text-only", sees_image=False), backbone=BackboneEntry("none")
    )
    heading, *_, titles, mine, none = to_text(results_table([record, blind])).splitlines()
    assert heading.endswith(f"· {record.backbone.name}") and "backbone" not in titles
    assert "mine" in mine and "n-grams" in none
    assert to_text(results_table([blind])).splitlines()[0].endswith("· none")


def test_the_shipped_results_fit_a_terminal():
    text = to_text(results_table(load_results(RESULTS)[0]))
    assert max(map(len, text.splitlines())) <= WIDTH


def test_no_results():
    assert to_text(results_table([])) == "no results yet\n"


def test_a_detectors_average_precisions_stand_beside_its_ranks():
    of_eight = {
        name: dataclasses.replace(
            one, average_precision=0.1, average_precision_50=0.3, nms_average_precision=0.2
        )
        for name, one in measured(rank=3.0).subsets.items()
    }
    record = dataclasses.replace(measured("owl", rank=3.0), subsets=of_eight)
    text = to_text(results_table([record, measured("cosine", rank=2.0)]))
    *_, titles, cosine, owl = text.splitlines()
    assert titles.split()[-5:] == ["AP", "AP50", "NMS-AP", "I→T@10", "T→I@10"]
    assert "10.0" in owl and "30.0" in owl and "20.0" in owl and "30.0" not in cosine
    assert "NMS-AP" not in to_text(results_table([measured()])), "a column that nobody states is left out"
