"""Scores that rounding alone can part are equal, wherever they are compared; those that meaning parts are not."""

import pytest
import torch
from PIL import Image
from skimage import data
from torch import Tensor

from fg_demo.boxes import Box
from fg_demo.page.text import headline
from fg_demo.scores import compare, winners
from heads import KINDS, Candidates, CosineHead, Head, Pairs, ranks
from heads.kinds.cosine import BASELINE
from heads.scoring import recall, retrieval_ranks, score_candidates
from heads.ties import TOLERANCE, least_equal, reaches, tied
from heads.training.calibration import HIGHEST, fit_logit_scale
from leaderboard.benchmarks.samples import Sample
from leaderboard.board.cases import Case
from leaderboard.evaluation.evaluate import best_negatives
from leaderboard.evaluation.metrics import mean_ranks_by_negatives
from tests.support.counting_backbone import CountingBackbone
from tests.support.head_samples import make_head, normal

WITHIN, BEYOND = TOLERANCE / 3, TOLERANCE * 3
CAT = Image.fromarray(data.chelsea())
every_kind = pytest.mark.parametrize("kind", sorted(KINDS))


@pytest.mark.parametrize("size", [0.0, 0.3, 1.0, 40.0, -0.3, -40.0, 1e6])
def test_equal_is_what_lies_within_the_tolerance_of_the_larger_of_one_and_the_size(size: float):
    score, unit = torch.tensor([size], dtype=torch.float64), max(1.0, abs(size))
    for nearby, equal in ((WITHIN, True), (BEYOND, False)):
        below, above = score - nearby * unit, score + nearby * unit
        assert bool(tied(score, below)) == bool(tied(score, above)) == equal
        assert bool(reaches(below, score)) == equal and bool(reaches(above, score))
    assert bool(least_equal(score) < score)


def test_a_rank_counts_what_rounding_alone_parts_from_the_positive():
    scores = torch.tensor([[0.5, 0.5 - WITHIN, 0.5 + WITHIN, 0.5 - BEYOND, 0.5 + BEYOND]])
    everything = torch.ones(1, 5, dtype=torch.bool)
    assert ranks(scores, everything).tolist() == [4]
    assert mean_ranks_by_negatives(scores, everything) == (2, 3, 3, 4)


def test_the_best_negative_is_the_first_listed_of_those_that_tie():
    scores = torch.tensor([[0.9, 0.2, 0.5, 0.5 + WITHIN, 0.9], [0.9, 0.2, 0.5, 0.5 + BEYOND, 0.9]])
    mask = torch.tensor([True, True, True, True, False]).expand(2, -1)
    assert best_negatives(scores, mask).tolist() == [1, 2]


@every_kind
@pytest.mark.parametrize("dim", [64, 512])
def test_ranks_are_those_of_double_precision_where_equal_captions_tie(kind: str, dim: int):
    """The oracle: a negative counts when it is the positive's caption, or scores higher in double precision."""
    head, n, k = make_head(kind, dim), 60, 11
    index = torch.randint(0, 40, (n, k), generator=torch.Generator().manual_seed(dim))
    candidates = Candidates(
        normal(n, dim), normal(40, dim, seed=1), index, torch.ones(n, k, dtype=torch.bool)
    )
    exact = _in_double(head, candidates)
    same, gap = index == index[:, :1], exact - exact[:, :1]
    expected = (same | (gap > 0)).sum(dim=1)
    # Captions that differ may still score within the tolerance of each other: rows with such a pair are left out.
    sure = (same | (gap.abs() > 2 * TOLERANCE * exact.abs().clamp(min=1))).all(dim=1)
    assert sure.sum() > n / 2
    for batch in (1, 7, n):
        found = ranks(score_candidates(head, candidates, batch), candidates.mask)
        assert torch.equal(found[sure], expected[sure])


def _in_double(head: Head, candidates: Candidates) -> Tensor:
    """The head's scores from double precision all through: `float()` leaves doubles as they are."""
    twin = KINDS[head.kind](**head.config())
    twin.load_state_dict(head.state_dict())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tensor, "float", Tensor.double)
        with torch.no_grad():
            return twin.double().score(candidates.image.double(), candidates.text.double())


class Rounding(CountingBackbone):
    """Hears no case, and rounds by the place in the batch, as a matrix product does."""

    def encode_texts(self, texts):
        embeddings = super().encode_texts([text.lower() for text in texts])
        return embeddings * (1 + 2e-7 * torch.arange(len(texts))[:, None]) + 1e-7 * len(texts)


def test_equal_descriptions_share_rank_and_headline_though_rounding_parts_them():
    head = make_head("linear", 8)
    frame = compare(CAT, None, ["A mug", "a lamp", "a mug"], Rounding(), {"linear": head})
    for _, rows in frame.groupby("scorer"):
        scores, found = rows["score"].tolist(), rows["rank"].tolist()
        assert scores[0] != scores[2] and found[0] == found[2] and sorted(found) in ([1, 1, 3], [1, 2, 2])
    only = compare(CAT, None, ["A mug", "a mug"], Rounding(), {"linear": head})
    assert set(map(tuple, winners(only).values())) == {("A mug", "a mug")}
    assert "Both pick <b>“A mug”</b> and <b>“a mug”</b>" in headline(only)
    assert BASELINE.title in winners(only)


@pytest.mark.parametrize("noise", [1e-7, -1e-7])
def test_the_scale_of_a_head_that_hears_no_difference_is_not_decided_by_rounding(noise: float):
    image, positive = normal(20, 8), normal(1, 8, seed=1)
    captions = torch.cat([positive, positive + noise])
    index = torch.tensor([[0, 1]]).expand(20, -1)
    candidates = Candidates(image, captions, index, torch.ones(20, 2, dtype=torch.bool))
    assert fit_logit_scale(CosineHead(), candidates) == HIGHEST


@pytest.mark.parametrize("noise", [1e-7, -1e-7])
def test_equal_captions_of_other_images_stand_before_an_images_own_whatever_rounding_says(noise: float):
    texts = normal(1, 8, seed=1) + noise * torch.arange(3)[:, None]
    pairs = Pairs(normal(3, 8), texts, torch.arange(3))
    for at_once in (1, 3, 100):
        assert retrieval_ranks(CosineHead(), pairs, at_once)[0].tolist() == [3, 3, 3]
    apart = Pairs(normal(3, 8), normal(3, 8, seed=1), torch.arange(3))
    assert recall(CosineHead(), pairs, k=2) <= 0.5 and recall(CosineHead(), apart, k=3) == 1


def test_the_gallery_names_the_wrong_caption_of_those_that_tie():
    frame = compare(CAT, None, ["A mug", "a mug"], Rounding(), {})
    sample = Sample("0", Box(0, 0, 9, 9), "A mug", ("a mug",))
    assert Case(sample, 2, None, frame).best(BASELINE.title) == "a mug"
