"""Parquet files of records: what is read of them when, and what is said of broken ones."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.records import shards
from leaderboard.records.files import load_results, save_record, to_json
from leaderboard.records.shards import COLUMNS, GROUP, read_items, read_rows, write_shards
from leaderboard.tables.parquet import row_of
from tests.support.board_records import board_record, with_controls
from tests.support.tiny_records import measured


def texts(folder: Path) -> list[str]:
    found, problems = load_results(folder)
    assert not problems
    return sorted(map(to_json, found))


def test_items_are_read_of_one_row_group(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    made = [with_controls(board_record(f"head-{number}", drawn=number)) for number in range(2)]
    rows = [row_of(made[number % 2]) | {"file": str(number)} for number in range(GROUP + 5)]
    (path,) = write_shards(rows, len(rows), tmp_path)
    assert [row.record for row in read_rows(path)] == [row["record"] for row in rows]
    read, group = [], parquet.ParquetFile.read_row_group
    monkeypatch.setattr(
        parquet.ParquetFile,
        "read_row_group",
        lambda self, number, **given: read.append((number, given["columns"])) or group(self, number, **given),
    )
    assert read_items(path, GROUP + 4) == rows[GROUP + 4]["items"]
    assert read_items(path, GROUP) == rows[GROUP]["items"]
    assert read == [(1, ["items"])]
    read_rows(path)
    assert all("items" not in columns for _, columns in read[1:])


def test_a_row_that_is_not_there_is_named(tmp_path: Path):
    (path,) = write_shards([row_of(measured())], 1, tmp_path)
    with pytest.raises(ValueError, match="row 1: expected one of 1, there is none"):
        read_items(path, 1)


def row(**fields: Any) -> dict[str, Any]:
    return row_of(board_record()) | fields


def table(*rows: dict[str, Any], schema: pa.Schema = COLUMNS) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema)


WHOLE = to_json(board_record())
OTHER = pa.schema([pa.field(one.name, pa.int64() if one.name == "record" else one.type) for one in COLUMNS])


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        (
            lambda: table(row()).drop_columns("record"),
            r"record: expected one column of that name, got \['file'",
        ),
        (lambda: table(row(record=7), schema=OTHER), "record: expected the type string, got int64"),
        (lambda: table(row(), row(record=None)), "row group 0: record: expected a text in each row, got 1 "),
        (lambda: table(row(), row(record="{}")), "row 1: record: schema: Field required"),
        (lambda: table(row(record='{"schema": 2, "schema": 2}')), "row 0: record: "),
        (lambda: table(row(record=WHOLE)), "row 0: record: expected nothing of single items, got some"),
        (lambda: table(row(items_digest="none")), "row 0: items_digest: expected 24 hex digits, got 'none'"),
        (
            lambda: table(row(items_digest="0" * 24)),
            "row 0: items_digest: expected [0-9a-f]{24} of its items",
        ),
        (lambda: table(row(items="[]")), "row 0: items: record: expected what the record does not state"),
        (
            lambda: table(row(items='{"schema": 2}')),
            "row 0: items: schema: expected what the record does not",
        ),
        (lambda: table(row(items="{")), "row 0: expected JSON, got something else"),
        (
            lambda: table(row(items='{"subsets": {"hard": {"ranks": "12"}}}')),
            "row 0: subsets.hard: .*expected 60 digits, one an item, got 2",
        ),
        (
            lambda: table(row(record="x" * 1_000_001)),
            "record: expected texts of at most 1000000 bytes, got 100",
        ),
        (lambda: table(*[row()] * (GROUP + 1)), "row group 0: expected at most 100 rows, got 101"),
    ],
)
def test_what_is_wrong_in_a_file_is_named(tmp_path: Path, made: Callable[[], pa.Table], complaint: str):
    parquet.write_table(made(), tmp_path / "broken.parquet")
    save_record(measured(), tmp_path)
    found, problems = load_results(tmp_path)
    assert found == [measured()]
    (problem,) = problems
    assert problem.file == "broken.parquet"
    with pytest.raises(ValueError, match=complaint):
        raise ValueError(problem.reason)


@settings(max_examples=50)
@given(st.data())
def test_a_damaged_file_is_a_problem_or_the_same(data: st.DataObject):
    with TemporaryDirectory() as name:
        rows = [row_of(measured(f"head-{number}")) for number in range(3)]
        (path,) = write_shards(rows, 3, Path(name))
        known, content = texts(Path(name)), path.read_bytes()
        at = data.draw(st.integers(0, len(content) - 1))
        flipped = content[:at] + bytes([content[at] ^ data.draw(st.integers(1, 255))]) + content[at + 1 :]
        path.write_bytes(data.draw(st.sampled_from([flipped, content[:at]])))
        found, problems = load_results(name)
        assert problems or sorted(map(to_json, found)) == known


def test_a_file_that_says_it_is_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    write_shards([row(record=" " * 900_000 + WHOLE)], 1, tmp_path)
    monkeypatch.setattr(shards, "LARGEST_TEXT", 5_000)
    _, (problem,) = load_results(tmp_path)
    assert "row group 0: record: expected at most 500000 bytes, got 9" in problem.reason
    monkeypatch.setattr(shards, "MOST_ROWS", 0)
    assert "expected at most 0 rows, got 1" in load_results(tmp_path)[1][0].reason
