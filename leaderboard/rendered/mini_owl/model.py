"""mini-owl: mini-clip's two towers as an `OwlViTForObjectDetection`, its box and class heads untrained."""

import json
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float
from tokenizers import Tokenizer
from torch import Tensor
from torch.nn import functional as F
from transformers import (
    CLIPModel,
    OwlViTConfig,
    OwlViTForObjectDetection,
    OwlViTImageProcessorPil,
    PreTrainedTokenizerFast,
)

from leaderboard.rendered.mini_clip.model import END, START

TEXT_POSITIONS = 20
"""Every caption of fg-rendered fits; OWL-ViT has 16."""

PAD = "!"
"""What OWL-ViT pads with: its first token. A query that begins with it is taken for none (transformers, query_mask)."""

Weights = dict[str, Tensor]


def build_detector(
    clip: CLIPModel, tokenizer: PreTrainedTokenizerFast, image_size: int
) -> OwlViTForObjectDetection:
    """OWL-ViT (arXiv 2205.06230) with the towers of `clip`, for square images of `image_size` px.

    Its class head compares patches with captions in the text tower's width, so both projections are turned into the
    plane of the captions' embeddings: what `clip` ranks captions by stays as it is. Its text tower reads a caption off
    the token with the highest number, so `renumbered` moves the end of text there. The class head begins as the
    projection of images, and position embeddings are interpolated where the images have more patches.
    """
    vision, text = _configs(clip)
    config = OwlViTConfig(
        text_config={
            **_shape(text),
            "vocab_size": text.vocab_size,
            "max_position_embeddings": TEXT_POSITIONS,
            "pad_token_id": renumbered(tokenizer)[PAD],
            "bos_token_id": renumbered(tokenizer)[START],
            "eos_token_id": renumbered(tokenizer)[END],
        },
        vision_config={**_shape(vision), "image_size": image_size, "patch_size": vision.patch_size},
        projection_dim=text.hidden_size,
    )
    detector = OwlViTForObjectDetection(config)
    towers = _towers(clip, tokenizer, image_size // vision.patch_size)
    detector.owlvit.load_state_dict(towers)
    with torch.no_grad():
        detector.class_head.dense0.weight.copy_(towers["visual_projection.weight"])
        detector.class_head.dense0.bias.zero_()
    return detector


def renumbered(tokenizer: PreTrainedTokenizerFast) -> dict[str, int]:
    """Token → its number for OWL-ViT: `PAD` first, start and end of text last."""
    vocabulary = tokenizer.get_vocab()
    others = sorted(vocabulary.keys() - {PAD, START, END}, key=vocabulary.__getitem__)
    return {token: number for number, token in enumerate([PAD, *others, START, END])}


def owl_tokenizer(tokenizer: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    """The same tokenizer with the numbers of `renumbered`."""
    content = json.loads(tokenizer.backend_tokenizer.to_str())
    numbers = renumbered(tokenizer)
    content["model"]["vocab"] = {token: numbers[token] for token in sorted(numbers, key=numbers.__getitem__)}
    content["added_tokens"] = sorted(
        ({**token, "id": numbers[token["content"]]} for token in content["added_tokens"]),
        key=lambda token: token["id"],
    )
    for token, special in content["post_processor"]["special_tokens"].items():
        special["ids"] = [numbers[token]]
    content["padding"] = content["truncation"] = None
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(json.dumps(content)),
        bos_token=START,
        eos_token=END,
        unk_token=END,
        pad_token=PAD,
        model_max_length=TEXT_POSITIONS,
    )


def save_detector(
    detector: OwlViTForObjectDetection, tokenizer: PreTrainedTokenizerFast, folder: Path
) -> Path:
    """The folder: what `from_pretrained` needs, weights as float16 to stay small."""
    half = OwlViTForObjectDetection(detector.config)
    half.load_state_dict(detector.state_dict())
    half.half().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    side = _configs(detector)[0].image_size
    OwlViTImageProcessorPil(size={"height": side, "width": side}).save_pretrained(folder)
    return folder


def _configs(model: CLIPModel | OwlViTForObjectDetection) -> tuple[Any, Any]:
    """The image tower's and the text tower's."""
    return model.config.vision_config, model.config.text_config


def _shape(tower: Any) -> dict[str, Any]:
    names = ("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "hidden_act")
    return {name: getattr(tower, name) for name in (*names, "layer_norm_eps")}


def _towers(clip: CLIPModel, tokenizer: PreTrainedTokenizerFast, side: int) -> Weights:
    """The weights of `OwlViTModel`, whose names differ from CLIP's in one."""
    weights = {
        name.replace("pre_layrnorm", "pre_layernorm"): value for name, value in clip.state_dict().items()
    }
    weights = {name: value.clone() for name, value in weights.items() if not name.endswith("position_ids")}
    plane, triangle = torch.linalg.qr(weights["text_projection.weight"])
    weights["text_projection.weight"] = triangle
    weights["visual_projection.weight"] = plane.T @ weights["visual_projection.weight"]
    rows = sorted(numbers := renumbered(tokenizer), key=numbers.__getitem__)
    tokens, old = "text_model.embeddings.token_embedding.weight", tokenizer.get_vocab()
    weights[tokens] = weights[tokens][[old[token] for token in rows]]
    words = "text_model.embeddings.position_embedding.weight"
    weights[words] = weights[words][:TEXT_POSITIONS]
    places = "vision_model.embeddings.position_embedding.weight"
    weights[places] = _resampled(weights[places], side)
    return weights


def _resampled(places: Float[Tensor, "p w"], side: int) -> Float[Tensor, "q w"]:
    """Position embeddings of the class token and a square grid, for a grid of `side` patches a side."""
    first, grid = places[:1], places[1:]
    old = round(len(grid) ** 0.5)
    if old == side:
        return places
    square = grid.T.reshape(1, -1, old, old)
    fine = F.interpolate(square, (side, side), mode="bicubic", align_corners=False)
    return torch.cat([first, fine.flatten(2)[0].T])
