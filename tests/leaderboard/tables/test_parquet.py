"""Records as Parquet: what is written is what is read, by this project and by `datasets`, and what is wrong is said."""

import dataclasses
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow.parquet as parquet
import pytest
from datasets import load_dataset
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.__main__ import main
from leaderboard.records.files import file_name, load_results, save_record, to_json
from leaderboard.records.folders import RESULTS
from leaderboard.records.overall import mean_rank_over_subsets
from leaderboard.records.record import Produced, Record
from leaderboard.records.shards import COLUMNS
from leaderboard.records.slim import is_slim, joined, left_out, slimmed
from leaderboard.tables.parquet import write_dataset
from tests.leaderboard.records.test_files import records
from tests.support.board_records import board_folder
from tests.support.tiny_records import measured, published


def texts(folder: Path) -> list[str]:
    found, problems = load_results(folder)
    assert not problems
    return sorted(map(to_json, found))


@settings(max_examples=20)
@given(st.lists(records, min_size=1, max_size=5, unique_by=file_name))
def test_records_survive_a_dataset(given: list[Record]):
    with TemporaryDirectory() as name:
        for record in given:
            save_record(record, Path(name) / "json")
        write_dataset(Path(name) / "json", Path(name) / "dataset")
        assert texts(Path(name) / "dataset" / "results") == sorted(map(to_json, given))


@given(records)
def test_a_record_is_what_it_is_parted_in(record: Record):
    whole, slim = to_json(record), to_json(slimmed(record))
    assert is_slim(slimmed(record))
    assert json.loads(joined(slim, left_out(whole, slim))) == json.loads(whole)


def test_what_ships_survives_a_dataset_of_a_dataset(tmp_path: Path):
    for source, output in ((RESULTS, tmp_path / "one"), (tmp_path / "one" / "results", tmp_path / "two")):
        assert main(["table", "--results", str(source), "--parquet", str(output)]) == 0
    assert texts(tmp_path / "two" / "results") == texts(tmp_path / "one" / "results") == texts(RESULTS)
    same = [sorted((tmp_path / name / "results").glob("*.parquet")) for name in ("one", "two")]
    assert [path.read_bytes() for path in same[0]] == [path.read_bytes() for path in same[1]]


def test_datasets_reads_it_by_its_card(tmp_path: Path):
    write_dataset(board_folder(tmp_path / "json"), tmp_path / "dataset")
    where: Any = {"path": str(tmp_path / "dataset"), "split": "train", "cache_dir": str(tmp_path / "cache")}
    rows: Any = load_dataset(**where)
    assert rows.column_names == COLUMNS.names
    assert load_dataset(**where, columns=["head", "top1"]).column_names == ["head", "top1"]
    known = {file_name(record): record for record in load_results(tmp_path / "json")[0]}
    assert {row["file"]: row["mean_rank"] for row in rows} == {
        name: mean_rank_over_subsets(record) for name, record in known.items()
    }
    assert {row["file"]: json.loads(joined(row["record"], row["items"])) for row in rows} == {
        name: json.loads(to_json(record)) for name, record in known.items()
    }


def test_a_board_stands_together_best_first(tmp_path: Path):
    write_dataset(board_folder(tmp_path / "json"), tmp_path / "dataset")
    (path,) = (tmp_path / "dataset" / "results").glob("*.parquet")
    rows = parquet.read_table(path, columns=["benchmark", "mean_rank"]).to_pylist()
    assert rows == sorted(rows, key=lambda row: (row["benchmark"], row["mean_rank"]))
    assert len({row["benchmark"] for row in rows}) > 1


def test_of_one_measurement_that_measured_last_is_read_or_else_that_in_json(tmp_path: Path):
    def at(date: str, notes: str) -> Record:
        produced = measured().produced
        assert isinstance(produced, Produced)
        return dataclasses.replace(
            measured(), produced=dataclasses.replace(produced, date=date), notes=(notes,)
        )

    folder = tmp_path / "dataset" / "results"
    save_record(at("2026-02-02", "in Parquet"), tmp_path / "json")
    save_record(published(), tmp_path / "json")
    write_dataset(tmp_path / "json", tmp_path / "dataset")
    for date, expected in (
        ("2026-02-01", "in Parquet"),
        ("2026-02-02", "in JSON"),
        ("2026-02-03", "in JSON"),
    ):
        save_record(at(date, "in JSON"), folder)
        found, _ = load_results(folder)
        assert sorted(record.notes for record in found) == [(), (expected,)]
        output = tmp_path / date
        write_dataset(folder, output)
        assert texts(output / "results") == sorted(map(to_json, found))


def test_a_folder_without_records_is_no_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    (tmp_path / "json").mkdir()
    (tmp_path / "json" / "x.json").write_text("{}")
    flags = ["table", "--results", str(tmp_path / "json"), "--parquet", str(tmp_path / "out")]
    assert main(flags) == 2
    assert "expected a folder of records, found none" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    save_record(measured(), tmp_path / "json")
    assert main(flags) == 0
    written = capsys.readouterr()
    assert "1 records, 1 Parquet files" in written.out and "x.json: not a result" in written.err
    assert main(flags) == 2
    assert "--parquet: expected a folder that does not exist yet" in capsys.readouterr().err
