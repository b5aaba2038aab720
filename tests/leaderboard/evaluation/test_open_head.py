"""Heads opened by name: what a record says about them, and the same training from other seeds."""

from pathlib import Path
from typing import Any

import pytest
import torch

from heads import LinearHead, MlpHead, save_head
from heads.persistence.revision import head_revision
from leaderboard.evaluation.open_head import JUDGED, open_head, open_seeds
from tests.support.tiny_benchmark import CountingBackbone

DATA = {
    "hard": {"benchmark": "fg-rendered", "split": "train", "benchmark_revision": "924076a144c9"},
    "pairs": {"benchmark": "coco-karpathy", "split": "train"},
    "validation": {"benchmark": "fg-rendered", "split": "validation"},
}


def trained(folder: Path, seed: int | None, kind: type = LinearHead, **metadata: Any) -> str:
    """The folder of a head whose weights follow from `seed`."""
    torch.manual_seed(seed or 0)
    stated: dict[str, Any] = {"backbone": "counting", "backbone_revision": "r1", "stage": "warm-up"}
    recipe: dict[str, Any] = {} if seed is None else {"recipe": {"seed": seed}}
    stated |= recipe | metadata
    return str(save_head(kind(8), folder, **stated))


def test_the_entry_says_what_the_head_is(tmp_path: Path):
    folder = trained(tmp_path / "mine", 1, data=DATA)
    head, entry = open_head(folder, CountingBackbone())
    assert (entry.name, entry.kind, entry.stage, entry.revision) == (
        "mine",
        "linear",
        "warm-up",
        head_revision(head),
    )
    assert entry.parameters == 2 * (8 * 8 + 8) and entry.source == folder
    assert entry.trained_on == "fg-rendered train, revision 924076a144c9; coco-karpathy train"
    assert [(data.benchmark, data.split, data.revision) for data in entry.training_data] == [
        ("fg-rendered", "train", "924076a144c9"),
        ("coco-karpathy", "train", None),
    ]


def test_what_is_not_stated_is_none(tmp_path: Path):
    _, entry = open_head(trained(tmp_path / "mine", None), CountingBackbone())
    assert entry.trained_on is None
    oddities: tuple[dict[str, Any], ...] = (
        {"data": 7},
        {"data": {"hard": "a file"}},
        {"data": {"hard": {"split": "train"}}},
    )
    for odd in oddities:
        _, entry = open_head(trained(tmp_path / "mine", None, **odd), CountingBackbone())
        assert entry.trained_on is None and entry.training_data == ()


def test_cosine_has_no_parameters():
    _, entry = open_head("cosine", CountingBackbone())
    assert (entry.kind, entry.revision, entry.parameters) == ("cosine", "-", 0)


def test_a_shipped_head_is_named_by_its_place_in_the_project():
    from fg_demo import load_backbone

    _, entry = open_head("linear-mini-clip", load_backbone("mini-clip", device="cpu"))
    assert entry.source == "heads/pretrained/linear-mini-clip"
    assert entry.trained_on and entry.trained_on.startswith("fg-rendered train, revision ")


def opened(name: str, folders: list[str]) -> dict[int, Any]:
    backbone = CountingBackbone()
    return open_seeds(name, open_head(name, backbone)[1], folders, backbone)


def test_seeds_are_found_in_folders_and_in_a_folder_of_them(tmp_path: Path):
    for seed in (5, 6, 7):
        trained(tmp_path / "runs" / f"seed-{seed}", seed)
    shipped = trained(tmp_path / "shipped", 5)
    found = opened(shipped, [str(tmp_path / "runs")])
    assert list(found) == [5, 6, 7] and len({head_revision(head) for head in found.values()}) == 3
    assert list(opened(shipped, [str(tmp_path / "runs" / "seed-7")])) == [5, 7]


@pytest.mark.parametrize(
    ("seed", "change", "complaint"),
    [
        (6, {"kind": MlpHead}, "expected the same training as .*, linear warm-up, got mlp warm-up"),
        (6, {"stage": "fine-grained"}, "linear warm-up, got linear fine-grained"),
        (None, {}, "expected metadata that states the training's seed, got None"),
        (5, {"recipe": {"seed": "5"}}, "expected metadata that states the training's seed, got '5'"),
        (6, {"recipe": {"seed": 5}}, "expected another seed than 5, which another head has"),
    ],
)
def test_what_is_no_other_seed_of_the_same_is_refused(
    tmp_path: Path, seed: int | None, change: dict[str, Any], complaint: str
):
    shipped, other = trained(tmp_path / "shipped", 5), trained(tmp_path / "other", seed, **change)
    with pytest.raises(ValueError, match=complaint):
        opened(shipped, [other])


def test_epochs_chosen_on_training_data_are_part_of_what_it_was_trained_on(tmp_path: Path):
    words = ["validation is the same file as hard"]
    _, entry = open_head(trained(tmp_path / "a", 1, data=DATA, judged_on_training=words), CountingBackbone())
    assert entry.trained_on and entry.trained_on.endswith(JUDGED)
    assert entry.trained_on.startswith("fg-rendered train, revision 924076a144c9; coco-karpathy train")
    _, entry = open_head(trained(tmp_path / "b", 1, judged_on_training=words), CountingBackbone())
    assert entry.trained_on == f"data that it does not name{JUDGED}"
