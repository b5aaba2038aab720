"""Every fault at every step of a push: a clear message, all or nothing on the Hub, and the same push again completes."""

import multiprocessing
import os
import resource
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from heads import load_head, push_head, save_head
from tests.fake_hub.faults import ALTERED, LOST_REPLY, RESET, TIME_OUT, TRUNCATED, status
from tests.fake_hub.server import HubServer
from tests.support.head_samples import make_head

pytestmark = pytest.mark.slow

REPO = "alice/my-head"
STEPS = ["info", "create", "preupload", "lfs-batch", "lfs-upload", "lfs-verify", "commit"]
FAULTS = {
    "time-out": TIME_OUT,
    "reset": RESET,
    "lost reply": LOST_REPLY,
    "401": status(401),
    "403": status(403),
    "404": status(404),
    "409": status(409),
    "412": status(412),
    "413": status(413),
    "429": status(429, Retry_After="7"),
    "500": status(500),
    "503": status(503),
    "truncated": TRUNCATED,
    "altered": ALTERED,
}
HARMLESS = {"truncated", "altered"}
"""May change nothing that is read: then the push simply succeeds."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return save_head(make_head("linear", 4), tmp_path / "mine", backbone="org/clip", backbone_revision="a")


@pytest.fixture
def whole(folder: Path) -> set[str]:
    return {"README.md", "config.json", "model.safetensors"}


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("name", FAULTS)
def test_a_push_that_fails_publishes_nothing_and_can_be_repeated(
    hub: HubServer, folder: Path, whole: set[str], step: str, name: str, monkeypatch: pytest.MonkeyPatch
):
    token = hub.add_token("alice")
    hub.fail(step, FAULTS[name], times=1000)
    if name == "time-out":
        monkeypatch.setenv("FG_HUB_TIMEOUT", "0.3")
    try:
        push_head(folder, REPO, token=token)
        assert name in HARMLESS
    except OSError as error:
        check_message(str(error), token)
    check_all_or_nothing(hub, whole)
    hub.heal()
    monkeypatch.delenv("FG_HUB_TIMEOUT", raising=False)
    push_head(folder, REPO, token=token)
    assert set(hub.files(REPO)) == whole
    assert len(hub.commits(REPO)) == 2
    assert load_head(REPO).kind == "linear"


@pytest.mark.parametrize("step", STEPS)
def test_a_fault_that_passes_is_survived_or_said(hub: HubServer, folder: Path, whole: set[str], step: str):
    """Once only: the client's own retries may do, and wait as long as they are told."""
    token = hub.add_token("alice")
    hub.fail(step, status(429, Retry_After="7"))
    try:
        push_head(folder, REPO, token=token)
        assert 8.0 in hub.clock.waits
    except OSError as error:
        assert "wait 7 s" in str(error)
    check_all_or_nothing(hub, whole)


@pytest.mark.parametrize("step", STEPS)
def test_a_push_that_is_killed_publishes_nothing_and_can_be_repeated(
    hub: HubServer, folder: Path, whole: set[str], step: str
):
    token = hub.add_token("alice")
    child = multiprocessing.get_context("fork").Process(
        target=push_head, args=(folder, REPO), kwargs={"token": token, "report": silent}
    )
    hub.fail(step, killer(child))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    hub.heal()
    check_all_or_nothing(hub, whole)
    push_head(folder, REPO, token=token)
    assert set(hub.files(REPO)) == whole
    assert len(hub.commits(REPO)) == 2


@pytest.mark.parametrize("name", [*FAULTS, "full disk"])
def test_the_old_version_stays_whole_when_the_new_one_cannot_be_pushed(
    hub: HubServer, folder: Path, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    token = hub.add_token("alice")
    push_head(folder, REPO, token=token)
    before = hub.files(REPO)
    new = save_head(make_head("mlp", 4), tmp_path / "new", backbone="org/clip", backbone_revision="a")
    with monkeypatch.context() as patch:
        if name == "full disk":
            patch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "new cache"))
        else:
            hub.fail("commit", FAULTS[name], times=1000)
        if name == "time-out":
            patch.setenv("FG_HUB_TIMEOUT", "0.3")
        try:
            with full_disk() if name == "full disk" else nullcontext():
                push_head(new, REPO, token=token, report=silent)
            assert name in HARMLESS
        except OSError as error:
            check_message(str(error), token)
    assert hub.files(REPO) == before or load_head(REPO).kind == "mlp"
    if name not in (*HARMLESS, "lost reply"):
        assert hub.files(REPO) == before
    hub.heal()
    push_head(new, REPO, token=token)
    assert load_head(REPO).kind == "mlp"
    assert len(hub.commits(REPO)) == 3


def check_message(said: str, token: str) -> None:
    assert said.startswith(f"{REPO}: ")
    assert "the same command again" in said
    assert "\n" not in said
    assert token not in said
    assert len(said) < 600


def check_all_or_nothing(hub: HubServer, whole: set[str]) -> None:
    if REPO in hub.repos():
        assert set(hub.files(REPO)) in (set(), whole)


@contextmanager
def full_disk() -> Iterator[None]:
    """No file may grow beyond 100 bytes: the system itself refuses to write, as on a full disk."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


def killer(child: BaseProcess) -> Callable[[], None]:
    def kill() -> None:
        if child.pid is not None:
            os.kill(child.pid, signal.SIGKILL)

    return kill


def silent(line: str) -> None:
    """What the child has to say is not of interest."""


def test_the_table_has_every_step_of_a_push(hub: HubServer, folder: Path):
    """A step that the client adds some day is to be in the table."""
    import re

    from tests.fake_hub.faults import STEPS as KNOWN

    push_head(folder, REPO, token=hub.add_token("alice"))
    for request in hub.requests:
        line = f"{request.method} {request.path}"
        assert any(re.match(KNOWN[step], line) for step in (*STEPS, "validate", "whoami")), line
