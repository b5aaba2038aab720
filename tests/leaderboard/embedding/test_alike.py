"""Negatives that a backbone reads as their positive are no test of a head: left out, and counted."""

from pathlib import Path

import pytest
import torch

from fg_demo import Backbone, load_backbone
from fg_demo.boxes import Box
from heads import CosineHead
from leaderboard.benchmarks.samples import Sample
from leaderboard.embedding.alike import NONE_LEFT, READ_ALIKE, alike_oddities
from leaderboard.embedding.embed import embed
from leaderboard.evaluation.evaluate import evaluate
from tests.support.tiny_benchmark import CountingBackbone, paint
from tests.support.tiny_clip import CONTEXT, write_tiny_clip

BOX = Box(10.0, 10.0, 40.0, 50.0)
LONG = "mug " * CONTEXT  # a letter is a token: what follows is not read
SAMPLES = [
    Sample("0", BOX, "a red mug", ("a blue mug", "A  Red mug", "a red cup")),
    Sample("0", BOX, "a cat", ("a dog", "a cab", "a bat")),
    Sample("0", BOX, f"{LONG} red", (f"{LONG} blue", f"{LONG.upper()}")),
]


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Backbone:
    return load_backbone(str(write_tiny_clip(tmp_path_factory.mktemp("models") / "tiny-clip")), device="cpu")


def test_texts_of_the_same_tokens_are_encoded_once(clip: Backbone):
    texts = ["a red mug", "a blue mug", "A  Red mug", f"{LONG} red", f"{LONG} blue", "a red mug"]
    rows = clip.encode_texts(texts)
    assert torch.equal(rows[0], rows[2]) and torch.equal(rows[0], rows[5]) and torch.equal(rows[3], rows[4])
    assert not torch.equal(rows[0], rows[1]) and not torch.equal(rows[0], rows[3])
    for row, text in zip(rows, texts, strict=True):
        torch.testing.assert_close(row, clip.encode_texts([text])[0], atol=1e-5, rtol=1e-5)


def test_what_the_backbone_reads_as_the_positive_is_masked_and_counted(clip: Backbone, tmp_path: Path):
    candidates = embed(SAMPLES, {"0": paint(0)}, clip, tmp_path)
    assert candidates.mask.tolist() == [
        [True, True, False, True],
        [True, True, True, True],
        [True, False, False, False],
    ]
    assert alike_oddities(SAMPLES, candidates) == {READ_ALIKE: 3, NONE_LEFT: 1}
    found = evaluate(CosineHead(), {"hard": candidates}, {"hard": SAMPLES})["hard"]
    assert found.n == 3 and found.chance == pytest.approx((2 + 2.5 + 1) / 3)
    assert found.ranks is not None and found.ranks[2] == "1"


def test_embeddings_of_several_runs_are_told_alike_too(clip: Backbone, tmp_path: Path):
    """The cache was filled before, so the two were encoded in batches of their own."""
    for sample in (
        Sample("0", BOX, "a red mug", ("a dog",)),
        Sample("0", BOX, "A Red mug", (f"{LONG} red",)),
    ):
        embed([sample], {"0": paint(0)}, clip, tmp_path)
    (mask,) = embed(
        [Sample("0", BOX, "a red mug", ("A Red mug", "a dog"))], {"0": paint(0)}, clip, tmp_path
    ).mask
    assert mask.tolist() == [True, False, True]


def test_without_any_nothing_is_left_out(tmp_path: Path):
    candidates = embed(SAMPLES, {"0": paint(0)}, CountingBackbone(), tmp_path)
    assert alike_oddities(SAMPLES, candidates) == {}
