"""The rendered benchmark on disk: built twice alike, and read back by the reader that every benchmark goes through."""

import dataclasses
import hashlib
import io
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, ImageChops

from fg_demo.boxes import crop
from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.benchmarks.split import load_benchmark, open_split
from leaderboard.evaluation.text_only import text_only_ranks
from leaderboard.rendered import build
from leaderboard.rendered.build import SPLITS, Split, build_split, draw_scene
from leaderboard.rendered.commands.build import DATA


@pytest.fixture(scope="module")
def small_splits():
    before = dict(SPLITS)
    SPLITS.update({name: dataclasses.replace(split, scenes=8) for name, split in before.items()})
    yield
    SPLITS.update(before)


@pytest.fixture(scope="module")
def built(small_splits, tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    build_split("test", folder, processes=1)
    return build_split("validation", folder, processes=1)


def digests(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.mark.slow
def test_building_again_gives_the_same_bytes_whatever_the_number_of_processes(built, tmp_path):
    build_split("validation", tmp_path, processes=2)
    build_split("test", tmp_path, processes=2)
    assert digests(tmp_path) == digests(built)


@pytest.mark.parametrize("subset", SUBSETS)
def test_every_subset_is_read_by_the_benchmark_reader(built, subset):
    images = open_split(str(built), "test").images
    samples = load_benchmark(str(built), subset, "test")
    assert samples
    for sample in samples:
        assert sample.positive not in sample.negatives
        assert min(crop(images[sample.image], sample.box).size) >= 16


def test_splits_share_no_scene_and_five_captions_describe_each(built):
    captions = {split: open_split(str(built), split).captions for split in ("test", "validation")}
    assert not set(captions["test"]) & set(captions["validation"])
    assert all(len(texts) == 5 for of_split in captions.values() for texts in of_split.values())


def test_seed_ranges_of_all_splits_and_of_pretraining_are_apart():
    from leaderboard.rendered.mini_clip.recipe import RECIPE

    taken = [range(split.first, split.first + split.scenes) for split in SPLITS.values()]
    taken.append(range(RECIPE.first_scene, RECIPE.first_scene + RECIPE.scenes))
    for one in taken:
        assert not any(
            one is not other and one.start < other.stop and other.start < one.stop for other in taken
        )


def test_the_shipped_files_are_what_the_command_draws():
    """Captions to the letter; pixels within what another processor's rounding may change before the JPEG is made."""
    split: Split = SPLITS["validation"]
    images, captions = (
        open_split("fg-rendered", "validation").images,
        open_split("fg-rendered", "validation").captions,
    )
    for seed in (split.first, split.first + 1):
        scene = draw_scene(seed)
        assert captions[str(seed)] == tuple(build._image_row(scene)["captions"])
        redrawn = Image.open(io.BytesIO(scene.jpeg))
        difference = ImageChops.difference(images[str(seed)], redrawn)
        worst = int(np.asarray(difference).max())
        assert worst <= 32


@pytest.mark.parametrize("subset", SUBSETS)
def test_captions_alone_are_at_chance_on_the_shipped_files(subset):
    """Fitted on the validation split, within a tenth of a rank or two standard errors of the mean over images."""
    samples = load_benchmark("fg-rendered", subset, "test")
    found = text_only_ranks(samples, load_benchmark("fg-rendered", subset, "validation"))
    chance = torch.tensor([1 + len(sample.negatives) / 2 for sample in samples])
    images = list(dict.fromkeys(sample.image for sample in samples))
    surplus = torch.zeros(len(images), dtype=torch.double).index_add(
        0, torch.tensor([images.index(sample.image) for sample in samples]), (found - chance).double()
    )
    error = float(surplus.std()) * len(images) ** 0.5 / len(samples)
    assert abs(float(surplus.sum()) / len(samples)) <= max(0.1, 2 * error)


def test_no_shipped_file_reaches_nine_megabytes():
    assert all(path.stat().st_size < 9_000_000 for path in DATA.rglob("*.parquet"))


def test_an_unknown_split_is_refused(tmp_path):
    with pytest.raises(ValueError, match=r"split: expected one of .*'test'.*, got 'dev'"):
        build_split("dev", tmp_path, processes=1)
