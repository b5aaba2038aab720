"""The running app on the embedded default: seconds until its first score is seen, memory after it."""

import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.bench.bench_row import Row
from tests.support.app_server import ROOT
from tests.support.browser import launch

PATIENCE = 90
START_LIMIT, MEMORY_LIMIT = 10.0, 1.2
"""Seconds; GB, of 10⁹ bytes."""


def measure_app(starts: int) -> list[Row]:
    """Two rows, the app started anew `starts` times. Raises RuntimeError, with its output, when it does not
    start, and playwright's Error when there is no browser or no score to be seen.
    """
    with sync_playwright() as playwright:
        browser = launch(playwright)
        measured = [_first_score(browser) for _ in range(starts)]
        browser.close()
    seconds, gigabytes = zip(*measured, strict=True)
    return app_rows(seconds, gigabytes)


def app_rows(seconds: tuple[float, ...] = (), gigabytes: tuple[float, ...] = ()) -> list[Row]:
    """The rows of these measurements, or of none."""
    return [
        Row("app: process start to first score seen", "s", seconds, "limit", (START_LIMIT,), "≥ 1 ×"),
        Row("app: memory after it (RSS)", "GB", gigabytes, "limit", (MEMORY_LIMIT,), "≥ 1 ×"),
    ]


def _first_score(browser: Browser) -> tuple[float, float]:
    """Seconds from the start of the process to the first score on the page, and GB it then holds."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    start = time.perf_counter()
    with running_app() as (app, url):
        page.goto(url)
        page.locator("#fg-bars .cell").first.wait_for(timeout=PATIENCE * 1000)
        seconds = time.perf_counter() - start
        gigabytes = resident_bytes(app.pid) / 1e9
        context.close()
    return seconds, gigabytes


@contextmanager
def running_app(*arguments: str) -> Iterator[tuple[subprocess.Popen, str]]:
    """`python app.py` and its address, from when it answers until the block ends; `arguments` are more of its own."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="app-measured-") as folder:
        environment = {**os.environ, "GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_TEMP_DIR": folder}
        environment.pop("FG_BACKBONE", None)
        log = Path(folder) / "log"
        command = [sys.executable, str(ROOT / "app.py"), "--port", str(port), *arguments]
        with log.open("w") as output:
            app = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        try:
            _wait(app, port, log)
            yield app, f"http://127.0.0.1:{port}"
        finally:
            app.kill()
            app.wait()


def resident_bytes(process: int) -> int:
    """Memory of the process that is in RAM, by `ps`, which every Unix has."""
    kilobytes = subprocess.check_output(["ps", "-o", "rss=", "-p", str(process)], text=True)
    return int(kilobytes) * 1024


def _wait(app: subprocess.Popen, port: int, log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and app.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise RuntimeError(f"the app did not start:\n{log.read_text()[-3000:]}")
