"""How the shipped mini-owl is trained: the recipe as data, and the training that follows it."""

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, cast

import torch
from jaxtyping import Float
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.optim.lr_scheduler import LambdaLR
from transformers import AutoTokenizer, CLIPModel, OwlViTForObjectDetection, PreTrainedTokenizerFast

from fg_demo.models.clip import MINI_CLIP_FOLDER
from heads.io.device import resolve_device
from heads.io.tensors import read_metadata, save_tensors
from heads.training.checkpoint import load_optimizer_state, moment_tensors, moments_in, optimizer_state
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
    steps: int = 3_000
    batch: int = 48
    tower_rate: float = 3e-4
    head_rate: float = 1e-3
    warm_up: int = 100
    weight_decay: float = 0.05
    reliability: Reliability = Reliability(named=0.5, wrong=0.92)
    caption_copies: int = 2
    seed: int = 123


RECIPE = MiniOwlRecipe()


def train_mini_owl(folder: Path, device: str, kept: Path, recipe: MiniOwlRecipe = RECIPE) -> Path:
    """The folder with the trained detector, tokenizer, image processor and `training.json`; progress on stdout. What has
    been trained stands in the file `kept` every `REPORT_EVERY` steps; from there a training that stopped goes on.

    Raises ValueError when the device is unknown or absent, or the file is of another training, FileNotFoundError when the
    split has to be built first.
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
    fit(detector, scenes, text_embeddings(detector, tokenizer, scenes.texts), chosen, recipe, kept)
    save_detector(detector.cpu(), tokenizer, folder)
    (folder / "training.json").write_text(json.dumps(asdict(recipe), indent=2) + "\n", encoding="utf-8")
    kept.unlink(missing_ok=True)
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
    kept: Path,
) -> None:
    """Trains the image tower, the box head and the class head, in place, from where the file `kept` left off."""
    generator = torch.Generator().manual_seed(recipe.seed)
    cast(nn.Module, detector).to(device).train()
    if device.type == "cpu":
        detector.set_attn_implementation("eager")  # twice as fast as fused attention there
    optimizer, parameters = _optimizer(detector, recipe)
    done = _go_on(kept, detector, optimizer, generator, recipe) if kept.exists() else 0
    schedule = LambdaLR(optimizer, lambda step: _factor(done + step, recipe))
    texts = texts.to(device)
    for step in range(done, recipe.steps):
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
            _keep(kept, step + 1, detector, optimizer, generator, recipe)
    detector.eval()


def _keep(
    path: Path,
    done: int,
    detector: OwlViTForObjectDetection,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    recipe: MiniOwlRecipe,
) -> None:
    tensors = {"random": generator.get_state()}
    tensors |= {f"weights.{name}": one.cpu() for name, one in detector.state_dict().items()}
    tensors |= {name: one.cpu() for name, one in moment_tensors(optimizer_state(optimizer)).items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    save_tensors(tensors, path, {"recipe": json.dumps(asdict(recipe)), "done": str(done)})


def _go_on(
    path: Path,
    detector: OwlViTForObjectDetection,
    optimizer: torch.optim.Optimizer,
    generator: torch.Generator,
    recipe: MiniOwlRecipe,
) -> int:
    """How many steps are done; everything is then as it was after them. Raises ValueError when the file is of another
    training.
    """
    words = read_metadata(path)
    if json.loads(words.get("recipe", "null")) != json.loads(json.dumps(asdict(recipe))):
        raise ValueError(
            f"{path}: expected what this training had kept, got another's; remove the file to begin anew"
        )
    tensors = load_file(path)
    weights = {
        name.removeprefix("weights."): one for name, one in tensors.items() if name.startswith("weights.")
    }
    detector.load_state_dict(weights)
    load_optimizer_state(optimizer, moments_in(tensors))
    generator.set_state(tensors["random"])
    print(f"going on after step {words['done']}", flush=True)
    return int(words["done"])


def _optimizer(
    detector: OwlViTForObjectDetection, recipe: MiniOwlRecipe
) -> tuple[torch.optim.Optimizer, list[nn.Parameter]]:
    towers, heads = list(detector.owlvit.vision_model.parameters()), []
    for module in (detector.class_head, detector.box_head, detector.layer_norm):
        heads += module.parameters()
    groups = [
        {"params": [one for one in part if (one.ndim > 1) == decayed], "lr": rate, "weight_decay": decay}
        for part, rate in ((towers, recipe.tower_rate), (heads, recipe.head_rate))
        for decayed, decay in ((True, recipe.weight_decay), (False, 0.0))
    ]
    return torch.optim.AdamW(groups, betas=(0.9, 0.98)), [*towers, *heads]


def _factor(step: int, recipe: MiniOwlRecipe) -> float:
    """What the rates are multiplied by in a step."""
    cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / recipe.steps)))
    return min(1.0, (step + 1) / recipe.warm_up) * (0.01 + 0.99 * cosine)
