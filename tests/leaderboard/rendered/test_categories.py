"""What each drawn thing is: every category is a candidate once."""

from pathlib import Path

import pytest

from leaderboard.benchmarks.split import open_split
from leaderboard.rendered.categories import CATEGORY, build_categories, category_rows, prompt
from leaderboard.rendered.commands.build import DATA
from leaderboard.rendered.commands.categories import NAME
from leaderboard.rendered.vocabulary import CATEGORIES


def test_every_category_is_a_candidate_of_every_thing_once():
    rows = category_rows(DATA, "validation")
    prompts = {prompt(one) for one in CATEGORIES}
    assert len(rows) > 500 and len(prompts) == 24
    assert "a photo of a mug" in prompts
    for row in rows:
        assert len(row["negatives"]) == 23 and {row["caption"], *row["negatives"]} == prompts


def test_the_built_folder_is_the_benchmark(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FG_CACHE", str(tmp_path))
    build_categories(DATA, tmp_path / NAME)
    split = open_split(NAME, "validation")
    assert split.is_here and list(split.known) == [CATEGORY]
    fine = open_split("fg-rendered", "validation").samples("hard").samples
    samples = split.samples(CATEGORY).samples
    assert [(one.image, one.box) for one in samples] == [(one.image, one.box) for one in fine]
    assert split.protocol.ranking is not None and split.protocol.ranking.crop is not None
