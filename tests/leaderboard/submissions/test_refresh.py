"""Refreshing the leaderboard through the real client, against the tests' Hub."""

import json
from pathlib import Path

import pytest
from huggingface_hub import CommitOperationAdd, HfApi

from leaderboard.benchmarks.split import open_split
from leaderboard.records.files import from_json
from leaderboard.submissions.examine import NoRight, RefreshSettings
from leaderboard.submissions.refresh import refresh
from leaderboard.submissions.requests import Submission, submission_json
from leaderboard.submissions.results import summary
from tests.fake_hub.server import HubServer
from tests.support.submitted_heads import DATASET, QuickEvaluator, put_head


@pytest.fixture
def settings(hub: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RefreshSettings:
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    hub.create_repo(DATASET, "dataset")
    return RefreshSettings(DATASET, token=hub.add_token("maintainer"))


@pytest.fixture
def evaluator(tiny_benchmark: Path) -> QuickEvaluator:
    return QuickEvaluator(open_split(str(tiny_benchmark)))


def records(hub: HubServer) -> list:
    files = hub.files(DATASET, kind="dataset")
    return [from_json(data) for path, data in sorted(files.items()) if path.startswith("results/")]


def statuses(results: list) -> list[str]:
    return [result.status for result in results]


def test_a_tagged_head_is_vetted_measured_and_recorded_once(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, tmp_path: Path
):
    commit = put_head(hub, tmp_path / "head")
    lines: list[str] = []
    first = refresh(settings, evaluator, lines.append)
    assert statuses(first) == ["measured"]
    (record,) = records(hub)
    assert record.provenance == "re-measured" and record.head.source == f"alice/head@{commit}"
    assert "[1/1] alice/head" in lines[-1]
    count = len(hub.commits(DATASET))
    assert statuses(refresh(settings, evaluator)) == ["known"]
    assert len(hub.commits(DATASET)) == count and evaluator.asked == ["alice/head"]
    assert summary(first) == "1 measured"


def test_a_new_commit_of_a_head_is_a_new_head(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, tmp_path: Path
):
    put_head(hub, tmp_path / "head")
    refresh(settings, evaluator)
    hub.commit("alice/head", {"notes.txt": b"new"})
    assert statuses(refresh(settings, evaluator)) == ["measured"]
    assert len(records(hub)) == 2


def test_a_head_is_known_by_the_protocol_s_fields(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, tmp_path: Path
):
    put_head(hub, tmp_path / "head")
    refresh(settings, evaluator)
    ((path, content),) = [
        (path, json.loads(data))
        for path, data in hub.files(DATASET, kind="dataset").items()
        if "results/" in path
    ]
    changed = {
        "said in other words": content["protocol"] | {"sentence": "In the words of another version."},
        "from before it had fields": content["protocol"]["sentence"],
    }
    for protocol in changed.values():
        hub.commit(DATASET, {path: json.dumps(content | {"protocol": protocol}).encode()})
        assert statuses(refresh(settings, evaluator)) == ["known"]
    other = content["protocol"] | {"tolerance": 0.01}
    hub.commit(DATASET, {path: json.dumps(content | {"protocol": other}).encode()})
    assert statuses(refresh(settings, evaluator)) == ["measured"]


def test_bad_heads_leave_a_trace_and_stop_nobody(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, tmp_path: Path
):
    put_head(hub, tmp_path / "a", "alice/a")
    hub.create_repo("alice/b", files={"README.md": b"---\ntags: [reprojection-head]\n---\n", "x.bin": b"x"})
    put_head(hub, tmp_path / "c", "alice/bad")
    put_head(hub, tmp_path / "d", "alice/d")
    results = refresh(settings, evaluator)
    assert sorted(statuses(results)) == ["measured", "measured", "refused", "refused"]
    traces = {p: d for p, d in hub.files(DATASET).items() if p.startswith("refused/")}
    assert len(traces) == 2
    assert any(b"x.bin" in trace for trace in traces.values())
    assert any(b"expected finite scores" in trace for trace in traces.values())
    assert set(statuses(refresh(settings, evaluator))) == {"known"}


def test_a_request_is_answered_and_closed_never_merged(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, tmp_path: Path
):
    commit = put_head(hub, tmp_path / "head")
    asked = Submission(1, "alice/head", commit)
    bob = HfApi(token=hub.add_token("bob", ["write-discussions"], orgs=()))
    operations = [
        CommitOperationAdd(asked.path, submission_json(asked)),
        CommitOperationAdd("results/fake.json", b"{}"),
    ]
    bob.create_commit(DATASET, operations, commit_message="Measure it", repo_type="dataset", create_pr=True)
    assert statuses(refresh(settings, evaluator)) == ["measured"]
    (request,) = hub.pull_requests(DATASET)
    assert request.status == "closed"
    assert "results/fake.json" not in hub.files(DATASET)


def test_a_request_in_the_queue_leaves_it_with_its_answer(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, tmp_path: Path
):
    asked = Submission(1, "alice/head", put_head(hub, tmp_path / "head"))
    hub.commit(DATASET, {asked.path: submission_json(asked)})
    assert statuses(refresh(settings, evaluator)) == ["measured"]
    assert asked.path not in hub.files(DATASET)
    hub.commit(DATASET, {asked.path: submission_json(asked)})
    assert statuses(refresh(settings, evaluator)) == ["known"]
    assert asked.path not in hub.files(DATASET)


def test_a_request_that_cannot_be_read_is_told_so(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator
):
    bob = HfApi(token=hub.add_token("bob", ["write-discussions"], orgs=()))
    operations = [CommitOperationAdd("queue/x.json", b'{"schema": 1, "repo": "../../x"}')]
    bob.create_commit(DATASET, operations, commit_message="Measure it", repo_type="dataset", create_pr=True)
    (result,) = refresh(settings, evaluator)
    assert result.status == "refused" and "revision" in result.reason
    assert hub.pull_requests(DATASET)[0].status == "closed"


def test_a_pull_request_about_something_else_is_left_alone(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, tmp_path: Path
):
    asked = Submission(1, "alice/head", put_head(hub, tmp_path / "head"))
    bob = HfApi(token=hub.add_token("bob", ["write-discussions"], orgs=()))
    operations = [CommitOperationAdd(asked.path, submission_json(asked))]
    bob.create_commit(DATASET, operations, commit_message="A typo", repo_type="dataset", create_pr=True)
    refresh(settings, evaluator)
    assert hub.pull_requests(DATASET)[0].status == "open"


def test_the_limit_counts_new_heads_only(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, tmp_path: Path
):
    for name in ("a", "b", "c"):
        put_head(hub, tmp_path / name, f"alice/{name}")
    one = RefreshSettings(DATASET, limit=1, token=settings.token)
    assert sorted(statuses(refresh(one, evaluator))) == ["left for later", "left for later", "measured"]
    assert sorted(statuses(refresh(one, evaluator))) == ["known", "left for later", "measured"]


def test_a_dry_run_writes_nothing(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, tmp_path: Path
):
    put_head(hub, tmp_path / "head")
    dry = RefreshSettings(DATASET, dry_run=True, token=settings.token)
    assert statuses(refresh(dry, evaluator)) == ["left for later"]
    assert len(hub.commits(DATASET)) == 1 and not evaluator.asked


def test_what_the_author_states_stands_apart(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, tmp_path: Path
):
    put_head(hub, tmp_path / "head")
    ours, other = "{id: org/fg-ovd, task_id: hard}", "{id: org/other, task_id: x}"
    stated = f"- dataset: {ours}\n  value: 0.99\n- dataset: {other}\n  value: 3\n".encode()
    hub.commit("alice/head", {".eval_results/fg.yaml": stated})
    refresh(settings, evaluator)
    found = {record.provenance: record for record in records(hub)}
    assert set(found) == {"re-measured", "self-reported"}
    assert found["self-reported"].subsets["hard"].top1 == 0.99


def test_a_token_without_the_right_ends_it_with_words(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, tmp_path: Path
):
    put_head(hub, tmp_path / "head")
    stranger = RefreshSettings(DATASET, token=hub.add_token("bob", orgs=()))
    with pytest.raises(NoRight, match="heads-lab/results: expected to write there, got"):
        refresh(stranger, evaluator)
