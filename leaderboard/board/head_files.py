"""The files of a head behind a record."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from heads.load import load_head, shipped_heads
from heads.persistence.card import CARD_NAME
from heads.persistence.config import read_config
from heads.persistence.folder import HISTORY_NAME
from heads.persistence.revision import head_revision
from leaderboard.records.record import Record


@dataclass(frozen=True)
class HeadFiles:
    """A head's folder, known to hold the very weights that were measured."""

    folder: Path

    def arguments(self) -> dict[str, Any]:
        """What the head was built with, and what its training says of itself."""
        config = read_config(self.folder)
        return {**config.arguments, **flat(config.metadata)}

    def card(self) -> str:
        """The card's Markdown without its front matter; empty without a card."""
        path = self.folder / CARD_NAME
        text = path.read_text(encoding="utf-8") if path.is_file() else ""
        return re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.DOTALL)

    def history(self) -> list[dict[str, Any]]:
        """The training's epochs; none when they were not kept."""
        path = self.folder / HISTORY_NAME
        return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []


def head_files(record: Record) -> HeadFiles | None:
    """The files of the record's head; None unless it ships with the project with the weights that were measured.

    A record names a head, and anyone may write a record: only folders of the project's own are opened.
    """
    folder = shipped_heads().get(record.head.name)
    if folder is None or head_revision(load_head(folder)) != record.head.revision:
        return None
    return HeadFiles(folder)


def flat(nested: dict[str, Any], before: str = "") -> dict[str, Any]:
    """The leaves of nested dicts under dotted names."""
    leaves = {}
    for name, value in nested.items():
        inner = flat(value, f"{before}{name}.") if isinstance(value, dict) else {f"{before}{name}": value}
        leaves |= inner
    return leaves
