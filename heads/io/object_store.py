"""Files in a store of objects: s3://bucket/coco, hf://datasets/OWNER/NAME/coco, what fsspec knows; a plain folder too."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, final

from fsspec.core import url_to_fs

from heads.io.atomic import replacing
from heads.io.download import DownloadError

BETWEEN = "://"
"""What an address has and no folder."""

FIRST_WAIT = 1.0
"""Seconds before something is written a second time; doubled for each further one, and up to doubled by chance, so that
machines that were in each other's way part.
"""


class StoreError(DownloadError):
    """A store of objects is not reached, or refuses: the message names the address and why."""


@final
@dataclass(frozen=True)
class ObjectStore:
    """What lies below `address`. May be asked by several threads, and sent to another process, which opens it anew.

    Whatever a package of fsspec raises, whose kinds are its own, is raised as StoreError in one line.
    """

    address: str

    def __str__(self) -> str:
        return self.address

    def __reduce__(self) -> tuple[type["ObjectStore"], tuple[str]]:
        return ObjectStore, (self.address,)

    def below(self, folder: str) -> "ObjectStore":
        """A folder of it."""
        return ObjectStore(f"{self.address}/{folder}")

    def check(self, name: str) -> None:
        """Nothing, or ValueError, which begins with `name`, when nothing is there or its packages are not installed."""
        try:
            with _asked(self.address):
                files, path = self._opened
                there = files.isdir(path)
        except OSError as error:
            raise ValueError(f"{name}: expected a folder that fsspec reads, got {error}") from error
        if not there:
            raise ValueError(f"{name}: expected a folder, got {str(self)!r}, where nothing is")

    def read(self, name: str) -> bytes | None:
        """The content of the file of that name; None when there is none. Raises StoreError when it cannot be had."""
        try:
            with _asked(f"{self}/{name}"):
                files, path = self._opened
                return files.cat_file(f"{path.rstrip('/')}/{name}")
        except FileNotFoundError:
            return None

    def sizes(self) -> dict[str, int]:
        """The bytes of each file that lies there now, by its name: none where there is no such folder. Raises
        StoreError when the store does not say.
        """
        try:
            with _asked(self.address):
                files, path = self._opened
                files.invalidate_cache(path)
                found = files.ls(path, detail=True)
        except FileNotFoundError:
            return {}
        return {one["name"].rpartition("/")[2]: one["size"] for one in found if one["type"] == "file"}

    def write(self, name: str, content: bytes, attempts: int = 1) -> None:
        """Then the file of that name has that content, in one step: as stores of objects write, and a plain folder here.

        What a store refuses is tried again, so many times in all, after longer each time: on the Hub two commits may
        meet. Raises OSError: StoreError at the end of attempts, FileNotFoundError when there is no such bucket or
        repository, what the disk says of a folder.
        """
        for number in range(1, attempts + 1):
            try:
                return self._write(name, content)
            except StoreError:
                if number == attempts:
                    raise
                time.sleep(FIRST_WAIT * 2 ** (number - 1) * random.uniform(1, 2))
        return None

    def _write(self, name: str, content: bytes) -> None:
        with _asked(f"{self}/{name}"):
            files, path = self._opened
            target = f"{path.rstrip('/')}/{name}"
            if not getattr(files, "local_file", False):
                files.pipe_file(target, content)
                return
        with replacing(target) as aside:
            aside.write_bytes(content)

    @cached_property
    def _opened(self) -> tuple[Any, str]:
        """The file system as fsspec has it, and the path in it."""
        return url_to_fs(self.address)


@contextmanager
def _asked(what: str) -> Iterator[None]:
    """Around calls of fsspec and nothing else: errors name the address, in one line."""
    try:
        yield
    except Exception as error:
        kind = FileNotFoundError if isinstance(error, FileNotFoundError) else StoreError
        raise kind(f"{what}: {' '.join(str(error).split()) or type(error).__name__}") from error


def folder_or_store(named: str) -> Path | ObjectStore:
    """What a flag or a variable names."""
    return ObjectStore(named.rstrip("/")) if BETWEEN in named else Path(named)
