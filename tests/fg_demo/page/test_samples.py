"""The sample images: what the list promises is there."""

import json
from pathlib import Path

import pytest
from PIL import Image

from fg_demo.boxes import Box, crop
from fg_demo.images import read_image
from fg_demo.page.samples import load_samples
from fg_demo.scores import check_queries


def test_the_samples_that_ship_can_all_be_compared():
    samples = load_samples()
    assert len(samples) >= 3
    for sample in samples:
        check_queries(sample.queries)
        assert crop(read_image(sample.path), sample.box).size > (8, 8)


def test_a_list_is_read_as_it_is_written(tmp_path: Path):
    Image.new("RGB", (9, 9)).save(tmp_path / "a.png")
    entry = {"file": "a.png", "box": [1, 2, 3, 4], "queries": ["x", "y"]}
    (tmp_path / "samples.json").write_text(json.dumps([entry]))
    (sample,) = load_samples(tmp_path)
    assert (sample.path, sample.box, sample.queries) == (tmp_path / "a.png", Box(1, 2, 3, 4), ("x", "y"))


def test_an_entry_without_a_field_or_an_image_is_refused(tmp_path: Path):
    (tmp_path / "samples.json").write_text('[{"file": "a.png", "box": [1, 2, 3, 4]}]')
    with pytest.raises(ValueError, match="entry 1: expected the fields file, box and queries"):
        load_samples(tmp_path)
    (tmp_path / "samples.json").write_text('[{"file": "a.png", "box": [1, 2, 3, 4], "queries": []}]')
    with pytest.raises(FileNotFoundError, match=r"entry 1: .*a\.png"):
        load_samples(tmp_path)
