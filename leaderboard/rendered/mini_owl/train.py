"""How the shipped mini-owl is trained: the recipe as data, and the training that follows it."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from transformers import AutoTokenizer, CLIPModel, OwlViTForObjectDetection, PreTrainedTokenizerFast

from fg_demo.models.clip import MINI_CLIP_FOLDER
from heads.io.device import resolve_device
from leaderboard.rendered.captions.web_captions import Reliability
from leaderboard.rendered.mini_clip.augmentation import normalised
from leaderboard.rendered.mini_owl.losses import detection_loss
from leaderboard.rendered.mini_owl.model import build_detector, owl_tokenizer, save_detector
from leaderboard.rendered.mini_owl.scenes import TrainingScenes, pick, read_scenes

REPORT_EVERY = 50


@dataclass(frozen=True)
class MiniOwlRecipe:
    """Everything that decides the weights: AdamW with a linear warm-up and a cosine schedule; the text tower is locked.

    `view_size`: px at which scenes are kept, to be moved and zoomed. Captions are those of mini-clip's text tower, so
    that the detector learns to find things and no more about attributes than its towers know.
    """

    split: str = "train"
    image_size: int = 96
    view_size: int = 128
    steps: int = 1_200
    batch: int = 48
    tower_rate: float = 3e-4
    head_rate: float = 1e-3
    warm_up: int = 100
    weight_decay: float = 0.05
    reliability: Reliability = Reliability(named=0.5, wrong=0.92)
    caption_copies: int = 2
    seed: int = 123


RECIPE = MiniOwlRecipe()


def train_mini_owl(folder: Path, device: str, recipe: MiniOwlRecipe = RECIPE) -> Path:
    """The folder with the trained detector, tokenizer, image processor and `training.json`; progress on stdout.

    Raises ValueError when the device is unknown or absent, FileNotFoundError when the split has to be built first.
    """
    chosen = torch.device(resolve_device(device))
    scenes = read_scenes(
        recipe.split, recipe.view_size, recipe.reliability, recipe.caption_copies, recipe.seed
    )
    torch.manual_seed(recipe.seed)
    clip = CLIPModel.from_pretrained(MINI_CLIP_FOLDER, dtype=torch.float32)
    words = AutoTokenizer.from_pretrained(MINI_CLIP_FOLDER)
    detector, tokenizer = build_detector(clip, words, recipe.image_size), owl_tokenizer(words)
    start_quietly(detector)
    fit(detector, scenes, text_embeddings(detector, tokenizer, scenes.texts), chosen, recipe)
    save_detector(detector.cpu(), tokenizer, folder)
    (folder / "training.json").write_text(json.dumps(asdict(recipe), indent=2) + "\n", encoding="utf-8")
    return folder


def start_quietly(detector: OwlViTForObjectDetection) -> None:
    """Sets the class head so that at first hardly any patch answers: most never have to."""
    head = detector.class_head
    for layer, bias in ((head.logit_scale, 9.0), (head.logit_shift, -0.8)):
        nn.init.zeros_(layer.weight)
        nn.init.constant_(layer.bias, bias)
    nn.init.zeros_(detector.box_head.dense2.weight)
    nn.init.constant_(detector.box_head.dense2.bias[2:], 1.0)


@torch.no_grad()
def text_embeddings(
    detector: OwlViTForObjectDetection, tokenizer: PreTrainedTokenizerFast, texts: tuple[str, ...]
) -> Float[Tensor, "u d"]:
    """The captions' embeddings by the locked text tower."""
    found = []
    for start in range(0, len(texts), 512):
        tokens = tokenizer(
            list(texts[start : start + 512]), padding="max_length", truncation=True, return_tensors="pt"
        )
        inputs = {"input_ids": tokens["input_ids"], "attention_mask": tokens["attention_mask"]}
        read: Any = detector.owlvit.get_text_features(**inputs)
        found.append(read.pooler_output)
    return torch.cat(found)


def fit(
    detector: OwlViTForObjectDetection,
    scenes: TrainingScenes,
    texts: Float[Tensor, "u d"],
    device: torch.device,
    recipe: MiniOwlRecipe,
) -> None:
    """Trains the image tower, the box head and the class head, in place."""
    generator = torch.Generator().manual_seed(recipe.seed)
    cast(nn.Module, detector).to(device).train()
    if device.type == "cpu":
        detector.set_attn_implementation("eager")  # twice as fast as fused attention there
    optimizer, schedule, parameters = _optimizer(detector, recipe)
    texts = texts.to(device)
    for step in range(recipe.steps):
        batch = pick(scenes, recipe.batch, recipe.image_size, generator)
        with torch.autocast(device.type, torch.bfloat16):
            features = detector.image_embedder(normalised(255 * batch.pixels).to(device))[0]
            patches = features.flatten(1, 2)
            logits = detector.class_predictor(patches, texts[batch.queries.to(device)])[0]
            boxes = detector.box_predictor(patches, features)
        loss = detection_loss(logits.float().cpu(), boxes.float().cpu(), batch.boxes, batch.categories)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimizer.step()
        schedule.step()
        if step % REPORT_EVERY == REPORT_EVERY - 1:
            print(f"step {step + 1} of {recipe.steps}: loss {loss:.3f}", flush=True)
    detector.eval()


def _optimizer(
    detector: OwlViTForObjectDetection, recipe: MiniOwlRecipe
) -> tuple[torch.optim.Optimizer, LambdaLR, list[nn.Parameter]]:
    towers, heads = list(detector.owlvit.vision_model.parameters()), []
    for module in (detector.class_head, detector.box_head, detector.layer_norm):
        heads += module.parameters()
    groups = [
        {"params": [one for one in part if (one.ndim > 1) == decayed], "lr": rate, "weight_decay": decay}
        for part, rate in ((towers, recipe.tower_rate), (heads, recipe.head_rate))
        for decayed, decay in ((True, recipe.weight_decay), (False, 0.0))
    ]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, 0.98))

    def factor(step: int) -> float:
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / recipe.steps)))
        return min(1.0, (step + 1) / recipe.warm_up) * (0.01 + 0.99 * cosine)

    return optimizer, LambdaLR(optimizer, factor), [*towers, *heads]
