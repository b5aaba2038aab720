"""What `evaluate` prints of a record."""

import dataclasses

from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.records.figures import Confusion, SubsetResult
from leaderboard.records.record import Record, SeedFigures
from leaderboard.tables.report import next_commands, report
from tests.support.tiny_records import measured, published


def line(text: str, start: str) -> str:
    (found,) = (one for one in text.splitlines() if one.startswith(start))
    return found


def detailed() -> Record:
    confusions = (Confusion("color", "dark green", "black", 41, 97), Confusion("other", "", "lid", 2, 9))
    hard = SubsetResult(2.0, 1.0, 0.5, 1200, 6.0, (1.9, 2.1), (0.45, 0.55), confusions=confusions)
    seeds = tuple(SeedFigures(seed, "abc", dict.fromkeys(SUBSETS, 1.0 + seed)) for seed in (1, 2))
    record = measured()
    return dataclasses.replace(
        record, subsets=record.subsets | {"hard": hard}, seeds=seeds, notes=("Hard: 3 odd",)
    )


def test_every_figure_stands_beside_its_interval():
    text = report(detailed())
    assert line(text, "Hard").split() == [
        "Hard",
        "2.00",
        "1.90–2.10",
        "1.0",
        "50.0",
        "45.0–55.0",
        "6.0",
        "1,200",
    ]
    assert line(text, "Seeds").split()[:4] == ["Seeds", "2.50", "±", "0.71"]
    assert "  dark green taken for black, 41 of 97 (Hard)" in text and "nothing taken for lid" in text
    assert text.splitlines()[-1] == "  Hard: 3 odd"


def test_what_was_not_measured_is_no_number():
    text = report(published())
    assert line(text, "image → text").split()[3:] == ["37.1", "–", "–"]
    assert text.startswith("linear (fine-grained) on openai/clip-vit-base-patch16, FG-OVD\n")
    assert "Seeds" not in text and "confused" not in text and "None" not in text
    assert "1.46" in line(text, "Mean of eight")


def test_the_lines_of_the_table_are_as_wide_as_a_terminal():
    assert max(map(len, report(detailed()).splitlines())) <= 100


def test_three_commands_come_next_and_compare_with_another_head():
    commands = next_commands(measured("cosine")).splitlines()[1:]
    assert len(commands) == 3 and "compare cosine linear-mini-clip" in commands[1]
    assert "compare 'my head' cosine --backbone mini-clip" in next_commands(measured("my head"))
