"""The folder of what was trained."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fg_demo.adaptation.contextualiser import save_contextualiser
from fg_demo.adaptation.folder.card import adapter_card
from fg_demo.adaptation.folder.curve import curve
from fg_demo.adaptation.folder.files import (
    CARD,
    CONTEXTUALISER,
    CURVE,
    HISTORY,
    TRAINING,
    check_replaceable,
)
from fg_demo.adaptation.full import FullTower
from fg_demo.adaptation.history import AdaptationEpoch
from fg_demo.adaptation.lora import write_adapter
from fg_demo.adaptation.training.model import Adaptation
from heads.io.atomic import replacing
from heads.persistence.card import signed


def save_adaptation(
    adaptation: Adaptation,
    folder: Path,
    history: Sequence[AdaptationEpoch],
    about: Mapping[str, Any],
) -> Path:
    """The folder, which takes the place of an older one as a whole; `about`, JSON-able, says what was trained, how and
    on what. Raises ValueError when the folder holds something else.
    """
    check_replaceable(folder)
    tower = adaptation.tower_weights()
    numbers = sum(one.numel() for one in tower.values())
    with replacing(folder) as aside:
        aside.mkdir()
        if isinstance(adaptation.adapted, FullTower):
            adaptation.backbone.save(aside)
        else:
            write_adapter(adaptation.adapted, tower, aside)
        if adaptation.contextualiser:
            save_contextualiser(adaptation.contextualiser, aside / CONTEXTUALISER)
        (aside / TRAINING).write_text(_json(about), encoding="utf-8")
        (aside / HISTORY).write_text(_json([asdict(epoch) for epoch in history]), encoding="utf-8")
        (aside / CURVE).write_text(curve(history).to_html(), encoding="utf-8")
        card = signed(adapter_card(folder.name, about, history, numbers))
        (aside / CARD).write_text(card, encoding="utf-8")
    return folder


def _json(value: Any) -> str:
    return json.dumps(value, indent=1) + "\n"
