"""How a record made now comes about: code, command, date, device."""

import subprocess
import tomllib
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from leaderboard.records.record import Produced

PROVENANCE = {
    "measured": (
        "●",
        "measured here",
        "Measured by this project's code; the row says by which command and commit.",
    ),
    "re-measured": (
        "◉",
        "re-measured",
        "Submitted by its author, then measured again by this project's code.",
    ),
    "self-reported": ("○", "self-reported", "Stated by whoever submitted it; not measured again."),
    "published": ("□", "published", "Copied from a publication; the row says from which table."),
    "read off a chart": ("△", "off a chart", "Read off a published chart, so it is not exact."),
}
"""Sign, words and explanation: told apart without colour too."""


ROOT = Path(__file__).parents[2]
MADE = (":!heads/pretrained", ":!leaderboard/results")


def produced(command: str, device: str) -> Produced:
    """How a record made now came about."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Produced(code_version(), command, now, device, commit=code_commit())


def code_version() -> str:
    """The project's version, from the checkout's pyproject.toml, or as it was installed."""
    if not (ROOT / "pyproject.toml").is_file():
        return version("reprojection-heads")
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def code_commit() -> str | None:
    """The checkout's commit, with "+changes" when tracked files differ from it; None without git, and where
    the code lies in a folder of somebody else's checkout, as an installed package may.

    Heads and records do not count: a record names its head by the hash of the weights, and `make heads` writes them.
    """
    top, commit = _git("rev-parse", "--show-toplevel"), _git("rev-parse", "HEAD")
    if top is None or commit is None or Path(top) != ROOT.resolve():
        return None
    return commit + (
        "+changes" if _git("status", "--porcelain", "--untracked-files=no", "--", ".", *MADE) else ""
    )


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
