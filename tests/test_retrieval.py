"""Coarse retrieval against a loop that sorts nothing and skips nothing."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heads import CosineHead, Head, Pairs
from leaderboard.retrieval import retrieval, retrieval_ranks


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
