"""The facets head: a caption is read in several ways, and the image must fit all of them."""

import math
from typing import Any, ClassVar, final

import torch
from jaxtyping import Float
from torch import Tensor, nn

from heads.head import Head, check_dim, checked_dim, checked_logit_scale, cosine, unit

MOST_FACETS = 64
LOWEST_TEMPERATURE = 1e-3
"""Below it the scores' differences, divided by it, leave what single precision holds apart."""


@final
class FacetsHead(Head, kind="facets"):
    """A soft AND over K cosines, of one map of the image with each of K maps of the caption.

    s = -t log(sum of exp(-s_k / t)) + t log K: close to the mean where the K agree, to the least where one is low, so
    that a caption with one wrong attribute cannot make up for it by the rest. The rule, and K = 3, are of SRA-Det
    (Yang et al., CVPR 2026, *Learning Omni-Grained Open-Vocabulary Detection Beyond Category Names*).

    There, queries read the facets one after another from the caption's tokens by attention, and two losses on the
    attention keep them apart. That cannot be had here: a head sees one vector a caption, and attention over one
    vector returns it whatever is asked. So each facet is an affine map of that vector of its own, no loss keeps them
    apart, and the detector's object query is an affine map of the crop. With one facet it is the linear head of
    arXiv 2404.03539 on both sides. The description leaves the temperature t open; it is a setting.

    Not one cosine: one vector an image and K a caption can be kept, and a pair costs K products and a sum of
    exponentials; an index of single vectors cannot search by it. Raises ValueError when `dim` is not 1 to 8192,
    `facets` not 1 to 64, `temperature` not 0.001 to 10, or `logit_scale` is not above 0.
    """

    pair_cost: ClassVar[str] = "a product a facet"

    def __init__(self, dim: int, facets: int = 3, temperature: float = 0.1, logit_scale: float = 100.0):
        super().__init__()
        self.dim = checked_dim(dim)
        if type(facets) is not int or not 1 <= facets <= MOST_FACETS:
            raise ValueError(f"facets: expected a whole number from 1 to {MOST_FACETS}, got {facets!r}")
        if type(temperature) not in (int, float) or not LOWEST_TEMPERATURE <= temperature <= 10:
            raise ValueError(
                f"temperature: expected a number from {LOWEST_TEMPERATURE} to 10, got {temperature!r}"
            )
        self.facets, self.temperature = facets, float(temperature)
        self.logit_scale = checked_logit_scale(logit_scale)
        self.image = nn.Linear(dim, dim)
        self.text = nn.ModuleList(nn.Linear(dim, dim) for _ in range(facets))

    def config(self) -> dict[str, Any]:
        """What builds the head anew: its constructor's arguments."""
        return {
            "dim": self.dim,
            "facets": self.facets,
            "temperature": self.temperature,
            "logit_scale": self.logit_scale,
        }

    def score(self, image: Float[Tensor, "n d"], text: Float[Tensor, "n k d"]) -> Float[Tensor, "n k"]:
        """The soft AND of each image's cosines with the facets of its own captions, at most 1."""
        check_dim(self, image=image, text=text)
        projected, captions = self.image(image.float())[:, None], text.float()
        return self._soft_and([cosine(projected, facet(captions)) for facet in self.text])

    def score_matrix(self, image: Float[Tensor, "n d"], text: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """The soft AND of every image's cosines with every caption's facets."""
        check_dim(self, image=image, text=text)
        projected, captions = unit(self.image(image.float())), text.float()
        return self._soft_and([projected @ unit(facet(captions)).T for facet in self.text])

    def _soft_and(self, cosines: list[Float[Tensor, "*batch"]]) -> Float[Tensor, "*batch"]:
        """Their soft minimum: at least the least of them, at most their mean."""
        exponents = torch.stack(cosines, dim=-1) / -self.temperature
        return self.temperature * (math.log(self.facets) - exponents.logsumexp(dim=-1))
