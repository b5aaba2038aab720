"""Refreshing and submitting while the network, the Hub or other people do their worst, cell by cell.

After each fault: words without a token, nothing half-written, and the same command again completes.
"""

import threading
from pathlib import Path

import pytest

from heads.hub.client import HUB_ERRORS, reason
from leaderboard.benchmarks.split import open_split
from leaderboard.records.files import from_json
from leaderboard.submissions.examine import RefreshSettings
from leaderboard.submissions.refresh import refresh
from leaderboard.submissions.submit import NotSubmitted, submit
from tests.fake_hub.faults import ALTERED, LOST_REPLY, RESET, TIME_OUT, TRUNCATED, Fault, status
from tests.fake_hub.server import HubServer
from tests.support.submitted_heads import DATASET, QuickEvaluator, head_files

FAULTS: dict[str, Fault] = {
    "time-out": TIME_OUT,
    "reset": RESET,
    "lost reply": LOST_REPLY,
    "truncated": TRUNCATED,
    "altered": ALTERED,
    "429 with Retry-After": status(429, Retry_After="1"),
    **{str(code): status(code) for code in (401, 403, 404, 409, 412, 413, 500, 503)},
}
REFRESH_STEPS = (
    "info",
    "tree",
    "list",
    "head",
    "download",
    "GET /api/datasets/.*/discussions",
    "POST /api/datasets/.*/paths-info",
    "preupload",
    "commit",
    "POST /api/datasets/.*/status",
)
SUBMIT_STEPS = ("info", "head", "download", "GET /api/datasets/.*/discussions", "preupload", "commit")


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return head_files(tmp_path_factory.mktemp("heads") / "head")


@pytest.fixture
def settings(hub: HubServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RefreshSettings:
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("FG_HUB_TIMEOUT", "3")
    hub.create_repo(DATASET, "dataset", files={"results/other.json": b"{}"})
    return RefreshSettings(DATASET, token=hub.add_token("maintainer"))


@pytest.fixture
def evaluator(tiny_benchmark: Path) -> QuickEvaluator:
    return QuickEvaluator(open_split(str(tiny_benchmark)))


def ask(hub: HubServer, head: dict[str, bytes]) -> str:
    """Token of bob, who asked for alice's head."""
    hub.create_repo("alice/head", files=head)
    bob = hub.add_token("bob", ["write-discussions"], orgs=())
    submit(DATASET, "alice/head", token=bob)
    return bob


def attempt(run, *arguments, **settings) -> str:
    """What it said when it could not be done; empty when it could."""
    try:
        run(*arguments, **settings)
    except (*HUB_ERRORS, NotSubmitted) as error:
        return reason(error)
    return ""


def check_whole(hub: HubServer) -> None:
    """Every record is one; a request is closed only with its record there."""
    files = hub.files(DATASET)
    measured = [from_json(data) for path, data in files.items() if path not in ("results/other.json",)]
    assert len({record.source for record in measured}) == len(measured) <= 1
    if any(request.status == "closed" for request in hub.pull_requests(DATASET)):
        assert measured


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", REFRESH_STEPS)
def test_a_refresh_survives(
    step: str,
    fault: str,
    hub: HubServer,
    settings: RefreshSettings,
    evaluator: QuickEvaluator,
    head: dict[str, bytes],
    capfd: pytest.CaptureFixture,
):
    ask(hub, head)
    hub.fail(step, FAULTS[fault])
    words = attempt(refresh, settings, evaluator)
    assert "results/other.json" in hub.files(DATASET)
    check_whole(hub)
    hub.heal()
    refresh(settings, evaluator)
    check_whole(hub)
    assert len(hub.files(DATASET)) == 2
    assert [request.status for request in hub.pull_requests(DATASET)] == ["closed"]
    said = words + "".join(capfd.readouterr())
    assert settings.token and settings.token not in said


@pytest.mark.slow
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("step", SUBMIT_STEPS)
def test_a_submission_survives(
    step: str, fault: str, hub: HubServer, settings: RefreshSettings, head: dict[str, bytes]
):
    hub.create_repo("alice/head", files=head)
    bob = hub.add_token("bob", ["write-discussions"], orgs=())
    hub.fail(step, FAULTS[fault])
    words = attempt(submit, DATASET, "alice/head", token=bob)
    assert bob not in words
    hub.heal()
    done = submit(DATASET, "alice/head", token=bob)
    (request,) = hub.pull_requests(DATASET)
    assert done.url.endswith(f"/discussions/{request.number}")


def test_two_refreshes_at_once_record_once(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, head: dict[str, bytes]
):
    for name in ("a", "b", "c"):
        hub.create_repo(f"alice/{name}", files=head)
    both = [threading.Thread(target=refresh, args=(settings, evaluator)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    files = [path for path in hub.files(DATASET) if path != "results/other.json"]
    assert len(files) == 3 and len(hub.commits(DATASET)) == 4


def test_a_lost_race_is_run_again_on_the_new_parent(
    hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, head: dict[str, bytes]
):
    hub.create_repo("alice/head", files=head)
    hub.fail("commit", lambda: hub.commit(DATASET, {"notes.md": b"somebody was first"}))
    (result,) = refresh(settings, evaluator)
    assert result.status == "measured"
    assert "notes.md" in hub.files(DATASET) and len(hub.files(DATASET)) == 3


@pytest.mark.parametrize("step", ["GET /api/models/alice/gone", "head", "download"])
def test_a_head_deleted_meanwhile_stops_nobody(
    step: str, hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator, head: dict[str, bytes]
):
    hub.create_repo("alice/gone", files=head)
    hub.create_repo("alice/head", files=head)
    where = (
        step if step.startswith("GET") else f"{step.upper().replace('DOWNLOAD', 'GET')} /alice/gone/resolve/"
    )
    hub.fail(where, lambda: hub.delete_repo("alice/gone"))
    statuses = {result.repo: result.status for result in refresh(settings, evaluator)}
    assert statuses["alice/head"] == "measured" and statuses["alice/gone"] != "measured"
