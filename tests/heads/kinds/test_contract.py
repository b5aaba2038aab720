"""The contract of every kind of head: a new kind is tested by being registered."""

from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from heads import KINDS, CosineHead, Head, ProjectionHead, load_head, ranks, save_head
from heads.head import checked_dim, checked_logit_scale, cosine
from heads.scoring import score_candidates
from heads.ties import tied
from tests.support.head_samples import make_candidates, make_head, normal

every_kind = pytest.mark.parametrize("kind", sorted(KINDS))
small = st.integers(1, 6)


@every_kind
@given(n=st.integers(0, 5), k=small, dim=st.integers(1, 24), seed=small)
def test_score_is_one_finite_float32_a_caption(kind, n, k, dim, seed):
    image, text = normal(n, dim, seed=seed), normal(n, k, dim, seed=seed + 1)
    head = make_head(kind, dim, seed)
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        scores = head.score(image.to(dtype), text.to(dtype))
        assert scores.shape == (n, k)
        assert scores.dtype == torch.float32
        assert torch.isfinite(scores).all()


@every_kind
@given(n=st.integers(0, 5), m=st.integers(0, 5), dim=st.integers(1, 24))
def test_score_matrix_holds_the_same_scores(kind, n, m, dim):
    head, image, text = make_head(kind, dim), normal(n, dim, seed=1), normal(m, dim, seed=2)
    matrix = head.score_matrix(image, text)
    assert matrix.shape == (n, m)
    assert matrix.dtype == torch.float32
    torch.testing.assert_close(matrix, head.score(image, text.expand(n, m, dim)), atol=1e-5, rtol=1e-5)


@every_kind
@given(k=st.integers(2, 6), dim=st.integers(2, 24), seed=small)
def test_a_caption_scores_the_same_whatever_stands_beside_it(kind, k, dim, seed):
    head, image, text = (
        make_head(kind, dim, seed),
        normal(3, dim, seed=seed),
        normal(3, k, dim, seed=seed + 1),
    )
    alone = torch.cat([head.score(image, text[:, j : j + 1]) for j in range(k)], dim=1)
    torch.testing.assert_close(head.score(image, text), alone, atol=1e-5, rtol=1e-5)
    order = torch.randperm(k, generator=torch.Generator().manual_seed(seed))
    torch.testing.assert_close(head.score(image, text[:, order]), alone[:, order], atol=1e-5, rtol=1e-5)


@every_kind
@pytest.mark.parametrize("dim", [8, 64, 129, 512])
def test_equal_captions_tie(kind, dim):
    """A caption listed twice must tie, or its rank would depend on rounding (a matrix product breaks it)."""
    for n, k in ((1, 2), (3, 5), (7, 11), (39, 11)):
        text = normal(n, k, dim, seed=k)
        text[:, -1] = text[:, 0]
        scores = make_head(kind, dim).score(normal(n, dim, seed=n), text)
        assert tied(scores[:, 0], scores[:, -1]).all()


@every_kind
def test_padding_with_the_highest_score_changes_no_rank(kind):
    head, candidates = make_head(kind, 8), make_candidates(n=20)
    text = candidates.text
    assert not candidates.mask.all()
    loudest = torch.where(candidates.mask[..., None], text, candidates.image[:, None] * 3)
    before = ranks(head.score(candidates.image, text), candidates.mask)
    assert torch.equal(ranks(head.score(candidates.image, loudest), candidates.mask), before)


@every_kind
@given(dim=st.integers(1, 16), seed=small)
def test_config_builds_an_equal_head(kind, dim, seed):
    head = KINDS[kind](dim=dim, logit_scale=12.5)
    twin = KINDS[kind](**head.config())
    assert twin.config() == head.config()
    assert (twin.dim, twin.logit_scale) == (dim, 12.5)
    assert {n: t.shape for n, t in twin.state_dict().items()} == {
        n: t.shape for n, t in head.state_dict().items()
    }


@every_kind
def test_disk_gives_back_the_same_bits(kind, tmp_path: Path):
    head = make_head(kind, 16)
    head.logit_scale = 31.4
    loaded = load_head(save_head(head, tmp_path / "head", backbone="b"))
    image, text = normal(7, 16, seed=1), normal(7, 4, 16, seed=2)
    assert torch.equal(loaded.score(image, text), head.score(image, text))
    assert torch.equal(loaded.score_matrix(image, text[0]), head.score_matrix(image, text[0]))
    assert type(loaded) is type(head)
    assert loaded.config() == head.config()
    assert not loaded.training


@every_kind
def test_a_loaded_head_can_be_trained_on(kind, tmp_path: Path):
    head = load_head(save_head(make_head(kind, 8), tmp_path / "head"))
    assert all(weight.requires_grad for weight in head.parameters())


@every_kind
def test_gradients_reach_every_parameter(kind):
    head = make_head(kind, 8)
    names = [name for name, _ in head.named_parameters()]
    for scores in (
        head.score(normal(4, 8, seed=1), normal(4, 3, 8, seed=2)),
        head.score_matrix(normal(4, 8, seed=1), normal(3, 8, seed=2)),
    ):
        head.zero_grad()
        if names:
            (scores * normal(*scores.shape, seed=3)).sum().backward()
        for name, weight in head.named_parameters():
            assert weight.grad is not None, name
            assert weight.grad.abs().sum() > 0, name


@every_kind
def test_embeddings_of_another_dimension_are_refused(kind):
    head = KINDS[kind](dim=8)
    with pytest.raises(ValueError, match="image: expected embeddings of dimension 8, the head's, got 6"):
        head.score(normal(2, 6), normal(2, 3, 6))
    with pytest.raises(ValueError, match="image: expected embeddings of dimension 8, the head's, got 6"):
        head.score_matrix(normal(2, 6), normal(3, 6))


@every_kind
@pytest.mark.parametrize("dim", [0, -1, 8193, 10**9, 8.0, "8", True])
@pytest.mark.usefixtures("without_type_checks")
def test_a_dimension_out_of_range_is_refused(kind, dim):
    with pytest.raises(ValueError, match="dim: expected a whole number from 1 to 8192, got"):
        KINDS[kind](dim=dim)


@every_kind
@pytest.mark.parametrize(
    "scale", [0, -1.0, float("nan"), float("inf"), 10**400, "100", None, True], ids=range(8)
)
@pytest.mark.usefixtures("without_type_checks")
def test_a_logit_scale_out_of_range_is_refused(kind, scale):
    with pytest.raises(ValueError, match="logit_scale: expected a number above 0"):
        KINDS[kind](dim=4, logit_scale=scale)


@every_kind
def test_every_class_is_final(kind):
    assert getattr(KINDS[kind], "__final__", False)
    assert KINDS[kind].kind == kind
    assert issubclass(KINDS[kind], Head)


@pytest.mark.parametrize("kind", ["linear", "mlp"])
@given(n=st.integers(0, 4), k=small, dim=st.integers(1, 16), seed=small)
def test_the_dot_product_of_projections_is_another_similarity(kind, n, k, dim, seed):
    head = make_head(kind, dim, seed, similarity="dot")
    assert isinstance(head, ProjectionHead)
    image, text = normal(n, dim, seed=seed), normal(n, k, dim, seed=seed + 1)
    expected = torch.zeros(n, k)
    for i in range(n):
        for j in range(k):
            expected[i, j] = head.project_image(image[i : i + 1])[0] @ head.project_text(text[i, j][None])[0]
    torch.testing.assert_close(head.score(image, text), expected, atol=1e-5, rtol=1e-5)
    if n:
        matrix = head.score_matrix(image, text[0])
        torch.testing.assert_close(matrix[0], expected[0], atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", ["linear", "mlp"])
def test_the_similarity_goes_with_the_head(kind, tmp_path: Path):
    head = make_head(kind, 8, similarity="dot")
    loaded = load_head(save_head(head, tmp_path / "head"))
    assert isinstance(loaded, ProjectionHead)
    assert loaded.similarity == "dot"
    candidates = make_candidates()
    assert torch.equal(score_candidates(loaded, candidates), score_candidates(head, candidates))
    torch.testing.assert_close(
        score_candidates(head, candidates),
        head.score(candidates.image, candidates.text),
        atol=1e-5,
        rtol=1e-5,
    )


@pytest.mark.parametrize("similarity", ["l2", "", None, 1, ["dot"]])
@pytest.mark.parametrize("kind", ["linear", "mlp"])
@pytest.mark.usefixtures("without_type_checks")
def test_an_unknown_similarity_is_refused(kind, similarity):
    with pytest.raises(ValueError, match="similarity: expected one of cosine, dot, got"):
        KINDS[kind](dim=4, similarity=similarity)


def test_a_kind_is_taken_once():
    with pytest.raises(TypeError, match="'cosine' is taken by CosineHead"):
        type("Impostor", (ProjectionHead,), {}, kind="cosine")
    assert KINDS["cosine"] is CosineHead


def test_limits_are_inclusive():
    assert (checked_dim(1), checked_dim(8192)) == (1, 8192)
    assert (checked_logit_scale(1), checked_logit_scale(1_000_000)) == (1.0, 1e6)


@given(dim=st.integers(1, 16), seed=small)
def test_cosine_is_the_textbook_formula(dim, seed):
    image, text = normal(3, dim, seed=seed), normal(3, 4, dim, seed=seed + 1)
    scores = CosineHead().score(image, text)
    for i in range(3):
        for j in range(4):
            a, b = image[i].double(), text[i, j].double()
            expected = (a * b).sum() / (a.norm() * b.norm())
            assert abs(scores[i, j].item() - expected.item()) < 1e-6


def test_cosine_of_a_zero_vector_is_zero_not_nan():
    assert cosine(torch.zeros(1, 3), torch.ones(1, 3)).item() == 0.0
