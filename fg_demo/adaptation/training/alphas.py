"""What an adapter is worth on validation data at several alphas, and which of them to take."""

from collections.abc import Mapping, Sequence

from fg_demo.adaptation.data import AdaptationData
from fg_demo.adaptation.folder.made import Made
from fg_demo.adaptation.lora import set_alpha
from fg_demo.adaptation.training.judge import Judge
from fg_demo.adaptation.training.model import Adaptation, Report
from fg_demo.adaptation.training.run import prepare
from fg_demo.models.adapter import ADAPTER_WEIGHTS, check_base, load_adapter
from fg_demo.models.clip import TransformersBackbone
from heads.io.tensors import load_tensors

ALPHA, EVENTS, REGIONS, SCENES = "alpha", "events", "regions", "whole images"
RANK, TO_TEXT, TO_IMAGE = "mean rank", "R@1 to text", "R@1 to image"
KEPT = 0.01
"""How much of recall@1 of whole images an alpha may lose beside the backbone alone: the point within which the paper's
"preserves semantics" is held here."""


def loaded(made: Made, backbone: TransformersBackbone, report: Report) -> Adaptation:
    """The adapter on the backbone, ready to be measured. Raises ValueError when it was trained on another."""
    found = load_adapter(str(made.folder), backbone.model)
    check_base(found, backbone.name, backbone.revision)
    adaptation = prepare(backbone, made.settings, 1, 1, report)
    names = adaptation.tower_weights()
    adaptation.load(load_tensors(made.folder / ADAPTER_WEIGHTS, list(names)))
    return adaptation


def validation_sets(
    regions: AdaptationData | None, clips: AdaptationData | None
) -> dict[str, AdaptationData]:
    """By name what there is of events, regions with negatives, and whole images without: those that a file of regions has
    beside regions, told by captions alone.
    """
    found = {} if clips is None else {EVENTS: clips}
    if regions is not None:
        for name, chosen in zip((REGIONS, SCENES), regions.by_negatives(), strict=True):
            found |= {} if chosen is None else {name: chosen}
    return found


def measured_alphas(
    adaptation: Adaptation, sets: Mapping[str, AdaptationData], alphas: Sequence[float]
) -> list[dict[str, float]]:
    """A row for each alpha, 0 first, which is the backbone alone: mean ranks where there are negatives, recall@1 of
    events and of whole images.
    """
    judges = {name: Judge(adaptation, data) for name, data in sets.items()}
    rows = []
    for alpha in (0.0, *alphas):
        set_alpha(adaptation.adapted, alpha)
        row = {ALPHA: alpha}
        for name, judge in judges.items():
            found = judge.epoch(0, None)
            row |= {f"{name}: {RANK}": found.mean_rank} if name != SCENES else {}
            if name != REGIONS:
                row |= {
                    f"{name}: {TO_TEXT}": found.image_to_text,
                    f"{name}: {TO_IMAGE}": found.text_to_image,
                }
        rows.append(row)
    return rows


def best_alpha(rows: Sequence[Mapping[str, float]]) -> float | None:
    """Of the rows after the first, which is the backbone alone, the alpha of the lowest mean rank, of events where there
    are such, among those that lose at most `KEPT` of the recall of whole images; None when all lose more.
    """
    base, *others = rows
    kept = [name for name in base if name.startswith(SCENES)]
    ranks = [name for name in base if name.endswith(RANK)]
    good = [row for row in others if all(row[name] >= base[name] - KEPT - 1e-9 for name in kept)]
    return min(good, key=lambda row: [row[name] for name in ranks])[ALPHA] if good else None
