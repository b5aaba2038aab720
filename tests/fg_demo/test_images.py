"""Image files from visitors: read upright, or refused in words."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage import data

from fg_demo import images
from fg_demo.images import read_image

CAT = Image.fromarray(data.chelsea())


@pytest.mark.parametrize("kind", ["png", "webp", "bmp", "gif", "tiff"])
def test_the_usual_kinds_are_read_as_rgb(kind: str, tmp_path: Path):
    path = tmp_path / f"cat.{kind}"
    CAT.save(path, lossless=True)
    image = read_image(path)
    assert image.mode == "RGB" and image.size == CAT.size
    if kind != "gif":
        assert image.tobytes() == CAT.tobytes()


@pytest.mark.parametrize("mode", ["L", "CMYK", "P", "RGBA", "1", "LA"])
def test_other_colour_modes_become_rgb(mode: str, tmp_path: Path):
    CAT.convert(mode).save(tmp_path / "cat.tiff")
    assert read_image(tmp_path / "cat.tiff").mode == "RGB"


def test_a_photo_held_sideways_comes_upright(tmp_path: Path):
    exif = Image.Exif()
    exif[274] = 6
    CAT.save(tmp_path / "cat.jpg", exif=exif)
    assert read_image(tmp_path / "cat.jpg").size == (CAT.height, CAT.width)


def test_a_file_that_is_no_image_is_refused_by_name(tmp_path: Path):
    (tmp_path / "notes.png").write_text("not a picture")
    with pytest.raises(
        ValueError, match=r"image: expected a JPEG, PNG, WebP, GIF, AVIF, BMP or TIFF, .*notes\.png"
    ):
        read_image(tmp_path / "notes.png")


@pytest.mark.parametrize("kind", ["png", "jpg"])
def test_a_broken_file_is_refused_by_name(kind: str, tmp_path: Path):
    whole = tmp_path / f"whole.{kind}"
    CAT.save(whole)
    broken = tmp_path / f"broken.{kind}"
    broken.write_bytes(whole.read_bytes()[: whole.stat().st_size // 3])
    with pytest.raises(ValueError, match=rf"image: expected a whole image file, .*broken\.{kind}"):
        read_image(broken)


def test_every_way_to_damage_a_png_is_refused_or_read(tmp_path: Path):
    path = tmp_path / "cat.png"
    CAT.resize((40, 30)).save(path)
    content = path.read_bytes()
    for position in range(0, len(content), 97):
        damaged = tmp_path / f"{position}.png"
        damaged.write_bytes(content[:position] + bytes([content[position] ^ 0xFF]) + content[position + 1 :])
        try:
            assert read_image(damaged).mode == "RGB"
        except ValueError as error:
            assert "image: expected" in str(error)


def test_an_image_too_large_is_refused_with_both_sizes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(images, "MAX_MEGAPIXELS", 0.1)
    CAT.save(tmp_path / "cat.png")
    with pytest.raises(ValueError, match=r"at most 0\.1 megapixels, got 451 × 300"):
        read_image(tmp_path / "cat.png")


def test_a_file_that_is_gone_is_refused(tmp_path: Path):
    with pytest.raises(ValueError, match="not there any more"):
        read_image(tmp_path / "gone.png")


def test_a_file_that_changed_is_read_again(tmp_path: Path):
    path = tmp_path / "image.png"
    Image.new("RGB", (3, 3), "red").save(path)
    read_image(path)
    Image.new("RGB", (3, 3), "blue").save(path)
    assert np.asarray(read_image(path))[0, 0].tolist() == [0, 0, 255]
