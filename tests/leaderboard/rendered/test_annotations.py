"""The eight subsets that are made from drawn objects."""

import random
from collections import Counter

import pytest

from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.rendered.captions.annotations import annotate
from leaderboard.rendered.drawing.objects import sample_spec
from leaderboard.rendered.vocabulary import CATEGORIES


def specs(count: int, seed: int = 0):
    rng = random.Random(seed)
    return [sample_spec(rng) for _ in range(count)]


def category_of(caption: str) -> str:
    words = caption.lower().rstrip(".").split()
    return next(word for word in words if word in CATEGORIES)


def test_there_is_an_annotation_list_for_each_of_the_eight_subsets():
    assert set(annotate(specs(30), 0)) == {subset.config for subset in SUBSETS.values()}


def test_the_subsets_nest_as_those_of_fg_ovd_do():
    subsets = annotate(specs(300), 0)
    rows = {name: [annotation.row for annotation in annotations] for name, annotations in subsets.items()}
    assert rows["1_attributes"] == rows["shuffle_negatives"] == list(range(300))
    assert set(rows["3_attributes"]) < set(rows["2_attributes"]) <= set(rows["1_attributes"])
    assert all(len(set(of_subset)) == len(of_subset) for of_subset in rows.values())


def test_an_object_has_one_caption_in_every_subset_and_it_is_never_its_own_negative():
    captions: dict[int, set[str]] = {}
    for annotations in annotate(specs(200), 1).values():
        for annotation in annotations:
            captions.setdefault(annotation.row, set()).add(annotation.caption)
            assert annotation.caption not in annotation.negatives
            assert len(set(annotation.negatives)) == len(annotation.negatives) > 0
    assert {len(of_object) for of_object in captions.values()} == {1}


def test_trivial_negatives_are_captions_of_other_categories():
    for annotation in annotate(specs(200), 2)["shuffle_negatives"]:
        category = category_of(annotation.caption)
        assert len(annotation.negatives) == 10
        assert all(category_of(negative) != category for negative in annotation.negatives)


def test_trivial_negatives_are_as_long_as_positives():
    """A length that positives alone have would give them away."""
    annotations = annotate(specs(2000), 2)["shuffle_negatives"]
    positives = [len(annotation.caption.split()) for annotation in annotations]
    negatives = [len(text.split()) for annotation in annotations for text in annotation.negatives]
    assert max(negatives) == max(positives) > 12
    assert sum(negatives) / len(negatives) == pytest.approx(sum(positives) / len(positives), abs=0.2)


def test_other_negatives_keep_the_category():
    subsets = annotate(specs(100), 3)
    for name in ("1_attributes", "3_attributes", "color", "pattern"):
        for annotation in subsets[name]:
            assert {category_of(negative) for negative in annotation.negatives} == {
                category_of(annotation.caption)
            }


def test_most_negatives_are_complete_lists():
    subsets = annotate(specs(300), 4)
    for subset in SUBSETS.values():
        lengths = Counter(len(annotation.negatives) for annotation in subsets[subset.config])
        assert max(lengths) == subset.negatives
        assert lengths[subset.negatives] > 0.9 * sum(lengths.values())


def test_the_same_seed_gives_the_same_annotations():
    assert annotate(specs(50), 5) == annotate(specs(50), 5) != annotate(specs(50), 6)
