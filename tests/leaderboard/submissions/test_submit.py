"""Submitting a head: the command and the request it makes, and what the submit tab says."""

from pathlib import Path

import pytest

from heads.hub.push import push_head
from heads.vetting.vet import VettingCheck
from leaderboard.__main__ import main
from leaderboard.page import submit_text as view
from leaderboard.submissions.requests import (
    Submission,
    load_submissions,
    read_submission,
    refusal,
    submission_json,
)
from leaderboard.submissions.submit import Submitted, submit
from tests.fake_hub.server import HubServer
from tests.support.submitted_heads import DATASET, head_files, put_head


@pytest.fixture
def token(hub: HubServer, monkeypatch: pytest.MonkeyPatch) -> str:
    """Of bob, who may open pull requests and nothing else; the command finds it as a user's."""
    hub.create_repo(DATASET, "dataset")
    given = hub.add_token("bob", ["write-discussions"], orgs=())
    monkeypatch.setenv("HF_TOKEN", given)
    monkeypatch.setenv("FG_RESULTS", DATASET)
    return given


def test_a_head_is_asked_for_once_and_the_request_shows_its_vetting(
    hub: HubServer, token: str, tmp_path: Path, capsys: pytest.CaptureFixture
):
    commit = put_head(hub, tmp_path / "head")
    assert main(["submit", "alice/head"]) == 0
    said = capsys.readouterr().out
    assert "✓ header: 4 tensors" in said and "Submitted: http" in said and token not in said
    (request,) = hub.pull_requests(DATASET)
    assert request.title == f"Measure alice/head at {commit[:12]}"
    assert "✓ weights: finite" in request.comments[0]
    files = hub.files(DATASET, "refs/pr/1")
    assert read_submission(files[f"queue/alice--head--{commit[:12]}.json"]) == Submission(
        1, "alice/head", commit
    )
    assert main(["submit", "alice/head"]) == 0
    assert "Submitted before" in capsys.readouterr().out and len(hub.pull_requests(DATASET)) == 1


def test_a_dry_run_shows_what_it_would_send(
    hub: HubServer, token: str, tmp_path: Path, capsys: pytest.CaptureFixture
):
    put_head(hub, tmp_path / "head")
    assert main(["submit", "alice/head", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "Would open a pull request on heads-lab/results" in said and '"repo": "alice/head"' in said
    assert not hub.pull_requests(DATASET)


def test_a_head_that_does_not_pass_is_not_sent(hub: HubServer, token: str, capsys: pytest.CaptureFixture):
    hub.create_repo("alice/bad", files={"weights.bin": b"x"})
    assert main(["submit", "alice/bad"]) == 2
    said = capsys.readouterr()
    assert "✗ files" in said.out and "weights.bin" in said.err
    assert not hub.pull_requests(DATASET)


def test_without_a_dataset_it_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch, capsys):
    monkeypatch.delenv("FG_RESULTS", raising=False)
    assert main(["submit", "alice/head"]) == 2
    assert "by --results-dataset or the variable FG_RESULTS, got none" in capsys.readouterr().err


def test_without_a_token_it_says_so(hub: HubServer, tmp_path: Path, token: str, monkeypatch, capsys):
    monkeypatch.delenv("HF_TOKEN")
    put_head(hub, tmp_path / "head")
    assert main(["submit", "alice/head"]) == 2
    assert "hf auth login" in capsys.readouterr().err


def test_backticks_in_a_check_do_not_end_the_text(hub: HubServer, token: str, tmp_path: Path, monkeypatch):
    put_head(hub, tmp_path / "head")
    from leaderboard.submissions import submit as module

    real = module.vet

    def with_backticks(*arguments, **settings):
        vetting = real(*arguments, **settings)
        object.__setattr__(vetting, "checks", (VettingCheck("card", True, "```\n# heading"), *vetting.checks))
        return vetting

    monkeypatch.setattr(module, "vet", with_backticks)
    submit(DATASET, "alice/head", token=token)
    assert hub.pull_requests(DATASET)[0].comments[0].count("```") == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{}", "Field required"),
        (b'{"schema": 1, "repo": "a/b", "revision": "main"}', "revision: "),
        (b'{"schema": 1, "repo": "../b", "revision": "%s"}' % (b"0" * 40), "repo: expected a repository"),
        (b'{"schema": 1, "repo": "a/b", "revision": "%s", "x": 1}' % (b"0" * 40), "x: "),
        (b" " * 20_000, "size: expected at most"),
        (b"\xff", "file: "),
    ],
)
def test_a_request_that_is_none_is_refused_with_the_field(content: bytes, words: str):
    with pytest.raises(ValueError, match=words):
        read_submission(content)


def test_requests_and_refusals_are_read_back(tmp_path: Path):
    asked = Submission(1, "a/b", "0" * 40)
    (tmp_path / "queue").mkdir()
    (tmp_path / asked.path).write_bytes(submission_json(asked))
    (tmp_path / "queue" / "zzz.json").write_bytes(b"no")
    found, problems = load_submissions(tmp_path)
    assert found == [asked] and [problem.file for problem in problems] == ["queue/zzz.json"]
    assert refusal("a/b", "0" * 40, []).reason() == "no reason given"


def test_what_strangers_wrote_is_shown_as_text():
    hostile = "<img src=x onerror=alert(1)>"
    page = view.checks([VettingCheck(hostile, False, hostile)]) + view.problem(hostile) + view.pushed(hostile)
    assert "<img" not in page
    assert "href" not in view.pushed("javascript:alert(1)")
    assert 'href="https://hub/x&#34; onclick=&#34;y"' in view.pushed('https://hub/x" onclick="y')
    assert "<img" not in view.submitted(Submitted(Submission(1, "a/b", "0" * 40), hostile))


@pytest.mark.parametrize("name", ["", "a/b", "../x", "a b", "<b>", "x" * 97])
def test_a_name_that_is_none_is_refused(name: str):
    with pytest.raises(ValueError, match="name: expected letters"):
        view.repository("alice", name)


def test_where_the_app_may_not_write_it_says_what_it_may_and_what_to_do(hub: HubServer, tmp_path: Path):
    """The scope contribute-repos reaches repositories of the app's own making alone."""
    hub.create_repo("alice/by-hand")
    head_files(tmp_path / "head")
    app = hub.add_token("alice", ["contribute-repos"])
    with pytest.raises(OSError) as refused:
        push_head(tmp_path / "head", "alice/by-hand", token=app)
    said = view.push_problem(refused.value, "alice/by-hand")
    assert "the token has no right to do this" in said
    assert "may write only to repositories that it created itself" in said
    assert "python -m heads push my-head/ --repo alice/by-hand" in said
    assert push_head(tmp_path / "head", "alice/by-the-app", token=app).url
    assert "created itself" not in view.push_problem(ValueError("name: expected letters"), "alice/x")
    assert "contribute-repos" in view.SIGNED_OUT and "created itself" in view.REACH
