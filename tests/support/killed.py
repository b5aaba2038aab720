"""Work that ends at a chosen moment as if its process was killed: from then on it can change no file any more."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

TOUCHES = {
    "open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.truncate", "os.utime",
    "os.chmod", "os.scandir", "os.listdir", "shutil.rmtree", "shutil.copyfile",
}  # fmt: skip
"""Python's audit events of whatever reads or changes a file or a folder."""


class Killed(BaseException):
    """Raised by every touch from the chosen moment on, so that no clean-up comes through either."""


@dataclass
class _Watch:
    """What is counted: touches below the folder `inside`; None: nothing."""

    inside: str | None = None
    left: int = 0

    def __call__(self, event: str, arguments: tuple) -> None:
        if self.inside is not None and event in TOUCHES and any(self.inside in str(a) for a in arguments):
            self.count()

    def count(self, *_: object) -> None:
        if self.inside is not None:
            self.left -= 1
            if self.left <= 0:
                raise Killed


_watch = _Watch()
sys.addaudithook(_watch)


def kills(work: Callable[[], object], inside: Path, every: int = 1) -> Iterator[int]:
    """The number of each moment at which `work` was killed, until it comes to its end.

    A moment is when a path below `inside` is touched; `every` takes only each so many.
    """
    moment = 1
    while is_killed(work, inside, moment):
        yield moment
        moment += every


def is_killed(work: Callable[[], object], inside: Path, moment: int) -> bool:
    """Whether `work` was killed at that moment, or came to its end before."""
    _watch.inside, _watch.left = str(inside), moment
    try:
        work()
    except Killed:
        return True
    finally:
        _watch.inside = None
    return False


def count_moments(work: Callable[[], object], inside: Path) -> int:
    """How many moments `work` has, which comes to its end."""
    assert not is_killed(work, inside, sys.maxsize)
    return sys.maxsize - _watch.left


def count(*_: object) -> None:
    """To be called at moments of another kind, such as requests: they are counted too, and end the work."""
    _watch.count()
