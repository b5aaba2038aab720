"""How training pictures vary from one look to the next."""

import math

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F
from transformers.utils.constants import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from leaderboard.rendered.mini_clip.model import IMAGE_SIZE
from leaderboard.rendered.mini_clip.pictures import WIDE_SIZE

TIGHT = IMAGE_SIZE / WIDE_SIZE
"""Part of a wide crop that the tight one is."""


def augment(wide: UInt8[Tensor, "n 3 w w"], generator: torch.Generator) -> Float[Tensor, "n 3 s s"]:
    """Normalised crops shifted by up to 5 px, a quarter of them tighter or wider by up to 12 %, half of them mirrored."""
    return _moved(wide, TIGHT, IMAGE_SIZE, 5, 0.25, generator)


def vary(views: UInt8[Tensor, "n 3 s s"], generator: torch.Generator) -> Float[Tensor, "n 3 s s"]:
    """Normalised views shifted by up to 8 px and zoomed by up to 12 %, half of them mirrored: the labels stay true."""
    return _moved(views, 1.0, IMAGE_SIZE, 8, 1.0, generator)


def mosaic(wide: UInt8[Tensor, "n k 3 w w"], generator: torch.Generator) -> Float[Tensor, "n 3 s s"]:
    """Normalised pictures of k crops each in a square grid, each crop varied as a view is.

    The idea is Bochkovskiy et al.'s (YOLOv4, arXiv 2004.10934, section 3.3).
    """
    n, count = wide.shape[:2]
    side = math.isqrt(count)
    halved = F.avg_pool2d(
        wide.flatten(0, 1).float(), 2
    )  # less to sample from, and no aliasing in small tiles
    tiles = _moved(halved, TIGHT, IMAGE_SIZE // side, 3, 1.0, generator)
    rows = tiles.view(n, side, side, *tiles.shape[1:]).permute(0, 3, 1, 4, 2, 5)
    return rows.reshape(n, 3, IMAGE_SIZE, IMAGE_SIZE)


def shift(views: UInt8[Tensor, "n 3 s s"], generator: torch.Generator) -> Float[Tensor, "n 3 s s"]:
    """Normalised views, the whole batch shifted by up to 3 px; never mirrored, because captions say left and right."""
    across, down = torch.randint(0, 7, (2,), generator=generator).tolist()
    padded = F.pad(views.float(), (3, 3, 3, 3), mode="replicate")
    return normalised(padded[:, :, down : down + IMAGE_SIZE, across : across + IMAGE_SIZE])


def normalised(pixels: Float[Tensor, "n 3 s s"]) -> Float[Tensor, "n 3 s s"]:
    """Pixels of 0–255 as CLIP's image processor gives them."""
    mean = torch.tensor(OPENAI_CLIP_MEAN, device=pixels.device).view(3, 1, 1)
    deviation = torch.tensor(OPENAI_CLIP_STD, device=pixels.device).view(3, 1, 1)
    return (pixels / 255 - mean) / deviation


def _moved(
    images: UInt8[Tensor, "n 3 w w"] | Float[Tensor, "n 3 w w"],
    part: float,
    size: int,
    most: int,
    zoomed: float,
    generator: torch.Generator,
) -> Float[Tensor, "n 3 s s"]:
    """The central `part` of each image at `size` px, normalised: shifted by up to `most` px of the image, a share
    `zoomed` of them zoomed by up to 12 %, half of them mirrored.
    """
    n, width = len(images), images.shape[-1]
    shifts = torch.randint(-most, most + 1, (n, 2), generator=generator) * (2.0 / width)
    zoom = 1 + 0.12 * (2 * torch.rand(n, generator=generator) - 1) * (
        torch.rand(n, generator=generator) < zoomed
    )
    mirror = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    affine = torch.zeros(n, 2, 3)
    affine[:, 0, 0] = mirror * zoom * part
    affine[:, 1, 1] = zoom * part
    affine[:, :, 2] = shifts
    grid = F.affine_grid(affine.to(images.device), [n, 3, size, size], align_corners=False)
    return normalised(F.grid_sample(images.float(), grid, padding_mode="border", align_corners=False))
