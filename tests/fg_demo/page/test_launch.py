"""The app's start on machines of all kinds: nothing leaves them, and no proxy is in the way."""

import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fg_demo.page.launch import direct
from tests.support.app_server import ROOT, free_port, stop, wait_for

pytestmark = pytest.mark.slow
NOBODY = "127.0.0.1:9"
ALLOWED = {"127.0.0.1", "localhost", "::1"}


@contextmanager
def started(folder: Path, **variables: str) -> Iterator[str]:
    """The address of an app that starts with these variables and no others about the network."""
    port = free_port()
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HF_", "GRADIO_", "FG_")) and not name.lower().endswith("_proxy")
    }
    files = {"HF_HOME": str(folder / "hub"), "FG_CACHE": str(folder / "cache")}
    recorder = [
        sys.executable,
        str(ROOT / "tests" / "support" / "record_connections.py"),
        str(folder / "connections"),
    ]
    with (folder / "log").open("w+") as log:
        app = subprocess.Popen(
            [*recorder, str(ROOT / "app.py"), "--port", str(port)],
            cwd=folder,
            env={**kept, **files, **variables},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_for(app, f"http://127.0.0.1:{port}", folder / "log")
            yield f"http://127.0.0.1:{port}"
        finally:
            stop(app)


def test_nothing_leaves_the_machine_at_the_start(tmp_path: Path):
    with started(tmp_path) as url:
        urllib.request.urlopen(url).close()
    connections = set((tmp_path / "connections").read_text().splitlines())
    assert "127.0.0.1" in connections
    assert not connections - ALLOWED


def test_the_app_starts_behind_any_proxy(tmp_path: Path):
    """A scheme that httpx does not know, and one that would be asked for this machine's own page."""
    with started(tmp_path, ALL_PROXY=f"socks://{NOBODY}", http_proxy=f"http://{NOBODY}") as url:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        assert opener.open(url).status == 200


def test_afterwards_the_proxies_are_as_they_were(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NO_PROXY", "example.org")
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(ZeroDivisionError), direct():
        assert os.environ["NO_PROXY"] == os.environ["no_proxy"] == "*"
        raise ZeroDivisionError
    assert os.environ["NO_PROXY"] == "example.org" and "no_proxy" not in os.environ
