"""Weights of a benchmark's items under which captions alone are worth nothing: its blind-balanced view.

An item that the text-only model gets right counts less, one that it gets wrong more, by as little as it takes to bring
that model to chance: of all such weights those nearest to equal ones (least relative entropy, so each is the
exponential of a linear function of what is brought to chance).
"""

import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.optimize import minimize
from torch import Tensor

from leaderboard.records.weights import ItemWeights

CLOSE = 1e-4
"""How far from chance the model may stay, in ranks and in shares."""

STEEPEST = 100.0
"""No two weights are further apart than e to four times this: a search beyond would not end."""


def balance(ranks: Int[Tensor, " n"], candidates: Int[Tensor, " n"]) -> ItemWeights:
    """The weights under which the text-only model, which ranks n positives so among so many candidates, has the
    mean rank and the top-1 of guessing. The same for the same ranks.

    Raises ValueError when no weights do that: when the model's ranks are all on one side of chance.
    """
    chance, share = (candidates.double() + 1) / 2, 1 / candidates.double()
    surplus = torch.stack([ranks.double() - chance, (ranks == 1).double() - share], dim=1).numpy()
    scale = np.abs(surplus).max(axis=0, initial=1e-9)

    # The dual of the problem: convex, and its gradient is how far from chance the weighted model is.
    def dual(slopes: Float[np.ndarray, " 2"]) -> tuple[float, Float[np.ndarray, " 2"]]:
        logits = surplus / scale @ slopes
        shares = np.exp(logits - logits.max())
        return float(np.log(shares.sum()) + logits.max()), shares / shares.sum() @ surplus / scale

    exact = {"gtol": 1e-9, "ftol": 1e-15}
    found = minimize(
        dual, np.zeros(2), jac=True, method="L-BFGS-B", bounds=[(-STEEPEST, STEEPEST)] * 2, options=exact
    )
    weights = np.exp(surplus / scale @ found.x)
    weights /= weights.mean()
    apart = np.abs(weights @ surplus / len(weights))
    if not (apart < CLOSE).all():
        raise ValueError(
            f"ranks: expected some on either side of chance, got weights that miss it by {apart.max():.3g}"
        )
    return ItemWeights(torch.from_numpy(weights))
