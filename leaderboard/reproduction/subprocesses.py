"""A step's command, in a process of its own: it begins with no other's memory, and may be killed alone."""

import subprocess
import sys
from collections.abc import Sequence

from heads.commands.program import INCOMPLETE, INTERRUPTED
from leaderboard.reproduction.steps import IncompleteError


def run_module(command: Sequence[str]) -> None:
    """Runs `python -m` with these arguments. Raises OSError, naming the command, when its status is not 0,
    IncompleteError when that of a command that left something out, and KeyboardInterrupt when it was interrupted.
    """
    status = subprocess.run([sys.executable, "-m", *command], check=False).returncode
    if status == INTERRUPTED:
        raise KeyboardInterrupt
    if status:
        how = f"was ended by signal {-status}" if status < 0 else f"ended with {status}"
        kind = IncompleteError if status == INCOMPLETE else OSError
        raise kind(f"python -m {' '.join(command)} {how}")
