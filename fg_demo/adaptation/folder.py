"""An adapter's folder: what `peft` writes, the contextualiser beside it, and a card, a history and a learning curve.

Where all of the image tower was trained, a backbone's files stand in place of `peft`'s.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from string import Template
from typing import Any

import altair as alt
import pandas as pd
from torch import Tensor

from fg_demo.adaptation.checkpoint import AdaptationEpoch
from fg_demo.adaptation.contextualiser import save_contextualiser
from fg_demo.adaptation.full import FullTower
from fg_demo.adaptation.lora import write_adapter
from fg_demo.adaptation.settings import FULL, LORA
from fg_demo.adaptation.train import Adaptation
from fg_demo.models.adapter import ADAPTER_CONFIG, ADAPTER_WEIGHTS
from heads.io.atomic import is_partial, replacing
from heads.io.system_files import is_system_file

CONTEXTUALISER, CARD, TRAINING, HISTORY, CURVE = (
    "contextualiser.safetensors",
    "README.md",
    "training.json",
    "history.json",
    "learning_curve.html",
)
_OURS = {ADAPTER_CONFIG, ADAPTER_WEIGHTS, CONTEXTUALISER, CARD, TRAINING, HISTORY, CURVE}
_BACKBONE = {
    *(
        "config.json",
        "model.safetensors",
        "preprocessor_config.json",
        "processor_config.json",
        "tokenizer.json",
    ),
    *("tokenizer_config.json", "special_tokens_map.json", "vocab.json", "vocab.txt", "merges.txt"),
    *("added_tokens.json", "spiece.model", "tokenizer.model", "sentencepiece.bpe.model"),
}
"""What `transformers` writes of a CLIP-like model, its tokenizer and its processor."""
_CARDS = {
    tuning: Path(__file__).parent / name for tuning, name in ((LORA, "card.md"), (FULL, "card_full.md"))
}
_PANELS = {
    "loss": "loss, lower is better",
    "mean_rank": "mean rank of the right caption among its negatives, 1 is best",
    "image_to_text": "recall@1, image to text",
    "text_to_image": "recall@1, text to image",
}


def check_replaceable(folder: Path) -> None:
    """Nothing, or ValueError when the folder holds anything but an adapter, which writing one there would lose."""
    if folder.is_file():
        raise ValueError(f"output: expected a folder, found the file {folder}")
    names = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    others = sorted(
        name for name in names - _OURS - _BACKBONE if not (is_system_file(name) or is_partial(name))
    )
    if others:
        raise ValueError(f"{folder}: expected a new folder or an adapter's, found {', '.join(others[:8])}")


def save_adaptation(
    adaptation: Adaptation,
    folder: Path,
    history: Sequence[AdaptationEpoch],
    about: Mapping[str, Any],
) -> Path:
    """The folder, which takes the place of an older one as a whole; `about`, JSON-able, says how it was made."""
    check_replaceable(folder)
    tower = adaptation.tower_weights()
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
        (aside / CARD).write_text(_card(adaptation, folder.name, history, about, tower), encoding="utf-8")
    return folder


def curve(history: Sequence[AdaptationEpoch]) -> alt.VConcatChart:
    """One panel a figure, over the epochs; 0 is the backbone without the adapter."""
    rows = pd.DataFrame([asdict(epoch) for epoch in history])
    x = alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, format="d"))
    return alt.vconcat(
        *(
            alt.Chart(rows.dropna(subset=[name]), width=480, height=140, title=title)
            .mark_line(point=True)
            .encode(x=x, y=alt.Y(f"{name}:Q", title=None, scale=alt.Scale(zero=False)))
            for name, title in _PANELS.items()
        )
    )


def _card(
    adaptation: Adaptation,
    name: str,
    history: Sequence[AdaptationEpoch],
    about: Mapping[str, Any],
    tower: Mapping[str, Tensor],
) -> str:
    config, settings = adaptation.backbone, adaptation.settings
    before, best = history[0], max(history, key=lambda epoch: epoch.quality)
    rows = [
        f"| {title} | {getattr(before, field):.3f} | {getattr(best, field):.3f} |"
        for field, title in _PANELS.items()
        if field != "loss"
    ]
    made = {**asdict(settings), **about.get("data", {}), "interrupted": about.get("interrupted", False)}
    return Template(_CARDS[settings.tuning].read_text(encoding="utf-8")).substitute(
        name=name,
        backbone=config.name,
        revision=config.revision,
        rank=settings.rank,
        targets=", ".join(settings.target_names),
        count=f"{sum(one.numel() for one in tower.values()):,}",
        rows="\n".join(rows),
        made="\n".join(f"| {key} | {str(value).replace('|', '/')} |" for key, value in made.items()),
    )


def _json(value: Any) -> str:
    return json.dumps(value, indent=1) + "\n"
