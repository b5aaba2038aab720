"""`python -m leaderboard balance`: a benchmark's blind-balanced view."""

import torch

from leaderboard.benchmarks.samples import items_digest
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.evaluation.balanced import balance
from leaderboard.records.balanced_file import BalancedSubset, BalancedView
from leaderboard.records.packing import rank_tensor
from leaderboard.records.record import Record


def balanced_view(split: BenchmarkSplit, text_only: Record) -> BalancedView:
    """The weights that bring the text-only model of that record to chance on each of its subsets.

    Raises ValueError, naming the subset, when the record ranks other items than the split has.
    """
    subsets: dict[str, BalancedSubset] = {}
    left_out: dict[str, str] = {}
    for name, result in text_only.subsets.items():
        samples = split.samples(name).samples
        if result.ranks is None or result.items is None or result.items != items_digest(samples):
            raise ValueError(f"{name}: expected the ranks of the source's items, got those of {result.items}")
        candidates = torch.tensor([1 + len(sample.negatives) for sample in samples])
        try:
            weights = balance(rank_tensor(result.ranks), candidates)
        except ValueError as error:
            left_out[name] = str(error)
            continue
        subsets[name] = BalancedSubset(
            items=result.items,
            effective=round(weights.effective, 1),
            chance=weights.mean((candidates + 1) / 2),
            weights=tuple(float(f"{weight:.5g}") for weight in weights.weights.tolist()),
        )
    assert text_only.produced and text_only.head.trained_on, "a fitted record states both"
    return BalancedView(text_only.benchmark, text_only.head.trained_on, subsets, text_only.produced, left_out)
