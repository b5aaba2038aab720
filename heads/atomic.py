"""Files and folders written aside and put in their place whole: whoever looks sees the old one or the new one."""

import ctypes
import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL = ".partial"
"""How the names end of what is being written, or was when its process was killed."""

_HERE = -100  # AT_FDCWD of linux/fcntl.h: paths are taken as open() takes them
_EXCHANGE = 2  # RENAME_EXCHANGE of linux/fs.h


@contextmanager
def replacing(path: str | Path, beside: str | Path | None = None) -> Iterator[Path]:
    """A path to write a file or a folder to, which takes the place of `path` when the block ends well.

    It has a name of its own, so that threads and processes may replace the same `path` at the same time; the
    last one wins. It lies beside `path`, or beside another path on the same disk, `beside`, for folders where
    nothing foreign may be seen even after a kill. Folders above are made. When the block raises, or writes
    nothing, `path` stays as it was and nothing is left behind.

    Raises FileNotFoundError when the block wrote nothing, OSError when it cannot be put there.
    """
    path = Path(path)
    place = Path(beside or path).parent
    aside = place / f".{path.name}.{uuid.uuid4().hex[:8]}{PARTIAL}"
    path.parent.mkdir(parents=True, exist_ok=True)
    place.mkdir(parents=True, exist_ok=True)
    try:
        yield aside
        _put(aside, path)
    finally:
        _remove(aside)


def _put(aside: Path, path: Path) -> None:
    try:
        aside.replace(path)
    except OSError:
        if not (aside.is_dir() and path.is_dir()):
            raise
        _exchange(aside, path)  # a folder replaces no folder that holds something


def _exchange(aside: Path, path: Path) -> None:
    """Two folders change their names, in one step where the system has one: Linux' renameat2."""
    renameat2 = getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
    if (
        renameat2 is not None
        and renameat2(_HERE, os.fsencode(aside), _HERE, os.fsencode(path), _EXCHANGE) == 0
    ):
        return
    old = aside.with_suffix(f".old{PARTIAL}")
    path.rename(old)
    try:
        aside.rename(path)
    except OSError:
        old.rename(path)
        raise
    _remove(old)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
