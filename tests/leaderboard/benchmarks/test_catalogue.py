"""The rows of the table of benchmarks: each says where it is, at which commit, whose it is."""

import re

import pytest

from leaderboard.benchmarks.catalogue import (
    BENCHMARKS,
    CLIP_SUBSETS,
    GITHUB,
    SUBSETS,
    Benchmark,
    Subset,
    chance_of,
    known_subsets,
)
from leaderboard.benchmarks.lookup import find_benchmark
from leaderboard.benchmarks.readers.github_files import SPLIT_FOLDERS

ROWS = BENCHMARKS.values()


@pytest.mark.parametrize("row", ROWS, ids=list(BENCHMARKS))
def test_a_row_states_its_place_licence_and_citation(row: Benchmark):
    assert row.licence != "unknown" and row.citation
    assert row.name.startswith("fg-rendered") or re.fullmatch(r"[0-9a-f]{40}", row.revision or "")
    assert list(row.subsets) == [subset.name for subset in row.subsets.values()]
    assert row.captions is None or row.captions in BENCHMARKS


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.path.startswith(GITHUB)], ids=lambda row: row.name
)
def test_a_repository_has_a_file_for_every_subset_and_gits_id_of_it(row: Benchmark):
    assert all(re.fullmatch(r"[0-9a-f]{40}", blob) for blob in row.blobs.values())
    assert len(set(row.blobs.values())) == len(row.blobs)
    configs = {subset.config for subset in row.subsets.values()}
    folders = {path.rpartition("/")[0] for path in row.blobs}
    assert dict.fromkeys(folders, configs) == {
        folder: {
            path.rpartition("/")[2].removesuffix(".json") for path in row.blobs if path.startswith(folder)
        }
        for folder in folders
    }
    assert row.name != "fg-ovd" or {f"{folder}/" for folder in folders} == {
        "benchmarks/",
        *SPLIT_FOLDERS.values(),
    }


def test_known_subsets_are_fg_ovds_first_and_no_two_share_a_name():
    known = known_subsets()
    assert list(known)[:8] == list(SUBSETS)
    assert {"swap_att", "attribution", "relation"} < set(known)
    several = (*(row.subsets for row in ROWS), CLIP_SUBSETS)
    distinct = {subset for subsets in several for subset in subsets.values()}
    assert len(distinct) == len(known)


def test_chance_is_that_of_the_benchmarks_own_subset(monkeypatch):
    ours = Benchmark("ours", "nowhere", subsets={"color": Subset("color", "color", "Color", 1)})
    monkeypatch.setitem(BENCHMARKS, "ours", ours)
    assert chance_of("ours", "color") == 1.5 and chance_of("fg-ovd", "color") == 6
    assert chance_of("owner/name", "color") == 6 and chance_of("owner/name", "transparency") == 2
    assert chance_of("ours", "pattern") is None and chance_of("mine.csv", "own_all") is None


def test_a_folder_that_bears_a_rows_name_is_read_as_that_row(tmp_path):
    (tmp_path / "sugarcrepe").mkdir()
    found = find_benchmark(str(tmp_path / "sugarcrepe"))
    assert found.subsets is BENCHMARKS["sugarcrepe"].subsets and found.path == str(tmp_path / "sugarcrepe")
