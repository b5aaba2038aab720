"""The blended head: the frozen cosine and a trained residual branch, as one cosine of longer vectors."""

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

from heads.head import ProjectionHead, checked_dim, checked_logit_scale, unit


@final
class BlendHead(ProjectionHead, kind="blend"):
    """(1 - share) * cosine of the raw embeddings + share * cosine of a branch's, one branch for each side.

    A weighted sum of cosines is itself the cosine of concatenated vectors, [√(1 - share) * unit(x);
    √share * unit(branch(x))], so each side is still one vector that can be kept. The frozen part decides
    between whole scenes, where the raw cosine is good and trained heads lose what it had; between captions
    that differ in one attribute it hardly varies, and leaves the order to the branch. Blending by a ratio
    follows CLIP-Adapter (arXiv 2110.04544), which adds features where this adds scores.

    A branch is W x + V gelu(U x), each of the maps with a bias: a linear head of arXiv 2404.03539 and a
    perceptron with `hidden` units beside it. Branches take raw embeddings, as those heads do. `share` is a
    setting, not trained: 0 would be the cosine itself, 1 the branch alone. `hidden` is twice `dim` when it is
    not given. Raises ValueError when `dim` or `hidden` is not 1 to 8192, `share` is not above 0 and at most
    1, or `logit_scale` is not above 0.
    """

    def __init__(self, dim: int, hidden: int | None = None, share: float = 0.5, logit_scale: float = 100.0):
        super().__init__()
        self.dim = checked_dim(dim)
        self.hidden = checked_dim(2 * dim if hidden is None else hidden, "hidden")
        self.share = checked_share(share)
        self.logit_scale = checked_logit_scale(logit_scale)
        self.image = _Branch(dim, self.hidden)
        self.text = _Branch(dim, self.hidden)

    def config(self) -> dict[str, Any]:
        """What builds the head anew: its constructor's arguments."""
        return {
            "dim": self.dim,
            "hidden": self.hidden,
            "share": self.share,
            "logit_scale": self.logit_scale,
        }

    def project_image(self, image: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        """The images' projections, not normalised."""
        return self._blend(image, self.image(image))

    def project_text(self, text: Float[Tensor, "m d"]) -> Float[Tensor, "m p"]:
        """The captions' projections, not normalised."""
        return self._blend(text, self.text(text))

    def _blend(self, raw: Float[Tensor, "n d"], trained: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        return torch.cat([(1 - self.share) ** 0.5 * unit(raw), self.share**0.5 * unit(trained)], dim=-1)


class _Branch(nn.Module):
    """An affine map dim → dim and, added to it, a perceptron dim → hidden → dim."""

    def __init__(self, dim: int, hidden: int):
        super().__init__()
        self.linear = nn.Linear(dim, dim)
        self.up = nn.Linear(dim, hidden)
        self.down = nn.Linear(hidden, dim)

    def forward(self, x: Float[Tensor, "n d"]) -> Float[Tensor, "n d"]:
        return self.linear(x) + self.down(F.gelu(self.up(x)))


def checked_share(share: Any) -> float:
    """`share` as a float, when it is a number above 0 and at most 1; ValueError otherwise."""
    if type(share) not in (int, float) or not 0 < share <= 1:
        raise ValueError(f"share: expected a number above 0, at most 1, got {share!r}")
    return float(share)
