"""What links call the page's own images. A visitor's photograph has no name: it is known by its content alone."""

from collections.abc import Callable, Iterable
from functools import lru_cache
from pathlib import Path
from typing import final

from heads.io.digests import file_sha256

SAMPLE = "sample/"
DIGITS = 16
"""Of the sha256 by which a link knows a visitor's photograph, hexadecimal."""


@final
class ImageNames:
    """The images that a link may name: the samples, and those that `find` gives the file of.

    `find` raises ValueError for what it does not know or would have to download.
    """

    def __init__(self, samples: Iterable[Path] = (), find: Callable[[str], Path] | None = None):
        self._samples = {f"{SAMPLE}{path.stem}": path for path in samples}
        self._names = {file_digest(path): name for name, path in self._samples.items()}
        self._find = find

    def file(self, name: str) -> Path:
        """The file of the image. Raises ValueError when there is none of that name here."""
        if name in self._samples:
            return self._samples[name]
        if name.startswith(SAMPLE) or self._find is None:
            known = ", ".join(self._samples) or "none"
            raise ValueError(f"image: expected one of {known}, got {name[:80]!r}")
        path = self._find(name)
        self._names[file_digest(path)] = name
        return path

    def of(self, path: str | Path) -> str | None:
        """The name of the image with this file's content; None where it is a visitor's own."""
        return self._names.get(file_digest(path))


def file_digest(path: str | Path) -> str:
    """sha256 of the file's content, hexadecimal."""
    return _digest(Path(path), Path(path).stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _digest(path: Path, changed: int) -> str:
    """The same for each event about one image, so it is not read for each; `changed` is when it was written."""
    return file_sha256(path)
