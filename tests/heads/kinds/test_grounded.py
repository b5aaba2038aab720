from pathlib import Path

import pytest
import torch
from torch import Tensor

from heads import CosineHead, load_head, read_config, save_candidates
from heads.__main__ import main
from heads.candidates import Candidates
from heads.commands.ground import choose_strengths
from heads.kinds.grounded import GroundedHead
from heads.scoring import mean_rank
from heads.values import Values, save_values
from tests.support.head_samples import normal

DIM = 16
FACTORS = {"color": ["blue", "green", "red"], "material": ["metal", "wood"]}
MADE_BY = {"backbone": "org/clip", "backbone_revision": "a"}
WORLD = {"image": normal(2, 3, DIM, seed=91), "text": 1.5 * normal(2, 4, DIM, seed=92)}
"""What each value looks like, and how it reads: two modalities that share nothing of it. In texts, none too."""


def drawn(n: int, seed: int) -> Values:
    """Regions of random colours and materials, which the captions name, but for one material in three."""
    generator = torch.Generator().manual_seed(seed)
    shown = torch.stack([torch.randint(size, (n,), generator=generator) for size in (3, 2)], dim=1)
    named = shown.clone()
    named[torch.rand(n, generator=generator) < 1 / 3, 1] = -1
    common = torch.randn(n, DIM, generator=generator)
    return Values(_vectors("image", common, shown), _vectors("text", common, named), named, FACTORS)


def _vectors(side: str, common: Tensor, values: Tensor) -> Tensor:
    return common + sum(WORLD[side][factor][values[:, factor]] for factor in (0, 1))


def candidates(n: int, seed: int) -> Candidates:
    """Each region of `drawn` against its caption and the same one of every other colour."""
    values = drawn(n, seed)
    color = values.named[:, 0]
    base = values.text - WORLD["text"][0][color]
    captions = (base[:, None] + WORLD["text"][0][:3][None]).flatten(0, 1)
    index = torch.arange(n)[:, None] * 3 + (color[:, None] + torch.arange(3)) % 3
    return Candidates(values.image, captions, index, torch.ones_like(index, dtype=torch.bool))


@pytest.fixture
def head() -> GroundedHead:
    head = GroundedHead(DIM, FACTORS)
    head.take_values(drawn(900, seed=1))
    return head


def test_a_direction_leads_from_the_other_values_to_the_one(head: GroundedHead):
    """By the definition, number by number."""
    values = drawn(900, seed=1)
    rows = [[x / sum(y * y for y in row) ** 0.5 for x in row] for row in values.image.tolist()]
    means = []
    for value in range(3):
        own = [row for row, named in zip(rows, values.named[:, 0].tolist(), strict=True) if named == value]
        mean = [sum(column) / len(own) for column in zip(*own, strict=True)]
        means.append([x / sum(y * y for y in mean) ** 0.5 for x in mean])
    for value in range(3):
        others = [mean for other, mean in enumerate(means) if other != value]
        apart = [x - sum(column) / 2 for x, *column in zip(means[value], *others, strict=True)]
        length = sum(x * x for x in apart) ** 0.5
        expected = [x / length for x in apart]
        assert head.direction[value].tolist() == pytest.approx(expected, abs=1e-4)
    assert head.direction[3].abs().max() == 0, "a caption that names no colour is not moved"


def test_a_caption_is_read_for_what_it_names(head: GroundedHead):
    values = drawn(300, seed=2)
    for found, column, size in zip(head.named(values.text), values.named.T, (3, 2), strict=True):
        assert torch.allclose(found.sum(dim=1), torch.ones(300))
        expected = torch.where(column < 0, size, column)
        assert (found.argmax(dim=1) == expected).float().mean() > 0.9


def test_the_margin_between_a_value_and_the_rest_grows_with_the_strength(head: GroundedHead):
    """Proposition 1 of arXiv 2609.37230, for captions that are read without doubt."""
    values = drawn(300, seed=2)
    sure = head.named(values.text)[0].amax(dim=1) > 0.999
    assert sure.sum() > 30
    directions = head.direction[values.named[sure, 0]]
    margins = []
    for strength in (0.0, 0.5, 2.0):
        head.strength[0] = strength
        projected = head.project_text(values.text[sure])
        margins.append((projected / projected.norm(dim=1, keepdim=True) * directions).sum(dim=1))
    assert (margins[0] < margins[1]).all() and (margins[1] < margins[2]).all()


def test_without_strength_or_factors_it_is_the_cosine(head: GroundedHead):
    image, text = normal(5, DIM, seed=1), normal(5, 7, DIM, seed=2)
    expected = CosineHead().score(image, text)
    torch.testing.assert_close(head.score(image, text), expected)
    torch.testing.assert_close(GroundedHead(DIM).score(image, text), expected)


def test_strengths_are_chosen_for_the_factors_that_need_them(head: GroundedHead):
    validation, test = candidates(200, seed=3), candidates(300, seed=4)
    choose_strengths(head, validation)
    assert head.strength[0] > 0
    assert mean_rank(head, test) < mean_rank(CosineHead(), test) - 0.3


def test_a_caption_scores_the_same_whatever_stands_beside_it(head: GroundedHead):
    head.strength.fill_(0.4)
    image, text = normal(3, DIM, seed=1), normal(3, 4, DIM, seed=2)
    alone = torch.cat([head.score(image, text[:, j : j + 1]) for j in range(4)], dim=1)
    torch.testing.assert_close(head.score(image, text), alone, atol=1e-5, rtol=1e-5)


def test_the_command_writes_a_head_that_loads_as_it_is(tmp_path: Path):
    save_values(drawn(300, seed=1), tmp_path / "values", benchmark="drawn", split="train", **MADE_BY)
    save_candidates(candidates(60, seed=3), tmp_path / "validation", **MADE_BY)
    flags = {"--values": "values", "--validation": "validation", "--output": "head"}
    words = [word for flag, name in flags.items() for word in (flag, str(tmp_path / name))]
    assert main(["ground", *words]) == 0
    loaded, config = load_head(tmp_path / "head"), read_config(tmp_path / "head")
    assert isinstance(loaded, GroundedHead)
    assert loaded.factors == FACTORS and loaded.strength[0] > 0
    assert config.metadata["data"]["values"]["split"] == "train"
    expected = GroundedHead(DIM, FACTORS)
    expected.take_values(drawn(300, seed=1))
    expected.strength.copy_(loaded.strength)
    image, text = normal(3, DIM, seed=1), normal(3, 4, DIM, seed=2)
    assert torch.equal(loaded.score(image, text), expected.score(image, text))


def test_values_of_other_factors_or_without_a_caption_are_refused(head: GroundedHead):
    before = head.direction.clone()
    values = drawn(100, seed=1)
    with pytest.raises(ValueError, match="values: expected those of 16 numbers and the factors none, got 16"):
        GroundedHead(DIM).take_values(values)
    absent = Values(values.image, values.text, values.named.clamp(max=0), FACTORS)
    with pytest.raises(ValueError, match="expected a caption that names each value"):
        head.take_values(absent)
    assert torch.equal(head.direction, before)


@pytest.mark.parametrize(
    "factors", [["red"], {"color": "red"}, {"color": []}, {"color": [1]}, {1: ["red"]}, {"c": ["v"] * 1025}]
)
@pytest.mark.usefixtures("without_type_checks")
def test_factors_that_are_no_lists_of_texts_are_refused(factors):
    with pytest.raises(ValueError, match="factors: expected lists of texts by factor, at most 1024 in all"):
        GroundedHead(4, factors)
