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
    while _is_killed(work, str(inside), moment):
        yield moment
        moment += every


def _is_killed(work: Callable[[], object], inside: str, moment: int) -> bool:
    _watch.inside, _watch.left = inside, moment
    try:
        work()
    except Killed:
        return True
    finally:
        _watch.inside = None
    return False
