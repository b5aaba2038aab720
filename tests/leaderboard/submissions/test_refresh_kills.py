"""A refresh killed at any moment: nothing half-written on the Hub or here, and the same command again completes it."""

import os
import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from huggingface_hub import get_session

import tests.support.killed as killed
from leaderboard.benchmarks.split import open_split
from leaderboard.board.live import LiveResults
from leaderboard.records.files import from_json, load_results
from leaderboard.submissions.dataset import last_copy, pull
from leaderboard.submissions.examine import RefreshSettings
from leaderboard.submissions.refresh import refresh
from leaderboard.submissions.submit import submit
from tests.fake_hub.server import HubServer
from tests.support.submitted_heads import DATASET, QuickEvaluator, head_files

MOMENTS = 20


@pytest.fixture(scope="module")
def head(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return head_files(tmp_path_factory.mktemp("heads") / "head")


@pytest.fixture
def evaluator(tiny_benchmark: Path) -> QuickEvaluator:
    return QuickEvaluator(open_split(str(tiny_benchmark)))


def fresh(hub: HubServer, head: dict[str, bytes], cache: Path, patch: pytest.MonkeyPatch) -> RefreshSettings:
    """The Hub and this machine as they were before: two heads, one of them asked for, nothing measured."""
    patch.setenv("FG_CACHE", str(cache))
    hub.heal()
    hub.store.repos.clear()
    hub.create_repo(DATASET, "dataset", files={"results/other.json": b"{}"})
    hub.create_repo("alice/asked", files=head)
    hub.create_repo("alice/tagged", files=head)
    submit(DATASET, "alice/asked", token=hub.add_token("bob", ["write-discussions"], orgs=()))
    return RefreshSettings(DATASET, token=hub.add_token("maintainer"))


def records_on(hub: HubServer) -> list[str]:
    files = hub.files(DATASET)
    return sorted(str(from_json(data).source) for path, data in files.items() if path != "results/other.json")


def check_completes(hub: HubServer, settings: RefreshSettings, evaluator: QuickEvaluator) -> None:
    """What a kill left is whole, here and there; the same command again measures every head once."""
    before = records_on(hub)
    assert len(set(before)) == len(before)
    if hub.pull_requests(DATASET)[0].status == "closed":
        assert any(source.startswith("alice/asked@") for source in before)
    copy = last_copy(DATASET)
    assert copy is None or load_results(copy.folder / "results")[1]  # other.json, which is no record
    results = refresh(settings, evaluator, silent)
    assert {one.status for one in results} <= {"measured", "known"}
    assert [source.split("@")[0] for source in records_on(hub)] == ["alice/asked", "alice/tagged"]
    assert [one.status for one in hub.pull_requests(DATASET)] == ["closed"]


def silent(line: str) -> None:
    pass


@pytest.mark.slow
def test_a_refresh_killed_at_any_of_twenty_moments_is_completed(
    hub: HubServer,
    evaluator: QuickEvaluator,
    head: dict[str, bytes],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """A moment is when it sends a request, or touches a file of its copy of the dataset."""
    client = type(get_session())
    send = client.send

    def counted(self: Any, *arguments: Any, **options: Any) -> Any:
        killed.count()
        return send(self, *arguments, **options)

    monkeypatch.setattr(client, "send", counted)  # a hook would stay in the client for the tests that follow
    settings = fresh(hub, head, tmp_path / "whole", monkeypatch)
    count = killed.count_moments(lambda: refresh(settings, evaluator, silent), tmp_path)
    assert count >= 2 * MOMENTS
    for number in range(MOMENTS):
        settings = fresh(hub, head, tmp_path / str(number), monkeypatch)
        run = partial(refresh, settings, evaluator, silent)
        assert killed.is_killed(run, tmp_path, 1 + number * count // MOMENTS)
        check_completes(hub, settings, evaluator)


@pytest.mark.parametrize("age", [7200.0, -1e8], ids=["old", "to come"])
def test_what_kills_left_of_copies_and_of_what_is_shown_is_removed(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, age: float
):
    monkeypatch.setenv("FG_CACHE", str(tmp_path))
    hub.create_repo(DATASET, "dataset")
    homes = [tmp_path / name / DATASET.replace("/", "--") for name in ("results-datasets", "shown")]
    left = [home / f".{'c' * 40}.0123abcd.partial" for home in homes]
    young = [home / f".{'c' * 40}.4567abcd.partial" for home in homes]
    for folder in (*left, *young):
        folder.mkdir(parents=True)
    for folder in left:
        os.utime(folder, (time.time() - age, time.time() - age))
    pull(DATASET)
    LiveResults(tmp_path / "shipped", DATASET).update()
    assert not any(folder.exists() for folder in left)
    assert all(folder.exists() for folder in young)
