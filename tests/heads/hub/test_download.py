"""Heads of the Hub, through the real client, from a cache that holds them (tests have no network)."""

import json
import shutil
from pathlib import Path

import huggingface_hub.constants
import pytest
import torch

from heads import load_head, save_head
from heads.hub.repo_name import is_repo
from tests.fake_hub.server import HubServer
from tests.support.head_samples import make_head, normal

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The snapshot of `org/head` in a cache of its own, as the client lays it out."""
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    repo = tmp_path / "models--org--head"
    (repo / "refs").mkdir(parents=True)
    (repo / "refs" / "main").write_text(COMMIT)
    return save_head(make_head("linear", 4), repo / "snapshots" / COMMIT)


@pytest.mark.parametrize("revision", [None, "main", COMMIT])
def test_a_cached_repository_loads_at_one_commit(cached: Path, revision: str | None):
    head = load_head("org/head", revision)
    image, text = normal(2, 4), normal(2, 3, 4)
    assert torch.equal(head.score(image, text), make_head("linear", 4).score(image, text))


def test_weights_larger_than_the_config_says_are_refused(cached: Path):
    save_head(make_head("linear", 200), cached.parent.parent / "other")
    shutil.copy(cached.parent.parent / "other" / "model.safetensors", cached / "model.safetensors")
    with pytest.raises(ValueError, match=r"org/head: model\.safetensors: expected at most 65\d+ bytes"):
        load_head("org/head")


def test_a_config_too_large_is_refused(cached: Path):
    (cached / "config.json").write_bytes(b" " * 70_000)
    with pytest.raises(ValueError, match=r"org/head: config\.json: expected at most 65536 bytes, got 70000"):
        load_head("org/head")


def test_a_bad_config_is_refused_before_the_weights_are_asked_for(cached: Path):
    (cached / "model.safetensors").unlink()
    fields = json.loads((cached / "config.json").read_text())
    (cached / "config.json").write_text(json.dumps({**fields, "kind": "evil"}))
    with pytest.raises(ValueError, match="kind: expected one of"):
        load_head("org/head")


def test_a_repository_that_cannot_be_had_says_so(cached: Path):
    with pytest.raises(FileNotFoundError):
        load_head("org/absent")
    with pytest.raises(FileNotFoundError):
        load_head("org/head", revision="v2")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("org/head", True),
        ("head", False),
        ("a/b/c", False),
        ("/etc", False),
        ("../x", False),
        ("org/he ad", False),
    ],
)
def test_what_reads_as_a_repository(name: str, expected: bool):
    assert is_repo(name) is expected


@pytest.mark.parametrize("revision", [None, "v2"])
def test_a_head_loaded_once_loads_again_without_a_network(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, revision: str | None
):
    folder = save_head(make_head("linear", 4), tmp_path / "head")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    first = hub.create_repo("org/head", files=files)
    hub.store.find("org/head").refs["v2"] = first
    before = load_head("org/head", revision).state_dict()
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    again = load_head("org/head", revision).state_dict()
    assert all(torch.equal(again[name], tensor) for name, tensor in before.items())


def test_a_head_that_could_not_be_loaded_does_not_take_the_place_of_the_one_before(
    hub: HubServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    folder = save_head(make_head("linear", 4), tmp_path / "head")
    hub.create_repo("org/head", files={path.name: path.read_bytes() for path in folder.iterdir()})
    load_head("org/head")
    hub.commit("org/head", {"model.safetensors": b"garbage"})
    with pytest.raises(ValueError, match="does not open"):
        load_head("org/head")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    assert load_head("org/head").dim == 4
