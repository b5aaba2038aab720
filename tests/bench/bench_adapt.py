"""How long a step of adapting a backbone takes beside a bare loop of forward and backward: `make bench`.

The loop is what the step cannot do without: the same pixels through the same adapted image tower, the contrastive loss
of frames and captions that are there already, gradients and AdamW. Ours has negatives, masks and the contextualiser's
place beside it.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional as F
from transformers import CLIPConfig, CLIPModel, CLIPVisionConfig

from fg_demo.adaptation.settings import MINI_CLIP, PUBLISHED
from fg_demo.adaptation.training.losses import Texts, adaptation_losses
from fg_demo.adaptation.training.model import Adaptation
from fg_demo.adaptation.training.run import prepare
from fg_demo.models.clip import MINI_CLIP as NAME
from fg_demo.models.clip import TransformersBackbone, load_backbone
from tests.bench.bench_row import Row, in_turn
from tests.bench.peak_bytes import PeakBytes

REGIONS, NEGATIVES = 64, 10
EVENTS, FRAMES = 5, 4
VIT_B_16 = CLIPVisionConfig(patch_size=16)


def measure_adapt(repetitions: int = 5) -> list[Row]:
    """The rows: a step on as many regions as one has on the embedded backbone, and what one of ViT-B/16 holds."""
    seconds = in_turn({"step": step(ours), "bare": step(bare)}, repetitions)
    what = f"a step of adapting {NAME} on {REGIONS} regions"
    aim = "at most 1.5 × the loop's: a ratio of 0.67"
    return [
        Row(what, "s", seconds["step"], "a bare loop of forward and backward", seconds["bare"], aim),
        memory_row(),
    ]


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


def memory_row(clips: int = PUBLISHED.batch) -> Row:
    """What a step on so many clips of ViT-B/16 holds of intermediate values and gradients at most."""
    less, whole = (peak_bytes(clips, recompute) / 2**30 for recompute in (True, False))
    what = (
        f"memory of a step on {clips} clips of ViT-B/16, {clips * EVENTS * FRAMES} images, with --recompute"
    )
    return Row(what, "GiB", (less,), "all values kept", (whole,))


def peak_bytes(clips: int, recompute: bool) -> int:
    """The bytes of a forward and backward pass beside the model's own weights, in single precision, attention computed
    step by step; nothing is computed.
    """
    with torch.device("meta"):
        model: Any = CLIPModel(CLIPConfig(vision_config=VIT_B_16.to_dict(), projection_dim=512))
    model.set_attn_implementation("eager")
    backbone = object.__new__(TransformersBackbone)  # of a model that has no files
    about = {"device": "meta", "dim": 512, "name": "ViT-B/16", "revision": "", "logit_scale": 100.0}
    vars(backbone).update(_model=model, **about)
    adaptation = prepare(backbone, PUBLISHED, EVENTS, FRAMES, lambda what, done, total: None, recompute)
    adaptation.train(True)
    assert adaptation.contextualiser is not None
    tensors = [*adaptation.adapted.parameters(), *adaptation.adapted.buffers()]
    with PeakBytes([*tensors, *adaptation.contextualiser.parameters()]) as counted:
        pixels = torch.empty(clips * EVENTS, FRAMES, 3, 224, 224, device="meta")
        frames = adaptation.features(pixels).unflatten(0, (clips, EVENTS))
        video, event = adaptation.contextualiser(
            frames, torch.ones(clips, EVENTS, dtype=torch.bool, device="meta")
        )
        (frames.sum() + video.sum() + event.sum()).backward()
    return counted.peak
