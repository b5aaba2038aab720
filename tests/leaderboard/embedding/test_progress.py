"""Progress is for people: in a terminal a bar, in a log nothing."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from leaderboard.embedding.progress import ProgressBars

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "leaderboard", "embed", "--split", "validation", "--subsets", "transparency"]


def test_a_bar_is_silent_off_a_terminal(monkeypatch: pytest.MonkeyPatch):
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    with ProgressBars() as progress:
        for done in range(1, 4):
            progress("crops", done, 3)
        progress("captions", 1, 1)
    assert written.getvalue() == ""


def test_a_bar_is_drawn_on_a_terminal(monkeypatch: pytest.MonkeyPatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    written = Terminal()
    monkeypatch.setattr(sys, "stderr", written)
    with ProgressBars() as progress:
        progress("crops", 1, 3)
        progress("captions", 1, 7)
    assert "crops" in written.getvalue() and "captions" in written.getvalue()


@pytest.mark.slow
def test_no_library_draws_a_bar_off_a_terminal(tmp_path: Path):
    """Of all that a first run does: data sets prepared, weights loaded, crops and captions embedded."""
    environment = {
        **os.environ,
        "FG_CACHE": str(tmp_path / "cache"),
        "HF_DATASETS_CACHE": str(tmp_path / "data"),
    }
    for name in ("HF_DATASETS_DISABLE_PROGRESS_BARS", "HF_HUB_DISABLE_PROGRESS_BARS"):
        environment.pop(name, None)
    line = [*COMMAND, "--output", str(tmp_path / "out")]
    made = subprocess.run(line, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert made.stderr == ""
