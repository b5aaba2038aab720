"""Re-projection heads: small modules that bring fine-grained attributes out of frozen CLIP embeddings.

head         Head, ProjectionHead, and the registry of kinds
ties         when two scores count as equal
kinds        one kind of head a file; a new kind is one more file
candidates   one image against its positive and its hard negatives; ranks
pairs        images and their captions
values       regions and the attribute values that their captions name
scoring      scores, mean rank and recall of whole sets
search       the best captions of an image among many
load         a head by name: a folder, a shipped head, a Hub repository
io           bytes on disk and on the wire
persistence  a head's folder
hub          a head on the Hub
vetting      may a stranger's head be measured?
training     embeddings in, head folder out
commands     python -m heads train | centre | ground | search | push | released | guided (through __main__)
"""

from typing import TYPE_CHECKING

from heads.io.lazy import lazy_names

if TYPE_CHECKING:
    from heads.candidates import Candidates, load_candidates, ranks, save_candidates
    from heads.head import KINDS, Head, ProjectionHead
    from heads.hub.push import push_head
    from heads.hub.upload import Pushed
    from heads.io.tensors import read_metadata
    from heads.kinds.attention import AttentionHead
    from heads.kinds.blend import BlendHead
    from heads.kinds.cosine import CosineHead
    from heads.kinds.linear import LinearHead
    from heads.kinds.mlp import MlpHead
    from heads.load import find_head, load_head, shipped_heads
    from heads.pairs import Pairs, load_pairs, save_pairs
    from heads.persistence.config import HeadConfig, check_backbone, read_config
    from heads.persistence.folder import save_head
    from heads.training.fit import fit
    from heads.training.recipe import Recipe, Stage
    from heads.vetting.vet import Vetting, vet, vet_folder

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
    "Recipe",
    "Stage",
    "Vetting",
    "check_backbone",
    "find_head",
    "fit",
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

_named = lazy_names(__file__)


def __getattr__(name: str) -> object:
    import heads.kinds  # noqa: F401 - whoever is given KINDS finds every kind in it

    return _named(name)
