"""How long the work takes on the device found, by arithmetic from what it multiplies and resizes in a moment."""

import io
import os
import statistics
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import AutoConfig

from fg_demo.models.adapter import split_name
from fg_demo.models.clip import MINI_CLIP, MINI_CLIP_FOLDER
from fg_demo.models.pretrained import LOADING_ERRORS
from leaderboard.reproduction.amounts import Amount

SQUARE = 2048
"""Rows and columns of the matrices whose product is timed."""
REACHED = 0.4
"""Share of that rate that an encoder is taken to reach, from pixels and words (`make bench`, row embed: 0.5 to 0.7 on
a CPU; on a GPU what is aimed at)."""
CAPTION_TOKENS = 24
"""Of a caption of FG-OVD or COCO, start and end included, as a round number above both means."""
NETWORK = 20_000_000
"""Bytes a second that a download is taken to reach."""
PHOTO = (640, 480)
"""Pixels of a COCO image."""


@dataclass(frozen=True)
class Sizes:
    """What of a backbone decides its cost: pixels and patch, and width and layers of both towers."""

    pixels: int = 224
    patch: int = 16
    vision_width: int = 768
    vision_layers: int = 12
    text_width: int = 512
    text_layers: int = 12
    dim: int = 512
    assumed: bool = False
    """Whether these are ViT-B/16's, since the backbone's own are not on this machine."""

    def crop_operations(self) -> int:
        """Additions and multiplications that a crop takes."""
        patches = (self.pixels // self.patch) ** 2
        embedding = 2 * patches * 3 * self.patch**2 * self.vision_width
        return embedding + layer_operations(patches + 1, self.vision_width) * self.vision_layers

    def caption_operations(self, tokens: int = CAPTION_TOKENS) -> int:
        """Those that a caption of so many tokens takes."""
        return layer_operations(tokens, self.text_width) * self.text_layers


@dataclass(frozen=True)
class Rates:
    """What was measured: operations a second of the device, crops a second that one core decodes and resizes."""

    operations: float
    preprocessed: float
    cores: int

    def seconds(self, amount: Amount, sizes: Sizes) -> float:
        """Of encoding the amount, preprocessing beside it on all cores: the slower of the two, and the captions."""
        encoder = self.operations * REACHED
        crops = max(
            amount.crops * sizes.crop_operations() / encoder, amount.crops / (self.preprocessed * self.cores)
        )
        return crops + amount.captions * sizes.caption_operations() / encoder


def layer_operations(tokens: int, width: int) -> int:
    """A layer's: four maps of width × width, two of width × 4 width, queries by keys, weights by values."""
    return 24 * tokens * width**2 + 4 * tokens**2 * width


def sizes_of(backbone: str) -> Sizes:
    """The backbone's sizes where its configuration is on this machine, else ViT-B/16's; an adapter changes none."""
    base = split_name(backbone)[0]
    source = MINI_CLIP_FOLDER if base == MINI_CLIP else base
    try:
        config: Any = AutoConfig.from_pretrained(source, local_files_only=True)
        vision, text = config.vision_config, config.text_config
        return Sizes(
            *(vision.image_size, vision.patch_size, vision.hidden_size, vision.num_hidden_layers),
            *(text.hidden_size, text.num_hidden_layers, getattr(config, "projection_dim", text.hidden_size)),
        )
    except (*LOADING_ERRORS, AttributeError):
        return Sizes(assumed=True)


def measured_rates(device: str, sizes: Sizes, repetitions: int = 3) -> Rates:
    """The rates of this machine, from a second of work."""
    dtype = torch.float16 if device == "cuda" else torch.float32
    square = torch.randn(SQUARE, SQUARE, device=device, dtype=dtype)
    photo = _photo()

    def multiply() -> None:
        torch.mm(square, square)
        if device == "cuda":
            torch.cuda.synchronize()

    side = sizes.pixels
    multiplied = _seconds(multiply, repetitions)
    resized = _seconds(lambda: Image.open(io.BytesIO(photo)).convert("RGB").resize((side, side)), repetitions)
    return Rates(2 * SQUARE**3 / multiplied, 1 / resized, os.cpu_count() or 1)


def _seconds(run: Any, repetitions: int) -> float:
    spent = []
    for _ in range(repetitions + 1):
        start = time.perf_counter()
        run()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent[1:])


def _photo() -> bytes:
    """A JPEG of a COCO image's size: blurred noise, so that decoding it costs what a photograph's does."""
    noise = np.random.default_rng(0).integers(0, 256, (PHOTO[1] // 8, PHOTO[0] // 8, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(noise).resize(PHOTO).save(buffer, "JPEG")
    return buffer.getvalue()


def shown_seconds(seconds: float) -> str:
    """The time in the unit that gives few digits."""
    for unit, size in (("days", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"
