"""Image files from visitors: opened upright, or refused in words."""

from functools import lru_cache
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from fg_demo.boxes import upright

MAX_MEGAPIXELS = 64


def read_image(path: str | Path) -> Image.Image:
    """The image as a viewer shows it: upright, RGB, its first frame if it moves. Shared: do not change it.

    Raises ValueError when the file is no image, is broken, or has more than 64 megapixels.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError("image: expected an image file, got one that is not there any more; choose it again")
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> Image.Image:
    try:
        with Image.open(path) as image:
            megapixels = image.width * image.height / 1e6
            if megapixels > MAX_MEGAPIXELS:
                raise ValueError(
                    f"image: expected at most {MAX_MEGAPIXELS} megapixels, got {image.width} × {image.height}"
                )
            return upright(image)
    except (UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise ValueError(
            f"image: expected a JPEG, PNG, WebP or GIF, got something else ({path.name})"
        ) from error
    except (OSError, SyntaxError) as error:  # what Pillow raises on truncated and on malformed files
        raise ValueError(f"image: expected a whole image file, got a broken one ({path.name})") from error
