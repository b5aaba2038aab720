"""Small image files that real cameras, scanners and editors write, and that readers stumble over."""

import io
import random
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from fg_demo.images import FORMATS, decode, open_image, read_image
from fg_demo.upright import orientation, upright

CASES = Path(__file__).parents[1] / "cases"
RED, GREEN, BLUE, YELLOW = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0)
SCENE = Path(__file__).parents[2] / "fg_demo" / "samples" / "scene-1000076.jpg"
SIXTEEN_BITS = "I;16"


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """The colours amid the four quarters, each channel all or nothing: top left, top right, bottom left, bottom right."""
    places = [(x * image.width // 4, y * image.height // 4) for y in (1, 3) for x in (1, 3)]
    return [tuple(255 * (value > 127) for value in image.getpixel(place)) for place in places]  # pyright: ignore[reportGeneralTypeIssues, reportOptionalIterable]


@pytest.mark.parametrize(
    ("name", "size", "seen"),
    [
        ("quad_plain.jpg", (400, 400), [RED, GREEN, YELLOW, BLUE]),
        ("quad_orient3.png", (400, 200), [RED, GREEN, YELLOW, BLUE]),
        *(
            (f"quad_{name}", (400, 200), [BLUE, YELLOW, GREEN, RED])
            for name in ("orient3.jpg", "orient3.webp", "orient3.avif", "xmp3.jpg")
        ),
        ("quad_orient6.webp", (200, 400), [YELLOW, RED, BLUE, GREEN]),
        *(
            (name, (60, 120), [RED, RED, BLUE, BLUE])
            for name in ("orient6.avif", "xmp6.jpg", "xmp6.png", "xmp6.webp")
        ),
    ],
)
def test_wherever_a_file_says_how_it_lies_it_comes_upright(
    name: str, size: tuple[int, int], seen: list[tuple[int, ...]]
):
    image = read_image(CASES / name)
    assert image.size == size and image.mode == "RGB" and corners(image) == seen
    assert not image.info and orientation(image) == 1, "nothing is left that could turn it again"


@pytest.mark.parametrize("path", sorted(CASES.glob("ex*.jpg")), ids=lambda path: path.name)
def test_a_damaged_or_odd_exif_block_is_no_reason_to_refuse(path: Path):
    assert read_image(path).size == (20, 40), "they all say orientation 6"


def test_of_random_changes_to_an_exif_block_none_is_a_reason_to_refuse():
    chance = random.Random(0)
    content = (CASES / "exif_error.jpg").read_bytes()
    start = content.index(b"Exif\0\0")
    (length,) = struct.unpack_from(">H", content, start - 2)
    for _ in range(500):
        changed = bytearray(content)
        for place in chance.choices(range(start, start + length - 2), k=chance.randint(1, 3)):
            changed[place] = chance.randrange(256)
        assert decode(bytes(changed), "photo").size in {(20, 40), (40, 20)}


def test_after_random_changes_a_file_is_read_or_refused_in_words():
    chance = random.Random(0)
    files = [path.read_bytes() for path in sorted(CASES.iterdir()) if path.stat().st_size < 5000]
    files += [_saved(Image.radial_gradient("L").resize((9, 7)), kind) for kind in FORMATS]
    for _ in range(600):
        changed = bytearray(chance.choice(files))
        for _ in range(chance.randint(1, 3)):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        try:
            assert decode(bytes(changed), "photo").mode == "RGB"
        except ValueError as error:
            assert str(error).startswith("image: expected")


@pytest.mark.parametrize("turn", range(1, 9))
def test_orientations_are_turned_as_pillow_turns_them(turn: int):
    exif = Image.Exif()
    exif[274] = turn
    for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
        content = _saved(Image.radial_gradient("L").resize((9, 7)).convert("RGB"), kind, exif=exif)
        expected = ImageOps.exif_transpose(Image.open(io.BytesIO(content))).convert("RGB")
        seen = decode(content, "photo")
        assert seen.size == expected.size and seen.tobytes() == expected.tobytes(), kind


GREY = {
    "16-bit PNG": lambda grey: _saved(_sixteen(grey), "PNG"),
    "16-bit TIFF": lambda grey: _saved(_sixteen(grey), "TIFF"),
    "16-bit TIFF, big end first": lambda grey: _saved(_sixteen(grey, ">u2"), "TIFF"),
    "whole numbers above 255": lambda grey: _saved(Image.fromarray(grey.astype(np.int32) * 257), "TIFF"),
    "whole numbers to 255": lambda grey: _saved(Image.fromarray(grey.astype(np.int32)), "TIFF"),
    "shares of 1": lambda grey: _saved(Image.fromarray(grey.astype(np.float32) / 255), "TIFF"),
    "decimals to 255": lambda grey: _saved(Image.fromarray(grey.astype(np.float32)), "TIFF"),
}


@pytest.mark.parametrize("form", GREY)
def test_grey_of_more_than_eight_bits_is_that_of_its_eight_bit_twin(form: str):
    """So are the scores: they are of these pixels."""
    grey = np.asarray(Image.open(SCENE).convert("L"))
    seen = np.asarray(decode(GREY[form](grey), "scan"))
    assert np.abs(seen.astype(int) - grey[:, :, None]).max() <= 1 and grey.max() > 200


@pytest.mark.parametrize("value", [-5.0, 1e9, np.nan, np.inf])
def test_grey_that_is_no_shade_is_refused(value: float):
    content = _saved(Image.fromarray(np.full((3, 4), value, np.float32)), "TIFF")
    with pytest.raises(ValueError, match=r"expected grey values of 0 to 65,535, got"):
        decode(content, "scan")


@pytest.mark.parametrize("name", ["bigtext.png", "bigicc.png"])
def test_a_long_text_or_colour_profile_is_no_reason_to_refuse(name: str):
    assert read_image(CASES / name).size == (50, 50)


@pytest.mark.parametrize("kind", [b"eXIf", b"tEXt", b"iCCP", b"iTXt", b"gAMA"])
def test_a_damaged_note_in_a_sound_png_is_no_reason_to_refuse(kind: bytes):
    content = (CASES / "quad_orient3.png").read_bytes()
    damaged = struct.pack(">I", 9) + kind + b"MM\0*\0\0\0\0\0" + b"\1\2\3\4"  # not its check sum
    ends = content.index(b"IDAT") - 4
    assert decode(content[:ends] + damaged + content[ends:], "photo").size == (400, 200)


@pytest.mark.parametrize("kind", ["DDS", "PCX", "PPM", "TGA", "ICO", "SGI"])
def test_other_kinds_are_refused_before_their_decoder_runs(kind: str):
    content = _saved(Image.radial_gradient("L").resize((16, 16)).convert("RGB"), kind)
    with pytest.raises(ValueError, match=r"expected a JPEG, .* got something else \(photo\)"):
        open_image(content, "photo")


def test_broken_avif_is_refused_in_words():
    content = (CASES / "quad_orient3.avif").read_bytes()
    for end in range(12, len(content), 40):
        with pytest.raises(ValueError, match="image: expected a"):
            decode(content[:end], "photo")


def test_a_name_and_its_ending_say_nothing(tmp_path: Path):
    (tmp_path / "photo").write_bytes((CASES / "quad_plain.jpg").read_bytes())
    assert read_image(tmp_path / "photo").size == (400, 400)


def test_transparency_of_a_tall_image_lies_on_white_all_the_way_down():
    tall = Image.new("RGBA", (3, 700), (0, 0, 255, 0))
    tall.putpixel((1, 699), (255, 0, 0, 128))
    white = Image.new("RGBA", tall.size, "white")
    assert upright(tall).tobytes() == Image.alpha_composite(white, tall).convert("RGB").tobytes()


def test_a_png_keeps_what_decides_its_pixels():
    palette = Image.radial_gradient("L").resize((9, 7)).quantize(5)
    note = PngImagePlugin.PngInfo()
    note.add_text("Comment", "x" * 100)
    content = _saved(palette, "PNG", transparency=2, pnginfo=note)
    expected = Image.open(io.BytesIO(content)).convert("RGBA")
    white = Image.new("RGBA", expected.size, "white")
    assert (
        decode(content, "photo").tobytes() == Image.alpha_composite(white, expected).convert("RGB").tobytes()
    )
    assert zlib.crc32(content) != zlib.crc32(_saved(palette, "PNG")), "it has the note and the transparency"


def _sixteen(grey: np.ndarray, order: str = "<u2") -> Image.Image:
    return Image.fromarray((grey.astype(np.uint32) * 257).astype(order))


def _saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()
