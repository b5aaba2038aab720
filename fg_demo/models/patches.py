"""What a vision transformer of CLIP's kind says of each patch of an image, in the space of its captions.

A caption is compared with one token of the last layer, which has gathered from all patches by attention. The
patches' own tokens have gathered from everywhere too, so that they say little of where something is. MaskCLIP (Zhou,
Loy and Dai, ECCV 2022, arXiv 2112.01071) therefore drops queries and keys from the last attention: a patch keeps its
own value, through the layer's output map. What the layer would add around that, the token before it and its
feed-forward part, is left out as well: ClearCLIP (Lan et al., ECCV 2024, arXiv 2407.12442) finds the noise of such maps
in it.
"""

from typing import Any

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

THINNEST = 4
"""Longer side by shorter one, in patches, up to which an image keeps its shape."""


def patch_pixels(processor: Any, image: Image.Image, side: int, patch: int) -> Float[Tensor, "1 c h w"]:
    """The whole image as the model's pixels, nothing cut away: the shorter side `side` px long, which the model was
    trained at, the longer one in whole patches of `patch` px.
    """
    across, down = image.size
    longest = side * min(max(across, down) / min(across, down), THINNEST)
    longer = patch * round(longest / patch)
    size = (longer, side) if across > down else (side, longer)
    resized = image.resize(size, processor.resample)
    made = processor(images=[resized], do_resize=False, do_center_crop=False, return_tensors="pt")
    return made["pixel_values"]


@torch.no_grad()
def patch_embeddings(model: Any, pixels: Float[Tensor, "1 c h w"]) -> Float[Tensor, "rows columns d"]:
    """One raw embedding a patch, row by row from the top left; see the module for what they are made of.

    The model's positions are interpolated where the image is not of the shape that it was trained at.
    """
    tower = model.vision_model
    states = tower(
        pixel_values=pixels, output_hidden_states=True, interpolate_pos_encoding=True
    ).hidden_states
    last = tower.encoder.layers[-1]
    values = last.self_attn.v_proj(last.layer_norm1(states[-2]))
    tokens = tower.post_layernorm(last.self_attn.out_proj(values[0, 1:]))
    patch = model.config.vision_config.patch_size
    rows, columns = pixels.shape[2] // patch, pixels.shape[3] // patch
    return model.visual_projection(tokens).unflatten(0, (rows, columns))
