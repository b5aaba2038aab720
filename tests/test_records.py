"""Result files: what is written is what is read, and what is wrong is said."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tiny_records import measured, published

from leaderboard.benchmark import SUBSETS
from leaderboard.metrics import Recall, RetrievalResult, SubsetResult
from leaderboard.records import (
    BackboneEntry,
    BenchmarkEntry,
    HeadEntry,
    Produced,
    Record,
    file_name,
    from_json,
    load_results,
    save_record,
    to_json,
)

words = st.text(min_size=1, max_size=20)
ranks = st.none() | st.floats(1, 20)
shares = st.none() | st.floats(0, 1)
counts = st.none() | st.integers(1, 5000)
recalls = st.builds(Recall, shares, shares, shares, ranks)
records = st.builds(
    Record,
    schema=st.just(2),
    head=st.builds(HeadEntry, words, words, st.none() | words, st.none() | words),
    backbone=st.builds(BackboneEntry, words, st.none() | words, counts),
    benchmark=st.builds(BenchmarkEntry, words, st.none() | words, st.none() | words),
    protocol=words,
    provenance=st.sampled_from(["published", "read off a chart"]),
    subsets=st.dictionaries(
        st.sampled_from(list(SUBSETS)), st.builds(SubsetResult, ranks, ranks, shares, counts, ranks)
    ),
    retrieval=st.none() | st.builds(RetrievalResult, recalls, recalls, counts, counts),
    mean_rank=ranks,
    produced=st.none()
    | st.builds(
        Produced, words, words, st.dates().map(str), words, st.none() | words, st.none() | st.integers(0, 9)
    ),
    source=words,
)


@given(records)
def test_a_record_survives_the_disk(record: Record):
    assert from_json(to_json(record)) == record


def test_a_measured_record_survives_the_disk(tmp_path: Path):
    record = measured()
    path = save_record(record, tmp_path)
    assert load_results(tmp_path) == ([record], [])
    assert path.name.startswith("fg-rendered--test--mini-clip--linear--fine-grained--")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_the_file_is_readable_and_holds_only_what_is_known(tmp_path: Path):
    fields = json.loads(save_record(published(), tmp_path).read_text())
    assert fields["schema"] == 2 and fields["mean_rank"] == 1.46
    assert "produced" not in fields and "revision" not in fields["head"]


def test_the_same_measurement_replaces_its_file_and_another_does_not(tmp_path: Path):
    record = measured()
    later = dataclasses.replace(record, subsets={"hard": SubsetResult(mean_rank=2.0)})
    assert save_record(record, tmp_path) == save_record(later, tmp_path)
    others = [
        dataclasses.replace(record, head=dataclasses.replace(record.head, revision="ffff")),
        dataclasses.replace(record, backbone=dataclasses.replace(record.backbone, revision="ffff")),
        dataclasses.replace(record, benchmark=dataclasses.replace(record.benchmark, revision="ffff")),
        dataclasses.replace(record, protocol="another"),
    ]
    assert len({file_name(other) for other in [record, *others]}) == 5


@given(words, words)
def test_file_names_are_plain(head: str, backbone: str):
    record = measured(head=head, backbone=backbone)
    assert set(file_name(record)) <= set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
    assert len(file_name(record)) < 255 and not file_name(record).startswith(".")


def change(path: str, value: object) -> str:
    """The measured record's JSON with one field set (or removed, for `...`)."""
    fields = json.loads(to_json(measured()))
    *parents, last = path.split(".")
    inner = fields
    for parent in parents:
        inner = inner[parent]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return json.dumps(fields)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (change("schema", 1), r"schema: .*2, got 1"),
        (change("schema", ...), r"schema: .*required"),
        (change("extra", 1), r"extra: .*nexpected"),
        (change("head.name", ...), r"head.name: .*required"),
        (change("head.name", ""), r"head.name: .*at least 1"),
        (change("head.name", 7), r"head.name: .*string, got 7"),
        (change("backbone.dim", "8"), r"backbone.dim: .*integer, got '8'"),
        (change("provenance", "guessed"), r"provenance: .*'measured'.*got 'guessed'"),
        (
            change("subsets.hard.mean_rank", 0.5),
            r"subsets.hard.mean_rank: .*greater than or equal to 1, got 0.5",
        ),
        (change("subsets.hard.mean_rank", float("nan")), r"subsets.hard.mean_rank: .*finite"),
        (change("subsets.hard.top1", 55.0), r"subsets.hard.top1: .*less than or equal to 1, got 55"),
        (change("subsets.harder", {}), r"subsets: expected some of \['hard', .*got \['harder'\]"),
        (change("retrieval.image_to_text.r1", True), r"retrieval.image_to_text.r1: .*number, got True"),
        (change("mean_rank", 2.0), r"a measured record states how it was produced, and no mean_rank"),
        (change("produced", ...), r"a measured record states how it was produced"),
        (change("produced.date", "yesterday"), r"produced: .*yesterday"),
        (change("provenance", "published"), r"source: expected where a published figure comes from"),
        ("[]", r"file: .*object"),
        ("{", r"file: Invalid JSON"),
        ("", r"file: Invalid JSON"),
    ],
)
def test_what_is_wrong_is_named(text: str, complaint: str):
    with pytest.raises(ValueError, match=complaint):
        from_json(text)


def test_foreign_files_are_listed_and_harm_nothing(tmp_path: Path):
    save_record(measured(), tmp_path)
    (tmp_path / "garbage.json").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "other.json").write_text('{"name": "a package"}')
    (tmp_path / "huge.json").write_text(" " * 1_000_001)
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "broken-link.json").symlink_to(tmp_path / "nowhere")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "notes.txt").write_text("not looked at")
    records, problems = load_results(tmp_path)
    assert records == [measured()]
    reasons = {problem.file: problem.reason for problem in problems}
    assert sorted(reasons) == [
        "broken-link.json",
        "deep.json",
        "folder.json",
        "garbage.json",
        "huge.json",
        "other.json",
    ]
    assert "head: " in reasons["other.json"]
    assert "size: expected at most 1000000 bytes, got 1000001" in reasons["huge.json"]


def test_no_folder_holds_no_records(tmp_path: Path):
    assert load_results(tmp_path / "nowhere") == ([], [])


def test_a_record_that_would_not_be_read_back_is_not_written(tmp_path: Path):
    wrong = dataclasses.replace(measured(), subsets={"hard": SubsetResult(mean_rank=0.0)})
    with pytest.raises(ValueError, match=r"subsets.hard.mean_rank"):
        save_record(wrong, tmp_path)
    assert list(tmp_path.iterdir()) == []
