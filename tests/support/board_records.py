"""A leaderboard's worth of records to test with: heads of known skill, whose figures follow from drawn ranks."""

from dataclasses import replace
from pathlib import Path
from statistics import fmean

import numpy as np

from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.records.figures import (
    BlindControl,
    BlindControls,
    Confusion,
    Recall,
    RetrievalResult,
    SubsetResult,
)
from leaderboard.records.files import save_record
from leaderboard.records.packing import pack_ranks, pack_runs
from leaderboard.records.record import (
    SCHEMA,
    BackboneEntry,
    BenchmarkEntry,
    HeadEntry,
    Produced,
    Record,
    SeedFigures,
)

ITEMS = 60
COLOURS = ("red", "dark green", "black", "light brown", "blue")


def board_record(
    head: str = "linear-one",
    skill: float = 0.7,
    recall: float = 0.4,
    kind: str = "linear",
    backbone: str = "mini-clip",
    stage: str = "fine-grained",
    items: int = ITEMS,
    seeds: int = 3,
    drawn: int = 0,
    **changes,
) -> Record:
    """A measured record of a head that puts the true caption first with about the chance `skill`."""
    chance = np.random.default_rng(drawn)
    subsets = {name: _subset(chance, name, skill, items) for name in SUBSETS}
    means = [subset.mean_rank or 0 for subset in subsets.values()]
    fields = {
        "schema": SCHEMA,
        "head": HeadEntry(
            head, kind, f"{sum(map(ord, head)) * (drawn + 1):012x}", stage, 131584, "fg-rendered train"
        ),
        "backbone": BackboneEntry(backbone, "ba9876543210", 128),
        "benchmark": BenchmarkEntry("fg-rendered", "cafecafecafe", "test"),
        "protocol": "crop of the given box",
        "provenance": "measured",
        "subsets": subsets,
        "retrieval": RetrievalResult(_recall(recall), _recall(recall + 0.02), 200, 200),
        "mean_rank_interval": (np.mean(means) - 0.04, np.mean(means) + 0.04),
        "top1_interval": (max(0.0, skill - 0.02), min(1.0, skill + 0.02)),
        "seeds": tuple(_seed(number, subsets, chance) for number in range(seeds)),
        "produced": Produced(
            "0.1.0",
            f"python -m leaderboard evaluate --head {head}",
            "2026-01-02T03:04:05+00:00",
            "cpu",
            "c0ffee",
        ),
    }
    return Record(**{**fields, **changes})


def with_controls(record: Record) -> Record:
    """The record of a head that gets mean ranks of 5, 5.1, … without looking."""
    subsets = {
        name: replace(result, blind=_blind(5 + number / 10, result.mean_rank or 0))
        for number, (name, result) in enumerate(record.subsets.items())
    }
    gain = fmean(result.blind.mean_crop.gain for result in subsets.values() if result.blind)
    return replace(record, subsets=subsets, gain_interval=(gain - 0.05, gain + 0.05))


def reference_record(
    name: str = "text only", skill: float = 0.95, set_aware: bool = False, **changes
) -> Record:
    """A reference that sees no image on the benchmark of `board_record`s."""
    head = HeadEntry(name, "text-only", stage="fitted", sees_image=False, set_aware=set_aware)
    fields = {"retrieval": None, "seeds": 0, "backbone": "none"} | changes
    return replace(board_record(name, skill, drawn=77, **fields), head=head)


def cosine_record(skill: float = 0.25, recall: float = 0.45, **more) -> Record:
    """The baseline of `board_record`s on the same backbone."""
    return board_record("cosine", skill, recall, "cosine", stage="none", seeds=0, drawn=99, **more)


def paper_record(head: str, mean_rank: float, first: float) -> Record:
    """A record as a paper's table gives it."""
    return Record(
        schema=SCHEMA,
        head=HeadEntry(head, "linear", stage="fine-grained"),
        backbone=BackboneEntry("openai/clip-vit-base-patch16"),
        benchmark=BenchmarkEntry("FG-OVD"),
        protocol="as published",
        provenance="published",
        retrieval=RetrievalResult(
            Recall(first, first + 0.3, first + 0.4), Recall(first, first + 0.3, first + 0.4)
        ),
        mean_rank=mean_rank,
        source="arXiv 2404.03539, Table 1",
    )


def board_folder(folder: Path) -> Path:
    """A folder with a cosine and heads on two backbones, and a paper's board."""
    for place, backbone in enumerate(("mini-clip", "tiny-clip")):
        save_record(cosine_record(backbone=backbone), folder)
        for number, (head, kind, skill, recall) in enumerate(
            (
                ("linear-one", "linear", 0.70, 0.10),
                ("linear-two", "linear", 0.69, 0.32),
                ("mlp-one", "mlp", 0.75, 0.05),
                ("attention-one", "attention", 0.6, 0.2),
            )
        ):
            save_record(
                board_record(
                    head, skill - place / 8, recall + place / 50, kind, backbone, drawn=number + 10 * place
                ),
                folder,
            )
    for head, rank, first in (("Linear (both)", 1.46, 0.371), ("MLP", 1.43, 0.319), ("MHA", 1.54, 0.223)):
        save_record(paper_record(head, rank, first), folder)
    return folder


def _subset(chance: np.random.Generator, name: str, skill: float, items: int) -> SubsetResult:
    negatives = SUBSETS[name].negatives
    ranks = np.where(chance.random(items) < skill, 1, chance.integers(2, negatives + 2, items))
    mean, margin = float(ranks.mean()), float(1.96 * ranks.std() / items**0.5)
    by_negatives = tuple(1 + (mean - 1) * (number + 1) / negatives for number in range(negatives))
    top1 = float((ranks == 1).mean())
    return SubsetResult(
        mean,
        float(np.median(ranks)),
        top1,
        items,
        SUBSETS[name].chance_rank,
        (max(1.0, mean - margin), mean + margin),
        (max(0.0, top1 - 0.05), min(1.0, top1 + 0.05)),
        by_negatives,
        _confusions(chance, name),
        ranks=pack_ranks(int(rank) for rank in ranks),
        items="0123456789ab",
        images=pack_runs([number // 3 for number in range(items)]),
    )


def _blind(blind: float, seeing: float) -> BlindControls:
    gain = blind - seeing
    control = BlindControl(
        blind, 0.1, gain, (blind - 0.1, blind + 0.1), (0.05, 0.15), (gain - 0.1, gain + 0.1)
    )
    return BlindControls(control, control)


def _confusions(chance: np.random.Generator, name: str) -> tuple[Confusion, ...]:
    kind = name if name in ("color", "material", "pattern", "transparency") else "color"
    pairs = [(true, taken) for true in COLOURS for taken in COLOURS if true != taken]
    made = [Confusion(kind, *pair, int(chance.integers(1, 40)), 97) for pair in pairs]
    return tuple(sorted(made, key=lambda confusion: -confusion.count))


def _recall(r10: float) -> Recall:
    return Recall(
        r10 / 4,
        r10 / 2,
        r10,
        12.0,
        (r10 / 5, r10 / 3),
        (r10 / 3, r10 / 1.5),
        (max(0.0, r10 - 0.03), r10 + 0.03),
    )


def _seed(number: int, subsets: dict[str, SubsetResult], chance: np.random.Generator) -> SeedFigures:
    ranks = {
        name: max(1.0, (subset.mean_rank or 1) + float(chance.normal(0, 0.02)))
        for name, subset in subsets.items()
    }
    return SeedFigures(number, f"{number:012x}", ranks, 0.3, 0.3)
