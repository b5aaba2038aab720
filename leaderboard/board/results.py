"""The results folder, read again only when something in it changed."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Lock
from typing import final

from leaderboard.board.board import Board, Entry
from leaderboard.board.index import FolderIndex, State, folder_state
from leaderboard.board.indexed import indexed_boards
from leaderboard.board.indexing import IndexedRecord
from leaderboard.records.balanced_file import load_views
from leaderboard.records.files import Problem
from leaderboard.records.folders import BALANCED
from leaderboard.records.record import Record

PATIENCE = 0.5
"""Seconds a visitor waits for records that changed before the ones before them are shown."""


AT_FIRST = 1000
"""Records after which the first who asks is shown what was read."""


LOOK = 0.02
"""Seconds that a look at the folder's files may take to be taken whenever somebody asks."""
LOOKING = 100
"""Of a look that takes longer, how many times as long nobody looks again, unless files have come or gone."""


@dataclass(frozen=True)
class Results:
    """What a folder holds: the boards that its records make, each measurement once, and the files that are none.
    `unread`: how many files are still to be read, at the first start with many.
    """

    problems: tuple[Problem, ...] = ()
    boards: tuple[Board, ...] = ()
    unread: int = 0

    @property
    def records(self) -> tuple[Record, ...]:
        """Every record once, whole, read when it is asked for."""
        boards = (board for board in self.boards if board.balanced is None)
        return tuple(board.whole(entry) for board in boards for entry in board.entries)

    def rows(self) -> Iterator[Entry]:
        """Every record once, with its place, board by board."""
        return (entry for board in self.boards if board.balanced is None for entry in board.entries)


@final
class ResultsFolder:
    """The folder's results; names, times and sizes of its files say whether they are still the same. `balanced` is the
    folder of blind-balanced views.

    A folder that moves is given as a function that says where it is now. Reading many records takes seconds:
    it happens beside, and whoever asks in the meantime is given what was there before; where that is nothing, what the
    first files hold, of about AT_FIRST records, then ten times as many.
    """

    def __init__(self, folder: str | Path | Callable[[], Path], balanced: Path = BALANCED):
        self._find = folder if callable(folder) else lambda: Path(folder)
        self._balanced = balanced
        self._index: FolderIndex | None = None
        self._look = Look()
        self._state: object = None
        self._results: Results | None = None
        self._reading: Future[Results] | None = None
        self._lock = Lock()
        self._some = Event()
        self._reader = ThreadPoolExecutor(1, "results")

    def read(self, patience: float | None = PATIENCE) -> Results:
        """The results as the folder holds them now; those before, or some, when reading takes longer than `patience`
        seconds (None: all of them, however long it takes).

        A folder that does not exist holds none.
        """
        with self._lock:
            reading = self._reading = self._reading or self._start()
        if reading is not None:
            if patience is not None:
                self._some.wait()
            done, _ = wait([reading], patience)
            if done:
                self._take(reading)
        return self._results or Results()

    def begin(self) -> None:
        """Start to read, so that the first who asks need not wait."""
        with self._lock:
            self._reading = self._reading or self._start()

    def _start(self) -> "Future[Results] | None":
        folder = self._find()
        if self._state is not None and not self._look.due(folder):
            return None
        state = self._look.at(folder)
        if (state, views := folder_state(self._balanced)) == self._state:
            return None
        self._state = state, views
        if self._index is None or self._index.folder != folder:
            self._index = FolderIndex(folder)
        reading = self._reader.submit(self._catch_up, self._index, state)
        reading.add_done_callback(lambda _: self._some.set())
        return reading

    def _catch_up(self, index: FolderIndex, state: State) -> Results:
        """The folder's results; until they are there, and there were none before, those of its first files."""
        most = AT_FIRST
        while self._results is None or self._results.unread:
            results = indexed_results(index, state, self._balanced, most)
            if not results.unread:
                return results
            self._results, most = results, 10 * most
            self._some.set()
        return indexed_results(index, state, self._balanced)

    def _take(self, reading: "Future[Results]") -> None:
        with self._lock:
            if self._reading is reading:
                self._reading = None
                if reading.exception() is not None:
                    self._state = None  # so that the next one who asks tries again
                self._results = reading.result()


@final
class Look:
    """When a folder is looked at: whenever somebody asks, unless a look takes long. Then one that sees no more than what
    a file holds changed is put off, and files that have come or gone are seen at once.
    """

    def __init__(self) -> None:
        self._next, self._changed = 0.0, (0, 0)

    def due(self, folder: Path) -> bool:
        """Whether to look now."""
        return time.monotonic() >= self._next or self._of(folder) != self._changed

    def at(self, folder: Path) -> State:
        """The folder's files."""
        start, self._changed = time.monotonic(), self._of(folder)
        state = folder_state(folder)
        took = time.monotonic() - start
        self._next = start + (0.0 if took < LOOK else LOOKING * took)
        return state

    def _of(self, folder: Path) -> tuple[int, int]:
        if not folder.is_dir():
            return 0, 0
        found = folder.stat()
        return found.st_ino, found.st_mtime_ns


def read_results(folder: Path, balanced: Path = BALANCED) -> Results:
    """All results in the folder, and the boards that they make, under the weights in `balanced` too."""
    return indexed_results(FolderIndex(folder), folder_state(folder), balanced)


def indexed_results(
    index: FolderIndex, state: State, balanced: Path = BALANCED, most: int | None = None
) -> Results:
    """The same by the folder's index, which is brought up to date first, by about so many new records. What tells
    neighbours apart is worked out now, so that no visitor waits for it; what stands in a board is read when somebody
    looks at it.
    """
    unread = index.update(state, most)
    kept, repeats = without_repeats(index.found())
    views, no_views = load_views(balanced)
    problems = (*index.problems(), *repeats, *no_views)
    return Results(problems, tuple(indexed_boards(index, kept, views)), unread)


def without_repeats(found: Sequence[IndexedRecord]) -> tuple[list[IndexedRecord], list[Problem]]:
    """The records, of the same measurement only the one measured last, or else that of a JSON file; and what was left
    out, but for what JSON and Parquet files share: these are made of those.
    """
    latest: dict[str, IndexedRecord] = {}
    left_out = []
    for one in found:
        rival = latest.get(one.measurement)
        newer = rival is None or (one.date, not one.in_shard) >= (rival.date, not rival.in_shard)
        if rival is not None and rival.in_shard == one.in_shard:
            left_out.append(rival if newer else one)
        if newer:
            latest[one.measurement] = one
    reason = "the same measurement is there twice; the one measured last is shown"
    return list(latest.values()), [Problem(one.name, reason) for one in left_out]
