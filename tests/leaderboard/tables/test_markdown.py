"""The table as Markdown."""

import dataclasses
from pathlib import Path

import pytest

from leaderboard.__main__ import main
from leaderboard.records.files import save_record
from leaderboard.records.record import SeedFigures
from leaderboard.tables.frame import results_table
from leaderboard.tables.markdown import to_markdown
from tests.support.tiny_records import measured, published


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def test_every_row_is_a_line_and_the_best_of_a_column_is_bold():
    records = [measured("good", rank=1.0, recall=0.2), measured("retrieves", rank=2.0, recall=0.5)]
    head, rule, *lines = to_markdown(results_table(records)).splitlines()
    assert cells(head)[:3] == ["head", "stage", "Hard"]
    assert len({line.count("|") for line in (head, rule, *lines)}) == 1
    good, retrieves = (dict(zip(cells(head), cells(line), strict=True)) for line in lines)
    assert (good["head"], good["Hard"], good["I→T R@10"]) == ("`good`", "**1.00**", "20.0%")
    assert (retrieves["Hard"], retrieves["mean"], retrieves["I→T R@10"]) == ("2.00", "2.35", "**50.0%**")


def test_what_ties_as_shown_is_bold_in_both_rows():
    records = [measured("a", rank=1.001), measured("b", rank=1.002)]
    lines = to_markdown(results_table(records)).splitlines()[2:]
    assert [cells(line)[2] for line in lines] == ["**1.00**"] * 2


def test_what_sees_all_candidates_at_once_is_never_the_best():
    aware = measured("aware", rank=1.0)
    aware = dataclasses.replace(aware, head=dataclasses.replace(aware.head, set_aware=True))
    lines = to_markdown(results_table([aware, measured("head", rank=2.0)])).splitlines()[2:]
    assert [cells(line)[2] for line in lines] == ["1.00", "**2.00**"]


def test_what_was_not_measured_is_empty():
    head, _, line = to_markdown(results_table([published()])).splitlines()
    row = dict(zip(cells(head), cells(line), strict=True))
    assert (row["Hard"], row["mean"], row["seeds"], row["I→T R@10"]) == ("", "**1.46**", "", "")


def test_a_column_without_a_better_end_has_no_best():
    records = [measured("looks"), measured("sees", rank=2.0)]
    table = results_table(records).assign(blind=[5.3, 5.2], gain_over_blind=[4.0, 3.5])
    head, _, *lines = to_markdown(table, ("head", "blind", "gain")).splitlines()
    assert cells(head) == ["head", "blind", "gain"]
    assert [cells(line)[1:] for line in lines] == [["5.30", "**4.00**"], ["5.20", "3.50"]]


def test_the_seeds_are_a_mean_and_a_spread():
    record = measured(rank=2.0)
    ranks = [dict.fromkeys(record.subsets, mean) for mean in (2.0, 2.2, 2.4)]
    seeds = tuple(SeedFigures(seed, "r", one, 0.1, 0.1) for seed, one in enumerate(ranks))
    table = to_markdown(results_table([dataclasses.replace(record, seeds=seeds)]))
    assert "| 2.20 ± 0.20 (3) |" in table


def test_the_command_prints_one_backbone(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    save_record(record := measured("mine"), tmp_path)
    for backbone, heads in ((record.backbone.name, ["`mine`"]), ("another", [])):
        assert main(["table", "--results", str(tmp_path), "--markdown", "--backbone", backbone]) == 0
        lines = capsys.readouterr().out.splitlines()[2:]
        assert [cells(line)[0] for line in lines] == heads
