"""Which attribute a head takes for which: read off the words that part the winning negative from the
positive.
"""

from collections import Counter
from collections.abc import Sequence

from jaxtyping import Bool, Int
from torch import Tensor

from fg_demo.lookalikes.swaps import Swap, kind, swaps
from leaderboard.benchmarks.samples import Sample
from leaderboard.records.figures import Confusion

LONGEST_LIST = 40


def confusions(
    samples: Sequence[Sample],
    mask: Bool[Tensor, "n k"],
    winners: Int[Tensor, " n"],
    wrong: Bool[Tensor, " n"],
) -> tuple[Confusion, ...]:
    """The confusions of n regions, most frequent first, at most LONGEST_LIST.

    `mask`: which candidates were ranked, the positive's in column 0: a negative that was not is offered to
    nobody. `winners`: the place, from 0, of each region's best scored negative. `wrong`: whether it scores at
    least as high as the positive.
    """
    offered: Counter[Swap] = Counter()
    taken: Counter[Swap] = Counter()
    rows = zip(samples, mask[:, 1:].tolist(), winners.tolist(), wrong.tolist(), strict=True)
    for sample, ranked, winner, lost in rows:
        made = [swaps(sample.positive, negative) for negative in sample.negatives]
        offered.update({swap for each, was in zip(made, ranked, strict=False) if was for swap in each})
        if lost:
            taken.update(set(made[winner]))
    found = [Confusion(kind(*swap), *swap, count, offered[swap]) for swap, count in taken.items()]
    return tuple(sorted(found, key=_frequent_first)[:LONGEST_LIST])


def _frequent_first(confusion: Confusion) -> tuple[int, int, str, str]:
    return -confusion.count, confusion.of, confusion.true, confusion.taken
