"""Which part of the work is whose, among processes that share a folder and know nothing else of each other."""

import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

Work = TypeVar("Work")

CLAIMS = "claims"
"""Beside the shards that the work goes to: whoever removes these removes what is known to be done."""
DONE = b"done"


def claimed(folder: Path, parts: Mapping[str, Work]) -> Iterator[Work]:
    """One part after the other, held while the caller works at it, until all are done: by the caller, or by another
    process that goes through the same parts.

    First what nobody holds; then, one by one, what another held: waited for, and done here if that process has ended
    before. A part is done when the caller asks for the next. The system gives up what a process held when it ends,
    however it ends, so nothing is to be cleaned up.

    Raises OSError, naming the folder, where its disk has no locks.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for wait in (False, True):
        for name, part in parts.items():
            with _held(folder / name, wait) as claim:
                if claim is not None:
                    yield part
                    claim.write_bytes(DONE)


@contextmanager
def _held(path: Path, wait: bool) -> Iterator[Path | None]:
    """The file that stands for a part, locked; None when the part is done, or held by another who is not waited for."""
    with path.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        except OSError as error:
            raise OSError(
                f"{path.parent}: expected a disk that several processes can share by locks, got: {error}"
            ) from error
        try:
            yield None if path.read_bytes() == DONE else path
        finally:  # not by closing alone: a process that was forked meanwhile has the file open too
            fcntl.flock(file, fcntl.LOCK_UN)
