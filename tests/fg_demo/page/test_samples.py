"""The sample images: what the list promises is there."""

import json
from pathlib import Path

import pytest
from PIL import Image

from fg_demo.boxes import Box, crop
from fg_demo.images import read_image
from fg_demo.lookalikes.attributes import find_attributes
from fg_demo.page.samples import PHOTOGRAPHS_FOLDER, load_samples, samples_for
from fg_demo.scores import check_queries, true_query

MOST_BYTES, MOST_PIXELS = 150_000, 1024


def test_the_samples_that_ship_can_all_be_compared():
    samples = samples_for("mini-clip")
    assert len(samples) >= 6
    for sample in samples:
        check_queries(sample.queries)
        image, box = read_image(sample.path), sample.box
        assert crop(image, box).size > (8, 8)
        assert box.left >= 0 and box.top >= 0 and box.right <= image.width and box.bottom <= image.height


def test_photographs_are_small_say_whose_they_are_and_tell_a_story():
    photographs = load_samples(PHOTOGRAPHS_FOLDER)
    assert 3 <= len(photographs) <= 5
    for sample in photographs:
        assert any(licence in sample.source for licence in ("CC0", "public domain")), sample.path
        assert "photograph by" in sample.source and "from scikit-image" in sample.source
        assert sample.path.stat().st_size <= MOST_BYTES and max(read_image(sample.path).size) <= MOST_PIXELS
        assert sample.story and find_attributes(sample.description) and true_query(sample.queries)
    listed = {sample.path for sample in photographs}
    assert listed == {path for path in PHOTOGRAPHS_FOLDER.iterdir() if path.suffix != ".json"}


@pytest.mark.parametrize(
    ("backbone", "photographs"), [("mini-clip", False), ("mini-clip+adapter", False), ("a/clip", True)]
)
def test_what_the_backbone_knows_comes_first(backbone: str, photographs: bool):
    samples = samples_for(backbone)
    assert bool(samples[0].source) == photographs
    names = {sample.path.stem for sample in samples}
    assert len(names) == len(samples), "a link names a sample by its file's stem"


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
