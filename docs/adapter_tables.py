"""The tables of docs/adapters.md, from the records of the adapter that ships and of its backbone alone."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fg_demo.models.adapter import joint_name, without_backbone
from heads.kinds.cosine import BASELINE
from leaderboard.records.record import Record
from leaderboard.tables.columns import column
from leaderboard.tables.markdown import table_lines

BACKBONE = "mini-clip"
ADAPTED = joint_name(BACKBONE, "figclip-mini-clip")
REGIONS, CLIPS = "fg-rendered", "fg-rendered-clips"
CATEGORIES, SWAPS = "fg-rendered-categories", "fg-rendered-swaps"
Records = Mapping[tuple[str, str, str], Record]
"""By benchmark, backbone, and the head's name without its backbone's."""


@dataclass(frozen=True)
class Figure:
    """A column of the records of one benchmark, and what the table calls it."""

    title: str
    benchmark: str
    name: str


EVENTS = (
    Figure("event → caption, R@1", CLIPS, "image_to_text_r1"),
    Figure("caption → event, R@1", CLIPS, "text_to_image_r1"),
)
WHOLE_IMAGES = (
    Figure("coarse image → text, R@1", REGIONS, "image_to_text_r1"),
    Figure("coarse text → image, R@1", REGIONS, "text_to_image_r1"),
)
OF_REGIONS = Figure("eight subsets of regions, mean rank", REGIONS, "mean_rank")
OF_CATEGORIES = Figure("category among 24, top-1", CATEGORIES, "top1")
BESIDE = (
    *EVENTS,
    Figure("clip → captions, R@1", CLIPS, "clip_to_text_r1"),
    Figure("captions → clip, R@1", CLIPS, "text_to_clip_r1"),
    Figure("verb among 19, mean rank (guessing: 10)", CLIPS, "clip_verb"),
    OF_REGIONS,
    Figure("the same without looking", REGIONS, "blind"),
    *WHOLE_IMAGES,
    Figure("coarse image → text, R@10", REGIONS, "image_to_text_r10"),
    Figure("coarse text → image, R@10", REGIONS, "text_to_image_r10"),
    OF_CATEGORIES,
    Figure("attributes swapped, top-1 (guessing: 50 %)", SWAPS, "swapped_attribute_top1"),
    Figure("places swapped, top-1 (guessing: 50 %)", SWAPS, "swapped_relation_top1"),
)
BOTH = (OF_REGIONS, *EVENTS, *WHOLE_IMAGES, OF_CATEGORIES)
HEADS = (BASELINE.name, "linear", "blend")


def by_what_is_measured(records: Sequence[Record]) -> Records:
    """The records of the two backbones."""
    return {
        (
            record.benchmark.name,
            record.backbone.name,
            without_backbone(record.head.name, record.backbone.name),
        ): record
        for record in records
        if record.backbone.name in (BACKBONE, ADAPTED)
    }


def beside_its_backbone(records: Records) -> str:
    """A line a figure: the backbone, and the backbone adapted, with 95 % intervals; in bold what is better by more than
    these.
    """
    lines = []
    for figure in BESIDE:
        base, adapted = (records[figure.benchmark, of, BASELINE.name] for of in (BACKBONE, ADAPTED))
        lines.append([figure.title, *_apart(figure, base, adapted)])
    return table_lines(["", f"`{BACKBONE}`", "adapted"], lines, left=("",))


def heads_on_both(records: Records) -> str:
    """A line a head on each backbone: what it tells, without intervals."""
    lines = []
    for backbone in (BACKBONE, ADAPTED):
        for head in HEADS:
            which = f"`{backbone}`, cosine" if head == BASELINE.name else f"`{head}`"
            lines.append(
                [which, *(_cell(figure, records[figure.benchmark, backbone, head]) for figure in BOTH)]
            )
    return table_lines(["", *(figure.title for figure in BOTH)], lines, left=("",))


def _apart(figure: Figure, base: Record, adapted: Record) -> list[str]:
    """The two cells, the better one in bold where the intervals do not meet."""
    of = column(figure.name)
    ends = [of.interval(record) for record in (base, adapted)]
    cells = [_cell(figure, record, interval) for record, interval in zip((base, adapted), ends, strict=True)]
    if ends[0] and ends[1] and (ends[0][1] < ends[1][0] or ends[1][1] < ends[0][0]):
        better = (ends[0] < ends[1]) == (of.best == "max")
        cells[better] = f"**{cells[better]}**"
    return cells


def _cell(figure: Figure, record: Record, interval: tuple[float, float] | None = None) -> str:
    """The figure, with its interval where that is given."""
    of = column(figure.name)
    sign = " %" if of.form == "share" else ""
    ends = f" ({'–'.join(map(of.text, interval))})" if interval else ""
    return f"{of.text(of.value(record))}{sign}{ends}"
