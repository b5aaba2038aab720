"""An image's pixels as they are meant to be seen: turned upright, on white, eight bits a channel."""

import re
import struct

import numpy as np
from PIL import Image

TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What makes upright what is stored with an orientation (EXIF 2.32, tag 274); 1 is upright."""
ORIENTATION = 274
EXIF_TYPES = {1: "B", 3: "H", 4: "I"}
"""Whole numbers without a sign, by their types in TIFF 6.0."""
XMP_ORIENTATION = re.compile(rb"""tiff:Orientation(?:\s*=\s*["']|>)\s*([1-8])""")
BAND = 256
"""Rows that are laid on white at a time, so that a large image is not held four times."""
MOST_GREY = 65_535


def upright(image: Image.Image) -> Image.Image:
    """A new image as it is meant to be seen: `as_stored`, turned as the file says. Errors as there."""
    seen = as_stored(image)  # loads it: some formats hold what they say of themselves behind the pixels
    turn = TURNS.get(orientation(image))
    return seen if turn is None else seen.transpose(turn)


def as_stored(image: Image.Image) -> Image.Image:
    """A new RGB image without metadata, not turned: transparency on white, 16 bits scaled to 8.

    Raises ValueError when its values are no colours.
    """
    seen = _on_white(_eight_bits(image))
    seen.info = {}  # else it would go on saying how it was stored
    return seen


def orientation(image: Image.Image) -> int:
    """1 to 8, how the file says that its pixels lie: in its EXIF block, else in its XMP; 1 where neither says.

    The tag alone is read, never the whole block: cameras and editors write blocks that are damaged elsewhere.
    """
    if image.format == "TIFF":
        return 1  # Pillow has turned it while loading
    exif, xmp = image.info.get("exif"), image.info.get("xmp")
    found = _in_exif(exif) if isinstance(exif, bytes) else None
    return found or (_in_xmp(xmp) if isinstance(xmp, bytes) else None) or 1


def _in_exif(block: bytes) -> int | None:
    tiff = block.removeprefix(b"Exif\0\0")
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None:
        return None
    try:
        (start,) = struct.unpack_from(order + "I", tiff, 4)
        (entries,) = struct.unpack_from(order + "H", tiff, start)
        for at in range(start + 2, start + 2 + 12 * entries, 12):
            tag, kind = struct.unpack_from(order + "HH", tiff, at)
            if tag == ORIENTATION and kind in EXIF_TYPES:
                (value,) = struct.unpack_from(order + EXIF_TYPES[kind], tiff, at + 8)
                return value if 1 <= value <= 8 else None
    except struct.error:  # the block ends before what it promises
        return None
    return None


def _in_xmp(packet: bytes) -> int | None:
    found = XMP_ORIENTATION.search(packet)
    return int(found[1]) if found else None


def _eight_bits(image: Image.Image) -> Image.Image:
    """Grey values of 16 bits, or whole or decimal numbers, as 8 bits; any other image as it is."""
    if not image.mode.startswith(("I", "F")):
        return image
    values = np.asarray(image)
    low, high = values.min(), values.max()
    if not (low >= 0 and high <= MOST_GREY):
        raise ValueError(f"image: expected grey values of 0 to {MOST_GREY:,}, got {low:g} to {high:g}")
    white = _white(image.mode, float(high))
    return Image.fromarray(np.rint(np.multiply(values, 255 / white, dtype=np.float32)).astype(np.uint8))


def _white(mode: str, high: float) -> int:
    """The value that stands for white, as far as the mode and the highest value there is tell."""
    if mode == "F" and high <= 1:
        return 1
    return 255 if high <= 255 and ";16" not in mode else MOST_GREY


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode not in ("RGBA", "LA", "PA", "La", "RGBa") and "transparency" not in image.info:
        return _converted(image, "RGB")
    white = Image.new("RGB", image.size, "white")
    for top in range(0, image.height, BAND):
        rows = image.crop((0, top, image.width, min(top + BAND, image.height)))
        band = _converted(rows, "RGBA")
        band = Image.alpha_composite(Image.new("RGBA", band.size, "white"), band)
        white.paste(band.convert("RGB"), (0, top))
    return white


def _converted(image: Image.Image, mode: str) -> Image.Image:
    try:
        return image.convert(mode)
    except ValueError as error:
        raise ValueError(f"image: expected grey, RGB or CMYK colours, got {image.mode}") from error
