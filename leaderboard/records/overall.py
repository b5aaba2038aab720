"""Figures over the eight subsets, each counting the same: derived from a record, never stored beside it
twice.
"""

from collections.abc import Mapping
from statistics import fmean

from leaderboard.benchmarks.catalogue import averaged
from leaderboard.records.bootstrap import Interval, intervals_over_subsets, rank_values
from leaderboard.records.figures import SubsetResult
from leaderboard.records.packing import rank_tensor
from leaderboard.records.record import Record
from leaderboard.records.weights import part_of, weights_of


def mean_rank_over_subsets(record: Record) -> float | None:
    """Mean of the eight subsets' mean ranks, or what the source states as such; None unless all eight are
    there.
    """
    computed = over_subsets({name: result.mean_rank for name, result in record.subsets.items()})
    return record.mean_rank if computed is None else computed


def top1_over_subsets(record: Record) -> float | None:
    """Mean of the eight subsets' top-1; None unless all eight are there."""
    return over_subsets({name: result.top1 for name, result in record.subsets.items()})


def mean_ranks_of_seeds(record: Record) -> list[float]:
    """The mean rank over the eight subsets of each seed that has all eight."""
    means = [over_subsets(figures.mean_ranks) for figures in record.seeds]
    return [mean for mean in means if mean is not None]


def over_subsets(figures: Mapping[str, float | None]) -> float | None:
    """The mean of a figure over the eight subsets, or over those of another benchmark (`averaged`); None when one of
    them is missing.
    """
    names = averaged(figures)
    known = [figures[name] for name in names if figures.get(name) is not None]
    return fmean(value for value in known if value is not None) if len(known) == len(names) else None


def overall_intervals(subsets: Mapping[str, SubsetResult]) -> tuple[Interval | None, Interval | None]:
    """The 95 % intervals of mean rank and top-1 over the eight subsets; None unless all eight are there, each
    with its items.
    """
    parts = []
    for name in averaged(subsets):
        result = subsets.get(name)
        if result is None or result.ranks is None or result.images is None:
            return None, None
        values = rank_values(rank_tensor(result.ranks))
        parts.append(part_of(values, result.images, weights_of(result)))
    mean_rank, top1 = intervals_over_subsets(parts)
    return mean_rank, top1


def overall_gain_interval(subsets: Mapping[str, SubsetResult]) -> Interval | None:
    """The 95 % interval of the gain over the mean crop, over the eight subsets, paired by item; None unless all eight
    are there, each with its items' ranks both ways.
    """
    parts = []
    for name in averaged(subsets):
        result = subsets.get(name)
        blind = result and result.blind and result.blind.mean_crop.ranks
        if result is None or result.ranks is None or result.images is None or not blind:
            return None
        gain = rank_tensor(blind) - rank_tensor(result.ranks)
        parts.append(part_of(gain[:, None].float(), result.images, weights_of(result)))
    return intervals_over_subsets(parts)[0]
