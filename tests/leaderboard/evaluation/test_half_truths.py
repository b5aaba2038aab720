"""Short true descriptions, and the same with one wrong attribute more."""

from dataclasses import replace

import pytest
import torch

from fg_demo import Box
from fg_demo.lookalikes.half_truth import shortened
from fg_demo.lookalikes.swaps import words
from heads import Candidates
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import load_benchmark
from leaderboard.evaluation.half_truths import half_truths, half_truths_result
from tests.support.author_files import FG_OVD, needs
from tests.support.head_samples import FirstNumber


@pytest.mark.parametrize(
    ("positive", "negative", "truth"),
    [
        ("A light grey plastic pipe.", "A light grey fabric pipe.", "A light grey pipe."),
        ("A light grey plastic pipe.", "A light pink plastic pipe.", "A plastic pipe."),
        ("A grey mug", "A dark green mug", "A mug"),
        ("A dark green mug", "A grey mug", "A mug"),
        ("An orange mug.", "A red mug.", "A mug."),
        ("A red orange-peel bowl.", "A blue orange-peel bowl.", "An orange-peel bowl."),
        ("A mug with a wooden handle", "A mug with a metal handle", "A mug with a handle"),
        (
            "A mug with red handles",
            "A mug with blue handles",
            None,
        ),  # "with" before it: no adjective for sure
        ("A mug made of wood.", "A mug made of glass.", None),
        ("A mug with a striped pattern", "A mug with a dotted pattern", None),
        ("A black and white mug", "A red and white mug", None),
        ("A black, white mug", "A red, white mug", None),
        ("A mug that is red", "A mug that is blue", None),
        ("A red mug", "A blue hat", None),
        ("A big mug", "A small mug", None),
        ("Red mug", "Blue mug", None),
    ],
)
def test_the_truth_is_the_positive_without_the_attribute(positive: str, negative: str, truth: str | None):
    assert shortened(positive, negative) == truth


def test_the_first_negative_that_can_be_read_is_taken():
    sample = Sample("7", Box(1, 2, 3, 4), "A red mug", ("A hat", "A blue hat", "A green mug", "A pink mug"))
    unreadable = Sample("8", Box(1, 2, 3, 4), "A red mug", ("A hat",))
    assert half_truths([sample, unreadable]) == [Sample("7", Box(1, 2, 3, 4), "A mug", ("A green mug",))]


def test_a_pair_of_several_subsets_counts_once():
    sample = Sample("7", Box(1, 2, 3, 4), "A red mug", ("A green mug",))
    elsewhere = replace(sample, negatives=("A hat", "A green mug"))
    assert len(half_truths([sample, elsewhere, replace(sample, image="8")])) == 2


def test_the_figure_is_the_share_of_truths_scored_above_their_halves():
    # The score is a caption's first number: of four pairs two are right, one ties, and one is read alike.
    captions = torch.tensor([[2.0, 1], [1, 1], [3, 1], [2, 1], [1, 1], [1, 1], [9, 1], [1, 1]])
    mask = torch.tensor([[True, True]] * 3 + [[True, False]])
    candidates = Candidates(torch.ones(4, 2), captions, torch.arange(8).reshape(4, 2), mask)
    pairs = [Sample(image, Box(0, 0, 1, 1), "A mug", ("A red mug",)) for image in "abbc"]
    found = half_truths_result(FirstNumber(), candidates, pairs)
    assert found and (found.preferred, found.n) == (2 / 3, 3)
    assert found.interval and found.interval[0] <= 2 / 3 <= found.interval[1]
    assert half_truths_result(FirstNumber(), candidates.rows(torch.tensor([3])), pairs[3:]) is None


@pytest.mark.parametrize(
    "benchmark", ["fg-rendered", pytest.param("fg-ovd", marks=[needs(FG_OVD), pytest.mark.slow])]
)
def test_most_rows_of_hard_give_a_half_truth_of_one_value_more(
    benchmark: str, monkeypatch: pytest.MonkeyPatch
):
    if benchmark == "fg-ovd":
        monkeypatch.setenv("FG_DATA", str(FG_OVD.parent))
    samples = load_benchmark(benchmark, "hard")
    found = half_truths(samples)
    assert len(found) > 0.8 * len(samples)
    for sample in found:
        (half,) = sample.negatives
        assert len(words(sample.positive)) == len(words(half)) - 1
