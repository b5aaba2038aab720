"""Images in an object store, read where they lie: s3://bucket/coco, hf://datasets/OWNER/NAME/coco, what fsspec knows."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

from fsspec.core import url_to_fs

from heads.io.download import DownloadError

BETWEEN = "://"
"""What an address has and no folder."""


@final
@dataclass(frozen=True)
class ObjectStore:
    """What lies below `address`. May be asked by several threads, and sent to another process, which opens it anew."""

    address: str

    def __str__(self) -> str:
        return self.address

    def __reduce__(self) -> tuple[type["ObjectStore"], tuple[str]]:
        return ObjectStore, (self.address,)

    def check(self, name: str) -> None:
        """Nothing, or ValueError, which begins with `name`, when nothing is there or its packages are not installed."""
        try:
            files, path = self._opened
            there = files.isdir(path)
        except (ImportError, ValueError, OSError) as error:
            raise ValueError(f"{name}: expected a folder that fsspec reads, got {self}: {error}") from error
        if not there:
            raise ValueError(f"{name}: expected a folder, got {str(self)!r}, where nothing is")

    def read(self, name: str) -> bytes | None:
        """The content of the file of that name; None when there is none. Raises DownloadError when it cannot be had."""
        files, path = self._opened
        try:
            return files.cat_file(f"{path.rstrip('/')}/{name}")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise DownloadError(f"{self}/{name}: {error}") from error

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        """The file system as fsspec has it, and the path in it."""
        return url_to_fs(self.address)


def folder_or_store(named: str) -> Path | ObjectStore:
    """What a flag or a variable names."""
    return ObjectStore(named.rstrip("/")) if BETWEEN in named else Path(named)
