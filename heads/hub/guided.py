"""The text heads that the authors of GUIDED published (arXiv 2603.27014, NeurIPS 2025), for a ConvNeXt-Large CLIP.

GUIDED tells attributes apart by the paper's text-only linear head, trained anew on the 768 numbers of OpenCLIP's
convnext_large_d_320. What of their code they were trained with decides how they score: the public `MLPs.forward`
(`clip_models/FG_CLIP/src/model.py`) takes the caption's unit vector, maps it and compares by the cosine, which is
what the files of `ckpt_convnext_norm_emb` are named after. Those of `ckpt_convnext_large_d_320` have no such name,
and `clip_models/FG_clip_model.py` gives them raw embeddings: so they are taken here. Their detector gives raw ones to
the former too, which the training does not, and is not followed.

Their results are of crops and captions that this project can score but not encode: transformers has no ConvNeXt
CLIP, so embeddings come from OpenCLIP.
"""

from pathlib import Path
from typing import Literal

from heads.hub.released import Publication, Released
from heads.io.cache import cache_folder

GUIDED = Publication(
    "lijm48/GUIDED",
    "4e050ab5db62a7c7866d3f23a2fed1ab24d3e580",
    "clip_models/FG_CLIP",
    "laion/CLIP-convnext_large_d_320.laion2B-s29B-b131K-ft-soup",
    "Apache-2.0",
)
DIM = 768
Stage = Literal["warm-up", "fine-grained"]


def _of_unit_vectors(name: str, stage: Stage, blob: str, size: int) -> Released:
    place = "ckpt_convnext_norm_emb/{}.pth"
    return Released(name, stage, "text-matrix", {"bias": True}, blob, GUIDED, size, DIM, place)


def _of_raw_vectors(name: str, stage: Stage, blob: str, size: int) -> Released:
    place = "ckpt_convnext_large_d_320/{}.pth"
    return Released(name, stage, "linear", {"sides": "text"}, blob, GUIDED, size, DIM, place)


# "1attri_trivial": Hard and Trivial, the pair that GUIDED settles on; "useallfg": all eight training sets.
CATALOGUE = (
    _of_unit_vectors(
        "triplet_convnext-mlp_norm_emb", "warm-up", "0186486bdb244dfadc8c36013e7b841a4b332c7c", 2363775
    ),
    _of_unit_vectors(
        "fg-ovd_convnext-mlp_norm_emb", "fine-grained", "773ed62af8f102ded37f7d94df65dababd2938ef", 2363771
    ),
    _of_unit_vectors(
        "fg-ovd_convnext-mlp_norm_emb_1attri_trivial",
        "fine-grained",
        "b73666b5eb5d793623af9fb7c69ca784e6e4715b",
        2363831,
    ),
    _of_unit_vectors(
        "fg-ovd_convnext-mlp_norm_emb_useallfg",
        "fine-grained",
        "2f0ae139c13bfca248041976059f676da91c1e33",
        2363807,
    ),
    _of_raw_vectors("triplet_convnext-mlp", "warm-up", "99807703d6587e79d79da7d0d039d0b657efb8fe", 2363675),
    _of_raw_vectors(
        "triplet_20epoch_convnext-mlp", "warm-up", "c0dae1eda3d402b70be40f9f2f0bd6cbb54e5a31", 2363771
    ),
    _of_raw_vectors(
        "fg-ovd_convnext-mlp", "fine-grained", "e19e1753ad40a105ee4c084a113359bd839ca23b", 2363671
    ),
    _of_raw_vectors(
        "fg-ovd_20epoch_convnext-mlp", "fine-grained", "19f09219f803beab37ab850bbd91fce40bff33ee", 2363767
    ),
)


def guided_folder() -> Path:
    """Where converted heads are kept unless said otherwise."""
    return cache_folder() / "guided"
