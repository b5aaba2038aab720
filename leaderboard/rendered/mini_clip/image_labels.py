"""What the image tower is taught: labels of crops, of whole views, and of every patch of a mosaic of crops."""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F

from leaderboard.rendered.mini_clip.augmentation import augment, mosaic, shift, vary
from leaderboard.rendered.mini_clip.model import IMAGE_SIZE, PATCH_SIZE, VISION_WIDTH
from leaderboard.rendered.mini_clip.pictures import LABELS, Pictures
from leaderboard.rendered.vocabulary import SETTINGS

GRID = IMAGE_SIZE // PATCH_SIZE


@dataclass(frozen=True)
class Round:
    """AdamW (0.9, 0.98) with weight decay, a linear warm-up and a cosine schedule; what `batch` leaves over is crops."""

    steps: int
    batch: int
    learning_rate: float
    views: float = 0.25
    """Share of the batch that is whole views."""
    mosaics: float = 0.0
    """Share of the batch that is mosaics of 2 × 2 or 3 × 3 crops."""
    warm_up: int = 200
    weight_decay: float = 0.05
    patches: float = 1.0
    """Share of each image's patches that the image tower sees in a step."""
    category_weight: float = 1.0
    """Weight of a crop's category among its labels, each of the others having 1."""
    presence_weight: float = 1.0
    """Weight of the categories present in a view or mosaic, against 1 for the mean of a crop's labels."""
    tile_weight: float = 2.0
    """Weight of the category at each patch of a mosaic."""
    views_mirrored: bool = False
    """Whether views are mirrored and zoomed too, instead of only shifted."""


@dataclass(frozen=True)
class Looks:
    """The rows of `Pictures` that a step looks at; a mosaic's k crops are listed row by row from its top left."""

    crops: Int[Tensor, " c"]
    views: Int[Tensor, " v"]
    tiles: Int[Tensor, "m k"]


def pick(pictures: Pictures, stage: Round, generator: torch.Generator) -> Looks:
    """A batch drawn at random, with replacement."""
    views, mosaics = round(stage.batch * stage.views), round(stage.batch * stage.mosaics)
    crops = torch.randint(len(pictures.wide), (stage.batch - views - mosaics,), generator=generator)
    seen = torch.randint(len(pictures.views), (views,), generator=generator)
    if not mosaics:
        return Looks(crops, seen, torch.empty(0, 4, dtype=torch.long))
    side = 2 if torch.rand((), generator=generator) < 0.6 else 3
    return Looks(crops, seen, torch.randint(len(pictures.wide), (mosaics, side * side), generator=generator))


def look(
    pictures: Pictures, looks: Looks, stage: Round, device: torch.device, generator: torch.Generator
) -> Float[Tensor, "n 3 s s"]:
    """The pixels: crops, then views, then mosaics, each under a random augmentation."""
    change = vary if stage.views_mirrored else shift
    parts = [
        augment(pictures.wide[looks.crops].to(device), generator),
        change(pictures.views[looks.views].to(device), generator),
    ]
    if len(looks.tiles):
        parts.append(mosaic(pictures.wide[looks.tiles].to(device), generator))
    return torch.cat(parts)


def label_readers(dim: int) -> nn.ModuleDict:
    """A linear layer for each label; they are thrown away after training."""
    outputs = {name: len(values) for name, values in LABELS.items()} | {
        "setting": len(SETTINGS),
        "present": len(LABELS["category"]),
    }
    readers = nn.ModuleDict({name: nn.Linear(dim, count) for name, count in outputs.items()})
    readers["tile"] = nn.Linear(VISION_WIDTH, len(LABELS["category"]))
    return readers


def label_loss(
    readers: nn.ModuleDict, image: Float[Tensor, "n d"], pictures: Pictures, looks: Looks, stage: Round
) -> Float[Tensor, ""]:
    """Weighted mean cross-entropy of the crops' labels, plus the views' setting and the categories present in views
    and mosaics.
    """
    crops, views, tiles = looks.crops, looks.views, looks.tiles
    of_crops, of_views, of_mosaics = image.split([len(crops), len(views), len(tiles)])
    device = image.device
    weights = {name: stage.category_weight if name == "category" else 1.0 for name in LABELS}
    losses = [
        weight * F.cross_entropy(readers[name](of_crops), pictures.labels[name][crops].to(device))
        for name, weight in weights.items()
    ]
    setting = F.cross_entropy(readers["setting"](of_views), pictures.setting[views].to(device))
    present = F.binary_cross_entropy_with_logits(
        readers["present"](of_views), pictures.present[views].to(device)
    )
    if len(tiles):
        there = torch.zeros(len(tiles), len(LABELS["category"]))
        there.scatter_(1, pictures.labels["category"][tiles], 1.0)
        present = present + F.binary_cross_entropy_with_logits(
            readers["present"](of_mosaics), there.to(device)
        )
    return torch.stack(losses).sum() / sum(weights.values()) + 0.2 * setting + stage.presence_weight * present


def tile_loss(
    readers: nn.ModuleDict,
    patches: Float[Tensor, "m p w"],
    which: Int[Tensor, "m p"],
    pictures: Pictures,
    tiles: Int[Tensor, "m k"],
) -> Float[Tensor, ""]:
    """Cross-entropy of the category at each patch of the mosaics; `which` are the patches, from the top left."""
    categories = pictures.labels["category"][tiles].gather(1, tile_of_patch(tiles.shape[1])[which])
    seen = F.layer_norm(patches, patches.shape[-1:])
    return F.cross_entropy(readers["tile"](seen).flatten(0, 1), categories.flatten().to(patches.device))


def tile_of_patch(tiles: int) -> Int[Tensor, " p"]:
    """For each patch of the grid, from the top left, the tile of a square mosaic that holds the patch's centre."""
    side = math.isqrt(tiles)
    centre = torch.arange(GRID) * PATCH_SIZE + PATCH_SIZE // 2
    line = (centre // (IMAGE_SIZE // side)).clamp(max=side - 1)
    return (line[:, None] * side + line).flatten()
