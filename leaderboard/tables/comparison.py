"""Two heads item by item, as text."""

from leaderboard.benchmarks.catalogue import subset_titles
from leaderboard.records.paired import Paired, paired, paired_records
from leaderboard.records.record import Record


def comparison(first: Record, second: Record) -> str:
    """A line a subset: difference of the mean ranks with its 95 % interval, and who is right how often."""
    whole = paired_records(first, second)
    names = f"{first.head.name} (1) against {second.head.name} (2)"
    title = f"{names} on {first.backbone.name}, {first.benchmark.name} {first.benchmark.split or ''}".rstrip()
    header = f"{'':14}{'difference':>11} {'95 %':<16}{'only 1':>8}{'only 2':>8}{'both':>8}{'neither':>9}{'items':>9}"
    lines = [
        _line(title, paired(first.subsets[name], second.subsets[name]))
        for name, title in subset_titles(first.subsets).items()
        if name in second.subsets
    ]
    return "\n".join([title, header, *lines, _line("All", whole), _verdict(whole)])


def _line(title: str, found: Paired) -> str:
    ends = f"{found.interval[0]:+.2f} to {found.interval[1]:+.2f}" if found.interval else ""
    shares = (found.only_a, found.only_b, found.both)
    percents = "".join(f"{100 * share:>8.1f}" for share in shares) + f"{100 * found.neither:>9.1f}"
    return f"{title:14}{found.difference:>+11.2f} {ends:<16}{percents}{found.n:>9,}"


def _verdict(found: Paired) -> str:
    if found.tied:
        return "These items do not tell the two apart: the interval over all holds zero."
    better, worse = ("1", "2") if found.difference < 0 else ("2", "1")
    return f"Head {better} ranks the true caption better than head {worse}; shares are of items ranked first, in %."
