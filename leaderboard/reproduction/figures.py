"""Each figure of a reproduction beside the published one, and whether it was met, within what."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import stdev

from leaderboard.records.overall import mean_rank_over_subsets, mean_ranks_of_seeds
from leaderboard.records.record import PRODUCED, Record
from leaderboard.reproduction.pipeline import RELEASED, Pipeline

TABLE = "published-heads-2024-09.json"
"""The paper's table as its project page has it since September 2024; the repository's, of April, differs in all linear
and MLP rows and is on the board beside it.
"""
ROUNDING = 0.005
"""Half of the last digit of a published mean rank."""
RECALL_ROUNDING = 0.0005
SEEDS = 2.0
"""Standard deviations over seeds that are allowed for the one seed that was published."""


@dataclass(frozen=True)
class Beside:
    """A figure of ours and the published one; met when they differ by at most `within`. None: not stated."""

    head: str
    figure: str
    ours: float
    published: float | None
    within: float

    @property
    def met(self) -> bool | None:
        """Whether ours is within reach of the published one; None when there is none."""
        return None if self.published is None else bool(abs(self.ours - self.published) <= self.within)


def published_name(pipeline: Pipeline, head: str) -> tuple[str, str] | None:
    """What the paper calls the head that a record names, and its stage; None when it has no such head."""
    if head == "cosine":
        return "cosine", "none"
    names = {f"{one.name}-{pipeline.short}": (one.published, "fine-grained") for one in pipeline.trainings}
    names |= {f"{one.warm_up}-{pipeline.short}": (one.published, "warm-up") for one in pipeline.trainings}
    found = names.get(head) or RELEASED.get(head)
    return found if found and found[0] else None


def beside(pipeline: Pipeline, records: Iterable[Record]) -> list[Beside]:
    """A line for each figure that a measured record of this reproduction holds and the paper states: the mean rank over
    the eight subsets and recall@1 and @10 both ways, in the records' order.
    """
    records = list(records)
    stated = _published(pipeline, records)
    lines: list[Beside] = []
    for record in records:
        name = published_name(pipeline, record.head.name)
        if _is_of(pipeline, record) and record.provenance in PRODUCED:
            lines += _lines(record, stated.get(name) if name else None)
    return lines


def to_markdown(lines: Sequence[Beside]) -> str:
    """The lines as a table, and how it is to be read."""
    rows = [
        "| head | figure | here | published | within | met |",
        "| --- | --- | --: | --: | --: | --- |",
        *(f"| `{one.head}` | {one.figure} | {' | '.join(_cells(one))} |" for one in lines),
    ]
    met = [one.met for one in lines if one.met is not None]
    return "\n".join(
        [
            *rows,
            "",
            f"{sum(met)} of {len(met)} published figures met. A figure is met when the two differ by no more than the "
            "half width of our 95 % interval (a bootstrap over images), twice the standard deviation over our seeds, "
            f"and the rounding of the published one, together. Published: arXiv 2404.03539, `{TABLE}`.",
            "",
        ]
    )


def _is_of(pipeline: Pipeline, record: Record) -> bool:
    return (record.backbone.name, record.benchmark.name) == (pipeline.recorded, pipeline.benchmark)


def _published(pipeline: Pipeline, records: Sequence[Record]) -> Mapping[tuple[str, str], Record]:
    found: dict[tuple[str, str], Record] = {}
    for record in records:
        # Of the two tables the one with two decimals of a mean: the other states sums, which it is an eighth of.
        if (
            record.provenance == "published"
            and _is_of(pipeline, record)
            and "2024-09" in (record.source or "")
        ):
            found[record.head.name, record.head.stage or ""] = record
    return found


def _lines(record: Record, stated: Record | None) -> list[Beside]:
    lines = []
    mean = mean_rank_over_subsets(record)
    if mean is not None:
        seeds = mean_ranks_of_seeds(record)
        within = (
            _half(record.mean_rank_interval) + ROUNDING + (SEEDS * stdev(seeds) if len(seeds) > 1 else 0.0)
        )
        lines.append(
            Beside(record.head.name, "mean rank", mean, stated and mean_rank_over_subsets(stated), within)
        )
    for way, title in (("image_to_text", "I→T"), ("text_to_image", "T→I")):
        for recall in ("r1", "r10"):
            ours, theirs = (
                getattr(getattr(one and one.retrieval, way, None), recall, None) for one in (record, stated)
            )
            if ours is not None:
                interval = getattr(getattr(record.retrieval, way), f"{recall}_interval")
                within = _half(interval) + RECALL_ROUNDING + _recall_seeds(record, way, recall)
                lines.append(Beside(record.head.name, f"{title} R@{recall[1:]}", ours, theirs, within))
    return lines


def _recall_seeds(record: Record, way: str, recall: str) -> float:
    """Of recall@10 alone, which records keep for each seed."""
    values = [getattr(seed, f"{way}_r10") for seed in record.seeds] if recall == "r10" else []
    known = [value for value in values if value is not None]
    return SEEDS * stdev(known) if len(known) > 1 else 0.0


def _half(interval: tuple[float, float] | None) -> float:
    return (interval[1] - interval[0]) / 2 if interval else 0.0


def _cells(one: Beside) -> list[str]:
    share = "R@" in one.figure
    shown = [_shown(value, share) for value in (one.ours, one.published, one.within)]
    return [*shown, {True: "yes", False: "**no**", None: ""}[one.met]]


def _shown(value: float | None, share: bool) -> str:
    if value is None or math.isnan(value):
        return ""
    return f"{value:.1%}" if share else f"{value:.2f}"
