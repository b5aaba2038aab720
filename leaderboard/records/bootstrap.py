"""95 % intervals by a bootstrap that resamples images: regions of one image share its light and its objects,
so they are no independent evidence (cluster bootstrap, percentile intervals).
"""

from collections.abc import Sequence
from functools import lru_cache

import torch
from jaxtyping import Float, Int
from torch import Tensor

RESAMPLES = 1000
LOW, HIGH = 0.025, 0.975
LARGEST_DRAW = 4_000_000
"""Weights drawn at once: 16 MB."""

Interval = tuple[float, float]
Part = (
    tuple[Float[Tensor, "_ f"], Int[Tensor, " _"]]
    | tuple[Float[Tensor, "_ f"], Int[Tensor, " _"], Float[Tensor, " _"]]
)
"""A subset's values, a row an item, the image number of each, and the items' weights where they have some; parts differ
in length.
"""


def resampled_means(parts: Sequence[Part], images: int) -> Float[Tensor, "p r f"]:
    """The weighted mean of each column of each part's values in RESAMPLES draws, with replacement, of `images` images.

    Row i of a part's values is of image `image[i]`, 0 to images - 1. The draws depend on `images` alone: two
    calls about the same images draw the same ones. NaN where a draw holds none of a part's rows.
    """
    totals = torch.cat([_totals(images, *part) for part in parts], dim=1)
    rows = max(1, LARGEST_DRAW // images)
    starts = range(0, RESAMPLES, rows)
    # All parts in one product: it takes as long as the draws take to be read.
    sums = torch.cat([_weights(images, min(rows, RESAMPLES - start), start) @ totals for start in starts])
    # Contiguous: a mean over the parts then adds them in their order, to the same last digit whatever their number.
    by_part = sums.unflatten(1, (len(parts), -1)).movedim(1, 0).contiguous()
    return by_part[..., :-1] / by_part[..., -1:]


def intervals(
    values: Float[Tensor, "n f"], image: Int[Tensor, " n"], weights: Float[Tensor, " n"] | None = None
) -> list[Interval | None]:
    """The interval of the weighted mean of each column, without weights of the plain one; None when all rows are of
    one image, which cannot vary.
    """
    _, number = image.unique(return_inverse=True)
    return intervals_over_subsets([(values, number) if weights is None else (values, number, weights)])


def intervals_over_subsets(parts: Sequence[Part]) -> list[Interval | None]:
    """The interval, for each column, of the mean over subsets of the subsets' means.

    An image number means the same image in all parts, so that it is drawn in all subsets or in none. Draws
    that miss a subset altogether are left out; None where fewer than half are left, or there is one image.
    """
    images = max(int(image.max()) + 1 for _, image, *_ in parts)
    means = resampled_means(parts, images).mean(dim=0)
    whole = means[means.isfinite().all(dim=1)].double()
    if images < 2 or len(whole) < RESAMPLES / 2:
        return [None] * means.shape[1]
    ends = whole.quantile(torch.tensor([LOW, HIGH], dtype=torch.float64), dim=0)
    return [(round(float(low), 6), round(float(high), 6)) for low, high in ends.T]


def rank_values(ranks: Int[Tensor, " n"]) -> Float[Tensor, "n 2"]:
    """Columns whose means are mean rank and top-1."""
    return torch.stack([ranks.float(), (ranks == 1).float()], dim=1)


def _totals(
    images: int,
    values: Float[Tensor, "n f"],
    image: Int[Tensor, " n"],
    weights: Float[Tensor, " n"] | None = None,
) -> Float[Tensor, "images f1"]:
    """For each image the weighted sums of its rows' columns, and how much they weigh: without weights, 1 each."""
    rows = torch.cat([values.float(), torch.ones(len(values), 1)], dim=1)
    if weights is not None:
        rows *= weights[:, None].float()
    return torch.zeros(images, rows.shape[1]).index_add_(0, image, rows)


@lru_cache(maxsize=2)
def _weights(images: int, rows: int, seed: int) -> Float[Tensor, "rows images"]:
    """How often each image is drawn, for each of `rows` draws."""
    generator = torch.Generator().manual_seed(seed)
    drawn = torch.randint(images, (rows, images), generator=generator)
    return torch.zeros(rows, images).scatter_add_(1, drawn, torch.ones(rows, images))
