"""How a record says which code made it."""

import subprocess
from pathlib import Path

import pytest

from leaderboard.records import provenance as produced

HEAD, RECORD, CODE = "heads/pretrained/a/config.json", "leaderboard/results/a.json", "leaderboard/code.py"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with a head, a record and some code, all committed."""
    monkeypatch.setattr(produced, "ROOT", tmp_path)
    for name in (HEAD, RECORD, CODE):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    author = ("-c", "user.name=A", "-c", "user.email=a@example.org")
    for line in (("init", "-q"), ("add", "."), (*author, "commit", "-qm", "one")):
        subprocess.run(["git", *line], cwd=tmp_path, check=True)
    return tmp_path


def test_a_commit_is_named(checkout: Path):
    commit = produced.code_commit()
    assert commit is not None and len(commit) == 40


@pytest.mark.parametrize(("name", "counts"), [(HEAD, False), (RECORD, False), (CODE, True)])
def test_changed_code_is_flagged_heads_and_records_are_not(checkout: Path, name: str, counts: bool):
    (checkout / name).write_text("after")
    assert str(produced.code_commit()).endswith("+changes") is counts


def test_no_git_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(produced, "ROOT", tmp_path)
    assert produced.code_commit() is None


def test_an_installed_package_inside_somebody_elses_checkout_has_a_version_and_no_commit(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
):
    installed = checkout / "site-packages"
    installed.mkdir()
    monkeypatch.setattr(produced, "ROOT", installed)
    assert produced.code_commit() is None
    monkeypatch.setattr(produced, "version", lambda name: f"{name} 1.2")
    assert produced.code_version() == "reprojection-heads 1.2"
