"""Training of mini-clip in two stages, on a GPU where there is one.

1. The image tower learns labels: category and attributes of crops, setting and categories of whole views; at first
   from a random part of each image's patches, which is faster and loses little (FLIP, Li et al., CVPR 2023,
   arXiv 2212.00794), then from all of them. Mosaics of small crops, with a label for each patch, teach it to find
   several things in one picture, which labels of whole views teach only slowly.
2. Locked-image tuning (Zhai et al., CVPR 2022, arXiv 2111.07991): the image tower is locked, and the text tower learns
   web captions whose attribute words are few and unreliable.

So the image embedding holds attributes that the captions never taught cosine similarity to use: the situation of
Bianchi et al. (CBMI 2024, arXiv 2404.03539), reached by a mechanism that web captions really have.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.lr_scheduler import LambdaLR, LRScheduler
from transformers import CLIPModel

from leaderboard.rendered.mini_clip.augmentation import augment, shift
from leaderboard.rendered.mini_clip.caption_bank import CaptionBank
from leaderboard.rendered.mini_clip.image_labels import Round, label_loss, look, pick, tile_loss
from leaderboard.rendered.mini_clip.pictures import Pictures

Report = Callable[[str], None]

IMAGE_SIDE = ("vision_model.", "visual_projection.")
REPORT_EVERY = 50


def train_image_tower(
    model: CLIPModel,
    readers: nn.ModuleDict,
    pictures: Pictures,
    stage: Round,
    device: torch.device,
    seed: int,
    report: Report,
) -> None:
    """Round 1, in place: labels of crops, views and mosaics, read off the projected image embedding, and at each patch
    of a mosaic off what enters the last layer, by linear `readers`.
    """
    generator = torch.Generator().manual_seed(seed)
    of_image = [(name, value) for name, value in model.named_parameters() if name.startswith(IMAGE_SIDE)]
    parameters = [*of_image, *readers.named_parameters()]
    optimizer, schedule = optimizer_of(parameters, stage)
    model.train()
    for step in range(stage.steps):
        looks = pick(pictures, stage, generator)
        images = look(pictures, looks, stage, device, generator)
        with torch.autocast(device.type, torch.bfloat16):
            image, patches, which = seen_patches(model, images, stage.patches, generator)
        loss = label_loss(readers, image.float(), pictures, looks, stage)
        if count := len(looks.tiles):
            loss = loss + stage.tile_weight * tile_loss(
                readers, patches[-count:].float(), which[-count:], pictures, looks.tiles
            )
        update(loss, parameters, optimizer, schedule)
        if step % REPORT_EVERY == REPORT_EVERY - 1:
            report(f"image tower, step {step + 1} of {stage.steps}: label loss {loss:.3f}")
    model.eval()


def tune_text_tower(
    model: CLIPModel,
    pictures: Pictures,
    bank: CaptionBank,
    stage: Round,
    device: torch.device,
    seed: int,
    report: Report,
) -> None:
    """Round 2, in place: the image tower and its projection stay as they are."""
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    crop_embeddings, view_embeddings = locked_embeddings(model, pictures, device, generator)
    parameters = [
        (name, value) for name, value in model.named_parameters() if not name.startswith(IMAGE_SIDE)
    ]
    optimizer, schedule = optimizer_of(parameters, stage)
    model.train()
    for step in range(stage.steps):
        looks = pick(pictures, stage, generator)
        image = torch.cat([crop_embeddings[looks.crops.to(device)], view_embeddings[looks.views.to(device)]])
        tokens, whose = bank.batch(looks.crops, looks.views, generator)
        with torch.autocast(device.type, torch.bfloat16):
            text = text_embedding(model, tokens.to(device))
        loss = caption_loss(image, text.float(), whose.to(device), model.logit_scale)
        update(loss, parameters, optimizer, schedule)
        if step % REPORT_EVERY == REPORT_EVERY - 1:
            scale = float(model.logit_scale.exp())
            report(
                f"text tower, step {step + 1} of {stage.steps}: caption loss {loss:.3f}, logit scale {scale:.1f}"
            )
    model.eval()


@torch.no_grad()
def locked_embeddings(
    model: CLIPModel, pictures: Pictures, device: torch.device, generator: torch.Generator
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "m d"]]:
    """Embeddings of every crop and of every view, each under a random augmentation."""
    model.eval()
    return (
        in_batches(model, pictures.wide, lambda pixels: augment(pixels, generator), device),
        in_batches(model, pictures.views, lambda pixels: shift(pixels, generator), device),
    )


def image_embedding(model: CLIPModel, images: Float[Tensor, "n 3 s s"]) -> Float[Tensor, "n d"]:
    """The images' raw embeddings, with gradients."""
    return model.visual_projection(model.vision_model(pixel_values=images).pooler_output)


def seen_patches(
    model: CLIPModel, images: Float[Tensor, "n 3 s s"], share: float, generator: torch.Generator
) -> tuple[Float[Tensor, "n d"], Float[Tensor, "n p w"], Int[Tensor, "n p"]]:
    """The image embedding from a random share of each image's patches, what enters the last layer for each of them,
    and which patches they are, from the top left.
    """
    tower = model.vision_model
    tokens = tower.embeddings(images)
    n, patches = len(images), tokens.shape[1] - 1
    which = torch.arange(patches).expand(n, -1)
    if share < 1:
        which = torch.rand(n, patches, generator=generator).argsort(dim=1)[:, : round(share * patches)]
    chosen = tokens.gather(1, 1 + which[..., None].expand(-1, -1, tokens.shape[2]).to(tokens.device))
    hidden = tower.pre_layrnorm(torch.cat([tokens[:, :1], chosen], dim=1))
    *first, last = tower.encoder.layers
    for layer in first:
        hidden = layer(hidden, attention_mask=None)
    summary = last(hidden, attention_mask=None)[:, 0]
    return model.visual_projection(tower.post_layernorm(summary)), hidden[:, 1:], which


def text_embedding(model: CLIPModel, tokens: Int[Tensor, "n t"]) -> Float[Tensor, "n d"]:
    """The captions' raw embeddings, with gradients."""
    return model.text_projection(model.text_model(input_ids=tokens).pooler_output)


def caption_loss(
    image: Float[Tensor, "n d"],
    text: Float[Tensor, "u d"],
    whose: Int[Tensor, " n"],
    logit_scale: Float[Tensor, ""],
) -> Float[Tensor, ""]:
    """CLIP's symmetric contrastive loss; `whose[i]` is image i's caption, of which several images may be positives."""
    scale = logit_scale.exp().clamp(max=100.0)
    logits = scale * F.normalize(image, dim=-1) @ F.normalize(text, dim=-1).T
    shared = F.one_hot(whose, len(text)).float()
    of_caption = shared.T / shared.sum(0)[:, None]
    weights = shared.sum(0) / len(image)
    by_image = F.cross_entropy(logits + shared.sum(0).log(), whose)
    by_caption = (F.cross_entropy(logits.T, of_caption, reduction="none") * weights).sum()
    return (by_image + by_caption) / 2


def optimizer_of(
    parameters: list[tuple[str, nn.Parameter]], stage: Round
) -> tuple[torch.optim.Optimizer, LRScheduler]:
    """AdamW for the parameters, and its schedule, as the stage says."""
    decayed = [value for _, value in parameters if value.ndim > 1]
    plain = [value for _, value in parameters if value.ndim <= 1]
    groups = [{"params": decayed, "weight_decay": stage.weight_decay}, {"params": plain, "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups, lr=stage.learning_rate, betas=(0.9, 0.98))

    def factor(step: int) -> float:
        cosine = 0.5 * (1 + math.cos(math.pi * min(1.0, step / stage.steps)))
        return min(1.0, (step + 1) / stage.warm_up) * (0.01 + 0.99 * cosine)

    return optimizer, LambdaLR(optimizer, factor)


def update(
    loss: Tensor,
    parameters: list[tuple[str, nn.Parameter]],
    optimizer: torch.optim.Optimizer,
    schedule: LRScheduler,
) -> None:
    """One step that lowers the loss, its gradient no longer than 1."""
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_([value for _, value in parameters], 1.0)
    optimizer.step()
    schedule.step()


def in_batches(
    model: CLIPModel, images: Tensor, prepare: Callable[[Tensor], Tensor], device: torch.device
) -> Tensor:
    """The embeddings of images of any number, each batch prepared before."""
    found = []
    for batch in images.split(1024):
        with torch.autocast(device.type, torch.bfloat16):
            found.append(image_embedding(model, prepare(batch.to(device))).float())
    return torch.cat(found)
