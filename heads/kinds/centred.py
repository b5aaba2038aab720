"""The centred head: cosine once the mean of each modality is taken away. Nothing is trained."""

from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor

from heads.head import ProjectionHead, checked_dim, checked_logit_scale, unit
from heads.pairs import Pairs


@final
class CentredHead(ProjectionHead, kind="centred"):
    """Cosine of unit(x) - mean, with a mean of its own for images and for captions.

    GR-CLIP (arXiv 2507.19054): images and captions lie in two cones apart, and their means close the gap. The
    description leaves open what the means are taken over; here it is the unit vectors of the images and
    captions that `take_means` is given. Both means are zero at first, which is the cosine itself. One vector a
    side, as long as the embedding. Raises ValueError when `dim` is not 1 to 8192, or `logit_scale` is not above
    0.
    """

    image_mean: Tensor
    text_mean: Tensor

    def __init__(self, dim: int, logit_scale: float = 100.0):
        super().__init__()
        self.dim = checked_dim(dim)
        self.logit_scale = checked_logit_scale(logit_scale)
        self.register_buffer("image_mean", torch.zeros(dim))
        self.register_buffer("text_mean", torch.zeros(dim))

    def config(self) -> dict[str, Any]:
        """What builds the head anew: its constructor's arguments."""
        return {"dim": self.dim, "logit_scale": self.logit_scale}

    def project_image(self, image: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        """The images' projections, not normalised."""
        return unit(image) - self.image_mean

    def project_text(self, text: Float[Tensor, "m d"]) -> Float[Tensor, "m p"]:
        """The captions' projections, not normalised."""
        return unit(text) - self.text_mean

    def take_means(self, pairs: Pairs) -> None:
        """Sets both means to those of the pairs. Raises ValueError when there are none, or of another
        dimension.
        """
        if pairs.dim != self.dim or not len(pairs.image) or not len(pairs.text):
            raise ValueError(
                f"pairs: expected images and captions of dimension {self.dim}, got {len(pairs.image)} and "
                f"{len(pairs.text)} of dimension {pairs.dim}"
            )
        self.image_mean = unit(pairs.image.float()).mean(dim=0)
        self.text_mean = unit(pairs.text.float()).mean(dim=0)
