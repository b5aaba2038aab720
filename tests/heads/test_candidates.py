from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file

from heads.candidates import TENSOR_NAMES, Candidates, load_candidates, ranks, save_candidates
from heads.io.tensors import read_metadata
from tests.support.head_samples import make_candidates


def slow_rank(scores: list[float], mask: list[bool]) -> int:
    """1 for the positive itself, and one more for every candidate it does not beat."""
    rank = 1
    for score, real in list(zip(scores, mask, strict=True))[1:]:
        if real and not scores[0] > score:
            rank += 1
    return rank


@st.composite
def scored_rows(draw: st.DrawFn):
    """Scores from a small set of values, so that ties are common, with ragged masks."""
    n, k = draw(st.integers(0, 6)), draw(st.integers(1, 6))
    score = st.sampled_from([-1.0, -0.5, 0.0, 0.25, 1.0])
    scores = [[draw(score) for _ in range(k)] for _ in range(n)]
    mask = [[True] + [draw(st.booleans()) for _ in range(k - 1)] for _ in range(n)]
    return torch.tensor(scores).reshape(n, k), torch.tensor(mask, dtype=torch.bool).reshape(n, k)


@given(scored_rows())
def test_ranks_equal_a_slow_count(rows):
    scores, mask = rows
    expected = [slow_rank(s, m) for s, m in zip(scores.tolist(), mask.tolist(), strict=True)]
    assert ranks(scores, mask).tolist() == expected


@given(scored_rows(), st.sampled_from([1e9, -1e9, float("nan"), float("inf")]))
def test_padding_changes_nothing_whatever_it_holds(rows, padding):
    scores, mask = rows
    assert torch.equal(ranks(scores.masked_fill(~mask, padding), mask), ranks(scores, mask))


def test_a_constant_head_ranks_last():
    assert ranks(torch.zeros(1, 11), torch.ones(1, 11, dtype=torch.bool)).tolist() == [11]


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -float("inf")])
@pytest.mark.parametrize("column", [0, 1])
def test_scores_that_are_not_finite_are_refused(bad, column):
    scores = torch.zeros(2, 3)
    scores[1, column] = bad
    with pytest.raises(ValueError, match="scores: expected finite numbers, got 1"):
        ranks(scores, torch.ones(2, 3, dtype=torch.bool))


def test_text_and_rows_spell_out_the_index():
    candidates = make_candidates()
    which = torch.tensor([4, 0, 0])
    chosen = candidates.rows(which)
    assert chosen.text.shape == (3, 5, 8)
    for row, source in enumerate(which.tolist()):
        assert torch.equal(chosen.image[row], candidates.image[source])
        for column in range(5):
            expected = candidates.captions[int(candidates.index[source, column])]
            assert torch.equal(chosen.text[row, column], expected)


@pytest.mark.parametrize("n", [0, 1, 6])
def test_a_file_gives_back_the_candidates_and_its_metadata(tmp_path: Path, n: int):
    candidates = make_candidates(n=n)
    path = save_candidates(candidates, tmp_path / "new" / "hard.safetensors", backbone="b", split="train")
    loaded = load_candidates(path)
    for name in TENSOR_NAMES:
        assert torch.equal(getattr(loaded, name), getattr(candidates, name))
        assert getattr(loaded, name).dtype == getattr(candidates, name).dtype
    assert read_metadata(path) == {"backbone": "b", "split": "train"}


def test_a_file_of_other_tensors_is_refused_by_name(tmp_path: Path):
    save_file({"image": torch.zeros(1, 2)}, tmp_path / "x.safetensors")
    with pytest.raises(ValueError, match=r"expected the tensors .*'mask'.*, found \['image'\]"):
        load_candidates(tmp_path / "x.safetensors")


GOOD = {
    "image": torch.zeros(2, 4),
    "captions": torch.zeros(3, 4),
    "index": torch.zeros(2, 2, dtype=torch.int64),
    "mask": torch.ones(2, 2, dtype=torch.bool),
}
BAD = {
    "captions: expected dimension 4": {"captions": torch.zeros(3, 5)},
    "mask: expected shape \\(2, 2\\)": {"mask": torch.ones(2, 3, dtype=torch.bool)},
    "index: expected 2 rows": {
        "index": torch.zeros(1, 2, dtype=torch.int64),
        "mask": torch.ones(1, 2, dtype=torch.bool),
    },
    "index: expected at least one column": {
        "index": torch.zeros(2, 0, dtype=torch.int64),
        "mask": torch.ones(2, 0, dtype=torch.bool),
    },
    "image: expected finite numbers": {"image": torch.full((2, 4), torch.nan)},
    "captions: expected finite numbers": {"captions": torch.full((3, 4), torch.inf)},
    "index: expected rows of captions, 0 to 2, got 0 to 3": {"index": torch.tensor([[0, 3], [0, 0]])},
    "got -1 to 0": {"index": torch.tensor([[0, -1], [0, 0]])},
    "mask: expected True in column 0": {"mask": torch.tensor([[True, True], [False, True]])},
    "mask: expected booleans": {"mask": torch.ones(2, 2)},
    "index: expected rows of int64": {"index": torch.zeros(2, 2)},
    "image: expected rows of floating point": {"image": torch.zeros(2)},
}


@pytest.mark.parametrize("message", BAD)
@pytest.mark.usefixtures("without_type_checks")
def test_what_does_not_fit_together_is_refused(message: str):
    assert len(Candidates(**GOOD)) == 2
    with pytest.raises(ValueError, match=message):
        Candidates(**{**GOOD, **BAD[message]})
