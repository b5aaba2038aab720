"""A record's figures as text for a terminal."""

import shlex
from dataclasses import replace
from statistics import fmean, stdev

from heads.io.text_table import TextColumn, text_table
from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.catalogue import SUBSETS, averaged, subset_titles
from leaderboard.benchmarks.protocol import is_of_clips
from leaderboard.records.figures import Confusion, Recall, RetrievalResult, SubsetResult
from leaderboard.records.overall import mean_rank_over_subsets, mean_ranks_of_seeds, top1_over_subsets
from leaderboard.records.record import Record
from leaderboard.tables.columns import BLIND, GAIN
from leaderboard.tables.known import half_truth_words, overlap_words
from leaderboard.tables.retrieval_columns import RECALLS

MISSING = "–"
SHOWN_CONFUSIONS = 5

FIRST, INTERVAL = TextColumn("", left=True, width=13), TextColumn("95 %", left=True, width=10)
SUBSET_COLUMNS = (
    *(FIRST, TextColumn("mean rank"), INTERVAL, TextColumn("median")),
    *(TextColumn("top-1 %"), INTERVAL, TextColumn("guessing"), TextColumn("regions")),
)
PRECISION_COLUMNS = (*(FIRST, TextColumn("mAP %"), INTERVAL, TextColumn("AP50 %"), TextColumn("NMS-AP %")),)
RECALL_COLUMNS = (
    replace(FIRST, title="recall %"),
    *(column for title in RECALLS.values() for column in (TextColumn(title.removeprefix("R")), INTERVAL)),
)

Ends = tuple[float, float] | None


def report(record: Record) -> str:
    """What was measured, a line a subset, their mean, seeds, coarse retrieval, confusions and notes.

    The ranges are 95 % intervals.
    """
    head, backbone, benchmark = record.head, record.backbone, record.benchmark
    name = f"{head.name} ({head.stage})" if head.stage else head.name
    title = f"{name} on {backbone.name}, {' '.join(filter(None, (benchmark.name, benchmark.split)))}"
    blocks = [_subset_lines(record), precision_lines(record), _known_lines(record)]
    blocks += [_retrieval_lines(record), _confusion_lines(record)]
    blocks += [_note_lines(record)]
    return "\n".join([title, *(line for block in blocks for line in block)])


def next_commands(record: Record) -> str:
    """Three commands that go on from a record."""
    other = BASELINE.name if record.head.name != BASELINE.name else "linear-mini-clip"
    where = f"--backbone {shlex.quote(record.backbone.name)} --benchmark {shlex.quote(record.benchmark.name)}"
    return "\n".join(
        [
            "next:",
            "  python -m leaderboard table    # beside the others",
            f"  python -m leaderboard compare {shlex.quote(record.head.name)} {other} {where}    # item by item",
            "  python app.py    # the head on your own images",
        ]
    )


def _subset_lines(record: Record) -> list[str]:
    rows = [_subset_row(title, record.subsets[name]) for name, title in subset_titles(record.subsets).items()]
    mean, top1 = mean_rank_over_subsets(record), top1_over_subsets(record)
    if mean is not None:
        words = "Mean of eight" if averaged(record.subsets) == tuple(SUBSETS) else "Mean"
        ranks = [_number(mean, ".2f"), _range(record.mean_rank_interval)]
        rows.append([words, *ranks, "", _percent(top1), _percent_range(record.top1_interval), "", ""])
    return [text_table(SUBSET_COLUMNS, rows), *_seed_lines(record)]


def _subset_row(title: str, result: SubsetResult) -> list[str]:
    ranks = [_number(result.mean_rank, ".2f"), _range(result.interval), _number(result.median_rank, ".1f")]
    shares = [_percent(result.top1), _percent_range(result.top1_interval)]
    return [title, *ranks, *shares, _number(result.chance, ".1f"), _number(result.n, ",")]


def _seed_lines(record: Record) -> list[str]:
    means = mean_ranks_of_seeds(record)
    if len(means) < 2:
        return []
    each = ", ".join(f"{mean:.2f}" for mean in means)
    return [f"Seeds {fmean(means):.2f} ± {stdev(means):.2f} over {len(means)} trainings: {each}"]


def _known_lines(record: Record) -> list[str]:
    """What the head gets without looking, half-truths, and what training and test share."""
    blind, gain = BLIND.value(record), GAIN.value(record)
    looking = f"mean rank {BLIND.text(blind)}, by looking {GAIN.text(gain)} better" if blind else None
    told = {
        "without looking": looking,
        "half-truths": half_truth_words(record),
        "seen in training": overlap_words(record),
    }
    return [f"{title}: {words}" for title, words in told.items() if words]


def precision_lines(record: Record) -> list[str]:
    """Average precision of a detector: of each subset with its interval, at IoU 0.50, and NMS-AP."""
    titles = subset_titles(record.subsets)
    rows = [
        [titles[name], *_precisions(one)]
        for name, one in record.subsets.items()
        if one.average_precision is not None
    ]
    return [text_table(PRECISION_COLUMNS, rows)] if rows else []


def _precisions(result: SubsetResult) -> list[str]:
    ends = _percent_range(result.average_precision_interval)
    others = (result.average_precision_50, result.nms_average_precision)
    return [_percent(result.average_precision), ends, *map(_percent, others)]


def _retrieval_lines(record: Record) -> list[str]:
    one = "event" if is_of_clips(record.protocol) else "image"
    return [*_found_lines(record.retrieval, one), *_found_lines(record.clip_retrieval, "clip")]


def _found_lines(found: RetrievalResult | None, what: str) -> list[str]:
    """Both ways between what is found and text."""
    if found is None:
        return []
    ways = {f"{what} → text": found.image_to_text, f"text → {what}": found.text_to_image}
    sizes = f"on {_number(found.n_images, ',')} {what}s, {_number(found.n_captions, ',')} captions"
    ranks = [f"{_number(one.mean_rank, '.1f')} {_ranks(one)}" for one in ways.values() if one.mean_rank]
    sizes += f"; mean ranks {' and '.join(ranks)}" if ranks else ""
    return [text_table(RECALL_COLUMNS, [_recall_row(way, recall) for way, recall in ways.items()]), sizes]


def _ranks(found: Recall) -> str:
    return f"({_range(found.mean_rank_interval)})" if found.mean_rank_interval else ""


def _recall_row(way: str, recall: Recall) -> list[str]:
    shares = [(getattr(recall, name), getattr(recall, f"{name}_interval")) for name in RECALLS]
    return [way, *(cell for share, ends in shares for cell in (_percent(share), _percent_range(ends)))]


def _confusion_lines(record: Record) -> list[str]:
    """The most frequent confusions of all subsets together."""
    found = [
        (one, title)
        for name, title in subset_titles(record.subsets).items()
        for one in record.subsets[name].confusions or ()
    ]
    found.sort(key=lambda pair: -pair[0].count)
    return (
        ["most confused", *(f"  {_words(one)} ({title})" for one, title in found[:SHOWN_CONFUSIONS])]
        if found
        else []
    )


def _words(confusion: Confusion) -> str:
    true, taken = confusion.true or "nothing", confusion.taken or "nothing"
    return f"{true} taken for {taken}, {confusion.count} of {confusion.of}"


def _note_lines(record: Record) -> list[str]:
    return ["notes", *(f"  {note}" for note in record.notes)] if record.notes else []


def _number(value: float | int | None, form: str) -> str:
    return MISSING if value is None else format(value, form)


def _percent(share: float | None) -> str:
    return _number(None if share is None else 100 * share, ".1f")


def _range(ends: Ends) -> str:
    return "" if ends is None else f"{ends[0]:.2f}–{ends[1]:.2f}"


def _percent_range(ends: Ends) -> str:
    return "" if ends is None else f"{100 * ends[0]:.1f}–{100 * ends[1]:.1f}"
