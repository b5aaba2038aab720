"""Swaps of attributes and relations: one order is true of the scene, the other not, and words do not tell which."""

from collections import Counter
from pathlib import Path

import pytest

from leaderboard.benchmarks.annotation import WHOLE_IMAGE
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import open_split
from leaderboard.evaluation.text_only import text_only_ranks
from leaderboard.rendered.commands.build import DATA
from leaderboard.rendered.commands.swaps import NAME
from leaderboard.rendered.swaps import (
    ATTRIBUTE,
    RELATION,
    Thing,
    attribute_swaps,
    build_swaps,
    read_things,
    relation_swaps,
    swaps_of,
)

MUG = Thing("mug", {"color": "dark red", "material": "wood", "pattern": "plain"}, (0.2, 0.5))
BOWL = Thing("bowl", {"color": "blue", "material": "glass", "pattern": "striped"}, (0.7, 0.6))
HAT = Thing("hat", {"color": "light red", "material": "wood", "pattern": "dotted"}, (0.2, 0.9))


def test_each_attribute_is_told_from_both_things_where_both_have_one():
    told = {(one.caption, one.negative) for one in attribute_swaps([MUG, BOWL])}
    assert told == {
        ("a dark red mug and a blue bowl", "a blue mug and a dark red bowl"),
        ("a blue bowl and a dark red mug", "a dark red bowl and a blue mug"),
        ("a wooden mug and a glass bowl", "a glass mug and a wooden bowl"),
        ("a glass bowl and a wooden mug", "a wooden bowl and a glass mug"),
    }
    assert not list(attribute_swaps([MUG, HAT])), (
        "shades of one hue and equal materials say the same in both orders"
    )


def test_a_relation_is_told_where_things_stand_apart():
    told = {one.caption: one.negative for one in relation_swaps([MUG, BOWL, HAT])}
    assert told["a mug to the left of a bowl"] == "a bowl to the left of a mug"
    assert told["a bowl to the right of a mug"] == "a mug to the right of a bowl"
    assert told["a mug above a hat"] == "a hat above a mug" and "a hat below a mug" in told
    assert "a mug above a bowl" not in told and "a mug to the left of a hat" not in told


@pytest.fixture(scope="module")
def shipped() -> dict[str, dict]:
    return {split: swaps_of(read_things(DATA, split), seed=1) for split in ("test", "validation")}


def test_nearly_every_scene_has_both_and_relations_are_drawn_from_all_four(shipped):
    for subset in (ATTRIBUTE, RELATION):
        assert len(shipped["test"][subset]) > 1_000
        scenes = [scene for scene, _ in shipped["test"][subset]]
        assert len(set(scenes)) == len(scenes)
    words = Counter(swap.caption.split()[2] for _, swap in shipped["test"][RELATION])
    assert set(words) == {"to", "above", "below"}
    assert shipped["validation"] == swaps_of(read_things(DATA, "validation"), seed=1)


@pytest.mark.parametrize("subset", [ATTRIBUTE, RELATION])
def test_words_alone_are_at_chance(shipped, subset: str):
    samples = {
        split: [Sample(str(scene), WHOLE_IMAGE, one.caption, (one.negative,)) for scene, one in made[subset]]
        for split, made in shipped.items()
    }
    ranks = text_only_ranks(samples["test"], samples["validation"])
    # Two standard errors of a share of a thousand are 0.03.
    assert abs(float((ranks == 1).double().mean()) - 0.5) < 0.05


def test_the_built_folder_is_the_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FG_CACHE", str(tmp_path))
    build_swaps(DATA, tmp_path / NAME)
    split = open_split(NAME, "validation")
    assert split.is_here and list(split.known) == [ATTRIBUTE, RELATION]
    sample = split.samples(ATTRIBUTE).samples[0]
    assert len(sample.negatives) == 1 and sample.box == WHOLE_IMAGE
    assert split.images[sample.image].size == (256, 256)
    assert split.protocol.ranking is not None and split.protocol.ranking.crop is None
    assert split.protocol.retrieval is not None
