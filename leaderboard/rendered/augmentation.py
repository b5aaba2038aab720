"""How training pictures vary from one look to the next."""

import torch
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.nn import functional as F
from transformers.utils.constants import OPENAI_CLIP_MEAN, OPENAI_CLIP_STD

from leaderboard.rendered.mini_clip import IMAGE_SIZE
from leaderboard.rendered.pictures import WIDE_SIZE


def augment(wide: UInt8[Tensor, "n 3 w w"], generator: torch.Generator) -> Float[Tensor, "n 3 s s"]:
    """Normalised crops shifted by up to 5 px, a quarter of them tighter or wider by up to 12 %, half of them mirrored."""
    n = len(wide)
    shifts = torch.randint(-5, 6, (n, 2), generator=generator) * (2.0 / WIDE_SIZE)
    zoom = 1 + 0.12 * (2 * torch.rand(n, generator=generator) - 1) * (
        torch.rand(n, generator=generator) < 0.25
    )
    mirror = torch.where(torch.rand(n, generator=generator) < 0.5, -1.0, 1.0)
    affine = torch.zeros(n, 2, 3)
    affine[:, 0, 0] = mirror * zoom * IMAGE_SIZE / WIDE_SIZE
    affine[:, 1, 1] = zoom * IMAGE_SIZE / WIDE_SIZE
    affine[:, :, 2] = shifts
    grid = F.affine_grid(affine.to(wide.device), [n, 3, IMAGE_SIZE, IMAGE_SIZE], align_corners=False)
    return normalised(F.grid_sample(wide.float(), grid, padding_mode="border", align_corners=False))


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
