"""Which of the columns a board has, and which of them it opens with."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from leaderboard.benchmarks.catalogue import SUBSETS, subset_titles
from leaderboard.benchmarks.protocol import is_of_clips, is_of_detection
from leaderboard.records.record import Record
from leaderboard.tables.column import Column, Value
from leaderboard.tables.columns import COLUMNS, FIGURES, column
from leaderboard.tables.detector_columns import PRECISIONS
from leaderboard.tables.retrieval_columns import CLIP_WAYS, RECALLS, WAYS

AT_FIRST = (
    "mean_rank",
    "blind",
    "gain_over_blind",
    "image_to_text_r10",
    "text_to_image_r10",
    "top1",
    *(one.name for one in PRECISIONS),
    "half_truths",
    *SUBSETS,
    "parameters",
    "seeds",
    "date",
)
MEANS = ("mean_rank", "top1", "gain_over_blind", "average_precision")
"""Figures of fine details over all subsets, by any of which a board's chart can be drawn."""
WITHOUT_RANKS = (
    "average_precision",
    *(f"{name}_{figure}" for figure in FIGURES for name in SUBSETS),
    *(f"{way}_{recall}" for way in WAYS for recall in RECALLS),
    "parameters",
    "date",
)

OF_CLIPS = tuple(f"{way}_r1" for way in (*CLIP_WAYS, *WAYS))
"""Beside those, on a board of clips: events are many, and a clip's are close to each other."""


def columns_of(records: Sequence[Record]) -> dict[str, Column]:
    """The columns that a board of these records may show: COLUMNS, and those of the subsets of another benchmark than
    FG-OVD's, with means that are over those.
    """
    stated = subset_titles(name for record in records for name in record.subsets)
    others = [name for name in stated if name not in SUBSETS]
    if any(is_of_clips(record.protocol) for record in records):
        return {name: of_events(one) for name, one in _with_others(others).items()}
    if not others and any(is_of_detection(record.protocol) for record in records):
        return {name: replace(one, help=_without_guessing(one.help)) for name, one in COLUMNS.items()}
    return _with_others(others) if others else COLUMNS


def of_events(column: Column) -> Column:
    """The column as a board of clips has it: what is found are events, and not whole images."""
    title, short, help = column.title, column.short, column.help
    for image, event in (("I→T", "Event→T"), ("T→I", "T→event")):
        title, short = title.replace(image, event), short.replace(image, event)
    if column.name.startswith(tuple(WAYS)):
        help = help.replace("whole images", "events").replace("image", "event")
    return replace(column, title=title, short=short, help=help)


def _with_others(others: Sequence[str]) -> dict[str, Column]:
    """COLUMNS with those of such subsets, and means that are over them."""
    mean, _, _ = COLUMNS["mean_rank"].help.replace("the eight subsets'", "its subsets'").partition(";")
    over = {
        "mean_rank": replace(COLUMNS["mean_rank"], help=f"{mean}."),
        "top1": replace(
            COLUMNS["top1"], help=COLUMNS["top1"].help.replace("the eight subsets", "its subsets")
        ),
    }
    own = {name: column(name) for other in others for name in (other, f"{other}_top1")}
    after = list(COLUMNS).index(list(SUBSETS)[-1]) + 1
    items = list((COLUMNS | over).items())
    return dict(items[:after]) | own | dict(items[after:])


def _without_guessing(help: str) -> str:
    """The words without the number that guessing gives, which is another where there are fewer negatives."""
    before, found, _ = help.partition("guessing gives")
    return f"{before.rstrip(' ;,')}." if found else help


def columns_at_first(values: Sequence[Mapping[str, Value]]) -> tuple[str, ...]:
    """The columns that a table of rows with such values opens with: those that hold anything.

    Where no row has a mean rank, what it has instead: top-1 of subsets, average precision, retrieval.
    """
    names = list(values[0]) if values else []
    others = [name for name in names if name not in COLUMNS and not name.endswith("_top1")]
    has_ranks = any(row[name] is not None for row in values for name in ("mean_rank", *SUBSETS, *others))
    of_clips = any(row.get(f"{way}_r1") is not None for row in values for way in CLIP_WAYS)
    wanted = (*AT_FIRST, *others, *(OF_CLIPS if of_clips else ())) if has_ranks else WITHOUT_RANKS
    return tuple(name for name in names if name in wanted and any(row[name] is not None for row in values))


def fine_columns(columns: Mapping[str, Column], values: Sequence[Mapping[str, Value]]) -> tuple[str, ...]:
    """The figures of fine details that rows with such values state: means, or else those of single subsets."""
    stated = [name for name in columns if any(row[name] is not None for row in values)]
    means = tuple(name for name in MEANS if name in stated)
    return means or tuple(
        name for name in stated if name in subset_titles([name]) or name.endswith(("_top1", "_ap"))
    )
