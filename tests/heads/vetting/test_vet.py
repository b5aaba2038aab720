"""Vetting, through the real client: good heads pass, hostile ones are refused before they cost anything."""

import os
import re
import resource
import sys
from collections.abc import Callable
from pathlib import Path

import httpx2
import pytest

from heads import load_head
from heads.hub.client import HUB_ERRORS
from heads.vetting.vet import VettingCheck, vet, vet_folder
from tests.fake_hub.faults import ALTERED, RESET, TIME_OUT, TRUNCATED, status
from tests.fake_hub.server import HubServer
from tests.support.hostile_heads import AFTER_WEIGHTS, BACKBONES, BEFORE_WEIGHTS, Files, good

REPO = "eve/head"
NAMES = ["repository", "files", "card", "config", "backbone", "header", "weights", "scores"]


def weights_fetched(hub: HubServer) -> int:
    """Bytes of model.safetensors that were sent, beyond what a header may take."""
    sent = [r.sent for r in hub.requests if r.path.endswith("model.safetensors") and not r.range]
    return sum(sent)


@pytest.mark.parametrize("kind", ["linear", "mlp", "attention", "cosine"])
def test_a_good_head_passes_every_check(hub: HubServer, kind: str):
    commit = hub.create_repo(REPO, files=good(kind))
    seen: list[VettingCheck] = []
    found = vet(REPO, backbones=BACKBONES, report=seen.append)
    assert found.passed, found.reason
    assert [check.name for check in found.checks] == NAMES
    assert list(found.checks) == seen
    assert (found.commit, found.reason) == (commit, "")
    assert found.folder is not None
    assert load_head(found.folder).kind == kind


@pytest.mark.parametrize("name", BEFORE_WEIGHTS)
def test_a_hostile_head_is_refused_before_its_weights_are_fetched(hub: HubServer, name: str):
    check_refused(hub, *BEFORE_WEIGHTS[name])
    assert weights_fetched(hub) == 0


@pytest.mark.parametrize("name", AFTER_WEIGHTS)
def test_a_head_with_hostile_weights_is_refused(hub: HubServer, name: str):
    check_refused(hub, *AFTER_WEIGHTS[name])


def peak_megabytes() -> float:
    """The most memory this process has held so far."""
    unit = 1e6 if sys.platform == "darwin" else 1e3  # bytes there, kilobytes on Linux
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def check_refused(hub: HubServer, files: Callable[[], Files], reason: str) -> None:
    hub.create_repo(REPO, files=files())
    before = peak_megabytes()
    found = vet(REPO, backbones=BACKBONES)
    assert peak_megabytes() - before < 300
    assert not found.passed
    assert found.folder is None
    assert re.search(reason, found.reason), found.reason
    assert [check.passed for check in found.checks] == [True] * (len(found.checks) - 1) + [False]
    assert len(found.reason) < 500
    assert found.reason.isprintable()
    assert "snapshots" not in found.reason, "where the cache is stays here"
    assert not Path("/tmp/this-must-never-exist").exists()


@pytest.mark.parametrize(
    "name",
    [
        "../etc/passwd",
        "eve/<b>x</b>",
        "javascript:alert(1)/x",
        "eve/he\u202ead",
        "eve",
        "a/b/c",
        "eve/.",
        "\u0435ve/x",
    ],
)
def test_a_name_that_is_none_is_refused_without_a_request(hub: HubServer, name: str):
    found = vet(name)
    assert not found.passed
    assert found.reason.startswith("repository: expected owner/name")
    assert found.reason.isprintable()
    assert "\u202e" not in found.repo
    assert hub.requests == []


def test_a_repository_that_is_missing_private_gated_or_without_the_revision_is_refused(hub: HubServer):
    hub.create_repo("eve/private", files=good(), private=True)
    hub.create_repo("eve/gated", files=good(), gated=True)
    hub.create_repo("eve/head", files=good())
    for repo in ("eve/none", "eve/private"):
        assert vet(repo).reason.startswith("repository: there is no such repository, it is private")
    assert "gated" in vet("eve/gated").reason
    assert vet("eve/head", "v9").reason == "repository: there is no such revision"
    assert vet("eve/private", token=hub.add_token("eve")).passed


def test_the_commit_that_was_looked_at_is_the_one_that_is_measured(hub: HubServer):
    first = hub.create_repo(REPO, files=good())
    hub.fail("head", lambda: hub.commit(REPO, BEFORE_WEIGHTS["unknown keys"][0]()))
    found = vet(REPO, backbones=BACKBONES)
    assert found.passed
    assert found.commit == first
    assert found.folder is not None
    assert found.folder.name == first
    assert not vet(REPO, backbones=BACKBONES).passed


@pytest.mark.parametrize("step", ["head", "download"])
def test_a_repository_deleted_meanwhile_is_refused(hub: HubServer, step: str):
    hub.create_repo(REPO, files=good())
    hub.fail(step, lambda: hub.delete_repo(REPO), nth=2)
    found = vet(REPO, backbones=BACKBONES)
    assert not found.passed
    assert "no such repository" in found.reason


FAULTS = {
    "time-out": TIME_OUT,
    "reset": RESET,
    "429": status(429, Retry_After="1"),
    "500": status(500),
    "503": status(503),
    "truncated": TRUNCATED,
}


@pytest.mark.parametrize("step", ["info", "head", "download"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_network_is_not_held_against_the_head(
    hub: HubServer, step: str, fault: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FG_HUB_TIMEOUT", "0.2")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_ETAG_TIMEOUT", 0.2)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_DOWNLOAD_TIMEOUT", 0.2)
    hub.create_repo(REPO, files=good())
    hub.fail(step, FAULTS[fault], times=100)
    if (step, fault) == ("head", "truncated"):  # an answer without a body
        assert vet(REPO, backbones=BACKBONES).passed
        return
    with pytest.raises(HUB_ERRORS) as raised:
        vet(REPO, backbones=BACKBONES)
    assert isinstance(raised.value, OSError | ValueError | httpx2.HTTPError)
    hub.heal()
    assert vet(REPO, backbones=BACKBONES).passed


def test_what_was_altered_on_the_way_is_fetched_again(hub: HubServer):
    hub.create_repo(REPO, files=good())
    hub.fail(r"GET /.*/resolve/.*safetensors", ALTERED, nth=2)
    assert vet(REPO, backbones=BACKBONES).passed


def test_what_is_altered_every_time_is_an_error_and_stays_nowhere(hub: HubServer):
    hub.create_repo(REPO, files=good())
    hub.fail(r"GET /.*/resolve/.*safetensors", ALTERED, nth=2, times=2)
    with pytest.raises(OSError, match=r"model\.safetensors: altered on the way"):
        vet(REPO, backbones=BACKBONES)
    assert vet(REPO, backbones=BACKBONES).passed


def test_a_folder_is_looked_over_the_same_way(tmp_path: Path):
    for name, data in good().items():
        (tmp_path / name).write_bytes(data)
    found = vet_folder(tmp_path, backbones=BACKBONES)
    assert found.passed, found.reason
    assert [check.name for check in found.checks] == ["folder", *NAMES[1:]]
    assert all(line.startswith("✓ ") for line in found.lines())
    (tmp_path / "w.pkl").write_bytes(b"")
    assert vet_folder(tmp_path).reason.startswith("files: expected no files that run code")
    (tmp_path / "w.pkl").unlink()
    (tmp_path / "out").symlink_to("/etc/passwd")
    assert vet_folder(tmp_path).reason == "folder: expected files, found the link out"
    assert vet_folder(tmp_path / "none").reason == "folder: expected a folder, found none"


def test_what_systems_leave_and_what_documents_need_is_allowed(hub: HubServer, tmp_path: Path):
    beside = {"LICENSE": b"MIT", "docs/curve.png": b"x", ".gitignore": b"*", "CITATION.cff": b"x"}
    left = {
        ".DS_Store": b"\0",
        "._config.json": b"\0",
        "a/Thumbs.db": b"x",
        ".ipynb_checkpoints/train.py": b"x",
    }
    with_mark = {"README.md": b"\xef\xbb\xbf" + good()["README.md"]}
    hub.create_repo(REPO, files=good() | beside | left | with_mark)
    found = vet(REPO, backbones=BACKBONES)
    assert found.passed, found.reason
    assert found.checks[1].reason.startswith("8 files")  # .gitattributes among them
    for path, data in (good() | left).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(data)
    assert vet_folder(tmp_path, backbones=BACKBONES).passed


def test_the_card_s_line_says_what_was_looked_at(hub: HubServer):
    hub.create_repo(REPO, files=good())
    said = {check.name: check.reason for check in vet(REPO, backbones=BACKBONES).checks}
    assert said["card"].startswith(
        "text in UTF-8; no hidden characters, nothing known that a browser would run"
    )
    assert "not checked" in said["card"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no pipes by name")
@pytest.mark.parametrize("name", ["config.json", "model.safetensors", "README.md", "other"])
def test_a_pipe_in_a_folder_is_refused_and_not_waited_for(tmp_path: Path, name: str):
    for path, data in good().items():
        (tmp_path / path).write_bytes(data)
    (tmp_path / name).unlink(missing_ok=True)
    os.mkfifo(tmp_path / name)
    assert (
        vet_folder(tmp_path).reason
        == f"folder: expected files, found {name}, which is a pipe, a socket or a device"
    )
    if name in ("config.json", "model.safetensors"):
        with pytest.raises(FileNotFoundError):
            load_head(tmp_path)
