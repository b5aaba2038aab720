"""The app whose models wait as long as a test wants: what a visitor sees of work that takes long, on any machine.

Run as a script, it is the app; its first argument is the folder of the files that hold it. It offers several backbones
that nobody has loaded yet.
"""

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, final

import app
from fg_demo.models import registry
from fg_demo.models.adapter import joint_name, shipped_adapters
from fg_demo.models.clip import MINI_CLIP, TransformersBackbone
from fg_demo.models.detectors.owl import OwlDetector
from tests.support.app_server import started

LOADING, ENCODING, DETECTING = "loading", "encoding", "detecting"
"""What can be held: a backbone that is being loaded, one that encodes, a detector that looks."""
OTHERS = [f"another-{number}" for number in range(1, 13)]
"""Adapters of mini-clip, all the one that ships."""


@final
class HeldApp:
    """The app at `url`."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="held-"))
        self.url = started(Path(__file__), str(self._folder))
        self._others = iter(OTHERS)

    def another_backbone(self) -> str:
        """The name of one that nobody has loaded yet."""
        return joint_name(MINI_CLIP, next(self._others))

    @contextmanager
    def held(self, what: str) -> Iterator[None]:
        """Whatever does so waits until the block ends."""
        file = self._folder / what
        file.touch()
        try:
            yield
        finally:
            file.unlink()


@cache
def held_app() -> HeldApp:
    """One for all tests of a process; RuntimeError with its output when it does not start."""
    return HeldApp()


def waiting(run: Callable[..., Any], file: Path) -> Callable[..., Any]:
    """`run`, which does not begin while the file is there."""

    def wait_and_run(*given: Any, **named: Any) -> Any:
        while file.exists():
            time.sleep(0.02)
        return run(*given, **named)

    return wait_and_run


def main(folder: Path, arguments: list[str]) -> None:
    """Run the app, held by the files in the folder."""
    (shipped,) = shipped_adapters().values()
    for name in OTHERS:
        shutil.copytree(shipped, folder / name)
    os.chdir(folder)
    app.shipped_pairs = lambda: [joint_name(MINI_CLIP, name) for name in OTHERS]
    registry.load_backbone = waiting(registry.load_backbone, folder / LOADING)
    TransformersBackbone.encode = waiting(TransformersBackbone.encode, folder / ENCODING)
    OwlDetector.detect = waiting(OwlDetector.detect, folder / DETECTING)
    app.main(arguments)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
