"""The table derived from records."""

import dataclasses
import io
import statistics

import pandas as pd
import pytest

from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.records.figures import SubsetResult
from leaderboard.records.record import SeedFigures
from leaderboard.tables.frame import results_table, to_csv
from tests.support.tiny_records import measured, published

PROMISED = ["backbone", "head", "stage", "benchmark", "provenance", "protocol"]
PROMISED += ["hard", "medium", "easy", "trivial", "color", "material", "pattern", "transparency"]
PROMISED += ["mean_rank", "top1", "image_to_text_r1", "image_to_text_r5", "image_to_text_r10"]
PROMISED += ["text_to_image_r1", "text_to_image_r5", "text_to_image_r10"]


def test_the_promised_columns_come_first():
    assert list(results_table([measured()]).columns)[: len(PROMISED)] == PROMISED


def test_one_row_a_record_with_its_figures():
    (row,) = results_table([measured(rank=2.0, recall=0.5)]).to_dict("records")
    assert [row[name] for name in SUBSETS] == pytest.approx([2.0 + number / 10 for number in range(8)])
    assert row["mean_rank"] == pytest.approx(2.35) and row["sum"] == pytest.approx(18.8)
    assert row["top1"] == pytest.approx(0.8)
    assert (row["image_to_text_r1"], row["image_to_text_r10"], row["text_to_image_r10"]) == (0.1, 0.5, 0.6)
    assert (row["commit"], row["benchmark_revision"]) == ("c0ffee", "cafecafecafe")


def test_what_follows_the_promised_columns():
    seeds = tuple(SeedFigures(seed, "a", dict.fromkeys(SUBSETS, float(seed))) for seed in (1, 2, 4))
    hard = dataclasses.replace(measured().subsets["hard"], top1=0.25, average_precision=0.5)
    head = dataclasses.replace(measured().head, parameters=9, trained_on="fg-rendered train", source="a/b@c")
    record = dataclasses.replace(
        measured(),
        head=head,
        subsets=measured().subsets | {"hard": hard},
        mean_rank_interval=(1.7, 1.9),
        top1_interval=(0.6, 0.7),
        seeds=seeds,
        notes=("One.", "Two."),
    )
    (row,) = results_table([record]).to_dict("records")
    assert (row["mean_rank_low"], row["mean_rank_high"], row["top1_low"]) == (1.7, 1.9, 0.6)
    assert (row["seeds"], row["seeds_mean"]) == (3, pytest.approx(7 / 3))
    assert row["seeds_spread"] == pytest.approx(statistics.stdev([1, 2, 4]))
    assert (row["hard_top1"], row["hard_ap"], row["parameters"], row["place"]) == (0.25, 0.5, 9, 1)
    assert (row["trained_on"], row["head_source"], row["notes"]) == (
        "fg-rendered train",
        "a/b@c",
        "One. Two.",
    )
    (bare,) = results_table([published()]).to_dict("records")
    assert all(pd.isna(bare[name]) for name in ("mean_rank_low", "seeds", "notes", "hard_ap", "trained_on"))


def test_places_are_counted_among_rows_that_may_be_compared():
    other = dataclasses.replace(measured("other", rank=1.0), protocol="another crop")
    table = results_table([measured("b", rank=2.0), measured("a", rank=1.5), other, published()])
    assert dict(zip(table["head"], table["place"], strict=True)) == {"a": 1, "b": 2, "other": 1, "linear": 1}


def test_best_first_and_unmeasured_last():
    partial = dataclasses.replace(measured("partial"), subsets={"hard": SubsetResult(mean_rank=1.0)})
    table = results_table([measured("worse", rank=3.0), partial, measured("better", rank=1.0)])
    assert list(table["head"]) == ["better", "worse", "partial"]


@pytest.mark.parametrize("missing", SUBSETS)
def test_no_mean_unless_all_eight_are_there(missing: str):
    record = measured()
    fewer = {name: result for name, result in record.subsets.items() if name != missing}
    (row,) = results_table([dataclasses.replace(record, subsets=fewer)]).to_dict("records")
    assert (
        pd.isna(row[missing]) and pd.isna(row["mean_rank"]) and pd.isna(row["sum"]) and pd.isna(row["top1"])
    )


def test_a_mean_rank_only_stated_is_shown_and_the_rest_is_empty():
    (row,) = results_table([published()]).to_dict("records")
    assert (
        row["mean_rank"] == 1.46 and row["sum"] == pytest.approx(11.68) and row["image_to_text_r1"] == 0.371
    )
    assert all(pd.isna(row[name]) for name in (*SUBSETS, "top1", "image_to_text_r10", "commit", "date"))


def test_csv_reads_back_and_what_was_not_measured_is_empty():
    table = results_table([measured(), published()])
    again = pd.read_csv(io.StringIO(to_csv(table)))
    assert list(again.columns) == list(table.columns) and list(again["head"]) == list(table["head"])
    assert again["hard"].fillna(-1).tolist() == [-1, 1.5]
    assert ",nan" not in to_csv(table).lower() and "None" not in to_csv(table)


def test_no_records_give_an_empty_table():
    assert results_table([]).empty and to_csv(results_table([])).startswith("backbone,head,stage,")
