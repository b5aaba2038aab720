"""Image files from anywhere: opened upright, or refused in words. The one reader of the page and the benchmark."""

import io
import struct
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from PIL import Image, UnidentifiedImageError

from fg_demo.memory import give_back
from fg_demo.upright import upright

MAX_MEGAPIXELS = 64
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "AVIF", "BMP", "TIFF")
"""What is opened: what browsers show, and what cameras and scanners write. Pillow knows many more decoders."""
SPOKEN = "JPEG, PNG, WebP, GIF, AVIF, BMP or TIFF"
DECODER_ERRORS = (OSError, SyntaxError, ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
DECODER_ERRORS += (struct.error, zlib.error, RuntimeError, Image.DecompressionBombError)
"""What Pillow's decoders raise on malformed files, found by changing bytes at random. Nothing but Pillow is
called where they are caught.
"""
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"

LARGE_MEGAPIXELS = 16
"""Above what a phone takes by default. The pixels of so large an image are needed two or three times at once."""
BYTES = 4
"""That Pillow holds a pixel of RGB in."""
CACHED_BYTES = MAX_MEGAPIXELS * 1_000_000 * BYTES
"""Pixels that are kept: one image of the largest size, or some twenty of a phone's."""
_kept: OrderedDict[tuple[Path, int], Image.Image] = OrderedDict()
_decoding = Lock()
_using_large = Lock()


@contextmanager
def using(path: str | Path) -> Iterator[Image.Image]:
    """The image of `read_image`, and its errors, for the block: only one large image is decoded, cropped and
    encoded at a time, and the memory it took goes back to the system after it.

    Not to be nested: the inner block would wait for the outer one.
    """
    if _pixels(path) <= LARGE_MEGAPIXELS * 1e6:
        yield read_image(path)
        return
    with _using_large:
        try:
            yield read_image(path)
        finally:
            give_back()


def _pixels(path: str | Path) -> int:
    """How many pixels the image has; only its header is read. Errors as in `read_image`."""
    path, changed = _existing(path)
    image = _kept.get((path, changed)) or _opened(path.read_bytes(), path.name)
    return image.width * image.height


def read_image(path: str | Path) -> Image.Image:
    """The image as it is meant to be seen: upright, RGB, its first frame if it moves. Shared: do not change it.

    Raises ValueError when the file is no image, is broken, or has more than 64 megapixels.
    """
    return _read(*_existing(path))


def _existing(path: str | Path) -> tuple[Path, int]:
    """The file, and when it was changed last."""
    path = Path(path)
    if not path.is_file():
        raise ValueError("image: expected an image file, got one that is not there any more; choose it again")
    return path, path.stat().st_mtime_ns


def _read(path: Path, changed: int) -> Image.Image:
    """The image from the cache or its file; decoded one at a time, since a small file may hold many pixels."""
    known = _kept.get((path, changed))
    if known is not None:
        return known
    with _decoding:
        if (path, changed) not in _kept:
            image = decode(path.read_bytes(), path.name)
            _make_room(image)
            _kept[path, changed] = image
            give_back()
        return _kept[path, changed]


def _make_room(image: Image.Image) -> None:
    while _kept and _bytes(image) + sum(map(_bytes, _kept.values())) > CACHED_BYTES:
        _kept.popitem(last=False)


def _bytes(image: Image.Image) -> int:
    return image.width * image.height * BYTES


def decode(content: bytes, name: str) -> Image.Image:
    """The image in a file's content, as `read_image` gives it; `name` is how errors call the file. Errors as there."""
    return upright(open_image(content, name))


def open_image(content: bytes, name: str) -> Image.Image:
    """The image in a file's content as it is stored, its pixels loaded. Errors as in `read_image`."""
    image = _opened(content, name)
    try:
        image.load()
    except DECODER_ERRORS as error:
        raise _broken(name) from error
    return image


def _opened(content: bytes, name: str) -> Image.Image:
    """The image as far as its header tells: its pixels are not loaded yet."""
    try:
        image = Image.open(io.BytesIO(_plain_png(content)), formats=FORMATS)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise ValueError(f"image: expected a {SPOKEN}, got something else ({name})") from error
    except DECODER_ERRORS as error:
        raise _broken(name) from error
    if image.width * image.height > MAX_MEGAPIXELS * 1e6:
        raise ValueError(
            f"image: expected at most {MAX_MEGAPIXELS} megapixels, got {image.width} × {image.height}"
        )
    return image


def _broken(name: str) -> ValueError:
    return ValueError(f"image: expected a whole image file, got a broken one ({name})")


def _plain_png(content: bytes) -> bytes:
    """A PNG without what decides no pixel: Pillow refuses the whole file for a long text or colour profile, or
    for a damaged note. Any other content as it is.
    """
    if not content.startswith(PNG_SIGNATURE):
        return content
    return PNG_SIGNATURE + b"".join(chunk for chunk in _chunks(content) if _is_needed(chunk))


def _chunks(content: bytes) -> Iterator[bytes]:
    """The chunks of a PNG, each with its length and check sum (PNG, third edition, section 5.3)."""
    at = len(PNG_SIGNATURE)
    while at < len(content):
        end = at + 12 + int.from_bytes(content[at : at + 4], "big")
        yield content[at:end]
        at = end


def _is_needed(chunk: bytes) -> bool:
    """Whether pixels hang on the chunk: a critical one, transparency, or a whole note about the orientation."""
    kind, data = chunk[4:8], chunk[8:-4]
    if kind[:1].isupper() or kind == b"tRNS":
        return True
    if kind == b"eXIf" or (kind == b"iTXt" and data.startswith(b"XML:com.adobe.xmp\0\0")):
        return zlib.crc32(kind + data).to_bytes(4, "big") == chunk[-4:]
    return False
