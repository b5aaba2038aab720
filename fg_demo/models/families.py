"""What differs between the families of CLIP-like models: how each wants its texts, and what scales its cosines."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _exponential(model: Any) -> float:
    return model.logit_scale.exp().item()


def _by_temperature(model: Any) -> float:
    return 1 / model.temperature.item()


@dataclass(frozen=True, slots=True)
class Family:
    """How a family of models wants its texts: to which length, whether padding is masked, in lower case or not."""

    padding: str
    mask: bool
    lower: bool = False
    most_tokens: int | None = None
    """Tokens that texts had at most in training, where the model has room for more."""
    unused_positions: int = 0
    """Positions that the model has and no token gets."""
    has_patches: bool = False
    """Whether images go through a vision transformer whose one token, layer norm and linear map give the embedding, so
    that patches can take the same way (see `fg_demo.models.patches`).
    """
    logit_scale: Callable[[Any], float] = _exponential
    """What the model multiplies cosines by before a softmax."""

    def longest(self, text_config: Any) -> int:
        """Tokens that are read of a text, special ones included."""
        positions: int = text_config.max_position_embeddings - self.unused_positions
        return min(positions, self.most_tokens or positions)


SIGLIP = Family(padding="max_length", mask=False)
"""Trained on texts always padded to full length, without a mask (transformers, SigLIP's usage tips)."""
SIGLIP_2 = Family(padding="max_length", mask=False, lower=True)
"""Its texts were in lower case, as its authors say (google-research/big_vision, issue 187); SigLIP's own tokenizer sees
to that itself, and the newer one of SigLIP 2, Gemma's does not.
"""
FAMILIES: dict[str, Family] = {
    "clip": Family(padding="longest", mask=True, has_patches=True),
    "metaclip_2": Family(padding="longest", mask=True, has_patches=True),
    "siglip": SIGLIP,
    "siglip with GemmaTokenizer": SIGLIP_2,  # at a fixed resolution
    "siglip2": SIGLIP_2,  # NaFlex: any shape, as patches
    # 64 tokens at most are the default of transformers' processor.
    "align": Family(padding="longest", mask=True, most_tokens=64, logit_scale=_by_temperature),
    # XLM-R counts positions from the one after its padding's number, 1.
    "altclip": Family(padding="longest", mask=True, unused_positions=2, has_patches=True),
    # 52 tokens at most: the authors' own `tokenize` (OFA-Sys/Chinese-CLIP, cn_clip/clip/utils.py).
    "chinese_clip": Family(padding="longest", mask=True, most_tokens=52, has_patches=True),
}
"""`model_type`, or it with its tokenizer, → family: another whose model has the same two calls is one row."""


def family_of(model_type: str, tokenizer: object) -> Family:
    """The family of a model with its tokenizer."""
    special = FAMILIES.get(f"{model_type} with {type(tokenizer).__name__}")
    return special or FAMILIES[model_type]


def check_known(model_type: str) -> None:
    """Nothing, or ValueError with the families there are when the model is of none of them."""
    if model_type not in FAMILIES:
        known = ", ".join(sorted(name for name in FAMILIES if " " not in name))
        raise ValueError(f"model_type: expected one of {known}, got {model_type!r}")
