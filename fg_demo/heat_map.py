"""Where on an image a description scores high: a score for each cell of a grid, by CLIP's cosine and by heads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from PIL import Image
from torch import Tensor

from fg_demo.boxes import Box, crop
from fg_demo.models.adapter import split_name
from fg_demo.models.backbone import Backbone
from fg_demo.models.clip import MINI_CLIP
from heads.head import Head
from heads.kinds.cosine import BASELINE, CosineHead

PATCHES, CROPS = "patches", "crops"
SHORTER = 7
"""Cells along the shorter side of an image, where each is a crop."""
MOST_CELLS = 3 * SHORTER
"""Along the longer side."""
WINDOW = 0.4
"""Side of a crop by the image's shorter side: neighbours overlap, as objects do not keep to a grid."""
AT_ONCE = 7
"""Crops encoded in one call: between two calls other visitors get their turn."""
MOST_PIXELS = 720
"""Of the shorter side: crops of it are still larger than what models see."""
CROPS_SAY_MORE = (MINI_CLIP,)
"""Backbones whose crops say better where something is than their patches do. Of 80 scenes of fg-rendered's test split
mini-clip's highest cell lies in the object's box in 73 by cosine and 59 by the linear head with crops, in 22 and 40 with
patches.
"""

Progress = Callable[[int, int], object]
"""Told how many crops are done, and of how many."""


def untold(done: int, of: int) -> None:
    """Where nobody wants to be told."""


@dataclass(frozen=True)
class HeatMaps:
    """What scorers, by name, say of texts in each cell of a grid that covers the image, rows from the top; `by` says what
    was scored, `PATCHES` of one pass or `CROPS` about the cells' centres.
    """

    by: str
    scorers: tuple[str, ...]
    scores: Float[Tensor, "scorers texts rows columns"]


def heat_maps(
    image: Image.Image,
    texts: Sequence[str],
    backbone: Backbone,
    heads: Mapping[str, Head],
    progress: Progress = untold,
) -> HeatMaps:
    """The maps of texts on an upright image by CLIP's cosine, `BASELINE.title`, and by heads.

    Raises ValueError when a score is not finite.
    """
    by, cells = embedded_cells(shrunk(image), backbone, progress)
    captions = backbone.encode_texts(list(texts))
    scorers = {BASELINE.title: CosineHead(logit_scale=backbone.logit_scale), **heads}
    with torch.inference_mode():
        flat = [head.score_matrix(cells.flatten(0, 1), captions) for head in scorers.values()]
    bad = [name for name, scores in zip(scorers, flat, strict=True) if not bool(scores.isfinite().all())]
    if bad:
        raise ValueError(f"{', '.join(bad)}: expected finite scores, got NaN or infinity")
    scores = torch.stack([one.T.unflatten(1, cells.shape[:2]) for one in flat])
    return HeatMaps(by, tuple(scorers), scores)


def embedded_cells(
    image: Image.Image, backbone: Backbone, progress: Progress
) -> tuple[str, Float[Tensor, "rows columns d"]]:
    """What was embedded, and the raw embedding of each cell: patches where the backbone has such that say where things
    are, crops else.
    """
    plain = split_name(backbone.name)[0] not in CROPS_SAY_MORE
    patches = backbone.encode_patches(image) if plain else None
    if patches is not None:
        return PATCHES, patches
    windows = crop_windows(image.width, image.height)
    flat, embedded = [box for row in windows for box in row], []
    for start in range(0, len(flat), AT_ONCE):
        progress(start, len(flat))
        embedded.append(backbone.encode_images([crop(image, box) for box in flat[start : start + AT_ONCE]]))
    return CROPS, torch.cat(embedded).unflatten(0, (len(windows), len(windows[0])))


def crop_windows(width: int, height: int) -> list[list[Box]]:
    """The crop of each cell, in rows: a square about the cell's centre, which may reach over the image's edge."""
    shorter = min(width, height)
    columns, rows = (min(MOST_CELLS, round(SHORTER * side / shorter)) for side in (width, height))
    reach = WINDOW * shorter / 2
    centres = [
        [((column + 0.5) * width / columns, (row + 0.5) * height / rows) for column in range(columns)]
        for row in range(rows)
    ]
    return [[Box(x - reach, y - reach, x + reach, y + reach) for x, y in row] for row in centres]


def cells_inside(box: Box, width: int, height: int, rows: int, columns: int) -> Bool[Tensor, "rows columns"]:
    """Which cells of a grid over a `width` × `height` image have their centre in the box."""
    x = (torch.arange(columns) + 0.5) * width / columns
    y = (torch.arange(rows) + 0.5) * height / rows
    across, down = (x >= box.left) & (x < box.right), (y >= box.top) & (y < box.bottom)
    return down[:, None] & across


def shrunk(image: Image.Image) -> Image.Image:
    """The image with at most `MOST_PIXELS` along its shorter side."""
    scale = MOST_PIXELS / min(image.size)
    if scale >= 1:
        return image
    width, height = (max(1, round(side * scale)) for side in image.size)
    return image.resize((width, height), reducing_gap=2.0)
