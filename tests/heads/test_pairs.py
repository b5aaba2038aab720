from pathlib import Path

import pytest
import torch

from heads.candidates import save_candidates
from heads.io.tensors import read_metadata
from heads.pairs import TENSOR_NAMES, Pairs, load_pairs, save_pairs
from tests.support.head_samples import make_candidates, make_pairs

GOOD = {"image": torch.zeros(2, 4), "text": torch.zeros(3, 4), "image_of_text": torch.tensor([0, 1, 1])}
BAD = {
    "text: expected dimension 4, that of image, got 5": {"text": torch.zeros(3, 5)},
    "image_of_text: expected 3 rows, one a caption, got 2": {"image_of_text": torch.tensor([0, 1])},
    "image_of_text: expected rows of image, 0 to 1, got 0 to 2": {"image_of_text": torch.tensor([0, 1, 2])},
    "got -1 to 1": {"image_of_text": torch.tensor([0, 1, -1])},
    "image: expected finite numbers": {"image": torch.full((2, 4), torch.nan)},
    "text: expected finite numbers": {"text": torch.full((3, 4), torch.inf)},
    "image_of_text: expected one int64": {"image_of_text": torch.zeros(3)},
    "text: expected rows of floating point": {"text": torch.zeros(3, 4, dtype=torch.int64)},
}


@pytest.mark.parametrize("message", BAD)
@pytest.mark.usefixtures("without_type_checks")
def test_what_does_not_fit_together_is_refused(message: str):
    assert len(Pairs(**GOOD)) == 3
    with pytest.raises(ValueError, match=message):
        Pairs(**{**GOOD, **BAD[message]})


def test_a_file_gives_back_the_pairs_and_its_metadata(tmp_path: Path):
    pairs = make_pairs()
    path = save_pairs(pairs, tmp_path / "captions.safetensors", backbone="b")
    for name in TENSOR_NAMES:
        assert torch.equal(getattr(load_pairs(path), name), getattr(pairs, name))
    assert read_metadata(path) == {"backbone": "b"}


def test_a_file_of_candidates_is_no_pairs(tmp_path: Path):
    path = save_candidates(make_candidates(), tmp_path / "x.safetensors")
    with pytest.raises(ValueError, match="expected the tensors"):
        load_pairs(path)
