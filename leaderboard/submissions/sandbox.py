"""A process with resource limits and no token, for a stranger's weights: nothing of theirs is run in it."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from heads.hub.client import redacted

SECONDS = 300.0
MEGABYTES = 4096
_ROOT = Path(__file__).resolve().parents[2]
_LIMITED = _ROOT / "leaderboard" / "submissions" / "limits.py"
_KEPT = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR", "TZ", "VIRTUAL_ENV", "OMP_NUM_THREADS", "SYSTEMROOT")
"""Variables that go along. Everything else stays here: a token may have any name."""


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """How the process ended: `status` is its exit status, None when it was stopped; `message` its last line on
    stderr, or why it was stopped.
    """

    status: int | None
    message: str


def run_limited(
    module: str,
    arguments: Sequence[str],
    *,
    seconds: float = SECONDS,
    megabytes: int = MEGABYTES,
    variables: Mapping[str, str] | None = None,
) -> ProcessResult:
    """How `python -m module arguments` ended, in a process that can take no more than so much time and memory.

    It starts with an environment of `_KEPT` and `variables` alone, an empty home folder in which no token is
    saved, the Hub's clients offline, and no graphics card. What is still running after `seconds` is killed,
    its children included.
    """
    limits = ["--seconds", str(int(seconds) + 1), "--megabytes", str(megabytes)]
    # By its path, not as a part of the package: so the limits hold before anything large is imported.
    line = [sys.executable, "-P", str(_LIMITED), *limits, module, *arguments]
    with tempfile.TemporaryDirectory(prefix="heads-sandbox-") as home, tempfile.TemporaryFile() as stderr:
        environment = _environment(home, variables or {})
        process = subprocess.Popen(
            line,
            cwd=_ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=stderr,
            start_new_session=True,  # a group of its own, to be ended as a whole
        )
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            return ProcessResult(None, f"stopped after {seconds:g} s")
        finally:
            _end(process)
        return _result(status, _last_line(stderr), megabytes)


def _environment(home: str, variables: Mapping[str, str]) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    fresh = {"HOME": home, "HF_HOME": home, "HF_HUB_OFFLINE": "1", "CUDA_VISIBLE_DEVICES": ""}
    return {**kept, **fresh, "HF_HUB_DISABLE_TELEMETRY": "1", "PYTHONPATH": str(_ROOT), **variables}


def _end(process: "subprocess.Popen[bytes]") -> None:
    # The whole group, because a process may have children that outlive it.
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        process.kill()
    process.wait()


def _last_line(stderr: IO[bytes]) -> str:
    end = stderr.seek(0, os.SEEK_END)
    stderr.seek(max(0, end - 4000))
    lines = stderr.read().decode(errors="replace").strip().splitlines()
    return redacted(lines[-1])[:300] if lines else ""


def _result(status: int, message: str, megabytes: int) -> ProcessResult:
    if status == -signal.SIGXCPU:
        return ProcessResult(None, "stopped: it used up its time")
    if status < 0:
        return ProcessResult(None, f"stopped by signal {-status}; it may take more than {megabytes} MB")
    return ProcessResult(status, message)
