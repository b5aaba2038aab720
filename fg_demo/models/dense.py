"""Regions by the patch features of the whole image, pooled by RoIAlign, as FG-CLIP measures CLIP-like models (arXiv
2505.05071; 360CVGroup/FG-CLIP, fgclip/eval/fgovd_eval.py and fgclip2/eval/fgovd.py).

The features of CLIP's patches come from the last block without attention between them, its value path alone; those of
SigLIP's from its pooling head, which every patch asks in place of the probe. Both are projected, then pooled.

What the description leaves open is done here as follows. The image is squeezed to the model's square, as their code does
for CLIP; SigLIP 2 with NaFlex gets as many patches as their code gives an image of its size, which is what their figures
of SigLIP 2 were made with. Boxes are exact edges: the code of FG-CLIP 2 takes width and height for the right and bottom
edge in the copy that is public, that of FG-CLIP adds them, which is followed.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.models.backbone import ModelInputs
from fg_demo.models.preprocessing import squeezed_inputs

PATCHES = (128, 256, 576, 784, 1024)
"""How many patches FG-CLIP 2 gives an image at most: the least that a sixteenth of its sides makes, or the last."""

Grid = Float[Tensor, "rows columns d"]


def whole_inputs(model: Any, processor: Any, image: Image.Image) -> ModelInputs:
    """What the model gets of the whole image. Raises ValueError when its patches cannot be had."""
    check_dense(model.config.model_type)
    return squeezed_inputs(processor, image, _patches(image))


def dense_features(model: Any, inputs: ModelInputs) -> Grid:
    """The projected feature of each patch of one image, row by row."""
    kind = model.config.model_type
    check_dense(kind)
    patches = DENSE[kind](model, inputs)[0].float()
    if "spatial_shapes" in inputs:
        rows, columns = inputs["spatial_shapes"][0].tolist()
    else:
        rows = columns = math.isqrt(len(patches))
    return patches[: rows * columns].reshape(rows, columns, -1)


def check_dense(model_type: str) -> None:
    """Raises ValueError with the families there are when a model's patches cannot be compared with captions."""
    if model_type not in DENSE:
        raise ValueError(f"patch features: expected one of {', '.join(DENSE)}, got {model_type!r}")


def roi_align(features: Grid, boxes: Float[Tensor, "n 4"]) -> Float[Tensor, "n d"]:
    """The mean of the features over each box (left, top, right, bottom in shares of the image), by RoIAlign with one
    bin, aligned, and as many points along a side as it has patches, rounded up.

    As torchvision's `roi_align` with output size 1 and sampling ratio -1. Of one bin the mean of bilinear samples on a
    grid is a product of one weighting a side.
    """
    rows, columns, _ = features.shape
    across = torch.stack(
        [_weights(left * columns, right * columns, columns) for left, _, right, _ in boxes.tolist()]
    )
    down = torch.stack([_weights(top * rows, bottom * rows, rows) for _, top, _, bottom in boxes.tolist()])
    return torch.einsum("nr,nc,rcd->nd", down, across, features)


def _weights(low: float, high: float, size: int) -> Float[Tensor, " size"]:
    """How much each of `size` patches counts in the mean along a side of a box from `low` to `high`, in patches."""
    count = max(1, math.ceil(high - low))
    places = low - 0.5 + (torch.arange(count) + 0.5) * (high - low) / count
    inside = (places >= -1) & (places <= size)
    near = places.clamp(0, size - 1)
    shares = (1 - (near[:, None] - torch.arange(size)).abs()).clamp(min=0)
    return (shares * inside[:, None]).mean(dim=0)


def _of_clip(model: Any, inputs: ModelInputs) -> Float[Tensor, "1 p d"]:
    tower = model.vision_model
    states = tower(**inputs, output_hidden_states=True).hidden_states[-2]
    last = tower.encoder.layers[-1]
    states = states + last.self_attn.out_proj(last.self_attn.v_proj(last.layer_norm1(states)))
    states = states + last.mlp(last.layer_norm2(states))
    return model.visual_projection(tower.post_layernorm(states[:, 1:]))


def _of_siglip(model: Any, inputs: ModelInputs) -> Float[Tensor, "1 p d"]:
    states = model.vision_model(**inputs).last_hidden_state
    head, mask = model.vision_model.head, inputs.get("pixel_attention_mask")
    ignored = None if mask is None else mask == 0
    asked = head.attention(states, states, states, key_padding_mask=ignored, need_weights=False)[0]
    return asked + head.mlp(head.layernorm(asked))


DENSE: Mapping[str, Callable[[Any, ModelInputs], Float[Tensor, "1 p d"]]] = {
    "clip": _of_clip,
    "metaclip_2": _of_clip,
    "siglip": _of_siglip,
    "siglip2": _of_siglip,
}
"""`model_type` → the features of one image's patches."""


def _patches(image: Image.Image) -> int:
    """As their `determine_max_value`."""
    full = (image.width // 16) * (image.height // 16)
    return next((most for most in PATCHES if full <= most), PATCHES[-1])
