"""An adapter's README.md: the card the Hub shows, filled in from what its folder holds."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from fg_demo.adaptation.history import PANELS, AdaptationEpoch
from fg_demo.adaptation.settings import FULL, LORA

_TEMPLATES = {
    tuning: Path(__file__).parent / name for tuning, name in ((LORA, "card.md"), (FULL, "card_full.md"))
}


def adapter_card(
    name: str, about: Mapping[str, Any], history: Sequence[AdaptationEpoch], numbers: int
) -> str:
    """The card of the adapter, or of the backbone where all of the image tower was trained, called `name`.

    `about` is what training.json holds; `numbers` is how many were trained of the image tower.
    """
    settings = about["settings"]
    before, best = history[0], max(history, key=lambda epoch: epoch.quality)
    rows = [
        f"| {title} | {getattr(before, field):.3f} | {getattr(best, field):.3f} |"
        for field, title in PANELS.items()
        if field != "loss"
    ]
    made = {**settings, **about.get("data", {}), "interrupted": about.get("interrupted", False)}
    return Template(_TEMPLATES[settings["tuning"]].read_text(encoding="utf-8")).substitute(
        name=name,
        backbone=about["backbone"],
        revision=about["backbone_revision"],
        rank=settings["rank"],
        targets=", ".join(part.strip() for part in settings["targets"].split(",")),
        count=f"{numbers:,}",
        rows="\n".join(rows),
        made="\n".join(f"| {key} | {str(value).replace('|', '/')} |" for key, value in made.items()),
    )
