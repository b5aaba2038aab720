"""Two heads item by item, as text."""

from collections.abc import Sequence

from heads.io.text_table import TextColumn, text_table
from leaderboard.benchmarks.catalogue import subset_titles
from leaderboard.records.paired import Paired, paired, paired_records
from leaderboard.records.record import Record
from leaderboard.tables.known import half_truth_words, overlap_words

COLUMNS = (
    TextColumn("", left=True, width=13),
    TextColumn("difference"),
    TextColumn("95 %", left=True),
    *(TextColumn(title, width=7) for title in ("only 1", "only 2", "both", "neither", "items")),
)


def comparison(first: Record, second: Record) -> str:
    """A line a subset: difference of the mean ranks with its 95 % interval, and who is right how often; below it what
    each record says of half-truths and of its training data.
    """
    whole = paired_records(first, second)
    names = f"{first.head.name} (1) against {second.head.name} (2)"
    title = f"{names} on {first.backbone.name}, {first.benchmark.name} {first.benchmark.split or ''}".rstrip()
    rows = [
        _row(title, paired(first.subsets[name], second.subsets[name]))
        for name, title in subset_titles(first.subsets).items()
        if name in second.subsets
    ]
    table = text_table(COLUMNS, [*rows, _row("All", whole)])
    return "\n".join([title, table, _verdict(whole), *_known_lines((first, second))])


def _row(title: str, found: Paired) -> list[str]:
    ends = f"{found.interval[0]:+.2f} to {found.interval[1]:+.2f}" if found.interval else ""
    shares = (found.only_a, found.only_b, found.both, found.neither)
    percents = [f"{100 * share:.1f}" for share in shares]
    return [title, f"{found.difference:+.2f}", ends, *percents, f"{found.n:,}"]


def _known_lines(records: Sequence[Record]) -> list[str]:
    """What each of the records says of half-truths and of what training and test share."""
    return [
        f"{record.head.name} ({number}): {words}"
        for number, record in enumerate(records, start=1)
        for words in (half_truth_words(record), overlap_words(record))
        if words
    ]


def _verdict(found: Paired) -> str:
    if found.tied:
        return "These items do not tell the two apart: the interval over all holds zero."
    better, worse = ("1", "2") if found.difference < 0 else ("2", "1")
    return f"Head {better} ranks the true caption better than head {worse}; shares are of items ranked first, in %."
