"""An image tower by torch.compile: the embeddings of the tower as it is, but for their last bits, and kept apart."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from fg_demo.boxes import Box
from fg_demo.models.clip import load_backbone
from leaderboard import __main__ as cli
from leaderboard.benchmarks.samples import Sample
from leaderboard.embedding.embed import embed
from tests.support.tiny_benchmark import paint, write_benchmark
from tests.support.tiny_clip import write_tiny_clip

IMAGES = {str(number): paint(number) for number in range(9)}
SAMPLES = [Sample(image, Box(2.0, 2.0, 40.0, 60.0), f"a {image}", ("another",)) for image in IMAGES]


@pytest.fixture
def compiling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """In this process alone, and nothing of it is left."""
    from torch._inductor import config

    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "compiled"))
    torch.compiler.reset()
    with config.patch(compile_threads=1, fx_graph_cache=False):
        yield
    torch.compiler.reset()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_clip(tmp_path / "clip")


@pytest.mark.slow
@pytest.mark.usefixtures("compiling")
@pytest.mark.skipif(shutil.which("g++") is None, reason="needs a C++ compiler")
def test_a_compiled_tower_gives_the_same_embeddings_in_a_folder_of_their_own(folder: Path, tmp_path: Path):
    plain, compiled = (load_backbone(str(folder), device="cpu") for _ in range(2))
    compiled.compile_images()
    for count in (9, 1, 4):
        images = list(IMAGES.values())[:count]
        torch.testing.assert_close(
            compiled.encode_images(images), plain.encode_images(images), atol=1e-4, rtol=1e-4
        )
    expected, found = (embed(SAMPLES, IMAGES, one, tmp_path / "cache") for one in (plain, compiled))
    torch.testing.assert_close(found.image, expected.image, atol=1e-4, rtol=1e-4)
    assert torch.equal(found.captions, expected.captions)
    (of,) = (tmp_path / "cache").glob("embeddings/*/text")
    crops = list((tmp_path / "cache").glob("embeddings/*/image"))
    assert len(crops) == 2 and of.is_dir()


@pytest.mark.slow
@pytest.mark.usefixtures("compiling")
def test_without_a_compiler_the_command_says_so_and_embeds_nothing(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    from torch._inductor import config

    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    benchmark = write_benchmark(tmp_path / "benchmark", 2, ("test",))
    line = ["embed", "--benchmark", str(benchmark), "--backbone", str(folder), "--device", "cpu", "--compile"]
    with config.patch({"cpp.cxx": (None, str(tmp_path / "no-compiler"))}):
        assert cli.main([*line, "--output", str(tmp_path / "files")]) == 2
    assert "compile: expected a compiler that torch finds, got: " in capsys.readouterr().err
    assert not (tmp_path / "files").exists() and not list((tmp_path / "cache").rglob("*.safetensors"))


def test_ray_does_not_compile(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    line: list[Any] = ["embed", "--benchmark", str(write_benchmark(tmp_path / "benchmark", 2, ("test",)))]
    assert cli.main([*line, "--output", str(tmp_path / "files"), "--compile", "--engine", "ray"]) == 2
    assert "compile: expected --engine local, got 'ray'" in capsys.readouterr().err
