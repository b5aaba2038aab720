"""A tiny backbone, and regions to adapt it on."""

from pathlib import Path

import pytest

from tests.support.tiny_adaptation import write_coloured_regions
from tests.support.tiny_clip import write_tiny_clip


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_clip(tmp_path_factory.mktemp("models") / "tiny-clip")


@pytest.fixture(scope="module")
def regions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_coloured_regions(tmp_path_factory.mktemp("regions"))
