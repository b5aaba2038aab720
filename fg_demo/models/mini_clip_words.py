"""Which words mini-clip has learned: those of the scenes it was trained on, and no others."""

import json
import re
from collections.abc import Iterable
from functools import cache

from fg_demo.models.clip import MINI_CLIP, MINI_CLIP_FOLDER

WORD = re.compile(r"[^\W_]+")
WORD_END = "</w>"


def unknown_words(text: str) -> list[str]:
    """The words and numbers of a text that mini-clip has not learned, in their order, each once.

    Each word of its training captions is one token of its tokenizer, from the first or added later. Any other word
    is spelled out in pieces that mean nothing, and digits are dropped. A few pieces look like words ("bag" of
    "handbag") and pass.
    """
    return [word for word in dict.fromkeys(WORD.findall(text.lower())) if word not in _words()]


def unknown_values(backbone: str, values: Iterable[str]) -> list[str]:
    """Those of the values that the backbone has not learned: none but mini-clip's are known to be missing."""
    return [value for value in values if backbone == MINI_CLIP and unknown_words(value)]


@cache
def _words() -> frozenset[str]:
    content = json.loads((MINI_CLIP_FOLDER / "tokenizer.json").read_text(encoding="utf-8"))
    whole = (token.removesuffix(WORD_END) for token in content["model"]["vocab"] if token.endswith(WORD_END))
    added = (token["content"] for token in content["added_tokens"] if not token["special"])
    return frozenset([*whole, *added])
