"""What a results folder's files say, kept beside it: a file is read again only when it has changed, and what is of
single items stays in its file until it is asked for.

The files are what counts: the index can be made again of them at any time.
"""

import hashlib
import json
import logging
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import RLock
from typing import final

from pydantic import TypeAdapter

from heads.io.cache import cache_folder
from leaderboard.board.board import Standing
from leaderboard.board.indexing import (
    PROTOCOL,
    FileRows,
    IndexedRecord,
    first_files,
    read_files,
    read_ranks,
    read_record,
)
from leaderboard.records.files import Problem, from_own_json, record_files
from leaderboard.records.paired import Resolution, by_items, same_items
from leaderboard.records.record import Record

logger = logging.getLogger(__name__)

AT_ONCE = 500
"""Files after which what was read is kept: a kill costs so many."""
TABLES = """
CREATE TABLE IF NOT EXISTS file (name TEXT PRIMARY KEY, changed INTEGER, size INTEGER, problem TEXT);
CREATE TABLE IF NOT EXISTS record (
    file TEXT, place INTEGER, benchmark TEXT, sentence TEXT, protocol TEXT, measurement TEXT, date TEXT, own INTEGER,
    name TEXT, items TEXT, digest TEXT, slim TEXT, PRIMARY KEY (file, place)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS apart (one TEXT, other TEXT, apart INTEGER, PRIMARY KEY (one, other)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS standing (board TEXT PRIMARY KEY, places TEXT, apart INTEGER, neighbours INTEGER);
"""

SLIM = "SELECT slim FROM record WHERE file = ? AND place = ?"

State = dict[str, tuple[int, int]]
"""Of a folder: file name → time of change in ns, and size."""


@final
class FolderIndex:
    """The records of `folder`, of which those that changed are read by `update`; may be used from several threads."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._lock = RLock()
        self._database = _opened(folder)
        self._whole = lru_cache(maxsize=256)(self._read_whole)

    def update(self, state: State, most: int | None = None) -> int:
        """Reads what has changed since the last time, forgets what is gone. `state` is the folder's now. Of new files so
        many are read as hold about `most` records; returns how many are left.
        """
        try:
            return self._update(state, most)
        except sqlite3.OperationalError as error:  # of a full disk, say
            logger.warning("%s: its index is kept in memory alone: %s", self.folder, error)
            self._database = _connected(":memory:")
            return self._update(state, most)

    def _update(self, state: State, most: int | None) -> int:
        known = {
            name: (changed, size)
            for name, changed, size in self._rows("SELECT name, changed, size FROM file")
        }
        other = [name for name, at in known.items() if state.get(name) != at]
        for table, column in (("record", "file"), ("file", "name")):
            with self._lock:
                gone = f"DELETE FROM {table} WHERE {column} = ?"
                self._database.executemany(gone, [(name,) for name in other])
        new = sorted(name for name, at in state.items() if known.get(name) != at)
        chosen = first_files(new, most)
        found = zip(chosen, read_files(self.folder, chosen), strict=True)
        for number, (name, rows) in enumerate(found, 1):
            self._take(name, state[name], rows)
            if number % AT_ONCE == 0:
                self._keep()
                logger.info("%s: %d of %d new files read", self.folder, number, len(new))
        self._keep()
        self._whole.cache_clear()
        return len(new) - len(chosen)

    def _keep(self) -> None:
        with self._lock:
            self._database.commit()

    def found(self) -> list[IndexedRecord]:
        """All records, by file name."""
        rows = self._rows(f"SELECT {', '.join(IndexedRecord._fields)} FROM record ORDER BY file, place")
        protocols = {
            text: PROTOCOL.validate_json(text) if text else None for text in {row[4] for row in rows}
        }
        shared: dict[str, str] = {}  # one string for all that say the same: there may be many records
        made = []
        for row in rows:
            said = {
                name: shared.setdefault(text, text)
                for name, text in zip(IndexedRecord._fields[2:4], row[2:4], strict=True)
            }
            made.append(IndexedRecord(*row)._replace(protocol=protocols[row[4]], own=bool(row[7]), **said))
        return made

    def problems(self) -> list[Problem]:
        """The files that hold no record, with the reason."""
        rows = self._rows("SELECT name, problem FROM file WHERE problem != '' ORDER BY name")
        return [Problem(*row) for row in rows]

    def slim(self, those: Sequence[IndexedRecord]) -> list[tuple[IndexedRecord, Record]]:
        """Those that are still there, each with its record without what is of single items and without confusions."""
        with self._lock:
            rows = [(one, self._database.execute(SLIM, (one.file, one.place)).fetchone()) for one in those]
        return [(one, from_own_json(row[0])) for one, row in rows if row]

    def whole(self, one: IndexedRecord) -> Record:
        """The record as its file has it; the slim one where that file is no more."""
        return self._whole(one.file, one.place, one.items) or next(record for _, record in self.slim([one]))

    def told_apart(
        self, one: tuple[IndexedRecord, Record], other: tuple[IndexedRecord, Record]
    ) -> bool | None:
        """Whether the items tell the two apart, which is kept; None where they were not ranked on the same items. The
        records are slim.
        """
        if not same_items(one[1], other[1]):
            return None
        pair = one[0].items, other[0].items
        kept = self._rows("SELECT apart FROM apart WHERE one = ? AND other = ?", pair)
        if kept:
            return bool(kept[0][0])
        apart = by_items([self._ranked(*one), self._ranked(*other)])(0, 1)
        if apart is not None:
            with self._lock:
                self._database.execute("INSERT OR REPLACE INTO apart VALUES (?, ?, ?)", (*pair, apart))
        return apart

    def standing(self, board: str) -> Standing | None:
        """The places on a board, if they are known; `board` is a digest of its records."""
        kept = self._rows("SELECT places, apart, neighbours FROM standing WHERE board = ?", (board,))
        return Standing(json.loads(kept[0][0]), Resolution(*kept[0][1:])) if kept else None

    def keep_standing(self, board: str, standing: Standing) -> None:
        """Keeps the places, for the next start."""
        row = (board, json.dumps(standing.places), standing.resolution.apart, standing.resolution.neighbours)
        with self._lock:
            self._database.execute("INSERT OR REPLACE INTO standing VALUES (?, ?, ?, ?)", row)
            self._database.commit()

    def _rows(self, query: str, values: tuple = ()) -> list[tuple]:
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def _ranked(self, one: IndexedRecord, slim: Record) -> Record:
        """The slim record with every item's rank."""
        with suppress(OSError, ValueError):  # which `whole` meets too, and answers
            return read_ranks(self.folder / one.file, one.place, one.items, slim)
        return self.whole(one)

    def _take(self, name: str, at: tuple[int, int], found: FileRows) -> None:
        with self._lock:
            row = (name, *at, found.problem)
            self._database.execute("INSERT OR REPLACE INTO file VALUES (?, ?, ?, ?)", row)
            new = f"INSERT OR REPLACE INTO record VALUES ({', '.join('?' * 12)})"
            self._database.executemany(new, found.rows)

    def _read_whole(self, file: str, place: int, items: str) -> Record | None:
        """None where it is another by now, which the next look sees, or what is of single items cannot be read."""
        path, slim = self.folder / file, self._rows(SLIM, (file, place))
        try:
            return read_record(path, place, items, slim[0][0]) if slim else None
        except (OSError, ValueError) as error:
            logger.warning("%s: record %d: its single items are not shown: %s", path, place, error)
            return None


def folder_state(folder: Path) -> State:
    """The files of the folder that may hold records; none of one that does not exist."""
    files = record_files(folder) if folder.is_dir() else []
    return {path.name: (found.st_mtime_ns, found.st_size) for path in files for found in [path.lstat()]}


def _opened(folder: Path) -> sqlite3.Connection:
    """The database of the folder's index in the cache; one in memory where the cache cannot be written."""
    # Of records of another form the files are read anew.
    form = json.dumps(TypeAdapter(Record).json_schema(), sort_keys=True) + TABLES
    name = hashlib.sha256(f"{folder.absolute()}\0{form}".encode()).hexdigest()[:16]
    path = cache_folder() / "boards" / f"{name}.sqlite"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return _connected(str(path))
    except (OSError, sqlite3.OperationalError) as error:
        logger.warning("%s: results are read anew at every start: %s", path, error)
        return _connected(":memory:")
    except sqlite3.DatabaseError as error:
        logger.warning("%s: made anew: %s", path, error)
        path.unlink()
        return _connected(str(path))


def _connected(place: str) -> sqlite3.Connection:
    database = sqlite3.connect(place, timeout=60.0, check_same_thread=False)
    database.executescript(TABLES)
    return database
