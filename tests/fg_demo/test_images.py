"""Image files from visitors: read upright, or refused in words."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, BrokenBarrierError

import numpy as np
import pytest
from PIL import Image
from skimage import data

from fg_demo import images
from fg_demo.images import read_image, using

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


def test_large_images_are_used_one_at_a_time_and_others_side_by_side(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Two threads that are inside at once meet at the barrier; one that is alone there waits in vain."""
    trimmed = []
    monkeypatch.setattr(images, "give_back", lambda: trimmed.append(len(trimmed)))
    for number in range(2):
        CAT.rotate(number).save(tmp_path / f"{number}.png")

    def meets(number: int, barrier: Barrier, patience: float) -> bool:
        with using(tmp_path / f"{number}.png") as image:
            assert image.size == CAT.size
            try:
                barrier.wait(patience)
            except BrokenBarrierError:
                return False
            return True

    with ThreadPoolExecutor(2) as pool:
        barrier = Barrier(2)
        assert list(pool.map(lambda number: meets(number, barrier, 60), range(2))) == [True, True]
        decoded = len(trimmed)
        monkeypatch.setattr(images, "LARGE_MEGAPIXELS", 0.1)
        lonely = Barrier(2)  # broken by the first, so that the second need not wait
        assert list(pool.map(lambda number: meets(number, lonely, 0.2), range(2))) == [False, False]
        assert len(trimmed) == decoded + 2, "memory goes back after each"


def test_what_goes_wrong_with_a_large_image_lets_the_next_one_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(images, "LARGE_MEGAPIXELS", 0.1)
    CAT.save(tmp_path / "cat.png")
    with pytest.raises(KeyError), using(tmp_path / "cat.png"):
        raise KeyError
    with using(tmp_path / "cat.png") as image:
        assert image.size == CAT.size


def test_no_more_pixels_are_kept_than_the_largest_image_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(images, "_kept", type(images._kept)())
    monkeypatch.setattr(images, "CACHED_BYTES", 3 * 4 * CAT.width * CAT.height)
    for number in range(5):
        CAT.rotate(number).save(tmp_path / f"{number}.png")
        read_image(tmp_path / f"{number}.png")
    assert [path.stem for path, _ in images._kept] == ["2", "3", "4"]
