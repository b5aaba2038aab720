from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from heads import CosineHead, Pairs, load_head, read_config, save_candidates, save_pairs
from heads.__main__ import main
from heads.kinds.centred import CentredHead
from tests.support.head_samples import make_candidates, make_head, make_pairs, normal

MADE_BY = {"backbone": "org/clip", "backbone_revision": "a"}


def slow_mean(rows: list[list[float]]) -> list[float]:
    """Mean of the rows, each divided by its length."""
    lengths = [sum(x * x for x in row) ** 0.5 for row in rows]
    units = [[x / length for x in row] for row, length in zip(rows, lengths, strict=True)]
    return [sum(column) / len(units) for column in zip(*units, strict=True)]


@given(images=st.integers(2, 5), captions=st.integers(2, 9), seed=st.integers(0, 50))
def test_the_score_is_the_cosine_of_what_stands_off_the_means(images, captions, seed):
    pairs, image, text = make_pairs(images, captions, 6, seed), normal(6, seed=seed), normal(6, seed=seed + 1)
    head = CentredHead(6)
    head.take_means(pairs)
    off = []
    for x, rows in ((image, pairs.image), (text, pairs.text)):
        unit = [v / sum(w * w for w in x.tolist()) ** 0.5 for v in x.tolist()]
        off.append([u - m for u, m in zip(unit, slow_mean(rows.tolist()), strict=True)])
    dot = sum(a * b for a, b in zip(*off, strict=True))
    lengths = [sum(a * a for a in side) ** 0.5 for side in off]
    found = head.score(image[None], text[None, None]).item()
    assert found == pytest.approx(dot / (lengths[0] * lengths[1]), abs=1e-4)


def test_without_means_it_is_the_cosine():
    image, text = normal(5, 8, seed=1), normal(5, 7, 8, seed=2)
    found = make_head("centred", 8).score(image, text)
    torch.testing.assert_close(found, CosineHead().score(image, text), atol=1e-6, rtol=1e-5)


def test_means_of_two_cones_bring_out_what_differs_within_them():
    """A large common part of the images and another of the captions hide what both share."""
    shared = 0.1 * normal(40, 16, seed=1)
    image, text = shared + normal(16, seed=2), shared + normal(16, seed=3)
    head = CentredHead(16)
    head.take_means(Pairs(image, text, torch.arange(40)))
    scores = {h.kind: h.score_matrix(image, text) for h in (head, CosineHead())}
    right = {kind: (matrix.argmax(dim=0) == torch.arange(40)).sum() for kind, matrix in scores.items()}
    assert right["centred"] == 40 > right["cosine"]


@pytest.mark.parametrize(
    "pairs", [make_pairs(dim=6), Pairs(normal(1, 8), normal(0, 8), torch.zeros(0, dtype=torch.int64))]
)
def test_pairs_without_a_mean_or_of_another_dimension_are_refused(pairs):
    head = CentredHead(8)
    with pytest.raises(ValueError, match="pairs: expected images and captions of dimension 8, got"):
        head.take_means(pairs)
    assert head.image_mean.abs().max() == head.text_mean.abs().max() == 0


def test_the_command_writes_a_calibrated_head_that_says_what_its_means_are_of(tmp_path: Path):
    pairs = make_pairs()
    save_pairs(pairs, tmp_path / "pairs", benchmark="drawn", split="train", **MADE_BY)
    save_candidates(make_candidates(), tmp_path / "validation", **MADE_BY)
    words = ["centre", "--pairs", "pairs", "--validation", "validation", "--output", "head"]
    assert (
        main([word if word.startswith("-") or word == "centre" else str(tmp_path / word) for word in words])
        == 0
    )
    head, expected, config = load_head(tmp_path / "head"), CentredHead(8), read_config(tmp_path / "head")
    expected.take_means(pairs)
    assert isinstance(head, CentredHead)
    assert torch.equal(head.image_mean, expected.image_mean)
    assert torch.equal(head.text_mean, expected.text_mean)
    assert (config.backbone, config.backbone_revision) == ("org/clip", "a")
    assert config.metadata["stage"] == "means"
    assert config.metadata["data"]["pairs"]["split"] == "train"
    assert head.logit_scale != CentredHead(8).logit_scale
