"""A name that is nothing on the Hub: the message says which, what was expected, and what to do."""

from pathlib import Path

import pytest

import heads.__main__ as heads_command
import leaderboard.__main__ as leaderboard_command
from fg_demo import load_backbone
from heads import load_head
from leaderboard import load_benchmark

RAW = ("Client Error", "Request ID", "repo_id", "for url", "LocalEntryNotFound")
"""How the Hub's client words things for whoever programs with it."""


def told(call, kind: type[Exception]) -> str:
    with pytest.raises(kind) as raised:
        call()
    text = str(raised.value)
    assert "\n" not in text and not any(words in text for words in RAW), text
    return text


def test_a_head_that_is_not_there(hub):
    text = told(lambda: load_head("alice/nope"), FileNotFoundError)
    assert text.startswith(
        "alice/nope: expected a head, as `heads push` makes it, on the Hub, but there is no"
    )
    assert "https://huggingface.co/alice/nope" in text and "hf auth login" in text


def test_a_backbone_that_is_not_there(hub):
    text = told(lambda: load_backbone("alice/nope"), ValueError)
    assert text.startswith("backbone: could not load 'alice/nope': there is no such repository")
    assert "expected mini-clip, a folder in transformers' format or a model's id on the Hub" in text


def test_a_benchmark_that_is_not_there(hub):
    text = told(lambda: load_benchmark("alice/nope", "hard"), FileNotFoundError)
    assert text.startswith("alice/nope: expected a benchmark, a dataset, on the Hub, but")
    assert "https://huggingface.co/datasets/alice/nope" in text


@pytest.mark.parametrize(
    ("command", "line", "name"),
    [
        (leaderboard_command, ["evaluate", "--head", "alice/nope"], "alice/nope"),
        (leaderboard_command, ["submit", "alice/nope", "--results-dataset", "org/results"], "alice/nope"),
        (leaderboard_command, ["refresh", "--results-dataset", "org/results"], "org/results"),
    ],
)
def test_a_command_says_it_in_one_line(
    hub, alice, capsys, tmp_path: Path, command, line: list[str], name: str
):
    assert command.main(line) != 0
    said = capsys.readouterr().err
    last = said.strip().splitlines()[-1]
    assert last.startswith("error: ") and name in last and "there is no such repository" in last
    assert not any(words in said for words in RAW), said


def test_without_a_network_it_is_the_network_that_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    import huggingface_hub.constants as constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    for call, kind in (
        (lambda: load_head("alice/nope"), OSError),
        (lambda: load_backbone("alice/nope"), ValueError),
    ):
        text = told(call, kind)
        assert (
            "alice/nope" in text and "the Hub cannot be reached, and there is no copy on this machine" in text
        )


def test_pushing_where_one_may_not_is_said(hub, alice, capsys, tmp_path: Path):
    from heads import save_head
    from tests.support.head_samples import make_head

    folder = save_head(make_head("linear", 4), tmp_path / "mine", backbone="mini-clip")
    assert heads_command.main(["push", str(folder), "--repo", "bob/nope"]) == 2
    said = capsys.readouterr().err
    assert "bob/nope" in said and "the token has no right to do this" in said
    assert not any(words in said for words in RAW), said
