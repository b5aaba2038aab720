"""Half-truths: does a scorer prefer a short true description to the same with one wrong attribute added?

More words that fit must not make up for one that is wrong. The pairs are read off a benchmark's own rows: a negative
that swaps one attribute of its positive is the half-truth, and both without that attribute are the truth.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

import torch

from heads.candidates import Candidates
from heads.head import Head
from heads.scoring import candidate_ranks
from leaderboard.benchmarks.samples import Sample
from leaderboard.evaluation.confusions import OTHER, SHADES, kind, swaps
from leaderboard.evaluation.metrics import top1
from leaderboard.records.bootstrap import intervals, rank_values
from leaderboard.records.figures import HalfTruths

WORD = re.compile(r"[^\W_]+")
JOINED = frozenset({"and", "or", "nor", "but"})
"""Words that join: an attribute beside one is of a list, and a list that lacks one is no longer English."""

LEANS_ON = frozenset(
    {
        *("of", "in", "is", "are", "with", "like", "from", "as", "looks", "appears"),
        *("color", "colour", "colored", "material", "pattern", "patterned", "texture", "textured"),
    }
)
"""Words before an attribute, or behind it, that say nothing without it."""

ENDS = frozenset({"with", "that", "which", "on", "at", "has", "is", "in", "of", "for", "against"})
"""Words before which no noun stands, so that an attribute before one of them is no adjective."""


def half_truths(samples: Iterable[Sample]) -> list[Sample]:
    """A sample for each of those an attribute can be read off, each once: the short true description as its positive,
    the same plus one wrong attribute as its only negative.

    Taken from the first negative that swaps exactly one attribute, an adjective before its noun. The share of
    heads' ranks that are 1 is how often the truth is preferred; a tie counts against it.
    """
    found: dict[Sample, None] = {}
    for sample in samples:
        pairs = ((shortened(sample.positive, negative), negative) for negative in sample.negatives)
        pair = next(((truth, half) for truth, half in pairs if truth is not None), None)
        if pair is not None:
            found[replace(sample, positive=pair[0], negatives=(pair[1],))] = None
    return list(found)


def half_truths_result(head: Head, candidates: Candidates, pairs: Sequence[Sample]) -> HalfTruths | None:
    """How often the head prefers the truth of `pairs`, which are `half_truths` embedded as `candidates`.

    A pair that the backbone reads alike is left out; None where no other is there.
    """
    told_apart = candidates.mask[:, 1]
    found = candidate_ranks(head, candidates)[told_apart]
    if not len(found):
        return None
    numbers: dict[str, int] = {}
    images = torch.tensor([numbers.setdefault(pair.image, len(numbers)) for pair in pairs])[told_apart]
    _, interval = intervals(rank_values(found), images)
    return HalfTruths(top1(found), len(found), interval)


def shortened(positive: str, negative: str) -> str | None:
    """The positive without the attribute that the negative swaps; None when they differ in anything else than
    one attribute, or when what is left would be no English.
    """
    made = swaps(positive, negative)
    if len(made) != 1 or kind(*made[0]) == OTHER:
        return None
    true = list(WORD.finditer(positive))
    first, behind = _place([word[0] for word in true], WORD.findall(negative))
    if first == 0 or behind >= len(true):
        return None
    before, after = true[first - 1], true[behind]
    between = positive[before.end() : true[first].start()] + positive[true[behind - 1].end() : after.start()]
    beside = {before[0].lower(), after[0].lower()}
    if between.strip() or beside & (JOINED | LEANS_ON) or after[0].lower() in ENDS:
        return None
    return _with_article(positive[: before.start()], before[0], positive[after.start() :])


def _place(true: list[str], other: list[str]) -> tuple[int, int]:
    """First word in which `true` differs from `other`, and the one behind the last; a shade goes with its hue."""
    same = [_article_aside(one) == _article_aside(two) for one, two in zip(true, other, strict=False)]
    first = (*same, False).index(False)
    ends = zip(reversed(true[first:]), reversed(other[first:]), strict=False)
    behind = len(true) - (*(one == two for one, two in ends), False).index(False)
    return first - (first > 0 and true[first - 1].lower() in SHADES), behind


def _article_aside(word: str) -> str:
    return "a" if word.lower() == "an" else word.lower()


def _with_article(start: str, word: str, rest: str) -> str:
    """The parts in one, "a" or "an" as the rest wants it."""
    if word.lower() in ("a", "an"):
        word = word[0] + ("n" if rest[0].lower() in "aeiou" else "")
    return f"{start}{word} {rest}"
