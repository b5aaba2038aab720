import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from heads import BlendHead, CosineHead, ProjectionHead
from heads.head import cosine
from tests.support.head_samples import make_head, normal

shares = st.floats(0.01, 1)


def slow_branch(weights: dict[str, torch.Tensor], side: str, x: torch.Tensor) -> torch.Tensor:
    """W x + V gelu(U x), the gelu by its definition: x times the normal distribution function."""

    def layer(name: str, y: torch.Tensor) -> torch.Tensor:
        return weights[f"{side}.{name}.weight"] @ y + weights[f"{side}.{name}.bias"]

    middle = torch.tensor(
        [u * (1 + math.erf(u / math.sqrt(2))) / 2 for u in layer("up", x).tolist()], dtype=torch.float64
    )
    return layer("linear", x) + layer("down", middle)


def slow_cosine(a: torch.Tensor, b: torch.Tensor) -> float:
    return (torch.dot(a, b) / (torch.dot(a, a).sqrt() * torch.dot(b, b).sqrt())).item()


@given(share=shares, hidden=st.integers(1, 9), seed=st.integers(0, 20))
def test_the_score_is_a_weighted_sum_of_two_cosines(share, hidden, seed):
    head = make_head("blend", 6, seed, hidden=hidden, share=share)
    weights = {name: tensor.double() for name, tensor in head.state_dict().items()}
    image, text = normal(3, 6, seed=seed + 1), normal(3, 4, 6, seed=seed + 2)
    scores = head.score(image, text)
    for i in range(3):
        for j in range(4):
            a, b = image[i].double(), text[i, j].double()
            trained = slow_cosine(slow_branch(weights, "image", a), slow_branch(weights, "text", b))
            expected = (1 - share) * slow_cosine(a, b) + share * trained
            assert scores[i, j].item() == pytest.approx(expected, abs=1e-5)


def test_with_a_small_share_it_ranks_as_the_cosine_does():
    head, image, text = make_head("blend", 8, share=1e-6), normal(5, 8, seed=1), normal(5, 7, 8, seed=2)
    torch.testing.assert_close(head.score(image, text), CosineHead().score(image, text), atol=1e-4, rtol=0)


@given(share=shares)
def test_projections_are_unit_vectors_of_twice_the_size(share):
    head = make_head("blend", 6, share=share)
    assert isinstance(head, ProjectionHead)
    for projected in (head.project_image(100 * normal(5, 6)), head.project_text(normal(4, 6))):
        assert projected.shape[1] == 12
        torch.testing.assert_close(projected.norm(dim=1), torch.ones(len(projected)))


def test_a_zero_embedding_is_compared_by_its_branch_alone():
    """The bias alone makes its projection, which is shorter than 1: the frozen part is zero."""
    head = make_head("blend", 6)
    assert isinstance(head, BlendHead)
    branch = cosine(head.image(torch.zeros(1, 6)), head.text(torch.ones(1, 6)))
    found = head.score(torch.zeros(1, 6), torch.ones(1, 1, 6))
    torch.testing.assert_close(found[0], head.share**0.5 * branch, atol=1e-6, rtol=1e-6)


def test_the_branches_alone_have_weights():
    """Of each side: dim² + dim, dim * hidden + hidden and hidden * dim + dim."""
    assert sum(p.numel() for p in BlendHead(512).parameters()) == 2 * (512 * 513 + 1024 * 513 + 512 * 1025)


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan"), float("inf"), "0.5", None, True])
@pytest.mark.usefixtures("without_type_checks")
def test_a_share_out_of_range_is_refused(share):
    with pytest.raises(ValueError, match="share: expected a number above 0, at most 1, got"):
        BlendHead(4, share=share)


@pytest.mark.parametrize("hidden", [0, -1, 8193, 4.0, "4", True])
@pytest.mark.usefixtures("without_type_checks")
def test_a_hidden_size_out_of_range_is_refused(hidden):
    with pytest.raises(ValueError, match="hidden: expected a whole number from 1 to 8192, got"):
        BlendHead(4, hidden=hidden)
