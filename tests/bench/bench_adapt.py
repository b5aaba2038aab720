"""How long a step of adapting a backbone takes beside a bare loop of forward and backward: `make bench`.

The loop is what the step cannot do without: the same pixels through the same adapted image tower, the contrastive loss
of frames and captions that are there already, gradients and AdamW. Ours has negatives, masks and the contextualiser's
place beside it.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional as F

from fg_demo.adaptation.settings import MINI_CLIP
from fg_demo.adaptation.training.losses import Texts, adaptation_losses
from fg_demo.adaptation.training.model import Adaptation
from fg_demo.adaptation.training.run import prepare
from fg_demo.models.clip import MINI_CLIP as NAME
from fg_demo.models.clip import load_backbone
from tests.bench.bench_row import Row, in_turn

REGIONS, NEGATIVES = 64, 10


def measure_adapt(repetitions: int = 5) -> list[Row]:
    """The row: a step on as many regions as one has on the embedded backbone."""
    seconds = in_turn({"step": step(ours), "bare": step(bare)}, repetitions)
    what = f"a step of adapting {NAME} on {REGIONS} regions"
    aim = "at most 1.5 × the loop's: a ratio of 0.67"
    return [Row(what, "s", seconds["step"], "a bare loop of forward and backward", seconds["bare"], aim)]


def step(loss_of: Callable[[Adaptation, torch.Tensor, Texts], torch.Tensor]) -> Callable[[], None]:
    """One step with that loss, on pixels that are ready."""
    adaptation = prepare(load_backbone(NAME, device="cpu"), MINI_CLIP, 1, 1, lambda what, done, total: None)
    generator = torch.Generator().manual_seed(0)
    pixels = torch.randn(REGIONS, 1, 3, 96, 96, generator=generator)
    dim = adaptation.backbone.dim
    texts = Texts(
        torch.randn(REGIONS, 1, dim, generator=generator),
        torch.randn(REGIONS, 1, NEGATIVES, dim, generator=generator),
        torch.ones(REGIONS, 1, NEGATIVES, dtype=torch.bool),
        torch.arange(REGIONS)[:, None],
    )
    optimizer = torch.optim.AdamW(adaptation.parameters(), lr=1e-6)

    def run() -> None:
        optimizer.zero_grad(set_to_none=True)
        loss_of(adaptation, pixels, texts).backward()
        optimizer.step()

    return run


def ours(adaptation: Adaptation, pixels: torch.Tensor, texts: Texts) -> torch.Tensor:
    """The loss of a step."""
    frames = adaptation.features(pixels)[:, None]
    there = torch.ones(REGIONS, 1, dtype=torch.bool)
    return adaptation_losses(frames, None, texts, there, 20.0).total(0.25)


def bare(adaptation: Adaptation, pixels: torch.Tensor, texts: Texts) -> torch.Tensor:
    """The contrastive loss of images and captions, and nothing else."""
    model: Any = adaptation.adapted.get_base_model()
    image = F.normalize(model.get_image_features(pixel_values=pixels[:, 0]).pooler_output, dim=-1)
    logits = 20.0 * image @ F.normalize(texts.caption[:, 0], dim=-1).T
    rows = torch.arange(len(logits))
    return (F.cross_entropy(logits, rows) + F.cross_entropy(logits.T, rows)) / 2
