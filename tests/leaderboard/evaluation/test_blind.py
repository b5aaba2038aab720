"""A head without its image: what the controls show, and what they are paired with."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fg_demo import Box
from heads import KINDS, Candidates, CosineHead, Head
from heads.scoring import candidate_ranks, mean_crop_ranks
from leaderboard.benchmarks.samples import Sample
from leaderboard.evaluation.blind import blind_result, derangement, mean_crop
from leaderboard.evaluation.evaluate import subset_scores
from leaderboard.records.figures import BlindControls
from leaderboard.records.packing import unpack_ranks
from tests.support.head_samples import FirstNumber, make_candidates, make_head, normal


def twins(n: int = 40, dim: int = 8) -> Candidates:
    """Each crop is its own caption; four others of the split are the negatives. The mean crop is near zero."""
    embeddings = normal(n, dim)
    index = (torch.arange(n)[:, None] + torch.arange(5)) % n
    return Candidates(embeddings, embeddings, index, torch.ones_like(index, dtype=torch.bool))


def controls(head: Head, candidates: Candidates, image: torch.Tensor | None = None) -> BlindControls:
    image = torch.arange(len(candidates)) if image is None else image
    seen = candidate_ranks(head, candidates)
    return blind_result(head, candidates, candidates.image.mean(dim=0), image, seen)


def test_a_head_that_sees_loses_what_it_saw():
    found = controls(CosineHead(), twins())
    for control in (found.mean_crop, found.other_crop):
        assert control and control.gain == pytest.approx(control.mean_rank - 1) and control.gain > 1
        assert control.gain_interval and control.gain_interval[0] > 0
        ranks = unpack_ranks(control.ranks or "")
        assert control.mean_rank == pytest.approx(sum(ranks) / 40) and control.top1 == ranks.count(1) / 40


def test_a_head_that_reads_alone_gains_nothing():
    candidates = twins()
    seen = candidate_ranks(FirstNumber(), candidates)
    found = controls(FirstNumber(), candidates)
    assert found.other_crop
    for control in (found.mean_crop, found.other_crop):
        assert unpack_ranks(control.ranks or "") == seen.tolist()
        assert control.gain == 0 and control.gain_interval == (0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_the_mean_crop_ranks_as_if_it_were_everybodys_crop(kind: str):
    head, candidates = make_head(kind, 8), make_candidates(n=30, dim=8)
    mean = normal(8, seed=5)
    shown = Candidates(mean.expand(30, 8), candidates.captions, candidates.index, candidates.mask)
    scores = subset_scores(head, shown)
    apart = (scores - scores[:, :1]).abs()[:, 1:]
    repeated = candidates.index[:, 1:] == candidates.index[:, :1]
    assert ((apart > 1e-5) | repeated | ~candidates.mask[:, 1:]).all(), "a rank would hang on rounding"
    assert mean_crop_ranks(head, candidates, mean).tolist() == candidate_ranks(head, shown).tolist()


@given(st.lists(st.integers(0, 6), max_size=30), st.integers(0, 9))
def test_a_derangement_takes_each_item_once_and_none_of_its_own_image(images: list[int], seed: int):
    image = torch.tensor(images, dtype=torch.long)
    donor = derangement(image, seed)
    most = max(map(images.count, images), default=1)
    assert (donor is None) == (2 * most > len(images))
    if donor is not None:
        assert donor.sort().values.tolist() == list(range(len(images)))
        assert (image[donor] != image).all()


def test_the_seed_decides_the_derangement():
    image = torch.arange(50) // 2
    one, same, other = (derangement(image, seed) for seed in (3, 3, 4))
    assert one is not None and same is not None and other is not None
    assert one.equal(same) and not one.equal(other)


def test_one_image_has_no_other_crop():
    found = controls(CosineHead(), twins(), torch.zeros(40, dtype=torch.long))
    assert found.other_crop is None and found.mean_crop.gain_interval is None


def test_a_region_of_several_subsets_counts_once_in_the_mean():
    def candidates(*images: list[float]) -> Candidates:
        index = torch.zeros(len(images), 1, dtype=torch.long)
        return Candidates(torch.tensor(images).float(), torch.ones(1, 2), index, index == 0)

    def sample(image: str) -> Sample:
        return Sample(image, Box(0, 0, 1, 1), "a mug", ("a hat",))

    subsets = {"hard": candidates([1, 0], [3, 4]), "easy": candidates([3, 4])}
    samples = {"hard": [sample("1"), sample("2")], "easy": [sample("2")]}
    assert mean_crop(subsets, samples).tolist() == [2, 2]
