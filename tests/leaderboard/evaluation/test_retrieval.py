"""Coarse retrieval against a loop that sorts nothing and skips nothing."""

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torchmetrics.retrieval import RetrievalHitRate

from heads import CosineHead, Head, LinearHead, Pairs
from heads.scoring import retrieval_ranks
from leaderboard.evaluation.retrieval import retrieval

ROOT = Path(__file__).parents[3]


class TableHead(Head):
    """Scores looked up in a table: embeddings are the numbers of rows and columns."""

    dim = None

    def __init__(self, table: torch.Tensor):
        super().__init__()
        self.table = table

    def config(self):
        return {}

    def score(self, image, text):
        raise AssertionError("retrieval scores every caption for every image: score_matrix")

    def score_matrix(self, image, text):
        return self.table[image[:, 0].long()][:, text[:, 0].long()]


def numbered(owners: list[int]) -> Pairs:
    """Pairs whose embeddings are row numbers; caption j belongs to image owners[j]."""
    images, texts = max(owners) + 1, len(owners)
    return Pairs(
        torch.arange(images)[:, None].float(), torch.arange(texts)[:, None].float(), torch.tensor(owners)
    )


def slow_ranks(table: torch.Tensor, owners: list[int]) -> tuple[list[int], list[int]]:
    images = []
    for i in range(len(table)):
        best = max(float(table[i, j]) for j, owner in enumerate(owners) if owner == i)
        others = [float(table[i, j]) for j, owner in enumerate(owners) if owner != i]
        images.append(1 + sum(score >= best for score in others))
    texts = []
    for j, owner in enumerate(owners):
        others = [float(table[i, j]) for i in range(len(table)) if i != owner]
        texts.append(1 + sum(score >= float(table[owner, j]) for score in others))
    return images, texts


@st.composite
def problems(draw) -> tuple[torch.Tensor, list[int]]:
    """Scores from few values, so that ties abound, and captions in any order, at least one an image."""
    images = draw(st.integers(1, 5))
    owners = draw(
        st.permutations(list(range(images)) + draw(st.lists(st.integers(0, images - 1), max_size=6)))
    )
    scores = draw(st.lists(st.integers(0, 3), min_size=images * len(owners), max_size=images * len(owners)))
    return torch.tensor(scores).float().reshape(images, len(owners)), list(owners)


@given(problems(), st.integers(1, 30))
@settings(deadline=None)
def test_ranks_are_the_slow_ones_however_many_scores_are_held_at_once(problem, at_once: int):
    table, owners = problem
    image_to_text, text_to_image = retrieval_ranks(TableHead(table), numbered(owners), at_once)
    assert (image_to_text.tolist(), text_to_image.tolist()) == slow_ranks(table, owners)


def test_a_constant_head_is_last_not_first():
    result = retrieval(TableHead(torch.ones(20, 20)), numbered(list(range(20))))
    assert result.image_to_text.r10 == 0 and result.text_to_image.r10 == 0
    assert result.image_to_text.median_rank == 20


def test_several_captions_an_image_any_of_them_will_do():
    table = torch.tensor([[0.1, 0.9, 0.5], [0.2, 0.3, 0.1]])
    result = retrieval(TableHead(table), numbered([0, 0, 1]))
    assert result.image_to_text.r1 == 0.5 and (result.n_images, result.n_captions) == (2, 3)


def test_matching_embeddings_are_found():
    vectors = torch.randn(30, 8, generator=torch.Generator().manual_seed(0))
    result = retrieval(CosineHead(), Pairs(vectors, 3 * vectors, torch.arange(30)), at_once=70)
    assert (result.image_to_text.r1, result.text_to_image.r1) == (1, 1)


def test_a_score_that_is_no_number_is_refused():
    table = torch.ones(3, 3)
    table[1, 2] = torch.nan
    with pytest.raises(ValueError, match="scores: expected finite"):
        retrieval(TableHead(table), numbered([0, 1, 2]))


def test_an_image_without_a_caption_is_refused():
    pairs = Pairs(torch.zeros(2, 1), torch.zeros(1, 1), torch.tensor([0]))
    with pytest.raises(ValueError, match="pairs: expected at least one caption for each image"):
        retrieval(TableHead(torch.ones(2, 1)), pairs)


def spread_scores(images: int, owners: list[int]) -> torch.Tensor:
    """Distinct scores, so that no order is left open."""
    generator = torch.Generator().manual_seed(images)
    return torch.randperm(images * len(owners), generator=generator).reshape(images, len(owners)).float()


@pytest.mark.parametrize("k", [1, 5, 10])
def test_recall_is_that_of_torchmetrics(k: int):
    """Its hit rate: the share of queries with a right answer among the k best."""
    images, each = 30, 3
    owners = [number % images for number in range(images * each)]
    table = spread_scores(images, owners)
    result = retrieval(TableHead(table), numbered(owners))
    own = torch.tensor(owners) == torch.arange(images)[:, None]
    for way, scores, right in (("image_to_text", table, own), ("text_to_image", table.T, own.T)):
        queries = torch.arange(len(scores))[:, None].expand_as(scores)
        expected = RetrievalHitRate(top_k=k)(scores.flatten(), right.flatten(), queries.flatten())
        assert getattr(getattr(result, way), f"r{k}") == pytest.approx(float(expected))


def test_the_intervals_hold_the_recall_and_resample_images():
    owners = [number % 40 for number in range(120)]
    result = retrieval(TableHead(spread_scores(40, owners)), numbered(owners))
    for found in (result.image_to_text, result.text_to_image):
        for share, ends in ((found.r1, found.r1_interval), (found.r10, found.r10_interval)):
            assert share is not None and ends and 0 <= ends[0] <= share <= ends[1] <= 1
    alone = retrieval(TableHead(torch.zeros(1, 2)), numbered([0, 0]))
    assert alone.image_to_text.r1 == 1 and alone.image_to_text.r1_interval is None


@pytest.mark.parametrize("at_once", [40, 40 * 7, 40 * 64, 2**26])
def test_equal_captions_of_different_images_tie_wherever_they_stand(at_once: int):
    torch.manual_seed(0)
    head, images = LinearHead(64), torch.randn(40, 64)
    texts = torch.randn(4, 64)[torch.arange(40) % 4]
    image_to_text, text_to_image = retrieval_ranks(head, Pairs(images, texts, torch.arange(40)), at_once)
    # Each caption stands on ten images, so whichever is best, nine of other images tie with it.
    assert (image_to_text >= 10).all() and ((image_to_text - 10) % 10 == 0).all()
    same = Pairs(texts, torch.randn(40, 64), torch.arange(40))
    assert ((retrieval_ranks(head, same, at_once)[1]) % 10 == 0).all()
    assert text_to_image.min() >= 1


PEAK = """
import resource, sys, torch
from heads import LinearHead, Pairs
from leaderboard.evaluation.retrieval import retrieval

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

torch.manual_seed(0)
head, images, captions = LinearHead(32), 4_000, int(sys.argv[1])
owners = torch.arange(captions) % images
retrieval(head, Pairs(torch.randn(100, 32), torch.randn(100, 32), torch.arange(100)), 2**20)
pairs = Pairs(torch.randn(images, 32), torch.randn(captions, 32), owners)
before = peak()
retrieval(head, pairs, 2**20)
print(peak() - before)
"""


@pytest.mark.slow
def test_memory_is_bounded_by_the_strip_and_not_by_images_times_captions():
    """All scores at once would be 640 MB for 40,000 captions."""
    grown = subprocess.run(
        [sys.executable, "-c", PEAK, "40000"], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert int(grown.stdout) < 150e6
