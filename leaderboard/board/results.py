"""The results folder, read again only when something in it changed."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import final

from leaderboard.board.board import Board, boards
from leaderboard.board.naming import record_key
from leaderboard.records.balanced_file import load_views
from leaderboard.records.files import Problem, file_name, load_results
from leaderboard.records.folders import BALANCED
from leaderboard.records.record import Record

PATIENCE = 0.5
"""Seconds a visitor waits for records that changed before the ones before them are shown."""


@dataclass(frozen=True)
class Results:
    """What a folder holds: each measurement once, the boards they make, and the files that are none."""

    records: tuple[Record, ...] = ()
    problems: tuple[Problem, ...] = ()
    boards: tuple[Board, ...] = ()


@final
class ResultsFolder:
    """The folder's results; names, times and sizes of its files say whether they are still the same. `balanced` is the
    folder of blind-balanced views.

    A folder that moves is given as a function that says where it is now. Reading many records takes seconds:
    it happens beside, and whoever asks in the meantime is given what was there before.
    """

    def __init__(self, folder: str | Path | Callable[[], Path], balanced: Path = BALANCED):
        self._find = folder if callable(folder) else lambda: Path(folder)
        self._balanced = balanced
        self._state: object = None
        self._results: Results | None = None
        self._reading: Future[Results] | None = None
        self._lock = Lock()
        self._reader = ThreadPoolExecutor(1, "results")

    def read(self, patience: float | None = PATIENCE) -> Results:
        """The results as the folder holds them now; those before, when reading takes longer than `patience`
        seconds (None: however long it takes).

        A folder that does not exist holds none.
        """
        with self._lock:
            reading = self._reading = self._reading or self._start()
        if reading is not None:
            done, _ = wait([reading], None if self._results is None else patience)
            if done:
                self._take(reading)
        return self._results or Results()

    def begin(self) -> None:
        """Start to read, so that the first who asks need not wait."""
        with self._lock:
            self._reading = self._reading or self._start()

    def _start(self) -> "Future[Results] | None":
        folder = self._find()
        state = folder_state(folder), folder_state(self._balanced)
        if state == self._state:
            return None
        self._state = state
        return self._reader.submit(read_results, folder, self._balanced)

    def _take(self, reading: "Future[Results]") -> None:
        with self._lock:
            if self._reading is reading:
                self._reading = None
                if reading.exception() is not None:
                    self._state = None  # so that the next one who asks tries again
                self._results = reading.result()


def read_results(folder: Path, balanced: Path = BALANCED) -> Results:
    """All results in the folder, and the boards that they make, under the weights in `balanced` too."""
    records, problems = load_results(folder)
    kept, repeats = without_repeats(records)
    views, no_views = load_views(balanced)
    return Results(tuple(kept), (*problems, *repeats, *no_views), tuple(boards(kept, views)))


def folder_state(folder: Path) -> frozenset[tuple[str, int, int]]:
    """Name, time of change in ns and size of each JSON file in the folder."""
    files = ((path.name, path.lstat()) for path in folder.glob("*.json"))
    return frozenset((name, found.st_mtime_ns, found.st_size) for name, found in files)


def without_repeats(records: Sequence[Record]) -> tuple[list[Record], list[Problem]]:
    """The records, of the same measurement only the one measured last, and what was left out."""
    latest: dict[tuple, Record] = {}
    left_out = []
    for record in records:
        # By what it says: a record from before protocols had fields holds its sentence alone.
        identity = (record.benchmark, str(record.protocol), record_key(record))
        rival = latest.get(identity)
        if rival is not None:
            left_out.append(record if _date(record) < _date(rival) else rival)
        if rival is None or _date(record) >= _date(rival):
            latest[identity] = record
    reason = "the same measurement is there twice; the one measured last is shown"
    return list(latest.values()), [Problem(file_name(record), reason) for record in left_out]


def _date(record: Record) -> str:
    return record.produced.date if record.produced else ""
