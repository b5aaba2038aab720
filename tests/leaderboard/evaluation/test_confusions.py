"""Which word of a caption was taken for which: on captions in FG-OVD's manner."""

from collections import Counter

import pytest
import torch

from fg_demo import Box
from fg_demo.lookalikes.swaps import kind, swaps, words
from leaderboard.benchmarks.samples import Sample, candidate_table
from leaderboard.benchmarks.split import load_benchmark
from leaderboard.evaluation.confusions import LONGEST_LIST, confusions
from leaderboard.records.figures import Confusion
from tests.support.author_files import FG_OVD, needs

BOX = Box(0, 0, 8, 8)


@pytest.mark.parametrize(
    ("positive", "negative", "expected"),
    [
        ("A dark green mug.", "A black mug.", [("dark green", "black")]),
        ("A light blue mug.", "A light red mug.", [("light blue", "light red")]),
        ("A red wood chair.", "A light pink metal chair.", [("red", "light pink"), ("wood", "metal")]),
        ("an orange hat", "a blue hat", [("orange", "blue")]),
        ("a striped bag with a red strap", "a plain bag with a red strap", [("striped", "plain")]),
        ("a clear jar, opaque lid", "a clear jar, transparent lid", [("opaque", "transparent")]),
        ("a mug", "a hat", [("mug", "hat")]),
        ("a mug on a table", "a mug on a very old table", [("", "very old")]),
        ("a red and white cup", "a red cup", [("and white", "")]),
        ("a wooden chair", "a metal chair", [("wood", "metal")]),
        ("a textured rug", "a floralured rug", [("text", "floral")]),
        ("a figured rug, a cured ham", "a figured rug, a cured hat", [("ham", "hat")]),
        ("a mug", "a mug", []),
        ("a tall mug on a desk", "a short hat on a bed", []),
        ("a mug", "an entirely different sentence about a hat", []),
    ],
)
def test_the_words_that_part_two_captions(positive: str, negative: str, expected: list[tuple[str, str]]):
    assert swaps(positive, negative) == expected


def test_a_shade_belongs_to_its_hue_and_to_nothing_else():
    assert words("A Dark-Green mug, light wood!") == ("a", "dark green", "mug", "light", "wood")


@pytest.mark.parametrize(
    ("true", "taken", "expected"),
    [
        ("dark green", "black", "color"),
        ("wood", "velvet", "material"),
        ("text", "floral", "pattern"),
        ("text", "plastic", "material"),
        ("opaque", "transparent", "transparency"),
        ("wood", "red", "other"),
        ("mug", "hat", "other"),
    ],
)
def test_the_kind_is_that_of_both_words(true: str, taken: str, expected: str):
    assert kind(true, taken) == expected


def all_ranked(samples: list[Sample]) -> torch.Tensor:
    """The mask of candidates of which every caption was ranked."""
    return candidate_table(samples)[1]


def test_confusions_are_counted_by_region_and_against_what_was_offered():
    green = Sample("1", BOX, "a dark green mug", ("a black mug", "a red mug"))
    tiled = Sample("2", BOX, "a dark green mug with a dark green lid", ("a black mug with a black lid",))
    wooden = Sample("3", BOX, "a wood chair", ("a metal chair",))
    samples = [green, green, green, tiled, wooden]
    winners, wrong = torch.tensor([0, 1, 0, 0, 0]), torch.tensor([True, True, False, True, True])
    found = confusions(samples, all_ranked(samples), winners, wrong)
    assert found == (
        Confusion("color", "dark green", "black", 2, 4),
        Confusion("material", "wood", "metal", 1, 1),
        Confusion("color", "dark green", "red", 1, 3),
    )


def test_a_head_that_is_never_wrong_confuses_nothing():
    sample = Sample("1", BOX, "a red mug", ("a blue mug",))
    assert confusions([sample], all_ranked([sample]), torch.tensor([0]), torch.tensor([False])) == ()


def test_what_was_left_out_of_the_ranking_is_offered_to_nobody():
    """A negative that the backbone reads as its positive, since it is longer than what is read, is masked."""
    sample = Sample("1", BOX, "a red mug", ("a blue mug", "a green mug"))
    mask = torch.tensor([[True, True, True], [True, False, True]])
    winners, wrong = torch.tensor([0, 1]), torch.tensor([True, True])
    found = confusions([sample, sample], mask, winners, wrong)
    assert found == (Confusion("color", "red", "blue", 1, 1), Confusion("color", "red", "green", 1, 2))


def test_the_list_is_cut_to_the_most_frequent():
    samples = [Sample("1", BOX, f"a thing{number}", ("a hat",)) for number in range(LONGEST_LIST + 5)]
    samples += [samples[-1]] * 2
    n = len(samples)
    winners, wrong = torch.zeros(n, dtype=torch.int64), torch.ones(n, dtype=torch.bool)
    found = confusions(samples, all_ranked(samples), winners, wrong)
    assert len(found) == LONGEST_LIST and (found[0].true, found[0].count) == ("thing44", 3)


@needs(FG_OVD)
@pytest.mark.parametrize(
    ("subset", "replaced"), [("hard", 1), ("easy", 3), ("pattern", 1), ("transparency", 1)]
)
def test_fg_ovds_own_captions_are_read(subset: str, replaced: int, monkeypatch: pytest.MonkeyPatch):
    """Each negative replaces so many attributes of one kind each; a few hundred words are misspelt there."""
    monkeypatch.setenv("FG_DATA", str(FG_OVD.parent))
    samples = load_benchmark("fg-ovd", subset)
    made = [swaps(sample.positive, negative) for sample in samples for negative in sample.negatives]
    assert sum(0 < len(found) <= replaced for found in made) > 0.97 * len(made)
    kinds = Counter(kind(*swap) for found in made for swap in found)
    assert kinds["other"] < 0.03 * kinds.total() and (
        subset in ("hard", "easy") or kinds[subset] > 0.97 * kinds.total()
    )
