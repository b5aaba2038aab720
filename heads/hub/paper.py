"""The heads that the authors of arXiv 2404.03539 released. They state no licence.

The files were published before the authors' training compared by the cosine: until then, by the dot product
(`src/model.py` there, 67c2cc7). Compared by the cosine they are what the later code makes of them.
"""

from pathlib import Path

from heads.hub.released import Publication, Released
from heads.io.cache import cache_folder

PAPER = Publication(
    "lorebianchi98/FG-CLIP",
    "695c5d6aa467859326ca6bf603a6587716dabfe4",
    "checkpoints",
    "openai/clip-vit-base-patch16",
    "none stated: not to be redistributed",
)


def _linear(name: str, sides: str, blob: str, size: int) -> Released:
    stage = "fine-grained" if name.startswith("fg-ovd") else "warm-up"
    return Released(name, stage, "linear", {"sides": sides}, blob, PAPER, size)


# "te-freezed" leaves the text encoder's embedding raw, so that the image alone is re-projected; "ve-freezed"
# the other way round (configs/model/*.yaml there: keep_embeds). The "triplet" files are the warm-up.
CATALOGUE = (
    _linear("triplet_linear-mlp", "both", "d9f8e56a4a2ec96138b0b1adf549fb01ec78eb82", 2103656),
    _linear("triplet_linear-mlp_te-freezed", "image", "f7f5e3a111a5f6313a70756ef6ff4f47193cdf00", 1052508),
    _linear("triplet_linear-mlp_ve-freezed", "text", "727866dc54e53470ef1c539d4a2266fa4d183482", 1052508),
    Released(
        "triplet_non-linear-mlp", "warm-up", "mlp", {}, "61960012429d3979594e0a3eb2160ec73424ed2a", PAPER
    ),
    _linear("fg-ovd_linear-mlp", "both", "f1fffd36fcbe39a04fd5d0e43e4b3c874c1a55c8", 2103648),
    _linear("fg-ovd_linear-mlp_te-freezed", "image", "830507c8bc8079ac51be67d5d7a9926fb7f1839a", 1052502),
    _linear("fg-ovd_linear-mlp_ve-freezed", "text", "e1d96812b0889a96ff6c1a0add79b83ca31dd19a", 1052502),
    Released(
        "fg-ovd_non-linear-mlp", "fine-grained", "mlp", {}, "8af714883585b7f0c1f2992362a7eac41040f092", PAPER
    ),
)


def released_folder() -> Path:
    """Where converted heads are kept unless said otherwise."""
    return cache_folder() / "released"
