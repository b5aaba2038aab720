"""The published figures that ship: they load, state their sources, and keep their protocols apart."""

import re
from collections.abc import Hashable
from typing import Any

import pandas as pd
import pytest

from leaderboard.records.files import load_results
from leaderboard.records.folders import RESULTS
from leaderboard.records.overall import mean_rank_over_subsets
from leaderboard.records.record import PRODUCED, Record
from leaderboard.tables.frame import COMPARABLE, results_table

RECORDS, PROBLEMS = load_results(RESULTS)
QUOTED = [record for record in RECORDS if record.provenance not in PRODUCED]


def rows(words: str) -> dict[tuple[str, str | None], Record]:
    """The quoted records whose protocol has these words, by head and stage."""
    return {(one.head.name, one.head.stage): one for one in QUOTED if words in str(one.protocol)}


def test_all_files_load():
    assert PROBLEMS == [] and len(QUOTED) > 60


@pytest.mark.parametrize("record", QUOTED, ids=lambda record: f"{record.head.name}-{record.backbone.name}")
def test_every_figure_states_where_it_can_be_looked_up(record: Record):
    assert re.search(r"arXiv \d{4}\.\d{5}|github\.com/\w+", record.source or "")
    assert record.produced is None and len(str(record.protocol)) > 40
    assert record.subsets or record.retrieval or record.mean_rank


def test_what_is_measured_differently_never_shares_a_table():
    groups: dict[tuple[str, ...], list[dict[Hashable, Any]]] = {}
    for row in results_table(RECORDS).to_dict("records"):
        groups.setdefault(tuple(str(row[name]) for name in COMPARABLE), []).append(row)
    for rows_alike in groups.values():
        assert len({row["provenance"] in PRODUCED for row in rows_alike}) == 1
        if rows_alike[0]["provenance"] not in PRODUCED:
            kinds = ("mean_rank", "hard_top1", "hard_ap")
            assert sum(any(pd.notna(row[kind]) for row in rows_alike) for kind in kinds) <= 1


def test_the_two_versions_of_the_papers_table():
    september, april = rows("September 2024"), rows("April 2024")
    assert september.keys() == april.keys() and len(september) == 11
    changed = {
        name for name, stage in september if september[name, stage].mean_rank != april[name, stage].mean_rank
    }
    assert "linear" in changed and all(record.notes for record in (*september.values(), *april.values()))
    for stage in ("warm-up", "fine-grained"):
        assert september["attention", stage].retrieval == april["attention", stage].retrieval


def test_the_charts_bars_sum_to_the_printed_sum():
    bars = [record for record in QUOTED if record.provenance == "read off a chart"]
    (clip,) = (record for record in bars if record.backbone.name.endswith("base-patch16"))
    assert 8 * (mean_rank_over_subsets(clip) or 0) == pytest.approx(23.8, abs=0.15)
    (cut,) = (record for record in bars if "transparency" not in record.subsets)
    assert mean_rank_over_subsets(cut) is None and any("cut off" in note for note in cut.notes)


def test_clips_printed_retrieval_stands_beside_the_standard_one():
    found = [record for record in QUOTED if record.benchmark.name == "coco-karpathy"]
    printed, standard = sorted(found, key=lambda record: record.retrieval.image_to_text.r1)  # pyright: ignore
    assert printed.protocol != standard.protocol
    assert standard.retrieval and standard.retrieval.image_to_text.r1 == pytest.approx(0.5242)
