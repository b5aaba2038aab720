"""An adapter as the command writes it, trained once, and a copy of it for each test."""

import shutil
from pathlib import Path

import pytest

from tests.support.tiny_adaptation import run_adapt


@pytest.fixture(scope="module")
def trained(clip_folder: Path, regions: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapters") / "tuned"
    assert run_adapt(clip_folder, regions, folder, "--alpha", "8", "--learning-rate", "5e-3") == 0
    return folder


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "tuned"))
