"""What a head is: a small module that scores captions against an image from their frozen embeddings.

Every class is abstract or final: `Head` and `ProjectionHead` are to be implemented, never to be changed.
A new kind is one file in this folder with one final class: `heads/__init__.py` finds it by its `kind`.
"""

import re
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F

KINDS: dict[str, type["Head"]] = {}
"""The one registry: `kind` → final class."""

MAX_DIM = 8192
"""The widest embedding a head takes; a config that asks for more is a mistake or an attack on the memory."""

MAX_LOGIT_SCALE = 1_000_000

_DEFINES_A_KIND = re.compile(r"^class \w+\([^)]*\bkind=", re.MULTILINE)


class Head(nn.Module, ABC):
    """Scores for candidate captions. Subclass with `class MyHead(Head, kind="my-kind")`.

    The constructor takes JSON-able keyword arguments and `config()` gives them back, so that
    `KINDS[head.kind](**head.config())` builds an equal, untrained head. Every kind takes `dim` and
    `logit_scale` among them and checks them by `checked_dim` and `checked_logit_scale`.
    """

    kind: ClassVar[str]
    pair_cost: ClassVar[str] = "a pass of its own"
    """What a pair costs once its image and its caption have been seen; here nothing of them is kept."""
    dim: int | None
    """Size of the embeddings it takes; None: any."""
    logit_scale: float
    """What scores are multiplied by before a softmax over captions, for calibration; 100 is CLIP's own."""

    def __init_subclass__(cls, kind: str | None = None, **kwargs: Any) -> None:
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

        A caption's score does not depend on which other captions stand beside it, and equal captions score
        equal. Raises ValueError when the embeddings are not of the head's `dim`.
        """

    @abstractmethod
    def score_matrix(self, image: Float[Tensor, "n d"], text: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """Score of every caption for every image: what retrieval and the caption warm-up need.

        Raises ValueError when the embeddings are not of the head's `dim`.
        """


def kind_modules(folder: Path) -> list[str]:
    """The names of the folder's modules that define a kind, sorted; they are read, not run.

    It is called for this package's own folder: a head's folder, or a repository, is never looked at for code.
    """
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py"))}
    return [name for name, text in texts.items() if _DEFINES_A_KIND.search(text)]


class ProjectionHead(Head):
    """A head that re-projects each side on its own; the score is the similarity of the two projections."""

    pair_cost: ClassVar[str] = "one product"
    """Of two vectors that can be kept, and searched by an index."""
    similarity: str = "cosine"
    """What compares two projections, a name in `SIMILARITIES`."""

    @abstractmethod
    def project_image(self, image: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        """The images' projections, not normalised."""

    @abstractmethod
    def project_text(self, text: Float[Tensor, "m d"]) -> Float[Tensor, "m p"]:
        """The captions' projections, not normalised."""

    def score(self, image: Float[Tensor, "n d"], text: Float[Tensor, "n k d"]) -> Float[Tensor, "n k"]:
        """The similarity of each image's projection to those of its own captions."""
        check_dim(self, image=image, text=text)
        projected = self.project_text(text.float().flatten(0, 1)).unflatten(0, text.shape[:2])
        return SIMILARITIES[self.similarity](self.project_image(image.float())[:, None], projected)

    def score_matrix(self, image: Float[Tensor, "n d"], text: Float[Tensor, "m d"]) -> Float[Tensor, "n m"]:
        """The similarity of every image's projection to every caption's."""
        check_dim(self, image=image, text=text)
        images, texts = self.project_image(image.float()), self.project_text(text.float())
        if self.similarity == "cosine":
            images, texts = unit(images), unit(texts)
        return images @ texts.T


def unit(vectors: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch d"]:
    """The vectors at length 1: divided by their own norm, over the feature axis and no other."""
    return F.normalize(vectors, dim=-1)


def cosine(left: Float[Tensor, "*#batch d"], right: Float[Tensor, "*#batch d"]) -> Float[Tensor, "*#batch"]:
    """Cosine of each pair of vectors, in [-1, 1] up to rounding; 0 when one of them is all zeros.

    Multiplied and summed rather than matrix-multiplied: a matrix product rounds a row by its place in the
    batch, so two equal captions would differ in the last bit and their tie, which counts in a rank, would
    be lost. The sum is divided by the lengths, because dividing the vectors first touches d times as many
    numbers, on the way back too.
    """
    return dot(left, right) / _length(left) / _length(right)


def dot(left: Float[Tensor, "*#batch d"], right: Float[Tensor, "*#batch d"]) -> Float[Tensor, "*#batch"]:
    """Dot product of each pair of vectors, multiplied and summed for the reason that `cosine` gives."""
    return (left * right).sum(dim=-1)


def _length(vectors: Float[Tensor, "*batch d"]) -> Float[Tensor, "*batch"]:
    return vectors.norm(dim=-1).clamp_min(1e-12)


SIMILARITIES = {"cosine": cosine, "dot": dot}
"""Name → what compares two projections. "dot" is for heads trained so, as the released ones were."""


def check_dim(head: Head, **embeddings: Tensor) -> None:
    """Nothing, or ValueError naming the embedding whose last axis is not of the head's dimension."""
    for name, tensor in embeddings.items():
        if head.dim is not None and tensor.shape[-1] != head.dim:
            raise ValueError(
                f"{name}: expected embeddings of dimension {head.dim}, the head's, got {tensor.shape[-1]}"
            )


def checked_dim(dim: Any, name: str = "dim") -> int:
    """`dim`, when it is a whole number from 1 to MAX_DIM; ValueError, which calls it `name`, otherwise."""
    if type(dim) is not int or not 1 <= dim <= MAX_DIM:
        raise ValueError(f"{name}: expected a whole number from 1 to {MAX_DIM}, got {dim!r}")
    return dim


def checked_similarity(similarity: Any) -> str:
    """`similarity`, when it is a name in `SIMILARITIES`; ValueError otherwise."""
    if not isinstance(similarity, str) or similarity not in SIMILARITIES:
        raise ValueError(f"similarity: expected one of {', '.join(SIMILARITIES)}, got {similarity!r}")
    return similarity


def checked_logit_scale(logit_scale: Any) -> float:
    """`logit_scale` as a float, when it is a number above 0 and at most MAX_LOGIT_SCALE; ValueError
    otherwise.
    """
    if type(logit_scale) not in (int, float) or not 0 < logit_scale <= MAX_LOGIT_SCALE:
        raise ValueError(
            f"logit_scale: expected a number above 0, at most {MAX_LOGIT_SCALE:,}, got {logit_scale!r}"
        )
    return float(logit_scale)
