"""The table derived from records."""

import dataclasses
import io

import pandas as pd
import pytest
from tiny_records import measured, published

from leaderboard.benchmark import SUBSETS
from leaderboard.metrics import SubsetResult
from leaderboard.table import results_table, to_csv

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
