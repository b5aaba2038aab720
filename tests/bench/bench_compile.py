"""An image tower that `torch.compile` has translated, beside itself as it is; on the GPU where there is one."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fg_demo.models.clip import load_backbone
from fg_demo.models.device import compiled
from leaderboard.embedding.batches import batches_of
from tests.bench.bench_demo import write_vit_b16
from tests.bench.bench_embed import word_tokenizer
from tests.bench.bench_row import Row, in_turn, seconds_of

PRECISIONS = {"cpu": ("full", "bfloat16"), "cuda": ("half", "bfloat16")}
"""By device."""


def measure_compile(device: str = "auto", repetitions: int = 5) -> list[Row]:
    """A row for each backbone and precision: a batch of random pixels, as many as `embed` encodes at a time. What is
    translated is kept nowhere.

    Raises RuntimeError of torch's where there is no compiler.
    """
    used = ("cuda" if torch.cuda.is_available() else "cpu") if device == "auto" else device
    with tempfile.TemporaryDirectory(prefix="bench-compile-") as folder:
        source = write_vit_b16(Path(folder) / "vit-b-16", word_tokenizer(["a red mug"]))
        return [
            compiled_row(what, load_backbone(name, device=used, precision=precision), repetitions)
            for what, name in (("mini-clip", "mini-clip"), ("ViT-B/16", str(source)))
            for precision in PRECISIONS[used]
        ]


@torch.no_grad()
def compiled_row(what: str, backbone: Any, repetitions: int) -> Row:
    """A crop, from pixels to its embedding on the CPU."""
    model, count = backbone.model, batches_of(backbone).images
    side = model.config.vision_config.image_size
    dtype = next(model.parameters()).dtype
    pixels = torch.randn(count, 3, side, side).to(backbone.device, dtype)

    def plain(inputs: Tensor) -> Tensor:
        return model.get_image_features(pixel_values=inputs).pooler_output

    translated = compiled(plain)
    first = seconds_of(lambda: _embeddings(translated, pixels))
    expected, found = (_embeddings(encode, pixels) for encode in (plain, translated))
    seconds = in_turn(
        {
            "compiled": lambda: _embeddings(translated, pixels),
            "plain": lambda: _embeddings(plain, pixels),
        },
        repetitions,
    )
    each = {name: tuple(1000 * spent / count for spent in runs) for name, runs in seconds.items()}
    apart = (found - expected).abs().max() / expected.square().mean().sqrt()
    torch.compiler.reset()
    about = f"{backbone.device}, {backbone.precision}; first call {first:.0f} s, {apart:.0e} of the rms apart"
    return Row(
        f"compile: a crop of {count}, {what} ({about})",
        "ms",
        each["compiled"],
        "as it is",
        each["plain"],
        "≥ 1.1 ×",
    )


def _embeddings(encode: Callable[[Tensor], Tensor], pixels: Tensor) -> Tensor:
    return encode(pixels).float().cpu()
