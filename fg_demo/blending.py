"""A head blended with CLIP's cosine: (1 - share) * cosine + share * head, and where that changes the order.

Both ends are the scorers as they are. It is what a head of kind `blend` does at one share, in the manner of
CLIP-Adapter (arXiv 2110.04544), which blends features.
"""

from collections.abc import Sequence

import torch

from heads.ties import tied

DIGITS = 4


def changes_of_order(cosine: Sequence[float], head: Sequence[float]) -> list[float]:
    """The shares between 0 and 1 at which two descriptions change places, ascending, each once.

    Scores that tie at an end (see `heads.ties`) have no order there to change.
    """
    left, right = torch.tensor([list(cosine), list(head)], dtype=torch.float64)
    gaps = left[:, None] - left, right[:, None] - right
    apart = ~(tied(left[:, None], left) | tied(right[:, None], right))
    crossing = (gaps[0] > 0) & (gaps[1] < 0) & apart
    shares = gaps[0][crossing] / (gaps[0][crossing] - gaps[1][crossing])
    return sorted({round(share, DIGITS) for share in shares.tolist()})
