"""The words that mini-clip has learned are those of its scenes."""

import pytest

from fg_demo.models.mini_clip_words import unknown_words
from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.benchmarks.split import load_benchmark, open_split


def test_every_word_of_its_benchmark_is_known():
    texts = [text for captions in open_split("fg-rendered").captions.values() for text in captions]
    for subset in SUBSETS:
        texts += [
            text for row in load_benchmark("fg-rendered", subset) for text in (row.positive, *row.negatives)
        ]
    assert unknown_words(" ".join(texts)) == []


@pytest.mark.parametrize(
    ("text", "unknown"),
    [
        ("a red mug", []),
        ("A Zebra, a zebra and 3 mugs", ["zebra", "3", "mugs"]),
        ("ein grünes Auto", ["ein", "grünes", "auto"]),
        ("", []),
    ],
)
def test_other_words_and_digits_are_named_once(text: str, unknown: list[str]):
    assert [word for word in unknown_words(text) if word != "and"] == unknown
