"""What a page offers: each backbone loaded once, heads only on the backbone they were trained on."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
import torch
from counting_backbone import CountingBackbone
from tiny_clip import write_tiny_clip

from fg_demo.shelf import Shelf
from heads import AttentionHead, LinearHead, save_head


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_clip(tmp_path_factory.mktemp("models") / "tiny-clip", dim=8)


@pytest.fixture
def shelf(folder: Path, tmp_path: Path) -> Shelf:
    torch.manual_seed(0)
    revision = Shelf([str(folder)], {}).backbone(str(folder)).revision
    heads = {
        "fits": ("tiny-clip", revision, 8),
        "older": ("tiny-clip", "000000000000", 8),
        "foreign": ("other/clip", revision, 8),
        "wide": ("tiny-clip", revision, 16),
    }
    folders = {
        name: save_head(LinearHead(dim), tmp_path / name, backbone=backbone, backbone_revision=commit)
        for name, (backbone, commit, dim) in heads.items()
    }
    return Shelf([str(folder), "no-such/model"], folders, device="cpu")


def test_only_heads_of_the_same_backbone_revision_and_size_are_offered(shelf: Shelf, folder: Path):
    assert shelf.fitting_heads(shelf.backbone(str(folder))) == ["fits"]


def test_the_plainest_fully_trained_head_is_offered_first(folder: Path, tmp_path: Path):
    revision = Shelf([str(folder)], {}).backbone(str(folder)).revision
    made = {
        "attention": (AttentionHead(8), "fine-grained"),
        "half": (LinearHead(8), "warm-up"),
        "image": (LinearHead(8, sides="image"), "fine-grained"),
        "linear": (LinearHead(8), "fine-grained"),
    }
    folders = {
        name: save_head(head, tmp_path / name, backbone="tiny-clip", backbone_revision=revision, stage=stage)
        for name, (head, stage) in made.items()
    }
    shelf = Shelf([str(folder)], folders, device="cpu")
    assert shelf.fitting_heads(shelf.backbone(str(folder))) == ["linear", "image", "attention", "half"]


def test_loading_all_leaves_those_that_could_be_loaded_and_says_why_the_others_could_not(
    folder: Path, tmp_path: Path
):
    shelf = Shelf(["no-such/model", str(folder), str(tmp_path)], {}, device="cpu")
    first, second = shelf.load_all()
    assert "could not load 'no-such/model'" in first and f"could not load '{tmp_path}'" in second
    assert shelf.backbone_names == [str(folder)] and shelf.load_all() == []
    assert shelf.backbone_at_hand(str(folder)) is shelf.backbone(str(folder))
    with pytest.raises(ValueError, match=r"backbone: expected one of .*, got 'no-such/model'"):
        shelf.backbone("no-such/model")


def test_heads_can_be_added(shelf: Shelf, folder: Path, tmp_path: Path):
    backbone = shelf.backbone(str(folder))
    added = save_head(LinearHead(8), tmp_path / "more", backbone="tiny-clip")
    shelf.offer({"more (dot)": added, "other (dot)": tmp_path / "foreign"})
    assert shelf.fitting_heads(backbone) == ["fits", "more (dot)"]
    assert shelf.head("more (dot)", backbone).dim == 8


@pytest.mark.parametrize("name", ["older", "foreign", "wide"])
def test_another_head_is_refused_with_both_names(shelf: Shelf, folder: Path, name: str):
    with pytest.raises(ValueError, match=r"backbone: expected .*, the head's, got tiny-clip"):
        shelf.head(name, shelf.backbone(str(folder)))


def test_each_is_loaded_once(shelf: Shelf, folder: Path):
    backbone = shelf.backbone(str(folder))
    assert shelf.backbone(str(folder)) is backbone
    assert shelf.head("fits", backbone) is shelf.head("fits", backbone)


def test_what_is_not_offered_is_refused_with_what_is(shelf: Shelf, folder: Path):
    with pytest.raises(ValueError, match=r"backbone: expected one of .*no-such/model, got '/etc'"):
        shelf.backbone("/etc")
    with pytest.raises(ValueError, match=r"head: expected one of fits, .*, got '\.\./head'"):
        shelf.head("../head", shelf.backbone(str(folder)))


def test_a_backbone_that_cannot_be_loaded_leaves_the_others_usable(shelf: Shelf, folder: Path):
    with pytest.raises(ValueError, match="could not load 'no-such/model'"):
        shelf.backbone("no-such/model")
    assert shelf.backbone(str(folder)).dim == 8


def test_while_one_backbone_loads_nobody_waits_for_another(monkeypatch: pytest.MonkeyPatch):
    loading, may_end = Event(), Event()

    def load(name: str, device: str) -> CountingBackbone:
        if name == "slow":
            loading.set()
            may_end.wait(60)
        loads.append(name)
        return CountingBackbone()

    loads: list[str] = []
    monkeypatch.setattr("fg_demo.shelf.load_backbone", load)
    shelf = Shelf(["slow", "quick"], {}, device="cpu")
    with ThreadPoolExecutor(3) as pool:
        slow = [pool.submit(shelf.backbone, "slow") for _ in range(3)]
        assert loading.wait(60)
        shelf.backbone("quick")
        assert loads == ["quick"]
        may_end.set()
    assert len({id(one.result()) for one in slow}) == 1 and loads == ["quick", "slow"]


def test_all_who_wait_hear_why_it_failed_and_it_is_tried_again(monkeypatch: pytest.MonkeyPatch):
    answers = iter([ValueError("no network"), CountingBackbone()])

    def load(name: str, device: str) -> CountingBackbone:
        answer = next(answers)
        if isinstance(answer, ValueError):
            raise answer
        return answer

    monkeypatch.setattr("fg_demo.shelf.load_backbone", load)
    shelf = Shelf(["clip"], {}, device="cpu")
    with pytest.raises(ValueError, match="no network"):
        shelf.backbone("clip")
    assert shelf.backbone("clip") is shelf.backbone("clip")


def test_a_link_gets_a_backbone_only_where_nothing_has_to_be_downloaded(shelf: Shelf, folder: Path):
    assert shelf.backbone_at_hand(str(folder)).dim == 8
    with pytest.raises(ValueError, match=r"expected one that is loaded already, got no-such/model"):
        shelf.backbone_at_hand("no-such/model")
    with pytest.raises(ValueError, match="backbone: expected one of"):
        shelf.backbone_at_hand("/etc")
