"""The linear head: one affine map for each side that is re-projected."""

from typing import Any, final

from jaxtyping import Float
from torch import Tensor, nn

from heads.head import ProjectionHead, checked_dim, checked_logit_scale, checked_similarity

SIDES = ("both", "image", "text")


@final
class LinearHead(ProjectionHead, kind="linear"):
    """An affine map d → d on the image embedding, on the caption's, or one on each; the other side passes
    raw.

    The three linear heads of arXiv 2404.03539: both, only visual (`sides="image"`), only text. The maps
    have a bias, so they take raw embeddings: unit vectors give other scores. Raises ValueError when `dim`
    is not 1 to 8192, `sides` is none of the three, `similarity` neither "cosine" nor "dot", or
    `logit_scale` is not above 0.
    """

    def __init__(self, dim: int, sides: str = "both", similarity: str = "cosine", logit_scale: float = 100.0):
        super().__init__()
        self.dim = checked_dim(dim)
        if sides not in SIDES:
            raise ValueError(f"sides: expected one of {', '.join(SIDES)}, got {sides!r}")
        self.sides = sides
        self.similarity = checked_similarity(similarity)
        self.logit_scale = checked_logit_scale(logit_scale)
        self.image = nn.Identity() if sides == "text" else nn.Linear(dim, dim)
        self.text = nn.Identity() if sides == "image" else nn.Linear(dim, dim)

    def config(self) -> dict[str, Any]:
        """What builds the head anew: its constructor's arguments."""
        return {
            "dim": self.dim,
            "sides": self.sides,
            "similarity": self.similarity,
            "logit_scale": self.logit_scale,
        }

    def project_image(self, image: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        """The images' projections, not normalised."""
        return self.image(image)

    def project_text(self, text: Float[Tensor, "m d"]) -> Float[Tensor, "m p"]:
        """The captions' projections, not normalised."""
        return self.text(text)

    def init_identity_(self) -> None:
        """Sets every map to the identity, where the head compares the raw embeddings: by the cosine, as CLIP does."""
        for layer in (self.image, self.text):
            if isinstance(layer, nn.Linear):
                nn.init.eye_(layer.weight)
                nn.init.zeros_(layer.bias)
