"""Re-projection heads: small modules that bring fine-grained attributes out of frozen CLIP embeddings."""

import importlib
from pathlib import Path

from heads.attention import AttentionHead
from heads.blend import BlendHead
from heads.candidates import Candidates, load_candidates, ranks, save_candidates
from heads.config import HeadConfig, check_backbone, read_config
from heads.cosine import CosineHead
from heads.folder import find_head, load_head, save_head, shipped_heads
from heads.head import KINDS, Head, ProjectionHead, kind_modules
from heads.linear import LinearHead
from heads.mlp import MlpHead
from heads.pairs import Pairs, load_pairs, save_pairs
from heads.push import Pushed, push_head
from heads.tensor_file import read_metadata
from heads.vetting import Vetting, vet, vet_folder

# A new kind is one file: it needs no line above.
for _module in kind_modules(Path(__file__).parent):
    importlib.import_module(f"heads.{_module}")

__all__ = [
    "KINDS",
    "AttentionHead",
    "BlendHead",
    "Candidates",
    "CosineHead",
    "Head",
    "HeadConfig",
    "LinearHead",
    "MlpHead",
    "Pairs",
    "ProjectionHead",
    "Pushed",
    "Vetting",
    "check_backbone",
    "find_head",
    "load_candidates",
    "load_head",
    "load_pairs",
    "push_head",
    "ranks",
    "read_config",
    "read_metadata",
    "save_candidates",
    "save_head",
    "save_pairs",
    "shipped_heads",
    "vet",
    "vet_folder",
]
