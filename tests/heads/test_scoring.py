import pytest
import torch
from hypothesis import assume, example, given
from hypothesis import strategies as st
from torch.nn.functional import normalize

from heads import KINDS, Candidates, CosineHead, Pairs, ranks
from heads.scoring import mean_rank, recall, score_candidates, score_rows
from heads.ties import TOLERANCE, tied
from tests.support.head_samples import make_candidates, make_head, make_pairs, normal

every_kind = pytest.mark.parametrize("kind", sorted(KINDS))


@every_kind
@given(n=st.integers(0, 9), seed=st.integers(0, 20), batch_size=st.integers(1, 10))
def test_batches_give_the_scores_of_the_whole(kind, n, seed, batch_size):
    head, candidates = make_head(kind, 8), make_candidates(n=n, seed=seed)
    whole = head.score(candidates.image, candidates.text)
    scores = score_candidates(head, candidates, batch_size)
    assert not scores.requires_grad
    torch.testing.assert_close(scores, whole, atol=1e-5, rtol=1e-5)


@every_kind
def test_rows_carry_the_gradients_of_score(kind):
    head, candidates = make_head(kind, 8), make_candidates()
    rows = torch.tensor([3, 1, 3])
    chosen = candidates.rows(rows)
    for name, weight in head.named_parameters():
        both = (score_rows(head, candidates, rows), head.score(chosen.image, chosen.text))
        gradients = [torch.autograd.grad((scores**2).sum(), weight)[0] for scores in both]
        torch.testing.assert_close(*gradients, atol=1e-5, rtol=1e-4, msg=name)


@every_kind
def test_a_caption_listed_twice_ties_in_a_batch(kind):
    candidates = make_candidates(n=30, k=7, dim=64)
    candidates.index[:, -1] = candidates.index[:, 0]
    scores = score_candidates(make_head(kind, 64), candidates)
    assert tied(scores[:, 0], scores[:, -1]).all()


@every_kind
def test_half_precision_embeddings_give_float32_scores(kind):
    whole = make_candidates()
    half = Candidates(whole.image.half(), whole.captions.half(), whole.index, whole.mask)
    assert score_candidates(make_head(kind, 8), half).dtype == torch.float32


def test_mean_rank_is_the_mean_of_the_ranks():
    head, candidates = CosineHead(), make_candidates(n=20)
    expected = ranks(head.score(candidates.image, candidates.text), candidates.mask).tolist()
    assert mean_rank(head, candidates) == pytest.approx(sum(expected) / 20)


def slow_recall(scores: torch.Tensor, owners: list[int], k: int) -> float:
    """From scores in double precision, one comparison at a time; a score within the tolerance counts as equal."""
    table = scores.tolist()

    def reached(score: float, other: float) -> bool:
        return score >= other - TOLERANCE * max(1, abs(other))

    found_images = [sum(reached(row[j], table[own][j]) for row in table) <= k for j, own in enumerate(owners)]
    found_captions = []
    for i in set(owners):
        best = max(table[i][j] for j, own in enumerate(owners) if own == i)
        wrong = sum(reached(table[i][j], best) for j, own in enumerate(owners) if own != i)
        found_captions.append(wrong < k)
    return (sum(found_images) / len(found_images) + sum(found_captions) / len(found_captions)) / 2


@given(st.integers(1, 7), st.integers(1, 12), st.integers(0, 30), st.integers(1, 5), st.integers(1, 9))
# Two captions of different images score 9.7e-6 apart for one image: a tie.
@example(7, 7, 4, 1, 1)
def test_recall_equals_a_slow_count(images, captions, seed, k, at_once):
    pairs = make_pairs(images, captions, seed=seed)
    image, text = (normalize(side.double(), dim=1) for side in (pairs.image, pairs.text))
    exact = image @ text.T
    gaps = (exact[:, :, None] - exact[:, None]).abs().flatten().tolist()
    gaps += (exact[:, None] - exact).abs().flatten().tolist()
    # Of such a pair single precision cannot say on which side of the tolerance it lies.
    assume(not any(abs(gap - TOLERANCE) < 1e-7 for gap in gaps))
    expected = slow_recall(exact, pairs.image_of_text.tolist(), k)
    assert recall(CosineHead(), pairs, k, at_once) == pytest.approx(expected)


def test_recall_ties_count_against():
    same = Pairs(torch.ones(3, 4), torch.ones(3, 4), torch.arange(3))
    assert recall(CosineHead(), same, k=2) == 0.0
    assert recall(CosineHead(), same, k=3) == 1.0


def test_nothing_to_measure_is_refused():
    empty = make_candidates(n=0)
    with pytest.raises(ValueError, match="candidates: expected at least one region"):
        mean_rank(CosineHead(), empty)
    no_text = Pairs(normal(2, 4), normal(0, 4), torch.zeros(0, dtype=torch.int64))
    with pytest.raises(ValueError, match="pairs: expected at least one caption"):
        recall(CosineHead(), no_text)


def test_scores_that_are_not_finite_are_refused():
    head = make_head("linear", 8)
    head.get_parameter("image.weight").data.fill_(float("nan"))
    with pytest.raises(ValueError, match="scores: expected finite numbers"):
        mean_rank(head, make_candidates())


def test_embeddings_of_another_dimension_are_refused():
    with pytest.raises(ValueError, match="image: expected embeddings of dimension 6, the head's, got 8"):
        mean_rank(make_head("linear", 6), make_candidates())
