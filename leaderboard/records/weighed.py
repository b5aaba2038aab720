"""A record's figures under a blind-balanced view's weights, from every item's rank."""

from dataclasses import replace

from jaxtyping import Int
from torch import Tensor

from leaderboard.records.balanced_file import BalancedSubset, BalancedView
from leaderboard.records.bootstrap import Interval, intervals, rank_values
from leaderboard.records.figures import BlindControl, BlindControls, SubsetResult
from leaderboard.records.overall import overall_gain_interval, overall_intervals
from leaderboard.records.packing import image_numbers, rank_tensor
from leaderboard.records.record import Record
from leaderboard.records.weights import ItemWeights, WeighedResult


def weighed(record: Record, view: BalancedView) -> Record | None:
    """The record as the view weighs its items; None where it states none of the ranks that are weighed.

    What is not of single items is left out (seeds, confusions, half-truths), coarse retrieval stays as it is.
    """
    subsets = {
        name: weighed_result(result, view.subsets[name])
        for name, result in record.subsets.items()
        if name in view.subsets and _has(result, view.subsets[name])
    }
    if not subsets:
        return None
    mean_rank_interval, top1_interval = overall_intervals(subsets)
    return replace(
        record,
        subsets=subsets,
        mean_rank_interval=mean_rank_interval,
        top1_interval=top1_interval,
        gain_interval=overall_gain_interval(subsets),
        half_truths=None,
        seeds=(),
    )


def weighed_result(result: SubsetResult, by: BalancedSubset) -> WeighedResult:
    """The figures of a result that states every item's rank and image, under the weights."""
    weights, image = by.item_weights, image_numbers(result.images or "")
    ranks = rank_tensor(result.ranks or "")
    interval, top1_interval = _intervals(ranks, image, weights)
    return WeighedResult(
        mean_rank=weights.mean(ranks),
        top1=weights.mean((ranks == 1).double()),
        n=result.n,
        chance=by.chance,
        interval=interval,
        top1_interval=top1_interval,
        ranks=result.ranks,
        items=result.items,
        images=result.images,
        blind=_weighed_blind(result, weights),
        weights=weights,
    )


def _has(result: SubsetResult, by: BalancedSubset) -> bool:
    return result.items == by.items and None not in (result.ranks, result.images)


def _weighed_blind(result: SubsetResult, weights: ItemWeights) -> BlindControls | None:
    blind = result.blind
    if blind is None or blind.mean_crop.ranks is None:
        return None
    other = blind.other_crop
    return BlindControls(
        _weighed_control(blind.mean_crop.ranks, result, weights),
        _weighed_control(other.ranks, result, weights) if other and other.ranks else None,
    )


def _weighed_control(packed: str, result: SubsetResult, weights: ItemWeights) -> BlindControl:
    ranks, image = rank_tensor(packed), image_numbers(result.images or "")
    gain = (ranks - rank_tensor(result.ranks or "")).double()
    (gain_interval,) = intervals(gain[:, None].float(), image, weights.weights)
    interval, top1_interval = _intervals(ranks, image, weights)
    return BlindControl(
        mean_rank=weights.mean(ranks),
        top1=weights.mean((ranks == 1).double()),
        gain=weights.mean(gain),
        interval=interval,
        top1_interval=top1_interval,
        gain_interval=gain_interval,
        ranks=packed,
    )


def _intervals(
    ranks: Int[Tensor, " n"], image: Int[Tensor, " n"], weights: ItemWeights
) -> list[Interval | None]:
    return intervals(rank_values(ranks), image, weights.weights)
