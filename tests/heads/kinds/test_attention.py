import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

import heads.kinds.attention
from heads import AttentionHead, ProjectionHead
from tests.support.head_samples import make_head, normal


def slow_scores(head: AttentionHead, image: torch.Tensor, text: torch.Tensor) -> torch.Tensor:
    """The whole attention layer, run on every [cls, image, text] in turn."""
    scores = torch.empty(len(image), text.shape[1])
    for i in range(len(image)):
        for j in range(text.shape[1]):
            tokens = torch.stack([head.cls(torch.ones(1)), image[i], text[i, j]])
            scores[i, j] = head.attention(tokens, tokens, tokens)[0][0, 0]
    return scores


@settings(max_examples=30)
@given(st.integers(1, 4), st.integers(1, 4), st.sampled_from([(8, 1), (8, 8), (12, 3), (64, None)]))
def test_the_score_is_the_first_element_of_the_first_output_token(n, k, size):
    dim, attention_heads = size
    head = AttentionHead(dim, attention_heads)
    for number, weight in enumerate(head.parameters()):
        weight.data = normal(*weight.shape, seed=number) / dim**0.25
    image, text = normal(n, dim, seed=1), normal(n, k, dim, seed=2)
    torch.testing.assert_close(head.score(image, text), slow_scores(head, image, text), atol=1e-5, rtol=1e-4)


def test_a_matrix_in_chunks_is_the_matrix(monkeypatch: pytest.MonkeyPatch):
    head, image, text = make_head("attention", 16), normal(7, 16, seed=1), normal(5, 16, seed=2)
    whole = head.score_matrix(image, text)
    for chunk in (1, 25, 10**6):
        monkeypatch.setattr(heads.kinds.attention, "CHUNK", chunk)
        assert torch.equal(head.score_matrix(image, text), whole)


def test_only_one_chunk_is_in_memory_at_a_time(monkeypatch: pytest.MonkeyPatch):
    head, seen = make_head("attention", 16), []
    attend = AttentionHead._attend

    def measure(self, *tokens):
        seen.append(attend(self, *tokens))
        return seen[-1]

    monkeypatch.setattr(AttentionHead, "_attend", measure)
    monkeypatch.setattr(heads.kinds.attention, "CHUNK", 60)
    head.score_matrix(normal(9, 16), normal(10, 16))
    assert head.attention_heads == 2
    assert [scores.shape for scores in seen] == [(3, 10)] * 3


def test_it_is_pairwise_and_not_bounded():
    head = make_head("attention", 16)
    assert not isinstance(head, ProjectionHead)
    assert head.score_matrix(30 * normal(20, 16), 30 * normal(20, 16, seed=1)).abs().max() > 1


def test_the_paper_s_size():
    head = AttentionHead(512)
    assert head.attention_heads == 64
    assert sum(p.numel() for p in head.parameters()) == 1_051_648


@pytest.mark.parametrize(("dim", "expected"), [(1, 1), (7, 1), (8, 1), (16, 2), (129, 3), (768, 96), (50, 5)])
def test_the_attention_heads_divide_any_dimension(dim, expected):
    assert AttentionHead(dim).attention_heads == expected


@pytest.mark.parametrize("attention_heads", [0, -1, 5, 16, 2.0, "2", True])
@pytest.mark.usefixtures("without_type_checks")
def test_attention_heads_that_do_not_divide_are_refused(attention_heads):
    with pytest.raises(ValueError, match="attention_heads: expected a divisor of dim, 8, got"):
        AttentionHead(8, attention_heads)
