"""CLIP itself: the baseline every head is compared with."""

from dataclasses import dataclass
from typing import Any, final

from jaxtyping import Float
from torch import Tensor

from heads.head import ProjectionHead, checked_dim, checked_logit_scale


@final
class CosineHead(ProjectionHead, kind="cosine"):
    """Cosine of the embeddings as they are. No parameters; without `dim` it takes embeddings of any size."""

    def __init__(self, dim: int | None = None, logit_scale: float = 100.0):
        super().__init__()
        self.dim = None if dim is None else checked_dim(dim)
        self.logit_scale = checked_logit_scale(logit_scale)

    def config(self) -> dict[str, Any]:
        """What builds the head anew: its constructor's arguments."""
        return {"dim": self.dim, "logit_scale": self.logit_scale}

    def project_image(self, image: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        """The images' projections, not normalised."""
        return image

    def project_text(self, text: Float[Tensor, "m d"]) -> Float[Tensor, "m p"]:
        """The captions' projections, not normalised."""
        return text


@dataclass(frozen=True, slots=True)
class Baseline:
    """What the cosine is called: `name` where a head is named by it, in commands and records, `title` among scorers."""

    name: str
    title: str


BASELINE = Baseline("cosine", "CLIP cosine")
