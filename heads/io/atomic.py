"""Atomic writes: files and folders written aside and renamed, so that whoever looks sees the old one or the new one."""

import ctypes
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PARTIAL = ".partial"
"""How the names end of what is being written, or was when its process was killed."""

KEPT = 3600.0
"""Seconds after which what is still being written is taken for what a kill has left."""

LOOKS = 5
"""Times that a folder is looked for: between a look at its own name and one at the others it may get its own back."""

_HERE = -100  # AT_FDCWD of linux/fcntl.h: paths are taken as open() takes them
_EXCHANGE = 2  # RENAME_EXCHANGE of linux/fs.h; RENAME_SWAP of macOS' sys/stdio.h is the same


@contextmanager
def replacing(path: str | Path, beside: str | Path | None = None) -> Iterator[Path]:
    """A path to write a file or a folder to, which takes the place of `path` when the block ends well.

    It has a name of its own, so that threads and processes may replace the same `path` at the same time; the
    last one wins. It lies beside `path`, or beside another path on the same disk, `beside`, for folders where
    nothing foreign may be seen even after a kill. Folders above are made. When the block raises, or writes
    nothing, `path` stays as it was and nothing is left behind. What killed processes have left of the same
    `path` is removed.

    Raises FileNotFoundError when the block wrote nothing, OSError when it cannot be put there.
    """
    path = Path(path)
    place = Path(beside or path).parent
    aside = place / f".{path.name}.{uuid.uuid4().hex[:8]}{PARTIAL}"
    path.parent.mkdir(parents=True, exist_ok=True)
    place.mkdir(parents=True, exist_ok=True)
    _tidy(place, path)
    try:
        yield aside
        _put(aside, path)
    finally:
        remove(aside)


def is_partial(name: str) -> bool:
    """Whether a file or folder of this name is one that `replacing` writes, or a kill has left."""
    return name.startswith(".") and name.endswith(PARTIAL)


def is_left(path: Path) -> bool:
    """Whether what is being written there is old, or of a time to come, so that a kill has left it."""
    try:
        # A date in the future is wrong, and would be one for ever.
        return abs(time.time() - path.lstat().st_mtime) > KEPT
    except FileNotFoundError:  # another process was first
        return False


def standing(path: Path) -> Path | None:
    """Where the folder `path` is: there, or, on a system that cannot exchange two folders in one step, under the
    name that it was given while a new one comes in its place, or since a kill at that moment; None where there is none.
    """
    for _ in range(LOOKS):
        if path.is_dir():
            return path
        if olds := [one for one in _partials(path.parent, path) if _is_old(one)]:
            return max(olds, key=_changed)
    return None


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # the new one has come in its place
        return 0.0


def _tidy(place: Path, path: Path) -> None:
    """Removes what kills have left of `path`, save an old folder that nothing has taken the place of."""
    for one in _partials(place, path):
        if is_left(one) and not (_is_old(one) and not path.exists()):
            remove(one)


def _partials(place: Path, path: Path) -> list[Path]:
    mine = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}(\.old)?{re.escape(PARTIAL)}", re.DOTALL)
    try:
        return [one for one in place.iterdir() if mine.fullmatch(one.name)]
    except (FileNotFoundError, NotADirectoryError):
        return []


def _is_old(path: Path) -> bool:
    return path.name.endswith(f".old{PARTIAL}")


def _put(aside: Path, path: Path) -> None:
    try:
        aside.replace(path)
    except OSError:
        if not (aside.is_dir() and path.is_dir()):
            raise
        _exchange(aside, path)  # a folder replaces no folder that holds something


def _exchange(aside: Path, path: Path) -> None:
    """Two folders change their names, in one step where the system has one, as Linux and macOS do."""
    system, names = ctypes.CDLL(None, use_errno=True), (os.fsencode(aside), os.fsencode(path))
    if hasattr(system, "renameat2") and system.renameat2(_HERE, names[0], _HERE, names[1], _EXCHANGE) == 0:
        return
    if hasattr(system, "renamex_np") and system.renamex_np(*names, _EXCHANGE) == 0:
        return
    old = aside.with_suffix(f".old{PARTIAL}")
    path.rename(old)
    try:
        aside.rename(path)
    except OSError:
        old.rename(path)
        raise
    remove(old)


def remove(path: Path) -> None:
    """Removes a file, a link or a whole folder; what is not there is no error."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
