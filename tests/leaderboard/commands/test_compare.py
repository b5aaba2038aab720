"""`python -m leaderboard compare`."""

import dataclasses
from pathlib import Path

import pytest

from leaderboard.__main__ import main
from leaderboard.records.files import save_record
from leaderboard.records.paired import paired_records
from tests.leaderboard.records.test_paired import drawn, record
from tests.support.tiny_records import published

BETTER, WORSE = record("better", drawn(1, 4)), record("worse", drawn(2, 11))


@pytest.fixture
def results(tmp_path: Path) -> Path:
    for one in (BETTER, WORSE, published()):
        save_record(one, tmp_path)
    return tmp_path


def test_two_heads_are_compared_by_name_or_file(results: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["compare", "better", "worse", "--results", str(results)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("better (1) against worse (2) on mini-clip, fg-rendered test\n")
    found = paired_records(BETTER, WORSE)
    row = next(line for line in printed.splitlines() if line.startswith("All"))
    assert row.split()[1] == f"{found.difference:+.2f}" and row.split()[-1] == "480"
    assert "Head 1 ranks the true caption better" in printed
    file = str(save_record(BETTER, results))
    assert main(["compare", file, "worse", "--results", str(results)]) == 0
    assert capsys.readouterr().out == printed


def test_what_cannot_be_told_apart_is_said(results: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["compare", "better", "better", "--results", str(results)]) == 0
    assert "do not tell the two apart" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "complaint"),
    [
        (
            ["better", "linear"],
            "linear: expected one measured record of that head, got 0; there are: better on",
        ),
        (["better", "broken.json"], "broken.json: file: Invalid JSON"),
        (["twice", "better"], "twice: expected one measured record of that head, got 2"),
        (["twice", "better", "--backbone", "another"], "better: expected one measured record"),
        (["other-items", "better"], "expected the same items ranked by both heads"),
    ],
)
def test_what_cannot_be_compared_is_refused(
    results: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    names: list[str],
    complaint: str,
):
    monkeypatch.chdir(results)
    Path("broken.json").write_text("{")
    twice = record("twice", drawn(3, 4))
    backbone = dataclasses.replace(twice.backbone, name="another")
    hard = dataclasses.replace(BETTER.subsets["hard"], items="ffffffffffff")
    head = dataclasses.replace(BETTER.head, name="other-items")
    others = [
        twice,
        dataclasses.replace(twice, backbone=backbone),
        dataclasses.replace(BETTER, head=head, subsets={"hard": hard}),
    ]
    for one in others:
        save_record(one, results)
    assert main(["compare", *names, "--results", str(results)]) == 2
    assert complaint in capsys.readouterr().err
