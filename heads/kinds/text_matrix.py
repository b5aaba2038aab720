"""The text matrix: one matrix on the caption's side alone, from the identity on."""

from typing import Any, final

from jaxtyping import Float
from torch import Tensor, nn

from heads.head import ProjectionHead, checked_dim, checked_logit_scale, checked_similarity, unit


@final
class TextMatrixHead(ProjectionHead, kind="text-matrix"):
    """Cosine of the image's embedding and A unit(caption), where A is d x d and the identity before training.

    LABCLIP (arXiv 2502.03566): the images' vectors stay as they are, so that those of an index need not be made
    anew; A is trained by a contrastive loss over a batch's captions and as many with their attributes swapped
    (`heads.training.losses.hard_negative_contrastive`, `leaderboard embed --swaps`). The description has no bias
    and leaves the temperature open, which is the recipe's `scale` here.

    With `bias` it is the text head of GUIDED (arXiv 2603.27014): an affine map of the caption's unit vector. The
    length of the embedding counts in neither, unlike in the linear head of arXiv 2404.03539. One vector a side, as
    long as the embedding. Raises ValueError when `dim` is not 1 to 8192, `bias` neither true nor false,
    `similarity` neither "cosine" nor "dot", or `logit_scale` is not above 0.
    """

    def __init__(self, dim: int, bias: bool = False, similarity: str = "cosine", logit_scale: float = 100.0):
        super().__init__()
        self.dim = checked_dim(dim)
        if type(bias) is not bool:
            raise ValueError(f"bias: expected true or false, got {bias!r}")
        self.bias = bias
        self.similarity = checked_similarity(similarity)
        self.logit_scale = checked_logit_scale(logit_scale)
        self.text = nn.Linear(dim, dim, bias=bias)
        nn.init.eye_(self.text.weight)
        if bias:
            nn.init.zeros_(self.text.bias)

    def config(self) -> dict[str, Any]:
        """What builds the head anew: its constructor's arguments."""
        return {
            "dim": self.dim,
            "bias": self.bias,
            "similarity": self.similarity,
            "logit_scale": self.logit_scale,
        }

    def project_image(self, image: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        """The images' projections, not normalised."""
        return image

    def project_text(self, text: Float[Tensor, "m d"]) -> Float[Tensor, "m p"]:
        """The captions' projections, not normalised."""
        return self.text(unit(text))
