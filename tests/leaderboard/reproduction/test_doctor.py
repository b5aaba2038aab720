"""What `doctor` says of a world that is as expected, and of one where a thing has changed or is gone."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from heads.hub.paper import CATALOGUE, PAPER
from heads.io.digests import blob_id
from leaderboard.__main__ import main
from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.benchmarks.readers.github_files import RAW
from leaderboard.reproduction import doctor
from tests.fake_hub.server import ORG, HubServer
from tests.support.file_server import Answer, Server, file_server
from tests.support.real_repositories import REMOTE, karpathy, serve_repositories
from tests.support.tiny_clip import write_tiny_clip

CLIP = "openai/clip-vit-base-patch16"


@pytest.fixture
def server() -> Iterator[Server]:
    with file_server() as made:
        yield made


@pytest.fixture
def world(hub: HubServer, server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubServer:
    """All that the real run would reach, on this machine: backbone, benchmarks, images, the authors' heads."""
    serve_repositories(hub, server, tmp_path, monkeypatch)
    folder = write_tiny_clip(tmp_path / "clip")
    hub.create_repo(CLIP, "model", {path.name: path.read_bytes() for path in folder.iterdir()})
    content = b"a head"
    entry = replace(CATALOGUE[0], size=len(content), blob=blob_id(content))
    server.answers[f"/heads/{entry.file_name}"] = [Answer(content)]
    monkeypatch.setattr(doctor, "CHECKPOINTS", f"{server.url}/heads")
    monkeypatch.setattr(doctor, "CATALOGUE", (entry,))
    monkeypatch.setattr(doctor, "free_bytes", lambda folder: 10**12)
    return hub


def said(capsys: pytest.CaptureFixture[str], *flags: str) -> tuple[int, dict[str, str]]:
    """The exit status, and each line by what it is about, with its mark before the words."""
    status = main(["doctor", "--device", "cpu", *flags])
    lines = [line.partition(": ") for line in capsys.readouterr().out.splitlines()[:-1]]
    return status, {about[2:]: f"{about[0]} {words}" for about, _, words in lines}


def test_everything_is_there(world: HubServer, capsys: pytest.CaptureFixture[str]):
    status, lines = said(capsys)
    assert status == 0, lines
    assert all(words.startswith("✓") for words in lines.values())
    assert {name for name in REMOTE if f"rows of {name}" in lines} == set(REMOTE)
    assert "8 subsets in validation" in lines["rows of fg-ovd"]
    assert "2 images with captions" in lines["rows of coco-karpathy"]
    assert "clip, model.safetensors" in lines[f"backbone {CLIP}"]


def test_a_column_that_changed_is_named(world: HubServer, tmp_path: Path, capsys, monkeypatch):
    path = BENCHMARKS["coco-karpathy"].path
    monkeypatch.setitem(karpathy.__globals__, "KARPATHY", _renamed("sentences", "texts"))
    monkeypatch.setitem(karpathy.__globals__, "_captioned", _renaming("sentences", "texts"))
    commit = world.commit(path, dict(karpathy(tmp_path / "new")))
    monkeypatch.setitem(BENCHMARKS, "coco-karpathy", replace(BENCHMARKS["coco-karpathy"], revision=commit))
    status, lines = said(capsys, "--benchmark", "coco-karpathy")
    assert status == 1
    assert lines["rows of coco-karpathy"].startswith("✗")
    assert "sentences" in lines["rows of coco-karpathy"] and "texts" in lines["rows of coco-karpathy"]


def test_a_file_that_is_gone_is_named_and_the_rest_is_looked_at(world: HubServer, server: Server, capsys):
    for address in [address for address in server.answers if "validation_sets/color" in address]:
        del server.answers[address]
    status, lines = said(capsys, "--benchmark", "fg-ovd")
    assert status == 1
    assert lines["rows of fg-ovd"].startswith("✗") and "404" in lines["rows of fg-ovd"]
    assert lines["the authors' heads"].startswith("✓")


def test_a_backbone_that_is_not_there_or_of_another_family(world: HubServer, capsys):
    _, lines = said(capsys, "--backbone", "openai/none", "--benchmark", "sugarcrepe")
    assert lines["backbone openai/none"].startswith("✗ there is no such repository")
    world.create_repo(
        "somebody/bert", "model", {"config.json": b'{"model_type": "bert"}', "model.safetensors": b"w"}
    )
    _, lines = said(capsys, "--backbone", "somebody/bert", "--benchmark", "sugarcrepe")
    assert "expected one of clip" in lines["backbone somebody/bert"]


def test_a_head_that_is_another_file(world: HubServer, server: Server, capsys):
    address = next(address for address in server.answers if address.startswith("/heads/"))
    server.answers[address] = [Answer(b"b head")]
    _, lines = said(capsys, "--benchmark", "sugarcrepe")
    assert lines["the authors' heads"].startswith("✗") and "git's id" in lines["the authors' heads"]


def test_a_disk_that_is_too_small_and_a_gpu_that_is_not_there(world: HubServer, capsys, monkeypatch):
    monkeypatch.setattr(doctor, "free_bytes", lambda folder: 10**9)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    status, lines = said(capsys, "--device", "cuda", "--benchmark", "fg-ovd")
    assert status == 1
    assert lines["disk"].startswith("✗ 1.0 GB free") and "FG_CACHE" in lines["disk"]
    assert lines["device"].startswith("✗ device: expected a machine with a CUDA GPU")


def test_a_gpu_that_is_too_small_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda: "Small")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (2**30, 2 * 2**30))
    first = next(doctor.examine("mini-clip", []))
    assert not first.passed and "Small, 1 of 2 GiB free" in first.words and "--device cpu" in first.words


def test_who_may_write_is_asked_only_for_publishing(world: HubServer, capsys, monkeypatch):
    monkeypatch.setenv("HF_TOKEN", world.add_token("alice"))
    status, lines = said(capsys, "--benchmark", "sugarcrepe", "--publish", ORG)
    assert (status, lines[f"right to write to {ORG}"]) == (0, "✓ signed in as alice")
    status, lines = said(capsys, "--benchmark", "sugarcrepe", "--publish", "others")
    assert status == 1 and "may not write there" in lines["right to write to others"]
    asked = [seen for seen in world.requests if "whoami" in seen.path]
    said(capsys, "--benchmark", "sugarcrepe")
    assert [seen for seen in world.requests if "whoami" in seen.path] == asked


def test_a_benchmark_that_is_not_in_the_catalogue_is_refused(capsys: pytest.CaptureFixture[str]):
    assert main(["doctor", "--benchmark", "fg-ovdd"]) == 2
    assert "expected some of" in capsys.readouterr().err


def test_the_addresses_are_the_real_ones():
    """What the tests replace is what a real run would ask."""
    assert RAW == "https://raw.githubusercontent.com"
    assert PAPER.base_url.startswith("https://raw.githubusercontent.com/lorebianchi98/FG-CLIP/")


def _renamed(old: str, new: str):
    from tests.support.real_repositories import KARPATHY

    return type(KARPATHY)({new if name == old else name: kind for name, kind in KARPATHY.items()})


def _renaming(old: str, new: str):
    from tests.support.real_repositories import _captioned

    return lambda number: {new if name == old else name: value for name, value in _captioned(number).items()}
