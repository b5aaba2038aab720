"""The grounded head: a caption's vector moved towards what the attributes that it names look like. Nothing is trained."""

from collections.abc import Mapping, Sequence
from typing import Any, final

import torch
from jaxtyping import Float
from torch import Tensor

from heads.head import ProjectionHead, checked_dim, checked_logit_scale, unit
from heads.values import Values

MOST_VALUES = 1024
RIDGE = 1e-3
"""What is added to the captions' covariance, times its mean variance, so that it can be inverted."""


@final
class GroundedHead(ProjectionHead, kind="grounded"):
    """Cosine of the image and unit(caption) + sum over factors of strength * direction of the value that is named.

    Matched visual grounding (*Seeing Is Not Addressing*, arXiv 2609.37230): a value's direction is the mean of the
    unit vectors of images that show it, made a unit vector, minus the mean of the other values' of its factor, made
    a unit vector again; a factor's strength is chosen on a validation split.

    There, a query names one value and it is known which. Here a caption names several, and a head is given its
    vector alone, so which ones is read off the vector: per factor by the linear discriminant between the captions
    that name each value and those that name none, which do not move; the probabilities weigh the directions. Whether
    several directions add up, the description does not say; here they do. One vector a side, as long as the
    embedding.

    `factors` are a factor's values ("color" → "red", ...); without any it is the cosine itself. Raises ValueError
    when `dim` is not 1 to 8192, `factors` is no object of lists of at most 1,024 texts in all, or `logit_scale` is not
    above 0.
    """

    strength: Tensor
    direction: Tensor
    reading: Tensor
    offset: Tensor

    def __init__(self, dim: int, factors: dict[str, list[str]] | None = None, logit_scale: float = 100.0):
        super().__init__()
        self.dim = checked_dim(dim)
        self.factors = _checked_factors({} if factors is None else factors)
        self.logit_scale = checked_logit_scale(logit_scale)
        self._sizes = [len(values) + 1 for values in self.factors.values()]
        rows = sum(self._sizes)
        self.register_buffer("strength", torch.zeros(len(self._sizes)))
        self.register_buffer("direction", torch.zeros(rows, dim))
        self.register_buffer("reading", torch.zeros(rows, dim))
        self.register_buffer("offset", torch.zeros(rows))

    def config(self) -> dict[str, Any]:
        """What builds the head anew: its constructor's arguments."""
        return {"dim": self.dim, "factors": self.factors, "logit_scale": self.logit_scale}

    def project_image(self, image: Float[Tensor, "n d"]) -> Float[Tensor, "n p"]:
        """The images' projections, not normalised."""
        return image

    def project_text(self, text: Float[Tensor, "m d"]) -> Float[Tensor, "m p"]:
        """The captions' projections, not normalised."""
        caption = unit(text)
        named = self.named(text)
        for strength, share, direction in zip(
            self.strength, named, self.direction.split(self._sizes), strict=True
        ):
            caption = caption + strength * (share @ direction)
        return caption

    def named(self, text: Float[Tensor, "m d"]) -> list[Float[Tensor, "m v"]]:
        """For each factor the probability of each of its values, and last of none, in each caption."""
        logits = unit(text) @ self.reading.T + self.offset
        return [part.softmax(dim=1) for part in logits.split(self._sizes, dim=1)] if self._sizes else []

    def take_values(self, values: Values) -> None:
        """Sets directions and readings to those of the values. Raises ValueError when they are of another dimension
        or other factors, or a value of a factor is named by no caption.
        """
        theirs = {factor: list(names) for factor, names in values.factors.items()}
        if values.dim != self.dim or theirs != self.factors:
            expected = f"{self.dim} numbers and the factors {', '.join(self.factors) or 'none'}"
            raise ValueError(
                f"values: expected those of {expected}, got {values.dim} and {', '.join(theirs) or 'none'}"
            )
        image, text = unit(values.image.float()), unit(values.text.float())
        parts = [
            (_directions(image, column, size - 1), *_readings(text, column, size - 1))
            for column, size in zip(values.named.T, self._sizes, strict=True)
        ]
        if parts:
            self.direction, self.reading, self.offset = (torch.cat(part) for part in zip(*parts, strict=True))


def _directions(image: Float[Tensor, "n d"], named: Tensor, values: int) -> Float[Tensor, "v d"]:
    """Each value's unit direction away from the others, and zero for none. A value alone has none to be apart from."""
    means = unit(torch.stack([_mean(image, named == value) for value in range(values)]))
    rest = (means.sum(dim=0) - means) / max(1, values - 1)
    return torch.cat([unit(means - rest), means.new_zeros(1, means.shape[1])])


def _readings(
    text: Float[Tensor, "n d"], named: Tensor, values: int
) -> tuple[Float[Tensor, "v d"], Float[Tensor, " v"]]:
    """The linear discriminant of the values, and last of none: weights and offsets of each one's log-probability.

    Fisher's, with one covariance for all and as many captions expected of each; computed in double precision.
    """
    classes = torch.where(named < 0, values, named)
    there = [value for value in range(values + 1) if (classes == value).any()]
    means = torch.stack([_mean(text, classes == value) for value in there]).double()
    place = torch.full((values + 1,), -1).index_put((torch.tensor(there),), torch.arange(len(there)))
    apart = text.double() - means[place[classes]]
    covariance = apart.T @ apart / len(apart)
    covariance += RIDGE * covariance.diagonal().mean() * torch.eye(len(covariance), dtype=torch.float64)
    weights = torch.linalg.solve(covariance, means.T).T
    reading = torch.zeros(values + 1, text.shape[1])
    offset = torch.full((values + 1,), -1e4)  # what no caption names is not read
    reading[there], offset[there] = weights.float(), (-(weights * means).sum(dim=1) / 2).float()
    return reading, offset


def _mean(rows: Float[Tensor, "n d"], which: Tensor) -> Float[Tensor, " d"]:
    if not which.any():
        raise ValueError("values: expected a caption that names each value of a factor, got none of one")
    return rows[which].mean(dim=0)


def _checked_factors(factors: Any) -> dict[str, list[str]]:
    texts = isinstance(factors, Mapping) and all(
        isinstance(name, str)
        and isinstance(values, Sequence)
        and not isinstance(values, str)
        and values
        and all(isinstance(value, str) for value in values)
        for name, values in factors.items()
    )
    if not texts or sum(map(len, factors.values())) > MOST_VALUES:
        raise ValueError(
            f"factors: expected lists of texts by factor, at most {MOST_VALUES} in all, got {factors!r:.100}"
        )
    return {name: list(values) for name, values in factors.items()}
