"""Images as links call them: the page's own by a name, a visitor's by nothing."""

import os
from pathlib import Path

import pytest

from fg_demo.page.samples import load_samples
from fg_demo.page.taking.names import ImageNames, file_digest

SAMPLES = [sample.path for sample in load_samples()]


def test_a_sample_has_its_name_wherever_its_copy_lies(tmp_path: Path):
    names = ImageNames(SAMPLES)
    copy = tmp_path / "another name.jpg"
    copy.write_bytes(SAMPLES[0].read_bytes())
    name = names.of(copy)
    assert name is not None and name == f"sample/{SAMPLES[0].stem}"
    assert names.file(name) == SAMPLES[0]


def test_what_was_found_by_name_keeps_it_and_a_visitors_own_has_none(tmp_path: Path):
    (tmp_path / "found.png").write_bytes(b"found")
    (tmp_path / "own.png").write_bytes(b"own")
    names = ImageNames([], lambda name: tmp_path / "found.png")
    assert names.of(tmp_path / "found.png") is None
    assert names.file("bench/test/1") == tmp_path / "found.png"
    assert names.of(tmp_path / "found.png") == "bench/test/1" and names.of(tmp_path / "own.png") is None


@pytest.mark.parametrize("name", ["sample/none", "sample/../app", "/etc/passwd", ""])
def test_a_name_that_is_none_is_told(name: str):
    with pytest.raises(ValueError, match="image: expected one of sample/"):
        ImageNames(SAMPLES).file(name)


def test_a_file_that_was_written_anew_is_another(tmp_path: Path):
    path = tmp_path / "image.png"
    path.write_bytes(b"first")
    before = file_digest(path)
    path.write_bytes(b"second, longer")
    os.utime(path, ns=(1, 1))
    assert file_digest(path) != before
