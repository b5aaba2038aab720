"""What ships fits together: benchmark, backbone, heads and records name each other, and the figures come out again."""

import pytest

from fg_demo import load_backbone
from heads import load_head, read_config, shipped_heads
from heads.persistence.revision import head_revision
from leaderboard import load_results
from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.benchmarks.protocol import is_of_crops
from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.embed import Embedder
from leaderboard.evaluation.evaluate import evaluate
from leaderboard.evaluation.open_head import open_head
from leaderboard.records.folders import RESULTS
from leaderboard.records.overall import overall_intervals
from leaderboard.records.record import Record

FLOOR = 8.0
"""The sum of the eight mean ranks when every positive ranks first."""


@pytest.fixture(scope="module")
def backbone():
    return load_backbone("mini-clip", device="cpu")


@pytest.fixture(scope="module")
def records(backbone) -> dict[str, Record]:
    found, problems = load_results(RESULTS)
    assert not problems
    return {
        record.head.name: record
        for record in found
        if record.backbone.revision == backbone.revision
        and record.benchmark.name == "fg-rendered"
        and is_of_crops(record.protocol)
    }


def rank_sum(record: Record) -> float:
    return sum(record.subsets[name].mean_rank or 0.0 for name in SUBSETS)


def test_every_shipped_head_was_made_for_the_shipped_backbone(backbone):
    heads = shipped_heads()
    assert heads
    for folder in heads.values():
        config = read_config(folder)
        named = (config.backbone, config.backbone_revision, config.dim)
        assert named == (backbone.name, backbone.revision, backbone.dim)


def test_cosine_and_every_shipped_head_have_a_whole_record(records):
    assert set(records) == {"cosine", *shipped_heads()}
    for record in records.values():
        assert set(record.subsets) == set(SUBSETS) and record.retrieval is not None
        assert overall_intervals(record.subsets) == (record.mean_rank_interval, record.top1_interval)
        assert (
            record.produced is not None
            and record.produced.commit
            and record.head.name in record.produced.command
        )
        assert record.benchmark.revision == open_split("fg-rendered").revision


def test_records_are_of_the_weights_that_ship(records):
    for name, folder in shipped_heads().items():
        assert records[name].head.revision == head_revision(load_head(folder))


def test_the_linear_head_recovers_most_of_what_cosine_leaves(records):
    cosine, head = rank_sum(records["cosine"]), rank_sum(records["linear-mini-clip"])
    assert (cosine - head) >= 0.65 * (cosine - FLOOR)


@pytest.mark.slow
def test_measuring_again_gives_the_recorded_figures(backbone, records):
    """On the two smallest subsets; another processor's rounding may move a rank or two."""
    split = open_split("fg-rendered", subsets=["pattern", "transparency"])
    subsets = Embedder(backbone).candidates(split.samples_by_subset(), split.images)
    for name, record in records.items():
        again = evaluate(open_head(name, backbone)[0], subsets)
        for subset, result in again.items():
            assert result.n == record.subsets[subset].n
            assert result.mean_rank == pytest.approx(record.subsets[subset].mean_rank, abs=0.02)
