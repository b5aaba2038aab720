"""One running app for all tests that need one: started by the first, ended with the tests."""

import atexit
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PATIENCE, ANSWER = 600, 30
"""Seconds after which the app will never start, and one question of it not be answered: far beyond what a busy machine
needs. A question that is given up too early is asked again, and keeps a slow app from ever answering.
"""


@cache
def app_url() -> str:
    """Address of `python app.py`; errors as of `started`."""
    return started(ROOT / "app.py")


def started(script: Path, *arguments: str) -> str:
    """Address of the app that the script runs on a free port, until the tests end; RuntimeError with its output when it
    does not start.
    """
    port = free_port()
    folder = Path(tempfile.mkdtemp(prefix="app-under-test-"))
    environment = {
        **os.environ,
        "GRADIO_ANALYTICS_ENABLED": "False",
        "GRADIO_TEMP_DIR": str(folder / "files"),
        "HF_HUB_OFFLINE": "1",
        "PYTHONPATH": str(ROOT),
    }
    environment.pop("FG_BACKBONE", None)
    log = (folder / "log").open("w+")
    command = [sys.executable, str(script), *arguments, "--port", str(port)]
    app = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
    atexit.register(stop, app)
    wait_for(app, f"http://127.0.0.1:{port}", folder / "log")
    return f"http://127.0.0.1:{port}"


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def wait_for(app: subprocess.Popen, url: str, log: Path) -> None:
    """Until the app answers; RuntimeError with its output when it does not."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and app.poll() is None:
        try:
            urllib.request.urlopen(f"{url}/config", timeout=ANSWER).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    stop(app)
    raise RuntimeError(f"the app did not start:\n{log.read_text()[-3000:]}")


def stop(app: subprocess.Popen) -> None:
    """End the app."""
    app.terminate()
    try:
        app.wait(timeout=10)
    except subprocess.TimeoutExpired:
        app.kill()
