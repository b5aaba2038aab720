"""Progress of long work in a terminal."""

import sys

import datasets
from tqdm import tqdm
from transformers.utils import logging as transformers_logging

from leaderboard.embedding.embed import Progress


def silence_off_terminal() -> None:
    """Where stderr is no terminal, the libraries below draw no progress either: in a log a bar is a long line."""
    if not sys.stderr.isatty():
        datasets.disable_progress_bars()
        transformers_logging.disable_progress_bar()


class ProgressBars:
    """Progress on stderr with rate and time left: one bar at a time, gone when it is done; none off a terminal."""

    def __init__(self) -> None:
        self._bar: tqdm | None = None
        self._what: tuple[str, int] | None = None

    def __enter__(self) -> Progress:
        return self._update

    def __exit__(self, *error: object) -> None:
        self._close()

    def _update(self, what: str, done: int, total: int) -> None:
        if self._bar is None or self._what != (what, total) or done < self._bar.n:
            self._close()
            self._what = what, total
            self._bar = tqdm(desc=what, total=total, unit=f" {what}", leave=False, disable=None)
        self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
