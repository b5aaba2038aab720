"""Temperature scaling: the scale at which a head's scores, put through a softmax, are calibrated."""

from pathlib import Path

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from heads.candidates import Candidates
from heads.head import Head
from heads.persistence.folder import save_head
from heads.scoring import mean_rank, score_candidates
from heads.ties import tied
from heads.training.data import Data

LOWEST, HIGHEST = 1.0, 1000.0
MEANS = "means"
"""The stage of a head that holds means of embeddings and went through no training."""


def save_untrained(head: Head, data: Data, output: Path) -> str:
    """What the head has come to, in words: it is calibrated on the validation candidates and saved to `output` at the
    stage `MEANS`. Errors are those of `fit_logit_scale` and `save_head`.
    """
    scale, rank = fit_logit_scale(head, data.validation), mean_rank(head, data.validation)
    folder = save_head(
        head,
        output,
        backbone=data.backbone,
        backbone_revision=data.backbone_revision,
        stage=MEANS,
        validation={"mean_rank": rank},
        data=data.about,
    )
    return f"mean rank {rank:.3f}; logit scale {scale:g}; written to {folder}"


def fit_logit_scale(head: Head, candidates: Candidates) -> float:
    """The scale in [1, 1000] that minimises the cross-entropy of softmax(scale * score); stored in the head.

    Temperature scaling (Guo et al., ICML 2017, arXiv 1706.04599), on candidates the head was not trained
    on. The cross-entropy is convex in the scale, so halving the interval on the sign of its slope finds the
    minimum; an end of the interval means that the best scale lies beyond it, as for a head that is no
    better than chance. Scores that tie with the positive's are taken for equal to it, lest rounding decide
    where nothing else does. Raises ValueError when there are no candidates, or a score is not finite.
    """
    if len(candidates) == 0:
        raise ValueError("candidates: expected at least one region, got none")
    scores = score_candidates(head, candidates).double()
    if not torch.isfinite(scores[candidates.mask]).all():
        raise ValueError("scores: expected finite numbers, got NaN or infinity")
    positive = scores[:, :1]
    above = (scores - positive).masked_fill(tied(scores, positive), 0.0)
    low, high = LOWEST, HIGHEST
    for _ in range(60):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if _slope(above, candidates.mask, middle) <= 0 else (low, middle)
    head.logit_scale = round(high, 4)
    return head.logit_scale


def _slope(above: Float[Tensor, "n k"], mask: Bool[Tensor, "n k"], scale: float) -> float:
    """Derivative of the mean cross-entropy by the scale: how far the expected score lies above the
    positive's.
    """
    shares = (scale * above).masked_fill(~mask, -torch.inf).softmax(dim=1)
    return (shares * above.masked_fill(~mask, 0.0)).sum(dim=1).mean().item()
