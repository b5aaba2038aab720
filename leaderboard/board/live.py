"""Live results: the records that ship with the app and the results dataset's, read again every few minutes."""

import shutil
import threading
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import final

from heads.hub.client import HUB_ERRORS, reason
from heads.io.atomic import is_left, remove, replacing
from heads.io.cache import cache_folder
from leaderboard.records.files import Problem, load_results, record_files
from leaderboard.records.folders import IN_DATASET
from leaderboard.records.record import Record
from leaderboard.submissions.dataset import Copy, last_copy, pull

EVERY = 300.0
"""Seconds between two looks at the dataset: far below the Hub's limit of requests."""

_SHOWN = "shown"


@final
class LiveResults:
    """One folder of records that follows the results dataset; without a dataset, the shipped folder itself.

    The last good copy is shown at once, before the network is asked, and for as long as the network fails.
    """

    def __init__(self, shipped: Path, dataset: str | None, cache: Path | None = None, every: float = EVERY):
        self._shipped, self.dataset, self._every = shipped, dataset, every
        self._home = (cache or cache_folder()) / _SHOWN / (dataset or "none").replace("/", "--")
        self._cache = cache
        self._error = ""
        self._state: object = None
        self._stop = threading.Event()
        self._copy: Copy | None = None
        if dataset:
            self._try(lambda: last_copy(dataset, cache))

    @property
    def folder(self) -> Path:
        """Where the records are: a path that is at every moment one whole state, the newest."""
        current = self._home / "current"
        return current if self.dataset and current.is_dir() else self._shipped

    def start(self) -> None:
        """Look at the dataset now and every few minutes, in the background, until the process ends."""
        if self.dataset:
            threading.Thread(target=self._follow, name="results", daemon=True).start()

    def stop(self) -> None:
        """No more looking."""
        self._stop.set()

    def update(self) -> None:
        """Look at the dataset now. When it cannot be had, what is shown stays, and `status` says why."""
        dataset = self.dataset
        if dataset:
            self._try(lambda: pull(dataset, cache=self._cache))

    def current(self) -> tuple[list[Record], list[Problem], timedelta | None]:
        """The records, the files that are none, and how old the dataset's copy is; None without a copy."""
        records, problems = load_results(self.folder)
        left_out = self._copy.left_out if self._copy else ()
        return records, [*problems, *left_out], self.age()

    def age(self) -> timedelta | None:
        """Time since the dataset was last seen; None when it was not yet, or there is none."""
        return datetime.now(UTC) - self._copy.read_at if self._copy else None

    def status(self) -> str:
        """One line for the page; empty without a dataset."""
        if not self.dataset:
            return ""
        age = self.age()
        if age is None:
            why = f": {self._error}" if self._error else " yet"
            return (
                f"Results of {self.dataset} could not be read{why}. Shown are those that ship with the app."
            )
        words = f"Results of {self.dataset}, as of {in_words(age)}."
        return f"{words} They could not be read again: {self._error}." if self._error else words

    def _follow(self) -> None:
        self.update()
        while not self._stop.wait(self._every):
            self.update()

    def _try(self, read: Callable[[], Copy | None]) -> None:
        try:
            self._show(read())
            self._error = ""
        except HUB_ERRORS as error:
            self._error = reason(error)

    def _show(self, copy: Copy | None) -> None:
        """Put the shipped records and the copy's, which win where both have one, in the place of the last."""
        sources = [self._shipped, *([copy.folder / IN_DATASET] if copy else [])]
        files = {path.name: path for source in sources for path in record_files(source)}
        state = copy and copy.commit, [(p.name, p.stat().st_mtime_ns) for p in files.values()]
        if state != self._state:
            self._swap(self._gathered(files.values()))
        self._copy, self._state = copy, state

    def _gathered(self, files: Iterable[Path]) -> Path:
        folder = self._home / uuid.uuid4().hex[:12]
        folder.mkdir(parents=True)
        for path in files:
            shutil.copy2(path, folder / path.name)
        return folder

    def _swap(self, folder: Path) -> None:
        current = self._home / "current"
        with replacing(current) as aside:
            aside.symlink_to(folder.name)
        for old in self._home.iterdir():
            # The latest ones stay, because somebody may be reading them, or just be making one.
            if old != current and old.name != folder.name and is_left(old):
                remove(old)


def in_words(age: timedelta) -> str:
    """An age as people say it."""
    minutes = int(age.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    for length, name in ((1440, "day"), (60, "hour"), (1, "minute")):
        if minutes >= length:
            count = minutes // length
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    raise AssertionError("unreachable: at least a minute")
