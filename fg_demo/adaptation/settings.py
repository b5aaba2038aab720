"""What an adaptation is decided by; the published settings are the default, with their source.

Published (arXiv 2401.07669, its second version): LoRA of rank 64 on query, key and value, a contextualiser of 6
layers, four made negatives, clip losses at a weight of 0.25, AdamW at 1e-6, 20 clips a step, 40 epochs. **Not
published, and so ours:** LoRA's alpha and dropout, weight decay, the temperature (the backbone's own, frozen), no
augmentation, a constant rate, and how frames are averaged (see `training.losses`).
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from fg_demo.adaptation.captions import TEMPLATES

LORA, FULL = "lora", "full"
"""What is trained of the image tower: light weights beside its own, or all of its own."""
SINGLE, MIXED = "single", "mixed"
"""In what the image tower computes while it trains: single precision, or bfloat16 where torch's autocast has it so."""
CONSTANT, COSINE = "constant", "cosine"
"""How the rate goes: it stays, or falls to 0 along half a cosine over all steps."""


@dataclass(frozen=True, slots=True)
class Settings:
    """`targets` are the image tower's linear maps that get an adapter, by the end of their names. A rank, alpha or
    rate is of LoRA, where `tuning` is that and not all of the tower; `batch` counts clips, `region_batch` regions,
    alone or beside clips, and `image_batch` the whole images beside either, whose loss counts `image_weight` times;
    `captions` is the wording of clips.

    Raises ValueError naming the field that is out of range.
    """

    rank: int = 64
    alpha: int = 64
    dropout: float = 0.0
    targets: str = "q_proj,k_proj,v_proj"
    learning_rate: float = 1e-6
    weight_decay: float = 0.01
    batch: int = 20
    region_batch: int = 64
    image_batch: int = 64
    image_weight: float = 1.0
    epochs: int = 40
    made_negatives: int = 4
    clip_weight: float = 0.25
    contextualiser_layers: int = 6
    seed: int = 123
    captions: str = "explicit"
    tuning: str = LORA
    precision: str = SINGLE
    schedule: str = CONSTANT

    def __post_init__(self) -> None:
        at_least = {
            "rank": 1,
            "alpha": 1,
            "batch": 1,
            "region_batch": 1,
            "image_batch": 1,
            "epochs": 1,
            "made_negatives": 0,
            "contextualiser_layers": 0,
            "seed": 0,
        }
        for name, least in at_least.items():
            if getattr(self, name) < least:
                raise ValueError(f"{name}: expected at least {least}, got {getattr(self, name)}")
        if not 0 < self.learning_rate < float("inf"):
            raise ValueError(f"learning_rate: expected a number above 0, got {self.learning_rate}")
        for name in ("weight_decay", "clip_weight", "image_weight"):
            if not 0 <= getattr(self, name) < float("inf"):
                raise ValueError(f"{name}: expected a number, at least 0, got {getattr(self, name)}")
        if not 0 <= self.dropout < 1:
            raise ValueError(f"dropout: expected at least 0 and below 1, got {self.dropout}")
        if not all(self.target_names):
            raise ValueError(f"targets: expected names with commas between, got {self.targets!r}")
        for name, known in (
            ("captions", TEMPLATES),
            ("tuning", (LORA, FULL)),
            ("precision", (SINGLE, MIXED)),
            ("schedule", (CONSTANT, COSINE)),
        ):
            if getattr(self, name) not in known:
                raise ValueError(f"{name}: expected {' or '.join(known)}, got {getattr(self, name)!r}")

    def rate(self, done: float) -> float:
        """The rate of the step before which that share of all steps was done, 0 to 1."""
        return self.learning_rate * (1 if self.schedule == CONSTANT else (1 + math.cos(math.pi * done)) / 2)

    @property
    def target_names(self) -> tuple[str, ...]:
        """The names in `targets`."""
        return tuple(name.strip() for name in self.targets.split(","))


PUBLISHED = Settings()

MINI_CLIP = Settings(
    targets="visual_projection",
    learning_rate=4e-3,
    schedule=COSINE,
    region_batch=128,
    image_batch=512,
    image_weight=2.0,
    epochs=30,
    contextualiser_layers=0,
    captions="short",
)
"""Ours, for the embedded backbone: LoRA on the projection after the image tower alone, the only place of those tried
where whole images are still told apart as before; a high rate, since the backbone is small and its training short; no
contextualiser, with which events are told no better (docs/adapters.md).
"""

SETTINGS: Mapping[str, Settings] = {"mini-clip": MINI_CLIP}
"""Backbone → its own settings; any other has the published ones."""

HELP = {
    "rank": "rank of LoRA",
    "alpha": "LoRA's alpha; its weights count alpha / rank",
    "dropout": "LoRA's dropout",
    "targets": "linear maps of the image tower that get an adapter, by the end of their names",
    "learning_rate": "AdamW's rate",
    "schedule": "how the rate goes: constant, or cosine, which falls to 0",
    "weight_decay": "AdamW's weight decay",
    "batch": "clips a step",
    "region_batch": "regions a step, alone or beside clips",
    "image_batch": "whole images a step, the rows of --regions without negatives",
    "image_weight": "weight of the loss of whole images",
    "epochs": "passes over the training data",
    "made_negatives": "negatives made of each event by another verb",
    "clip_weight": "weight of the losses of whole clips",
    "contextualiser_layers": "layers of the video contextualiser; 0 leaves it out",
    "seed": "seed of weights, order and negatives",
    "captions": "wording of the clips' captions: explicit, short for few tokens, or fluent for an ablation",
    "tuning": "what is trained of the image tower: lora, or full, for an ablation, which writes a whole backbone",
    "precision": "single, or mixed: bfloat16 in the image tower while it trains, twice as fast where a CPU has it",
}


def settings_for(backbone: str, **changed: Any) -> Settings:
    """The settings of the backbone, with those changed that are not None. Raises ValueError as `Settings` does."""
    given = {name: value for name, value in changed.items() if value is not None}
    return replace(SETTINGS.get(backbone, PUBLISHED), **given)
