"""The leaderboard with a thousand records of three seeds each, or as many as asked for: seconds to open, to filter and
sort, and memory. `python -m tests.bench --only leaderboard --records 100000` makes so many, as JSON files; with
`--parquet` they are read as Parquet.
"""

import contextlib
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import gradio as gr

from leaderboard.board.results import ResultsFolder
from leaderboard.board.state import BoardState
from leaderboard.page.events import BoardHandlers
from leaderboard.page.tab import leaderboard_handlers
from leaderboard.records.files import to_json
from leaderboard.records.overall import mean_rank_over_subsets
from leaderboard.records.record import Record
from leaderboard.records.shards import RECORD, write_shards
from leaderboard.tables.parquet import row_of
from tests.bench.bench_row import Row
from tests.support.board_records import board_record, cosine_record

RECORDS, SEEDS, ITEMS = 1000, 3, 3000
MOST_RANKS = 30_000_000
"""Of a subset, over all records."""
START_LIMIT, OPEN_LIMIT, CHANGE_LIMIT, MEMORY_LIMIT = 10.0, 1.5, 0.3, 1000.0
"""Seconds; MB above what the app takes without results."""
CHANGES = {
    "sorted": BoardState(sort="-color"),
    "searched": BoardState(search="head-7"),
    "filtered": BoardState(kind=("mlp",)),
    "another axis": BoardState(fine="top1"),
}


def measure_leaderboard(
    records: int = RECORDS, items: int | None = None, repetitions: int = 5, parquet: bool = False
) -> list[Row]:
    """A row for reading the folder anew, for opening the tab, for each change, for a head, and for memory.

    Every record has its own ranks of `items` regions a subset, as measured ones have; by default of as many as a disk
    holds.
    """
    items = min(ITEMS, MOST_RANKS // records) if items is None else items
    with tempfile.TemporaryDirectory() as name:
        write = write_rows if parquet else write_records
        folder = write(Path(name) / "results", records, items, boards=max(1, records // 10_000))
        os.environ["FG_CACHE"] = str(Path(name) / "cache")  # of this process alone
        before = _megabytes()
        indexing = _seconds(lambda: ResultsFolder(folder).read(patience=None))
        results = ResultsFolder(folder)
        reading = _seconds(lambda: results.read(patience=None))
        handlers = _handlers(results)
        opening = [_seconds(lambda: handlers.opened("?tab=leaderboard")) for _ in range(repetitions)]
        changes = {
            what: [_seconds(lambda view=view: _changed(handlers, view)) for _ in range(repetitions)]
            for what, view in CHANGES.items()
        }
        board = results.read().boards[0]
        keys = [entry.key for entry in board.entries[:: max(1, len(board.entries) // repetitions)]]
        heads = [_seconds(lambda key=key: board.entry(key)) for key in keys[:repetitions]]
        memory = _megabytes() - before
    what = f"leaderboard of {records:,}{' in Parquet' if parquet else ''}"
    return leaderboard_rows(what, (indexing,), (reading,), tuple(opening), changes, tuple(heads), (memory,))


def leaderboard_rows(
    what: str,
    indexing: tuple,
    reading: tuple,
    opening: tuple,
    changes: dict[str, list[float]],
    heads: tuple,
    memory: tuple,
) -> list[Row]:
    """The rows of these measurements."""
    limit = ("limit", (CHANGE_LIMIT,), "≥ 1 ×")
    return [
        Row(f"{what}: every file read for the first time", "s", indexing, "", ()),
        Row(f"{what}: read at the next start", "s", reading, "limit", (START_LIMIT,), "≥ 1 ×"),
        Row(f"{what}: tab opened", "s", opening, "limit", (OPEN_LIMIT,), "≥ 1 ×"),
        *(Row(f"{what}: {change}", "s", tuple(seconds), *limit) for change, seconds in changes.items()),
        Row(f"{what}: a head with every rank", "s", heads, *limit),
        Row(f"{what}: memory", "MB", memory, "limit", (MEMORY_LIMIT,), "≥ 1 ×"),
    ]


def write_records(folder: Path, records: int, items: int, boards: int = 1) -> Path:
    """A folder of a cosine and heads of four kinds, no two alike, on so many boards: of as many revisions of the
    benchmark. Written as text, since checking each as `save_record` does would take longer than reading them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = [to_json(pattern) for pattern in _patterns(items)]
    for number in range(records):
        fields = _named(texts[_pattern(number, boards)], number, boards)
        for result in fields["subsets"].values():
            result["ranks"] = _rolled(result["ranks"], number)
        (folder / f"record-{number:06d}.json").write_text(json.dumps(fields), encoding="utf-8")
    return folder


def write_rows(folder: Path, records: int, items: int, boards: int = 1) -> Path:
    """The same records as Parquet files, a board's together, best first, as `write_dataset` has them."""
    patterns = _patterns(items)
    ranks = [mean_rank_over_subsets(pattern) for pattern in patterns]
    order = sorted(range(records), key=lambda number: (number % boards, ranks[_pattern(number, boards)]))

    @cache
    def rolled(pattern: int, by: int) -> dict[str, Any]:
        subsets = {
            name: replace(result, ranks=_rolled(result.ranks or "", by))
            for name, result in patterns[pattern].subsets.items()
        }
        return row_of(replace(patterns[pattern], subsets=subsets))

    def row(number: int) -> dict[str, Any]:
        made = rolled(_pattern(number, boards), number % items)
        return made | {RECORD: json.dumps(_named(made[RECORD], number, boards))}

    write_shards(map(row, order), records, folder)
    return folder


def _patterns(items: int) -> list[Record]:
    heads = [board_record(drawn=number, skill=0.3 + number / 25, items=items) for number in range(10)]
    return [cosine_record(items=items), *heads]


def _pattern(number: int, boards: int) -> int:
    return 1 + number % 10 if number >= boards else 0


def _named(text: str, number: int, boards: int) -> dict[str, Any]:
    """The record's fields, with a head and a board of its own."""
    fields = json.loads(text)
    if number >= boards:
        kind = ("linear", "mlp", "attention", "adapter")[number % 4]
        fields["head"] |= {"name": f"head-{number}", "kind": kind, "revision": f"{number:012x}"}
    fields["benchmark"]["revision"] = f"{number % boards:012x}"
    return fields


def _rolled(ranks: str, by: int) -> str:
    return ranks[by % len(ranks) :] + ranks[: by % len(ranks)]


def _handlers(results: ResultsFolder) -> BoardHandlers:
    with gr.Blocks():
        return leaderboard_handlers(results)


def _changed(handlers: BoardHandlers, view: BoardState) -> None:
    """All that the server does for a change of view, the chart written out included."""
    handlers.of_view(view)


def _seconds(run: Callable[[], object]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def _megabytes() -> float:
    """Memory of this process in RAM, MB; where that is not told, the most it ever was."""
    with contextlib.suppress(OSError):
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
        return pages * resource.getpagesize() / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


if __name__ == "__main__":
    from tests.bench.bench_row import table

    print(table(measure_leaderboard()))
