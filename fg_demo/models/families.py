"""How each family of CLIP-like models wants its texts."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Family:
    """How a family of models wants its texts: to which length, whether padding is masked, in lower case or not."""

    padding: str
    mask: bool
    lower: bool = False


FAMILIES: dict[str, Family] = {
    "clip": Family(padding="longest", mask=True),
    "metaclip_2": Family(padding="longest", mask=True),
    # Trained on texts always padded to full length, without a mask (transformers, SigLIP's usage tips).
    "siglip": Family(padding="max_length", mask=False),
    # SigLIP 2 at a fixed resolution. Its texts were in lower case, as its authors say (google-research/big_vision,
    # issue 187); SigLIP's own tokenizer sees to that itself, Gemma's does not.
    "siglip with GemmaTokenizer": Family(padding="max_length", mask=False, lower=True),
}
"""`model_type`, or it with its tokenizer, → family: another whose model has the same two calls is one row."""
