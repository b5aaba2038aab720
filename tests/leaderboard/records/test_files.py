"""Result files: what is written is what is read, and what is wrong is said."""

import dataclasses
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.records.figures import (
    BlindControl,
    BlindControls,
    Confusion,
    Recall,
    RetrievalResult,
    SubsetResult,
)
from leaderboard.records.files import file_name, from_json, load_results, save_record, to_json
from leaderboard.records.packing import pack_ranks, pack_runs
from leaderboard.records.record import (
    BackboneEntry,
    BenchmarkEntry,
    HeadEntry,
    Produced,
    Record,
    SeedFigures,
    TrainingData,
)
from tests.support.protocols import PROTOCOL, protocols
from tests.support.tiny_records import measured, published

words = st.text(st.characters(exclude_categories=("C", "Zl", "Zp")), min_size=1, max_size=20)
ranks = st.none() | st.floats(1, 20)
shares = st.none() | st.floats(0, 1)
counts = st.none() | st.integers(1, 5000)
rank_ends = st.none() | st.tuples(st.floats(1, 5), st.floats(5, 9))
share_ends = st.none() | st.tuples(st.floats(0, 0.5), st.floats(0.5, 1))
recalls = st.builds(Recall, shares, shares, shares, ranks, share_ends, share_ends, share_ends)
confused = st.lists(
    st.builds(Confusion, words, words, words, st.integers(1, 9), st.integers(9, 99)), max_size=3
)
items = st.lists(st.integers(1, 35), min_size=1, max_size=9)


def controls(found: list[int] | None) -> st.SearchStrategy[BlindControls]:
    packed = st.just(pack_ranks(found) if found else None)
    gain_ends = st.none() | st.tuples(st.floats(-9, 0), st.floats(0, 9))
    control = st.builds(
        BlindControl,
        st.floats(1, 20),
        st.floats(0, 1),
        st.floats(-9, 9),
        rank_ends,
        share_ends,
        gain_ends,
        packed,
    )
    return st.builds(BlindControls, control, st.none() | control)


@st.composite
def results(draw: st.DrawFn) -> SubsetResult:
    found = draw(st.none() | items)
    return SubsetResult(
        *(draw(figure) for figure in (ranks, ranks, shares)),
        n=len(found) if found else draw(counts),
        interval=draw(rank_ends),
        top1_interval=draw(share_ends),
        by_negatives=draw(st.none() | st.lists(st.floats(1, 11), max_size=10).map(tuple)),
        confusions=draw(st.none() | confused.map(tuple)),
        average_precision=draw(shares),
        ranks=pack_ranks(found) if found else None,
        items="0123456789ab" if found else None,
        images=pack_runs(found) if found else None,
        blind=draw(st.none() | controls(found)),
    )


subset_names = st.sampled_from(list(SUBSETS))
seeds = st.lists(
    st.builds(
        SeedFigures,
        st.integers(0, 999),
        words,
        st.dictionaries(subset_names, st.floats(1, 11)),
        shares,
        shares,
    ),
    max_size=3,
)
records = st.builds(
    Record,
    schema=st.just(2),
    head=st.builds(
        HeadEntry,
        words,
        words,
        st.none() | words,
        st.none() | words,
        st.none() | st.integers(0, 10**9),
        st.none() | words,
        st.none() | words,
        st.lists(st.builds(TrainingData, words, words, st.none() | words), max_size=2).map(tuple),
    ),
    backbone=st.builds(BackboneEntry, words, st.none() | words, counts),
    benchmark=st.builds(BenchmarkEntry, words, st.none() | words, st.none() | words),
    protocol=words | protocols,
    provenance=st.sampled_from(["self-reported", "published", "read off a chart"]),
    subsets=st.dictionaries(subset_names, results()),
    retrieval=st.none() | st.builds(RetrievalResult, recalls, recalls, counts, counts),
    mean_rank=ranks,
    mean_rank_interval=rank_ends,
    top1_interval=share_ends,
    gain_interval=st.none() | st.tuples(st.floats(-9, 0), st.floats(0, 9)),
    seeds=seeds.map(tuple),
    notes=st.lists(words, max_size=2).map(tuple),
    produced=st.none()
    | st.builds(
        Produced, words, words, st.dates().map(str), words, st.none() | words, st.none() | st.integers(0, 9)
    ),
    source=words,
)


@given(records)
def test_a_record_survives_the_disk(record: Record):
    assert from_json(to_json(record)) == record


def test_a_record_is_known_by_its_protocol_s_fields_and_not_by_their_sentence():
    record = dataclasses.replace(measured(), protocol=PROTOCOL)
    fields = json.loads(to_json(record))
    assert fields["protocol"]["sentence"] == str(PROTOCOL)
    fields["protocol"]["sentence"] = "In the words of another version."
    reworded = from_json(json.dumps(fields))
    assert reworded == record and str(reworded.protocol) == str(PROTOCOL)
    assert file_name(reworded) == file_name(record)
    fields["protocol"]["tolerance"] = 0.001
    assert file_name(from_json(json.dumps(fields))) != file_name(record)


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


BLIND = {"mean_rank": 6.0, "top1": 0.1, "gain": 4.0}


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
        (change("protocol", {"ties": "against"}), r"protocol.Protocol.tolerance: .*required"),
        (change("protocol", 7), r"protocol.*, got 7"),
        (change("produced.date", "yesterday"), r"produced: .*yesterday"),
        (change("provenance", "published"), r"source: expected where a published figure comes from"),
        ("[]", r"file: .*object"),
        (change("subsets.hard.ranks", "1" * 99), r"subsets.hard: .*ranks: expected 100 digits.*got 99"),
        (change("subsets.hard.ranks", "0" * 100), r"ranks: expected digits from 1 to z"),
        (change("subsets.hard.images", "99"), r"images: expected runs of 100 items, got 99"),
        (change("subsets.hard.images", "many"), r"images: expected runs like"),
        (change("subsets.hard.items", "xyz"), r"subsets.hard.items: .*pattern"),
        (
            change("subsets.hard.blind", {"mean_crop": BLIND | {"ranks": "11"}}),
            r"subsets.hard: .*ranks: expected 100 digits.*got 2",
        ),
        (change("subsets.hard.blind", {"other_crop": BLIND}), r"subsets.hard.blind.mean_crop: .*required"),
        (change("gain_interval", [1.0, 0.5]), r"gain_interval: .*lower end first"),
        (change("subsets.hard.interval", [2.0, 1.5]), r"subsets.hard.interval: .*lower end first"),
        (change("subsets.hard.interval", [2.0]), r"subsets.hard.interval.1: .*required"),
        (change("subsets.hard.by_negatives", [0.5]), r"subsets.hard.by_negatives.0: .*greater than or equal"),
        (change("retrieval.image_to_text.r1_interval", [0.1, 1.1]), r"r1_interval.1: .*less than or equal"),
        (change("mean_rank_interval", [1.0, float("inf")]), r"mean_rank_interval.1: .*finite"),
        (change("seeds", [{"seed": 1}]), r"seeds.0.revision: .*required"),
        (
            change("seeds", [{"seed": 1, "revision": "a", "mean_ranks": {"x": 1.0}}]),
            r"mean_ranks: expected some",
        ),
        (change("notes", "dropped"), r"notes: .*array, got 'dropped'"),
        (change("head.parameters", -1), r"head.parameters: .*greater than or equal to 0"),
        (change("provenance", "self-reported"), r"source: expected where a self-reported figure comes from"),
        (change("head.stage", "\x1b[2Jdone"), r"head.stage: .*found U\+001B"),
        (change("head.name", "me\u202eht"), r"head.name: .*found U\+202E"),
        (change("notes", ["a\u200bb"]), r"notes.0: .*found U\+200B"),
        (change("head.parameters", 10**400), r"whole numbers of 64 bits, got 1000.* of 401 digits"),
        (change("produced.seed", 2**63), r"whole numbers of 64 bits"),
        (change("subsets.hard.mean_rank", "WIDE").replace('"WIDE"', "1e999"), r"subsets.hard.mean_rank: .*"),
        (change("schema", 2)[:-1] + ', "protocol": "x"}', r"protocol: expected once, got twice"),
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


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes by name")
def test_a_pipe_among_the_files_is_not_waited_for_and_a_system_s_file_is_none(tmp_path: Path):
    save_record(measured(), tmp_path)
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "._record.json").write_bytes(b"\0")
    records, problems = load_results(tmp_path)
    assert records == [measured()]
    assert [(one.file, one.reason) for one in problems] == [
        ("pipe.json", "expected a file, found a folder, a pipe or a device")
    ]


def test_a_file_may_hold_a_whole_table(tmp_path: Path):
    rows = [json.loads(to_json(published())), json.loads(to_json(measured()))]
    (tmp_path / "published-table.json").write_text(json.dumps(rows))
    assert load_results(tmp_path) == ([published(), measured()], [])
    del rows[1]["protocol"]
    (tmp_path / "published-table.json").write_text(json.dumps(rows))
    (found, (problem,)) = load_results(tmp_path)
    assert found == [] and "1.protocol: " in problem.reason


def test_a_head_that_moved_keeps_its_file(tmp_path: Path):
    record = measured()
    moved = dataclasses.replace(
        record, head=dataclasses.replace(record.head, source="elsewhere", parameters=9)
    )
    assert file_name(moved) == file_name(record)


def test_no_folder_holds_no_records(tmp_path: Path):
    assert load_results(tmp_path / "nowhere") == ([], [])


def test_a_record_that_would_not_be_read_back_is_not_written(tmp_path: Path):
    wrong = dataclasses.replace(measured(), subsets={"hard": SubsetResult(mean_rank=0.0)})
    with pytest.raises(ValueError, match=r"subsets.hard.mean_rank"):
        save_record(wrong, tmp_path)
    assert list(tmp_path.iterdir()) == []
