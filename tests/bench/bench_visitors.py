"""The running app under visitors: answers a second with many of them, memory with large uploads."""

import concurrent.futures
import itertools
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError
from PIL import Image

from fg_demo.page.samples import load_samples
from tests.bench.bench_app import resident_bytes, running_app
from tests.bench.bench_row import Row

VISITORS, SECONDS = 50, 60.0
UPLOADS, SIDE = 3, 8000
ANSWERS_WANTED, MEMORY_LIMIT = 5.0, 2.0
"""Answers a second on two cores; GB, of 10⁹ bytes."""


def measure_visitors(visitors: int = VISITORS, seconds: float = SECONDS) -> list[Row]:
    """Three rows: seconds between two answers with all visitors asking at once, and memory while and after
    large images are compared.
    """
    with running_app() as (_, url):
        between = (_seconds_between(url, visitors, seconds),)
    with running_app() as (app, url):
        peak, kept = _memory(app.pid, url)
    return visitor_rows(between, (peak,), (kept,))


def visitor_rows(
    between: tuple[float, ...] = (), peak: tuple[float, ...] = (), kept: tuple[float, ...] = ()
) -> list[Row]:
    """The rows of these measurements, or of none."""
    limit = (MEMORY_LIMIT,)
    uploads = f"app: {UPLOADS} uploads of {SIDE} × {SIDE} px at once"
    return [
        Row(
            f"app: {VISITORS} visitors, between two answers",
            "s",
            between,
            "limit",
            (1 / ANSWERS_WANTED,),
            "≥ 1 ×",
        ),
        Row(f"{uploads}, peak memory (RSS)", "GB", peak, "limit", limit, "≥ 1 ×"),
        Row(f"{uploads}, memory after", "GB", kept, "limit", (MEMORY_LIMIT / 2,), "≥ 1 ×"),
    ]


def _seconds_between(url: str, visitors: int, seconds: float) -> float:
    """Every visitor asks again as soon as he is answered, each time with another box and other descriptions."""
    samples = load_samples()
    client, until = Client(url, verbose=False), time.monotonic() + seconds
    numbers = itertools.count()

    def visit(visitor: int) -> int:
        answered = 0
        sample = samples[visitor % len(samples)]
        while time.monotonic() < until:
            number = next(numbers)
            box = [sample.box.left + number % 7, sample.box.top, sample.box.right, sample.box.bottom]
            queries = [f"{query}, {number}" for query in sample.queries]
            with suppress(AppError):  # the queue is full: he asks again
                client.predict(handle_file(sample.path), queries, box, None, None, api_name="/compare")
                answered += 1
        return answered

    return seconds / max(1, sum(_at_once(visit, visitors)))


def _memory(process: int, url: str) -> tuple[float, float]:
    """GB at most and GB at the end."""
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ThreadPoolExecutor(1) as watcher:
        paths = [_large_image(Path(folder) / f"{number}.png", number) for number in range(UPLOADS)]
        client, watching = Client(url, verbose=False), [True]
        highest = watcher.submit(_highest, process, watching)

        def compare(visitor: int) -> None:
            client.predict(
                handle_file(paths[visitor % UPLOADS]), ["a red mug"], None, None, None, api_name="/compare"
            )

        _at_once(compare, UPLOADS * 2)
        watching.clear()
        return highest.result() / 1e9, resident_bytes(process) / 1e9


def _highest(process: int, watching: list[bool]) -> int:
    most = 0
    while watching:
        most = max(most, resident_bytes(process))
        time.sleep(0.05)
    return most


def _large_image(path: Path, number: int) -> Path:
    """A file of few bytes and many pixels, transparency among them."""
    Image.new("RGBA", (SIDE, SIDE), (number * 40, 90, 120, 200)).save(path)
    return path


def _at_once(work: Callable[[int], Any], visitors: int) -> list[Any]:
    with concurrent.futures.ThreadPoolExecutor(visitors) as pool:
        return list(pool.map(work, range(visitors)))
