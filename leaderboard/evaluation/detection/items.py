"""What detectors are measured on: regions with enough negatives, and one vocabulary a described thing of an image."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from leaderboard.benchmarks.samples import Sample

Key = tuple[str, tuple[str, ...]]
"""A vocabulary: the image's id and its captions, the true one first."""

MOST_TOKENS = 16
"""What OWL-ViT reads; FG-OVD's authors skipped a whole vocabulary with a longer caption (detectors_inferences/)."""

FEW = 2
"""Negatives of a vocabulary of FG-OVD's attribute sets; the others have `MANY`."""
MANY = 5
ATTRIBUTE_SETS = ("color", "material", "pattern", "transparency")

TokenCounts = Callable[[Sequence[str]], list[int]]


@dataclass(frozen=True)
class Items:
    """The regions of each subset, each with exactly as many negatives as asked; `left_out` counts those that are not
    there: reason to count, by subset. `too_long`: the vocabularies left out for a caption above `MOST_TOKENS`.
    """

    samples: Mapping[str, Sequence[Sample]]
    left_out: Mapping[str, Mapping[str, int]]
    too_long: Mapping[str, int]

    def vocabularies(self) -> list[Key]:
        """The distinct vocabularies of all subsets, those of an image together."""
        keys = dict.fromkeys(key for samples in self.samples.values() for key in keys_of(samples))
        first = {image: number for number, image in enumerate(dict.fromkeys(image for image, _ in keys))}
        return sorted(keys, key=lambda key: first[key[0]])


def items(
    samples: Mapping[str, Sequence[Sample]],
    counts: TokenCounts | None = None,
    negatives: Callable[[str], int] | None = None,
) -> Items:
    """The regions that have as many negatives as FG-OVD takes for mAP, 5 or 2 (issue 6 of lorebianchi98/FG-OVD), cut to
    them. With `counts`, those alone whose captions are all of at most `MOST_TOKENS` tokens by it.

    Raises ValueError, naming the subset, when none is left.
    """
    asked = negatives or (lambda name: FEW if name in ATTRIBUTE_SETS else MANY)
    kept: dict[str, list[Sample]] = {}
    left_out: dict[str, dict[str, int]] = {}
    too_long: dict[str, int] = {}
    for name, of_subset in samples.items():
        enough = [
            replace(sample, negatives=sample.negatives[: asked(name)])
            for sample in of_subset
            if len(sample.negatives) >= asked(name)
        ]
        short = enough if counts is None else _short(enough, counts)
        if not short:
            raise ValueError(
                f"{name}: expected regions that are left to measure, got none of {len(of_subset)}"
            )
        kept[name] = short
        too_long[name] = len(set(keys_of(enough))) - len(set(keys_of(short)))
        reasons = {
            f"with fewer than {asked(name)} negatives": len(of_subset) - len(enough),
            f"with a caption above {MOST_TOKENS} tokens": len(enough) - len(short),
        }
        left_out[name] = {reason: count for reason, count in reasons.items() if count}
    return Items(kept, left_out, too_long)


def keys_of(samples: Sequence[Sample]) -> list[Key]:
    """Each region's vocabulary: that of the first region of its image with the same true caption, as in FG-OVD's
    inference, where a category is detected once.
    """
    first: dict[tuple[str, str], Key] = {}
    return [
        first.setdefault((one.image, one.positive), (one.image, (one.positive, *one.negatives)))
        for one in samples
    ]


def _short(samples: Sequence[Sample], counts: TokenCounts) -> list[Sample]:
    keys = keys_of(samples)
    texts = list(dict.fromkeys(text for _, captions in keys for text in captions))
    long = {text for text, count in zip(texts, counts(texts), strict=True) if count > MOST_TOKENS}
    return [one for one, (_, captions) in zip(samples, keys, strict=True) if not long.intersection(captions)]
