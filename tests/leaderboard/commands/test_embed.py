"""`embed --shards` and `--share`: machines with a cache each, and a store of objects between them."""

import os
from pathlib import Path

import pytest

import leaderboard.__main__ as cli
from heads.io.object_store import ObjectStore, StoreError
from tests.support.tiny_benchmark import CountingBackbone


@pytest.fixture
def backbone(monkeypatch: pytest.MonkeyPatch) -> CountingBackbone:
    counting = CountingBackbone()
    monkeypatch.setattr("fg_demo.models.clip.load_backbone", lambda name, **_: counting)
    return counting


class Machines:
    """`python -m leaderboard embed` on machines with a cache each."""

    def __init__(self, benchmark: Path, folder: Path, monkeypatch: pytest.MonkeyPatch):
        self._benchmark, self._folder, self._monkeypatch = benchmark, folder, monkeypatch
        self.shards = str(folder / "objects")

    def embed(self, machine: str, *flags: str, shards: str | None = None) -> int:
        self._monkeypatch.setenv("FG_CACHE", str(self._folder / machine))
        line = ["embed", "--benchmark", str(self._benchmark), "--subsets", "hard,color"]
        return cli.main([*line, "--shards", shards or self.shards, *flags])


@pytest.fixture
def machines(tiny_benchmark: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machines:
    return Machines(tiny_benchmark, tmp_path, monkeypatch)


def test_shares_are_put_and_the_one_that_writes_files_encodes_nothing(
    machines: Machines, backbone: CountingBackbone, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    for place in (1, 2, 3):
        assert machines.embed(f"m{place}", "--cache-only", "--share", f"{place}/3") == 0
    encoded = len(backbone.images), len(backbone.texts)
    assert capsys.readouterr().out.startswith(
        f"{machines.shards}: taken 0 shards, 0 embeddings\n{machines.shards}: put 2 shards, "
    )
    assert machines.embed("last", "--output", str(tmp_path / "files")) == 0
    assert (len(backbone.images), len(backbone.texts)) == encoded
    said = capsys.readouterr().out
    assert f"{machines.shards}: taken 4 shards, " in said
    assert f"{machines.shards}: put 0 shards, 0 embeddings" in said
    assert (tmp_path / "files" / "hard.safetensors").is_file()


def test_the_files_of_one_machine_are_enough_for_another(
    machines: Machines, backbone: CountingBackbone, tmp_path: Path
):
    assert machines.embed("one", "--output", str(tmp_path / "one-files")) == 0
    encoded = len(backbone.images), len(backbone.texts)
    assert machines.embed("other", "--output", str(tmp_path / "other-files")) == 0
    assert (len(backbone.images), len(backbone.texts)) == encoded
    for path in (tmp_path / "one-files").iterdir():
        assert path.read_bytes() == (tmp_path / "other-files" / path.name).read_bytes()


@pytest.mark.parametrize("share", ["0/8", "9/8", "x"])
def test_what_is_no_share_is_said(machines: Machines, share: str, capsys: pytest.CaptureFixture[str]):
    assert machines.embed("one", "--cache-only", "--share", share) == 2
    assert f"error: share: expected PLACE/MACHINES from 1/8 to 8/8, for eight machines, got {share!r}" in (
        capsys.readouterr().err
    )


def test_a_share_of_files_is_refused(machines: Machines, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert machines.embed("one", "--output", str(tmp_path / "files"), "--share", "1/2") == 2
    assert "share: expected none but with --cache-only, since files need all, got '1/2'" in (
        capsys.readouterr().err
    )


def test_a_store_that_nothing_reads_is_said_before_anything_is_encoded(
    machines: Machines, backbone: CountingBackbone, capsys: pytest.CaptureFixture[str]
):
    for flags in (["--cache-only"], ["--output", os.devnull]):
        assert machines.embed("one", *flags, shards="nosuch://bucket/cache") == 2
        assert "error: shards: expected " in (said := capsys.readouterr().err)
        assert "nosuch://bucket/cache" in said and "Protocol not known" in said
    assert not backbone.images and not backbone.texts


def test_who_may_not_write_takes_for_files_and_is_told(
    machines: Machines,
    backbone: CountingBackbone,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    assert machines.embed("one", "--cache-only") == 0
    encoded = len(backbone.images), len(backbone.texts)

    def refuse(self: ObjectStore, name: str, content: bytes) -> None:
        raise StoreError(f"{self}/{name}: Access Denied")

    monkeypatch.setattr(ObjectStore, "_write", refuse)
    assert machines.embed("other", "--cache-only") == 2
    assert "shards: expected a store that can be written to" in capsys.readouterr().err
    assert machines.embed("other", "--output", str(tmp_path / "files")) == 0
    assert "shards: taken and not put, since nothing can be written: " in capsys.readouterr().err
    assert (len(backbone.images), len(backbone.texts)) == encoded
