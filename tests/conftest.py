"""What every test shares: no network, caches in a folder of their own, and one tiny benchmark a session."""
# ruff: noqa: E402

import os
import tempfile

# Read once, when datasets and huggingface_hub are imported: so it stands above every other import.
_CACHE = tempfile.mkdtemp(prefix="reprojection-heads-tests-")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_DATASETS_CACHE", f"{_CACHE}/datasets")
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
os.environ["FG_CACHE"] = f"{_CACHE}/embeddings"

import shutil
from pathlib import Path

import pytest
from tiny_benchmark import write_benchmark


@pytest.fixture(scope="session", autouse=True)
def _leave_nothing_behind():
    yield
    shutil.rmtree(_CACHE, ignore_errors=True)


@pytest.fixture(scope="session")
def tiny_benchmark(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A local benchmark folder: 4 images, 8 regions a subset, splits test and validation. Read it, do not
    change it.
    """
    return write_benchmark(tmp_path_factory.mktemp("benchmarks") / "tiny")
