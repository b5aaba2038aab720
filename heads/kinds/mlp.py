"""The non-linear head: two layers for each side, a tanh after every one."""

from typing import Any, final

from jaxtyping import Float
from torch import Tensor, nn

from heads.head import ProjectionHead, checked_dim, checked_logit_scale, checked_similarity


@final
class MlpHead(ProjectionHead, kind="mlp"):
    """A perceptron dim → hidden → dim on the image embedding and another one on the caption's.

    The MLP of arXiv 2404.03539: a tanh follows every layer, the last included (released code,
    `src/model.py`), so that projections lie in [-1, 1]. It takes raw embeddings, as the linear heads do.
    `hidden` is `dim` when it is not given. Raises ValueError when `dim` or `hidden` is not 1 to 8192,
    `similarity` is neither "cosine" nor "dot", or `logit_scale` is not above 0.
    """

    def __init__(
        self,
        dim: int,
        hidden: int | None = None,
        similarity: str = "cosine",
        logit_scale: float = 100.0,
    ):
        super().__init__()
        self.dim = checked_dim(dim)
        self.hidden = checked_dim(dim if hidden is None else hidden, "hidden")
        self.similarity = checked_similarity(similarity)
        self.logit_scale = checked_logit_scale(logit_scale)
        self.image = _perceptron(dim, self.hidden)
        self.text = _perceptron(dim, self.hidden)

    def config(self) -> dict[str, Any]:
        """What builds the head anew: its constructor's arguments."""
        return {
            "dim": self.dim,
            "hidden": self.hidden,
            "similarity": self.similarity,
            "logit_scale": self.logit_scale,
        }

    def project_image(self, image: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        """The images' projections, not normalised."""
        return self.image(image)

    def project_text(self, text: Float[Tensor, "m d"]) -> Float[Tensor, "m p"]:
        """The captions' projections, not normalised."""
        return self.text(text)


def _perceptron(dim: int, hidden: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(dim, hidden), nn.Tanh(), nn.Linear(hidden, dim), nn.Tanh())
