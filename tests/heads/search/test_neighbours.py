"""Exact search: what one long sort of all scores gives, whatever the strips."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from heads.kinds.cosine import CosineHead
from heads.pairs import Pairs
from heads.search.neighbours import (
    Neighbours,
    exact_neighbours,
    query_and_pool,
    share_found,
    share_with_own,
)
from tests.support.head_samples import make_head, make_pairs, normal


@pytest.mark.parametrize("kind", ["cosine", "attention", "facets", "linear"])
@pytest.mark.parametrize("find", ["captions", "images"])
@settings(max_examples=20)
@given(seed=st.integers(0, 20), at_once=st.integers(1, 100), best=st.integers(1, 5))
def test_strips_give_the_best_of_all_scores(kind, find, seed, at_once, best):
    head, pairs = make_head(kind, 8), make_pairs(seed=seed)
    scores = head.score_matrix(pairs.image, pairs.text)
    scores = scores if find == "captions" else scores.T
    found = exact_neighbours(head, pairs, find, best, at_once=at_once)
    expected = scores.sort(dim=1, descending=True).values[:, :best]
    torch.testing.assert_close(found.scores, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(scores.gather(1, found.rows), found.scores, atol=1e-5, rtol=1e-5)
    assert all(len(set(rows)) == best for rows in found.rows.tolist())


def test_some_queries_are_found_what_all_are():
    head, pairs = make_head("linear", 8), make_pairs()
    whole, some = exact_neighbours(head, pairs, "captions", 3), torch.tensor([4, 1])
    assert torch.equal(exact_neighbours(head, pairs, "captions", 3, some).rows, whole.of(some).rows)


@pytest.mark.parametrize("best", [0, 13])
def test_more_than_the_pool_has_is_refused(best):
    with pytest.raises(ValueError, match=rf"best: expected a whole number from 1 to 12, .*, got {best}"):
        exact_neighbours(CosineHead(), make_pairs(captions=12), "captions", best)


def test_scores_that_are_no_numbers_are_refused():
    head = make_head("linear", 8)
    head.get_parameter("text.weight").data.fill_(torch.inf)
    with pytest.raises(ValueError, match="scores: expected finite numbers"):
        exact_neighbours(head, make_pairs(), "captions", 2)


def test_recall_counts_a_row_that_scores_as_high_as_the_last():
    exact = Neighbours(torch.tensor([[3, 5], [1, 2]]), torch.tensor([[0.9, 0.5], [0.8, 0.7]]))
    twin = Neighbours(torch.tensor([[3, 9], [1, 4]]), torch.tensor([[0.9, 0.5], [0.8, 0.6]]))
    none = Neighbours(torch.tensor([[3, -1], [-1, -1]]), torch.tensor([[0.9, -torch.inf], [-torch.inf] * 2]))
    assert share_found(exact, exact) == 1
    assert share_found(twin, exact) == 0.75
    assert share_found(none, exact) == 0.25


def test_own_captions_and_images_are_counted():
    pairs = Pairs(normal(2, 4), normal(3, 4), torch.tensor([1, 0, 1]))
    nothing = torch.zeros(3, 2)
    captions = Neighbours(torch.tensor([[0, 2], [1, 2]]), nothing[:2])
    images = Neighbours(torch.tensor([[1, -1], [-1, -1], [0, 1]]), nothing)
    assert share_with_own(captions, pairs, "captions") == 0.5
    assert share_with_own(images, pairs, "images") == pytest.approx(2 / 3)


def test_who_asks_and_who_is_found():
    pairs = make_pairs()
    assert query_and_pool(pairs, "captions") == (pairs.image, pairs.text)
    assert query_and_pool(pairs, "images") == (pairs.text, pairs.image)
