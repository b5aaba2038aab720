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
_RELATIONS = {LORA: "adapter", FULL: "finetune"}
"""To the backbone, in the Hub's words."""


def adapter_card(
    name: str, about: Mapping[str, Any], history: Sequence[AdaptationEpoch], numbers: int
) -> str:
    """The card of the adapter, or of the backbone where all of the image tower was trained, called `name`.

    `about` is what training.json holds; `numbers` is how many were trained of the image tower.
    """
    settings = about["settings"]
    tuning = settings.get("tuning", LORA)
    before, best = history[0], max(history, key=lambda epoch: epoch.quality)
    rows = [
        f"| {title} | {getattr(before, field):.3f} | {getattr(best, field):.3f} |"
        for field, title in PANELS.items()
        if field != "loss"
    ]
    made = {**settings, **about.get("data", {}), "interrupted": about.get("interrupted", False)}
    if "alpha" in about and about["alpha"]["shipped"] != settings["alpha"]:
        made["alpha"] = f"{settings['alpha']}, shipped at {about['alpha']['shipped']}"
    return Template(_TEMPLATES[tuning].read_text(encoding="utf-8")).substitute(
        name=name,
        base=_base(name, about["backbone"], _RELATIONS[tuning]),
        backbone=about["backbone"],
        revision=about["backbone_revision"],
        rank=settings["rank"],
        targets=", ".join(part.strip() for part in settings["targets"].split(",")),
        count=f"{numbers:,}",
        rows="\n".join(rows),
        alpha=_of_alpha(about),
        made="\n".join(f"| {key} | {str(value).replace('|', '/')} |" for key, value in made.items()),
    )


def _base(name: str, backbone: str, relation: str) -> str:
    """The metadata that name the backbone; none in a repository on the Hub, which would look there for one that has no
    owner.
    """
    if "/" in name and "/" not in backbone:
        return ""
    return f"base_model: {backbone}\nbase_model_relation: {relation}"


def _of_alpha(about: Mapping[str, Any]) -> str:
    """What is said of another alpha than the one it was trained at; nothing where there is none."""
    if "alpha" not in about:
        return ""
    trained, shipped, measured = (about["alpha"][name] for name in ("trained", "shipped", "measured"))
    if shipped == trained and not measured:
        return ""
    words = f"\nThese are of alpha {trained}, as it was trained. Afterwards it was set to {shipped}, as it is here."
    if not measured:
        return f"{words}\n"
    names = list(measured[0])
    rows = [
        [f"{row[name]:.3f}" if name != "alpha" else f"{row[name]:g}" for name in names] for row in measured
    ]
    table = [names, ["--:"] * len(names), *rows]
    lines = [f"| {' | '.join(row)} |" for row in table]
    return f"{words} On validation data, 0 being `{about['backbone']}` alone:\n\n" + "\n".join(lines) + "\n"
