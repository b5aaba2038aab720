"""Real processes for tests of what they share, begun as copies of this one, so that none imports anything."""

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.process import BaseProcess
from typing import final

NUMBER = 4
PATIENCE = 200
"""Seconds; a busy machine is no defect."""


@final
class Forked:
    """A process that runs `work`, which tells numbers, and may be killed at any moment."""

    def __init__(self, work: Callable[[Callable[[int], None]], None]):
        self._told, writing = os.pipe()

        def run() -> None:
            os.close(self._told)
            work(lambda number: _write(writing, number))

        self._process: BaseProcess = multiprocessing.get_context("fork").Process(target=run, daemon=True)
        self._process.start()
        os.close(writing)

    def read(self, count: int) -> list[int]:
        """The next `count` numbers it tells, or fewer when it ends before."""
        told = [os.read(self._told, NUMBER) for _ in range(count)]
        return [int.from_bytes(number, "big") for number in told if number]

    def kill(self) -> list[int]:
        """`kill -9`; what it had told before it died and nobody had read."""
        os.kill(self._process.pid or 0, signal.SIGKILL)
        return self.rest()[0]

    def rest(self) -> tuple[list[int], int]:
        """What it tells until it ends, and its exit status, negative for a signal."""
        numbers: list[int] = []
        while found := self.read(1):
            numbers += found
        os.close(self._told)
        self._process.join(PATIENCE)
        assert self._process.exitcode is not None
        return numbers, self._process.exitcode


def _write(pipe: int, number: int) -> None:
    os.write(pipe, number.to_bytes(NUMBER, "big"))
