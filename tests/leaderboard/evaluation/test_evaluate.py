"""Evaluation of a head on cached embeddings."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from fg_demo import Box
from heads import Candidates, CosineHead, LinearHead
from heads.persistence.revision import head_revision
from heads.scoring import candidate_ranks
from leaderboard.benchmarks.samples import Sample, items_digest
from leaderboard.evaluation.evaluate import evaluate, subset_result
from leaderboard.records.packing import unpack_ranks, unpack_runs
from tests.support.head_samples import FirstNumber


def candidates(first: list[list[float]], mask: list[list[bool]] | None = None) -> Candidates:
    """Candidates whose captions' first number is given: what FirstNumber scores."""
    numbers = torch.tensor(first)
    n, k = numbers.shape
    captions = torch.stack([numbers.reshape(-1), torch.ones(n * k)], dim=1)
    full = torch.ones(n, k, dtype=torch.bool)
    index = torch.arange(n * k).reshape(n, k)
    return Candidates(torch.ones(n, 2), captions, index, full if mask is None else torch.tensor(mask))


def test_a_perfect_head_ranks_first_and_a_constant_one_last():
    results = evaluate(
        FirstNumber(), {"hard": candidates([[9, 1, 2], [9, 3, 4]]), "easy": candidates([[5, 5, 5]])}
    )
    assert (results["hard"].mean_rank, results["hard"].top1, results["hard"].n) == (1, 1, 2)
    assert (results["easy"].mean_rank, results["easy"].top1, results["easy"].chance) == (3, 0, 2)


def test_a_padded_column_with_the_highest_score_changes_nothing():
    ragged = candidates([[2, 1, 99], [2, 3, 99]], [[True, True, False]] * 2)
    assert candidate_ranks(FirstNumber(), ragged).tolist() == [1, 2]


@given(st.integers(0, 20), st.integers(1, 9), st.integers(0, 1000))
@settings(deadline=None)
def test_ranks_do_not_depend_on_the_batch(n: int, batch: int, seed: int):
    generator = torch.Generator().manual_seed(seed)
    mask = torch.rand(n, 4, generator=generator) > 0.3
    mask[:, 0] = True
    data = Candidates(
        torch.randn(n, 6, generator=generator),
        torch.randn(9, 6, generator=generator),
        torch.randint(0, 9, (n, 4), generator=generator),
        mask,
    )
    fast = candidate_ranks(CosineHead(), data, batch)
    for row in range(n):
        scores = torch.nn.functional.cosine_similarity(data.image[row], data.text[row], dim=-1)
        # Scores closer than rounding may fall either way; captions are drawn with repeats, which always tie.
        sure = (scores - scores[0]).abs() > 1e-5
        at_least = int(((scores > scores[0]) & sure & mask[row]).sum()) + 1
        at_most = at_least + int((~sure & mask[row]).sum()) - 1
        assert at_least <= int(fast[row]) <= at_most


def test_a_score_that_is_no_number_is_refused_by_name():
    with pytest.raises(ValueError, match="pattern: scores: expected finite numbers"):
        evaluate(SometimesNan(), {"pattern": candidates([[1.0, 2.0]])})


def test_an_empty_subset_is_refused_by_name():
    empty = Candidates(
        torch.empty(0, 2),
        torch.empty(0, 2),
        torch.empty(0, 3, dtype=torch.int64),
        torch.empty(0, 3, dtype=torch.bool),
    )
    with pytest.raises(ValueError, match="hard: ranks: expected at least one"):
        evaluate(CosineHead(), {"hard": empty})


def test_evaluating_leaves_the_head_as_it_was():
    head = LinearHead(2).train()
    evaluate(head, {"hard": candidates([[1.0, 2.0]])})
    assert head.training and all(parameter.requires_grad for parameter in head.parameters())


def test_head_revision_follows_weights_and_configuration():
    torch.manual_seed(0)
    head, twin = LinearHead(4), LinearHead(4)
    twin.load_state_dict(head.state_dict())
    assert head_revision(head) == head_revision(twin)
    with torch.no_grad():
        next(iter(twin.parameters())).view(-1)[0] += 1
    assert head_revision(head) != head_revision(twin)
    assert head_revision(CosineHead()) == "-"


class SometimesNan(FirstNumber):
    def score(self, image, text):
        return text[:, :, 0] * torch.nan


@given(st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=6), min_size=1, max_size=6))
def test_the_mean_rank_by_negatives_is_that_of_shorter_lists(rows: list[list[int]]):
    width = max(map(len, rows))
    scores = torch.tensor([row + [99] * (width - len(row)) for row in rows]).float()
    mask = torch.tensor([[True] * len(row) + [False] * (width - len(row)) for row in rows])
    found = subset_result(scores, mask)
    for negatives in range(1, width):
        cut = [row[: negatives + 1] for row in rows]
        expected = [sum(score >= row[0] for score in row) for row in cut]
        assert found.by_negatives and found.by_negatives[negatives - 1] == pytest.approx(
            sum(expected) / len(rows)
        )
    assert found.by_negatives and found.by_negatives[-1] == pytest.approx(found.mean_rank)


BOX = Box(0, 0, 8, 8)
GREEN = Sample("a", BOX, "a green mug", ("a red mug", "a blue mug"))
WOOD = Sample("b", BOX, "a wood mug", ("a metal mug", "a glass mug"))


def test_samples_add_what_embeddings_do_not_tell():
    data = candidates([[1, 3, 2], [5, 1, 2], [2, 2, 1]])
    samples = [GREEN, GREEN, WOOD]
    result = evaluate(FirstNumber(), {"hard": data}, {"hard": samples})["hard"]
    assert unpack_ranks(result.ranks or "") == candidate_ranks(FirstNumber(), data).tolist() == [3, 1, 2]
    assert unpack_runs(result.images or "") == (0, 0, 1) and result.items == items_digest(samples)
    assert result.interval and result.interval[0] <= 2 <= result.interval[1] and result.top1_interval
    found = {(one.true, one.taken, one.count, one.of) for one in result.confusions or ()}
    assert found == {("green", "red", 1, 2), ("wood", "metal", 1, 1)}


def test_the_winner_is_never_a_padded_column():
    data = candidates([[1, 3, 99]], [[True, True, False]])
    result = evaluate(
        FirstNumber(), {"hard": data}, {"hard": [Sample("a", BOX, "a green mug", ("a red mug",))]}
    )
    assert [one.taken for one in result["hard"].confusions or ()] == ["red"]


def test_an_image_bears_one_number_in_all_subsets():
    data = candidates([[1, 3, 2]])
    samples = {"hard": [WOOD], "easy": [GREEN], "color": [WOOD]}
    results = evaluate(FirstNumber(), dict.fromkeys(samples, data), samples)
    assert [unpack_runs(result.images or "") for result in results.values()] == [(0,), (1,), (0,)]


def test_samples_of_another_benchmark_are_refused():
    with pytest.raises(ValueError, match="hard: samples: expected 1, one a region, got 2"):
        evaluate(FirstNumber(), {"hard": candidates([[1.0, 2.0]])}, {"hard": [GREEN, GREEN]})


def test_lists_too_long_for_a_digit_go_without_ranks():
    many = candidates([[9.0] + [1.0] * 40])
    sample = Sample("a", BOX, "a mug", tuple(f"a thing{number}" for number in range(40)))
    result = evaluate(FirstNumber(), {"hard": many}, {"hard": [sample]})["hard"]
    assert result.ranks is None and result.mean_rank == 1 and result.items
