"""Item sets: which regions detectors are measured on."""

import json
from collections.abc import Sequence

import pytest

from leaderboard.evaluation.detection.items import MOST_TOKENS, items, keys_of
from tests.leaderboard.evaluation.detection.cases import HERE, THERE, region
from tests.support.author_files import FG_OVD, needs


def words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) + 2 for text in texts]


def test_regions_with_fewer_negatives_are_left_out_and_the_others_cut():
    chosen = items({"hard": [region(negatives=4), region("2", negatives=7)], "color": [region(negatives=2)]})
    assert [(one.image, len(one.negatives)) for one in chosen.samples["hard"]] == [("2", 5)]
    assert len(chosen.samples["color"][0].negatives) == 2
    assert chosen.left_out == {"hard": {"with fewer than 5 negatives": 1}, "color": {}}


def test_a_long_caption_leaves_out_its_whole_vocabulary():
    long = region("2", positive="a " * MOST_TOKENS, negatives=5)
    chosen = items({"hard": [region(negatives=5), long]}, words)
    assert [one.image for one in chosen.samples["hard"]] == ["1"]
    assert chosen.left_out["hard"] == {"with a caption above 16 tokens": 1} and chosen.too_long["hard"] == 1


def test_a_caption_at_the_limit_stays():
    edge = region(positive="a " * (MOST_TOKENS - 3), negatives=5)
    assert len(items({"hard": [edge]}, words).samples["hard"]) == 1


def test_nothing_left_is_said():
    with pytest.raises(ValueError, match="hard: expected regions that are left to measure, got none of 1"):
        items({"hard": [region(negatives=4)]})


def test_boxes_of_one_described_thing_share_the_first_ones_vocabulary():
    first, second, other = region(negatives=3), region(box=THERE, negatives=2), region("2")
    keys = keys_of([first, second, other])
    assert keys[0] == keys[1] and len(keys[0][1]) == 4 and keys[2][0] == "2"


def test_vocabularies_of_an_image_stand_together():
    chosen = items(
        {"hard": [region("1", negatives=5), region("2", negatives=5)], "color": [region("1", positive="x")]}
    )
    assert [image for image, _ in chosen.vocabularies()] == ["1", "1", "2"]


@needs(FG_OVD)
@pytest.mark.parametrize(
    ("file", "subset", "count"), [("3_attributes", "easy", 1299), ("pattern", "pattern", 467)]
)
def test_fg_ovd_has_as_many_regions_with_enough_negatives_as_counted(file, subset, count):
    content = json.loads((FG_OVD / "lvis" / f"{file}.json").read_text())
    name = {category["id"]: category["name"] for category in content["categories"]}
    samples = [
        region(str(row["image_id"]), HERE, name[row["category_id"]], len(row["neg_category_ids"]))
        for row in content["annotations"]
    ]
    assert len(items({subset: samples}).samples[subset]) == count
