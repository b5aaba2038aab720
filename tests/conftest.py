"""What every test shares: no network, caches in a folder of their own, and one tiny benchmark a session."""
# ruff: noqa: E402

import os
import tempfile

# Read once, when datasets and huggingface_hub are imported: so it stands above every other import.
_CACHE = tempfile.mkdtemp(prefix="reprojection-heads-tests-")
os.environ.setdefault("HF_HUB_OFFLINE", "1")
# A cache a process: datasets knows a local folder by its name and times, which two workers' folders may share.
os.environ["HF_DATASETS_CACHE"] = f"{_CACHE}/datasets"
os.environ.setdefault("HF_DATASETS_DISABLE_PROGRESS_BARS", "1")
os.environ["FG_CACHE"] = f"{_CACHE}/embeddings"

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import jaxtyping
import pytest
from hypothesis import settings

from tests.support.tiny_benchmark import write_benchmark

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from tests.fake_hub.server import HubServer

# No test is timed: a busy machine is no defect.
settings.register_profile("untimed", deadline=None)
# For a look for rare failures by hand: pytest --hypothesis-profile=thorough -m "not slow".
settings.register_profile("thorough", deadline=None, max_examples=2000)
settings.load_profile("untimed")


@pytest.fixture
def without_type_checks():
    """Calls go through as they do for a user: types and shapes are not checked on the way in, as tests have
    it.

    For tests of what the project itself says about an input of the wrong type.
    """
    before = jaxtyping.config.jaxtyping_disable
    jaxtyping.config.update("jaxtyping_disable", True)
    yield
    jaxtyping.config.update("jaxtyping_disable", before)


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


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator["HubServer"]:
    """An empty Hub on this machine, which the real clients in this process talk to; nobody is signed in.

    `hub.clock.waits` is how long the clients would have waited between tries: they do not.
    """
    from tests.fake_hub.client import fresh_clients, point_clients_at
    from tests.fake_hub.server import HubServer

    server = HubServer().start()
    point_clients_at(server, tmp_path_factory.mktemp("hub"), monkeypatch)
    yield server
    fresh_clients()
    server.stop()


@pytest.fixture
def alice(hub: "HubServer", monkeypatch: pytest.MonkeyPatch) -> str:
    """A user's name, whose token she is signed in with."""
    monkeypatch.setenv("HF_TOKEN", hub.add_token("alice"))
    return "alice"


@pytest.fixture(scope="module")
def chromium() -> Iterator["Browser"]:
    """A browser without a window."""
    from playwright.sync_api import sync_playwright

    from tests.support.browser import launch

    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()
