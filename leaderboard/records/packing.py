"""Ranks and images of a subset's items as short text, so that a record can be compared item by item."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby

import numpy as np
import torch
from jaxtyping import Int
from torch import Tensor

DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
RANK_OF_DIGIT = bytes.maketrans(DIGITS.encode("ascii"), bytes(range(len(DIGITS))))
"""For `bytes.translate`: a leaderboard reads millions of ranks."""

WORST = len(DIGITS) - 1
"""The highest rank that fits into a digit."""

RUN = re.compile(r"(?:(\d{1,9}):)?(\d{1,9})", re.ASCII)
MOST_ITEMS = 1_000_000
"""In one subset; more are a damaged or hostile file."""


def pack_ranks(ranks: Iterable[int]) -> str:
    """One base-36 digit an item, in the benchmark's order. Raises ValueError for a rank outside 1 to WORST."""
    ranks = list(ranks)
    if ranks and not 1 <= min(ranks) <= max(ranks) <= WORST:
        raise ValueError(f"ranks: expected 1 to {WORST}, got {min(ranks)} to {max(ranks)}")
    return "".join(DIGITS[rank] for rank in ranks)


def unpack_ranks(text: str) -> list[int]:
    """The ranks in `text`. Raises ValueError at what `pack_ranks` does not write."""
    return list(_ranks(text))


def rank_tensor(text: str) -> Int[Tensor, " n"]:
    """`unpack_ranks` as a tensor."""
    return torch.from_numpy(np.frombuffer(_ranks(text), np.uint8).astype(np.int64))


def _ranks(text: str) -> bytes:
    wrong = sorted(set(text) - set(DIGITS[1:]))
    if wrong:
        raise ValueError(f"ranks: expected digits from 1 to {DIGITS[-1]}, got {wrong[:5]}")
    return text.encode("ascii").translate(RANK_OF_DIGIT)


def pack_runs(numbers: Sequence[int]) -> str:
    """Each item's image number as runs of items of one image: `number:length`, or the length alone where the
    number follows that of the run before. [0, 0, 1, 5, 5, 5] is "2 1 5:3".
    """
    runs, expected = [], 0
    for number, items in groupby(numbers):
        length = sum(1 for _ in items)
        runs.append(str(length) if number == expected else f"{number}:{length}")
        expected = number + 1
    return " ".join(runs)


@lru_cache(maxsize=512)
def unpack_runs(text: str) -> tuple[int, ...]:
    """Each item's image number; remembered, since all heads on a benchmark have the same. Raises ValueError at what
    `pack_runs` does not write.
    """
    numbers: list[int] = []
    expected = 0
    for run in text.split():
        found = RUN.fullmatch(run)
        if found is None or len(numbers) + int(found[2]) > MOST_ITEMS:
            raise ValueError(f"images: expected runs like '3' or '17:3', got {run[:40]!r}")
        number = expected if found[1] is None else int(found[1])
        numbers += [number] * int(found[2])
        expected = number + 1
    return tuple(numbers)


@lru_cache(maxsize=512)
def image_numbers(text: str) -> Int[Tensor, " n"]:
    """`unpack_runs` as a tensor, not to be changed."""
    return torch.tensor(unpack_runs(text), dtype=torch.long)
