"""Progress as bars on a terminal, or not at all."""

from typing import Any

from tqdm import tqdm

from fg_demo.adaptation.training.model import Report


def bars() -> Report:
    """Shows a bar for each thing that is done, until it is."""
    shown: dict[str, Any] = {}

    def report(what: str, done: int, total: int) -> None:
        if what not in shown:
            shown[what] = tqdm(total=total, desc=what, leave=False, disable=None)
        shown[what].update(done - shown[what].n)
        if done == total:
            shown.pop(what).close()

    return report


def silent(what: str, done: int, total: int) -> None:
    """Shows nothing."""
