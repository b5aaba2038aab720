from pathlib import Path

import pytest
import torch

from heads import save_pairs
from heads.values import Values, load_values, save_values, value_places
from tests.support.head_samples import make_pairs, normal

FACTORS = {"color": ["blue", "red"], "material": ["wood"]}
NAMED = torch.tensor([[0, -1], [1, 0], [-1, -1]])


def make_values(**changes: object) -> Values:
    given = {"image": normal(3, 4), "text": normal(3, 4, seed=1), "named": NAMED, "factors": FACTORS}
    return Values(**{**given, **changes})  # pyright: ignore[reportArgumentType]


def test_places_are_those_of_the_values_in_alphabetical_order():
    named, factors = value_places([{"color": "blue"}, {"material": "wood", "color": "red"}, {}])
    assert factors == FACTORS and list(factors) == ["color", "material"]
    assert torch.equal(named, NAMED)
    named, factors = value_places([{}, {}])
    assert factors == {} and named.shape == (2, 0)


def test_a_file_gives_them_back(tmp_path: Path):
    values = make_values()
    loaded = load_values(save_values(values, tmp_path / "values.safetensors", backbone="b"))
    assert loaded.factors == FACTORS and list(loaded.factors) == list(FACTORS)
    for name in ("image", "text", "named"):
        assert torch.equal(getattr(loaded, name), getattr(values, name))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"named": NAMED[:2]}, "image, text, named: expected as many rows of each"),
        ({"text": normal(3, 5)}, "image, text: expected one dimension"),
        ({"named": NAMED[:, :1]}, "named: expected 2 columns, got 1"),
        ({"named": NAMED + 1}, "named: color: expected -1 to 1, got 0 to 2"),
        ({"named": NAMED - 1}, "named: color: expected -1 to 1, got -2 to 0"),
        ({"image": normal(3, 4).fill_(torch.nan)}, "image: expected finite numbers"),
    ],
)
@pytest.mark.usefixtures("without_type_checks")
def test_what_does_not_fit_together_is_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        make_values(**changes)


def test_a_file_of_something_else_is_named(tmp_path: Path):
    path = save_pairs(make_pairs(), tmp_path / "pairs")
    with pytest.raises(ValueError, match="pairs: expected the tensors"):
        load_values(path)
    with pytest.raises(FileNotFoundError):
        load_values(tmp_path / "none")
