"""A record's figures as text for a terminal."""

from leaderboard.benchmark import known_subsets
from leaderboard.metrics import Recall, SubsetResult
from leaderboard.records import Record
from leaderboard.table import mean_rank_over_subsets

MISSING = "–"


def report(record: Record) -> str:
    """A few lines: what was measured, a line a subset, their mean, and coarse retrieval."""
    head, backbone, benchmark = record.head, record.backbone, record.benchmark
    title = f"{head.name} ({head.stage}) on {backbone.name}, {benchmark.name} {benchmark.split}"
    header = f"{'':14}{'mean rank':>10}{'median':>8}{'top-1 %':>9}{'guessing':>10}{'regions':>9}"
    lines = [
        _subset_line(subset.title, record.subsets[name])
        for name, subset in known_subsets().items()
        if name in record.subsets
    ]
    mean = f"{'Mean':14}{_number(mean_rank_over_subsets(record), '.2f'):>10}"
    return "\n".join([title, header, *lines, mean, *_retrieval_lines(record)])


def _subset_line(title: str, result: SubsetResult) -> str:
    return (
        f"{title:14}{_number(result.mean_rank, '.2f'):>10}{_number(result.median_rank, '.1f'):>8}"
        f"{_percent(result.top1):>9}{_number(result.chance, '.1f'):>10}{_number(result.n, ','):>9}"
    )


def _retrieval_lines(record: Record) -> list[str]:
    found = record.retrieval
    if found is None:
        return []
    images, captions = _number(found.n_images, ","), _number(found.n_captions, ",")
    header = f"{'recall %':14}{'@1':>10}{'@5':>8}{'@10':>9}   ({images} images, {captions} captions)"
    ways = {"image → text": found.image_to_text, "text → image": found.text_to_image}
    return [header, *(_recall_line(way, recall) for way, recall in ways.items())]


def _recall_line(way: str, recall: Recall) -> str:
    return f"{way:14}{_percent(recall.r1):>10}{_percent(recall.r5):>8}{_percent(recall.r10):>9}"


def _number(value: float | int | None, form: str) -> str:
    return MISSING if value is None else format(value, form)


def _percent(share: float | None) -> str:
    return _number(None if share is None else 100 * share, ".1f")
