"""Splits that are too large to ship: built by a command, once, and kept in the cache folder."""

import shlex
import subprocess
import sys
from pathlib import Path

from heads.io.cache import cache_folder
from leaderboard.benchmarks.catalogue import Benchmark


def locate(benchmark: Benchmark, split: str) -> str:
    """The Hub repo or local folder that holds `split`; FileNotFoundError with the command when it is to be
    built first.
    """
    if split not in benchmark.rebuilt:
        return benchmark.path
    if not _is_built(benchmark):
        raise FileNotFoundError(
            f"{benchmark.name}: the split {split!r} is not built yet; build it by {benchmark.rebuilt[split]}"
        )
    return str(_folder(benchmark))


def build_missing(benchmark: Benchmark, split: str) -> None:
    """Build the split, by the command that its row names, when it is one that does not ship and is not there yet.

    The command shows its own progress. Raises OSError when it fails.
    """
    command = benchmark.rebuilt.get(split)
    if command is None or _is_built(benchmark):
        return
    print(f"{benchmark.name}: building the split {split!r}, once: {command}", file=sys.stderr, flush=True)
    program, *arguments = shlex.split(command)
    line = [sys.executable if program == "python" else program, *arguments]
    status = subprocess.run(line, stdout=subprocess.DEVNULL, check=False).returncode
    if status:
        raise OSError(
            f"{benchmark.name}: the split {split!r} could not be built: {command} ended with {status}"
        )


def _folder(benchmark: Benchmark) -> Path:
    return cache_folder() / benchmark.name


def _is_built(benchmark: Benchmark) -> bool:
    return (_folder(benchmark) / "README.md").is_file()
