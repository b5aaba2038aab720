"""Boards read by an index of their folder: the same as of records in memory, and what is read again when."""

import os
import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from multiprocessing import parent_process
from pathlib import Path
from threading import Event

import pytest

from heads.io.cache import cache_folder
from leaderboard.board import indexing
from leaderboard.board import results as results_folder
from leaderboard.board.board import Board
from leaderboard.board.index import FolderIndex, folder_state
from leaderboard.board.indexed import indexed_boards
from leaderboard.board.naming import record_key
from leaderboard.board.results import Look, ResultsFolder, read_results
from leaderboard.records import files, shards
from leaderboard.records.files import load_results, save_record, to_json
from leaderboard.records.folders import RESULTS
from leaderboard.records.paired import Resolution, paired_records
from leaderboard.records.shards import write_shards
from leaderboard.records.slim import slimmed, with_items
from leaderboard.tables.parquet import row_of, write_dataset
from tests.support.board_records import board_folder, board_record, cosine_record
from tests.support.boards import boards


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def updated(folder: Path) -> FolderIndex:
    index = FolderIndex(folder)
    index.update(folder_state(folder))
    return index


def as_parquet(folder: Path, output: Path) -> Path:
    write_dataset(folder, output)
    return output / "results"


def shown(of: Sequence[Board]) -> list:
    """All that a page shows of boards, but for what is of single items."""
    return [
        (
            (board.key, board.title, board.resolution, board.known_columns, board.notes, board.rows_are),
            [(entry.key, entry.place, entry.values, slimmed(board.whole(entry))) for entry in board.entries],
        )
        for board in of
    ]


@pytest.mark.parametrize("form", ["json", "parquet"])
@pytest.mark.parametrize("folder", ["shipped", "two backbones"])
def test_boards_are_those_of_the_records_in_memory(folder: str, form: str, tmp_path: Path):
    place = RESULTS if folder == "shipped" else board_folder(tmp_path / "results")
    if form == "parquet":
        place = as_parquet(place, tmp_path / "dataset")
    index = updated(place)
    assert shown(indexed_boards(index, index.found())) == shown(boards(load_results(place)[0]))


def test_single_items_are_read_when_they_are_asked_for(tmp_path: Path):
    index = updated(board_folder(tmp_path / "results"))
    board = indexed_boards(index, index.found())[0]
    assert all(result.ranks is None for entry in board.entries for result in entry.record.subsets.values())
    first, other = (board.entry(entry.key) for entry in board.entries[:2])
    assert first and other and paired_records(first.record, other.record).n > 0
    baseline = board.baseline(first)
    assert baseline and all(result.ranks for result in baseline.record.subsets.values())


def test_only_what_has_changed_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    folder, read = board_folder(tmp_path / "results"), []
    load = indexing.read_records
    monkeypatch.setattr(indexing, "read_records", lambda path: read.append(path.name) or load(path))
    before = read_results(folder)
    assert len(set(read)) == len(list(folder.glob("*.json")))
    read.clear()
    again = read_results(folder)
    assert not read
    assert shown(again.boards) == shown(before.boards)
    late = save_record(board_record("late", drawn=7), folder)
    results = read_results(folder)
    assert read.count(late.name) >= 1 and len(list(results.rows())) == len(list(before.rows())) + 1
    next(folder.glob("*late*")).unlink()
    assert shown(read_results(folder).boards) == shown(before.boards)


def test_a_record_that_is_another_by_now_shows_no_ranks_of_others(tmp_path: Path):
    folder = tmp_path / "results"
    path = save_record(board_record("one"), folder)
    save_record(cosine_record(), folder)
    index = updated(folder)
    (board,) = indexed_boards(index, index.found())
    key = next(entry.key for entry in board.entries if entry.record.head.name == "one")
    path.write_text(save_record(board_record("one", drawn=9), tmp_path / "other").read_text())
    late = FolderIndex(folder)
    entry = indexed_boards(late, late.found())[0].entry(key)
    assert entry and all(result.ranks is None for result in entry.record.subsets.values())


def test_an_index_that_is_damaged_or_cannot_be_kept_is_made_anew(tmp_path: Path, cache: Path):
    folder = board_folder(tmp_path / "results")
    expected = shown(read_results(folder).boards)
    (kept,) = (cache_folder() / "boards").glob("*.sqlite")
    kept.write_bytes(b"no database" * 1000)
    assert shown(read_results(folder).boards) == expected
    with sqlite3.connect(kept) as database:
        assert database.execute("SELECT count(*) FROM record").fetchone()[0] > 0
    kept.unlink()
    kept.mkdir()
    assert shown(read_results(folder).boards) == expected


def test_a_record_from_before_protocols_had_fields_stands_with_those_that_say_the_same(tmp_path: Path):
    records = load_results(RESULTS)[0]
    protocol = next(record.protocol for record in records if not isinstance(record.protocol, str))
    save_record(board_record("one", protocol=protocol), tmp_path / "results")
    save_record(board_record("two", drawn=3, protocol=str(protocol)), tmp_path / "results")
    (board,) = read_results(tmp_path / "results").boards
    assert [entry.record.protocol for entry in board.entries] == [protocol] * 2


def test_a_look_that_takes_long_is_put_off_unless_files_come_or_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder, look = board_folder(tmp_path / "results"), Look()
    monkeypatch.setattr("leaderboard.board.results.LOOK", -1.0)
    monkeypatch.setattr("leaderboard.board.results.LOOKING", 10**9)
    look.at(folder)
    assert not look.due(folder)
    save_record(board_record("late", drawn=7), folder)
    assert look.due(folder)


def test_at_a_first_start_with_many_files_those_that_are_read_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = board_folder(tmp_path / "results")
    files, reached, go_on = len(list(folder.glob("*.json"))), Event(), Event()
    whole = read_results(folder)
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "another"))
    monkeypatch.setattr(results_folder, "AT_FIRST", 2)
    load = results_folder.indexed_results

    def stopped(*given):
        if given[-1] > 2:
            reached.set()
            go_on.wait()
        return load(*given)

    monkeypatch.setattr(results_folder, "indexed_results", stopped)
    results = ResultsFolder(folder)
    some = results.read(patience=0.0)
    assert reached.wait()
    assert some.unread == files - 2 and 0 < len(list(some.rows())) <= 2
    go_on.set()
    every = results.read(patience=None)
    assert every.unread == 0 and shown(every.boards) == shown(whole.boards)


def test_single_items_of_parquet_are_read_when_they_are_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    source, read = board_folder(tmp_path / "json"), []
    folder, load = as_parquet(source, tmp_path / "dataset"), shards.read_items
    for module in (indexing, files):
        monkeypatch.setattr(module, "read_items", lambda path, row: read.append(row) or load(path, row))
    index = updated(folder)
    assert index.found() and not read
    board = read_results(folder).boards[0]
    read.clear()
    assert [entry.place for entry in board.entries] and not read
    known = {record_key(record): record for record in load_results(source)[0]}
    for entry in board.entries:
        found = board.entry(entry.key)
        assert found and found.record == known[entry.key]
    assert len(read) == len(set(read)) == len(board.entries)


def test_of_one_measurement_in_both_forms_one_is_shown_and_nothing_is_said(tmp_path: Path):
    source = board_folder(tmp_path / "json")
    folder = as_parquet(source, tmp_path / "dataset")
    alone = read_results(folder)
    record, known = next((one, one.produced) for one in load_results(source)[0] if one.produced)
    for date, expected in (("2025-01-01", ()), (known.date, ("JSON",)), ("2027-01-01", ("JSON",))):
        produced = replace(known, date=date)
        save_record(replace(record, produced=produced, notes=("JSON",)), folder)
        both = read_results(folder)
        assert both.problems == alone.problems
        found = [entry.record for entry in both.rows() if record_key(entry.record) == record_key(record)]
        assert [one.notes for one in found] == [expected]
        assert len(list(both.rows())) == len(list(alone.rows()))


def test_items_that_are_not_those_of_the_digest_tell_nothing_apart(tmp_path: Path):
    rows = [row_of(board_record("one")), row_of(board_record("two", skill=0.2, drawn=3))]
    rows[0]["items_digest"] = row_of(board_record("three", drawn=9))["items_digest"]
    folder = tmp_path / "results"
    write_shards(rows, 2, folder)
    (board,) = read_results(folder).boards
    assert board.resolution == Resolution(0, 0) and len(board.entries) == 2
    ranks = {
        entry.record.head.name: {result.ranks is None for result in board.whole(entry).subsets.values()}
        for entry in board.entries
    }
    assert ranks == {"one": {True}, "two": {False}}


def ends_in_a_worker(folder: Path, name: str) -> indexing.FileRows:
    if parent_process() is not None:
        os._exit(1)
    return indexing.read_file(folder / name)


def test_many_files_are_read_by_several_processes_or_else_by_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    folder = board_folder(tmp_path / "results")
    (folder / "broken.json").write_text("{}")
    names = sorted(folder_state(folder))
    alone = list(indexing.read_files(folder, names))
    monkeypatch.setattr(indexing, "MANY", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    assert list(indexing.read_files(folder, names)) == alone and not caplog.records
    monkeypatch.setattr(indexing, "_read_in", ends_in_a_worker)
    assert list(indexing.read_files(folder, names)) == alone
    assert "the rest is read by one process" in caplog.text


def test_a_file_of_many_records_counts_as_many():
    names = ["a.json", "b.json", "c.parquet", "d.json"]
    assert indexing.first_files(names, None) == names
    assert indexing.first_files(names, 1) == names[:1] and indexing.first_files(names, 2) == names[:2]
    assert indexing.first_files(names, 3) == indexing.first_files(names, 1000) == names[:3]


def test_ranks_are_read_from_a_file_as_the_record_has_them(tmp_path: Path):
    one, other = board_record("one"), board_record("other", drawn=3)
    for content in (to_json(one), f"[{to_json(other)}, {to_json(one)}]"):
        found = with_items(slimmed(one), content.encode(), 1)
        assert {name: (part.ranks, part.images, part.items) for name, part in found.subsets.items()} == {
            name: (part.ranks, part.images, part.items) for name, part in one.subsets.items()
        }
    with pytest.raises(ValueError, match="subsets"):
        with_items(slimmed(one), b"{}", 0)
