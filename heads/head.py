"""What a head is: a small module that scores captions against an image from their frozen embeddings.

Every class is abstract or final: `Head` and `ProjectionHead` are to be implemented, never to be changed.
A new head is one final class with a `kind` and one import line in `heads/__init__.py`.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

KINDS: dict[str, type["Head"]] = {}
"""The one registry: `kind` → final class."""


class Head(nn.Module, ABC):
    """Scores for candidate captions. Subclass with `class MyHead(Head, kind="my-kind")`.

    The constructor takes JSON-able keyword arguments and `config()` gives them back, so that
    `KINDS[head.kind](**head.config())` builds an equal, untrained head.
    """

    kind: ClassVar[str]
    logit_scale: float
    """What scores are multiplied by before a softmax over captions; fitted on validation data, 100 is CLIP's own."""

    def __init_subclass__(cls, kind: str | None = None, **kwargs: Any):
        super().__init_subclass__(**kwargs)
        if kind is None:
            return
        if kind in KINDS:
            raise TypeError(f"kind: {kind!r} is taken by {KINDS[kind].__name__}")
        cls.kind = kind
        KINDS[kind] = cls

    @abstractmethod
    def config(self) -> dict[str, Any]:
        """The constructor's keyword arguments, JSON-able."""

    @abstractmethod
    def score(self, image: Float[Tensor, "n d"], text: Float[Tensor, "n k d"]) -> Float[Tensor, "n k"]:
        """Score of each caption for its row's image, higher is better, from raw embeddings.

        A caption's score does not depend on which other captions stand beside it.
        """

    @abstractmethod
    def score_matrix(self, image: Float[Tensor, "n d"], text: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """Score of every caption for every image: what retrieval and the caption warm-up need."""


class ProjectionHead(Head):
    """A head that re-projects each side on its own; the score is the cosine of the two projections."""

    @abstractmethod
    def project_image(self, image: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        """The images' projections, not normalised."""

    @abstractmethod
    def project_text(self, text: Float[Tensor, "m d"]) -> Float[Tensor, "m p"]:
        """The captions' projections, not normalised."""

    def score(self, image: Float[Tensor, "n d"], text: Float[Tensor, "n k d"]) -> Float[Tensor, "n k"]:
        n, k, dim = text.shape
        projected = self.project_text(text.reshape(n * k, dim).float()).reshape(n, k, -1)
        return torch.einsum("nd,nkd->nk", unit(self.project_image(image.float())), unit(projected))

    def score_matrix(self, image: Float[Tensor, "n d"], text: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        return unit(self.project_image(image.float())) @ unit(self.project_text(text.float())).T


def unit(vectors: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch d"]:
    """The vectors at length 1: divided by their own norm, over the feature axis and no other."""
    return F.normalize(vectors, dim=-1)
