"""What an adapter's folder says of how it was made."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from fg_demo.adaptation.folder.card import adapter_card
from fg_demo.adaptation.folder.files import CARD, HISTORY, TRAINING
from fg_demo.adaptation.history import AdaptationEpoch
from fg_demo.adaptation.settings import Settings
from fg_demo.models.adapter import ADAPTER_WEIGHTS, read_adapter_config
from heads.io.safetensors_header import MAX_HEADER_BYTES, read_header
from heads.io.strict_json import Read, read_json, validated
from heads.persistence.card import is_signed, signed


@dataclass(frozen=True)
class Alpha:
    """An alpha that is another than what the adapter was trained at; `measured` has a row of figures for each tried."""

    trained: int
    shipped: float
    measured: list[dict[str, float]]


@dataclass(frozen=True)
class About:
    """What training.json has to hold."""

    backbone: str
    backbone_revision: str
    settings: Settings
    data: dict[str, Any]
    interrupted: bool
    alpha: Alpha | None = None


_ABOUT, _HISTORY = TypeAdapter(About), TypeAdapter(tuple[AdaptationEpoch, ...])


@dataclass(frozen=True)
class Made:
    """An adapter that `python -m fg_demo adapt` wrote: `about` is what training.json holds, `numbers` how many numbers
    the adapter has.
    """

    folder: Path
    about: Mapping[str, Any]
    settings: Settings
    history: tuple[AdaptationEpoch, ...]
    numbers: int

    def card(self, name: str) -> str:
        """Its card, where it is called `name`, signed as one that was written from these."""
        return signed(adapter_card(name, self.about, self.history, self.numbers))

    def has_own_card(self) -> bool:
        """Whether the folder's card is, to the letter, one that was written from such, or there is none; one that
        somebody changed is not.
        """
        if not (self.folder / CARD).is_file():
            return True
        return is_signed((self.folder / CARD).read_bytes()) or self._is_unsigned()

    def _is_unsigned(self) -> bool:
        """Whether it is as it would be written, and has no signature only because cards had none before."""
        text = (self.folder / CARD).read_text(encoding="utf-8", errors="replace")
        titles = [line.removeprefix("# ") for line in text.splitlines() if line.startswith("# ")]
        return any(text == adapter_card(one, self.about, self.history, self.numbers) for one in titles[:1])


def read_made(folder: Path) -> Made:
    """What is said in the folder. Raises FileNotFoundError when it is no adapter, or none that `python -m fg_demo adapt`
    wrote, ValueError naming the file when one says something else.
    """
    read_adapter_config(folder)
    missing = [name for name in (ADAPTER_WEIGHTS, TRAINING, HISTORY) if not (folder / name).is_file()]
    if missing:
        raise FileNotFoundError(
            f"{folder}: expected an adapter as `python -m fg_demo adapt` writes it, found no {missing[0]}"
        )
    about = _read(folder / TRAINING, _ABOUT.validate_json)
    history = _read(folder / HISTORY, _HISTORY.validate_json)
    if not history:
        raise ValueError(f"{folder / HISTORY}: expected at least one epoch, got none")
    # As it stands there, settings that came later left out, so that what is written again is the same.
    stated = read_json((folder / TRAINING).read_bytes())
    return Made(folder, stated, about.settings, history, _numbers(folder / ADAPTER_WEIGHTS))


def _read(path: Path, read: Callable[[str | bytes], Read]) -> Read:
    try:
        return validated(read, path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _numbers(path: Path) -> int:
    with path.open("rb") as stream:
        stored, _ = read_header(stream.read(8 + MAX_HEADER_BYTES), path.stat().st_size)
    return sum(math.prod(one.shape) for one in stored.values())
