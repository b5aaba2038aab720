"""What a page offers: each backbone loaded once, heads only on the backbone they were trained on."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
import torch

from fg_demo.models.registry import ModelRegistry
from heads import AttentionHead, LinearHead, save_head
from heads.persistence.config import HeadConfig
from tests.support.counting_backbone import CountingBackbone
from tests.support.tiny_clip import write_tiny_clip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_clip(tmp_path_factory.mktemp("models") / "tiny-clip", dim=8)


@pytest.fixture
def registry(folder: Path, tmp_path: Path) -> ModelRegistry:
    torch.manual_seed(0)
    revision = ModelRegistry([str(folder)], {}).backbone(str(folder)).revision
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
    return ModelRegistry([str(folder), "no-such/model"], folders, device="cpu")


def test_only_heads_of_the_same_backbone_revision_and_size_are_offered(registry: ModelRegistry, folder: Path):
    assert registry.fitting_heads(registry.backbone(str(folder))) == ["fits"]


def test_the_plainest_fully_trained_head_is_offered_first(folder: Path, tmp_path: Path):
    revision = ModelRegistry([str(folder)], {}).backbone(str(folder)).revision
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
    registry = ModelRegistry([str(folder)], folders, device="cpu")
    assert registry.fitting_heads(registry.backbone(str(folder))) == ["linear", "image", "attention", "half"]


def test_loading_all_leaves_those_that_could_be_loaded_and_says_why_the_others_could_not(
    folder: Path, tmp_path: Path
):
    registry = ModelRegistry(["no-such/model", str(folder), str(tmp_path)], {}, device="cpu")
    first, second = registry.load_all()
    assert "could not load 'no-such/model'" in first and f"could not load '{tmp_path}'" in second
    assert registry.backbone_names == [str(folder)] and registry.load_all() == []
    assert registry.backbone_at_hand(str(folder)) is registry.backbone(str(folder))
    with pytest.raises(ValueError, match=r"backbone: expected one of .*, got 'no-such/model'"):
        registry.backbone("no-such/model")


def test_heads_can_be_added(registry: ModelRegistry, folder: Path, tmp_path: Path):
    backbone = registry.backbone(str(folder))
    added = save_head(LinearHead(8), tmp_path / "more", backbone="tiny-clip")
    registry.offer({"more (dot)": added, "other (dot)": tmp_path / "foreign"})
    assert registry.fitting_heads(backbone) == ["fits", "more (dot)"]
    assert registry.head("more (dot)", backbone).dim == 8


def test_a_head_on_demand_is_got_once_and_only_when_it_is_chosen(
    registry: ModelRegistry, folder: Path, tmp_path: Path
):
    got: list[str] = []

    def get() -> Path:
        got.append("far")
        return save_head(LinearHead(8), tmp_path / "far", backbone="tiny-clip")

    fits = HeadConfig("linear", {"dim": 8}, "tiny-clip", None, 8, {})
    foreign = HeadConfig("linear", {"dim": 8}, "other/clip", None, 8, {})
    registry.offer_on_demand({"far": (fits, get), "foreign, far": (foreign, get)})
    backbone = registry.backbone(str(folder))
    assert registry.fitting_heads(backbone) == ["fits", "far"]
    assert not registry.head_is_at_hand("far") and not got
    assert {row["head"]: row["backbone"] for row in registry.head_rows()}["far"] == "tiny-clip" and not got
    assert registry.head("far", backbone) is registry.head("far", backbone)
    assert got == ["far"] and registry.head_is_at_hand("far")


def test_a_head_that_cannot_be_got_is_told_and_asked_for_again(registry: ModelRegistry, folder: Path):
    tries: list[str] = []

    def get() -> Path:
        tries.append("far")
        raise OSError("https://example.org/far.pt: expected the released file, got 404")

    config = HeadConfig("linear", {"dim": 8}, "tiny-clip", None, 8, {})
    registry.offer_on_demand({"far": (config, get)})
    for _ in range(2):
        with pytest.raises(ValueError, match=r"head: far could not be had: .*got 404"):
            registry.head("far", registry.backbone(str(folder)))
    assert tries == ["far", "far"]


@pytest.mark.parametrize("name", ["older", "foreign", "wide"])
def test_another_head_is_refused_with_both_names(registry: ModelRegistry, folder: Path, name: str):
    with pytest.raises(ValueError, match=r"backbone: expected .*, the head's, got tiny-clip"):
        registry.head(name, registry.backbone(str(folder)))


def test_each_is_loaded_once(registry: ModelRegistry, folder: Path):
    backbone = registry.backbone(str(folder))
    assert registry.backbone(str(folder)) is backbone
    assert registry.head("fits", backbone) is registry.head("fits", backbone)


def test_what_is_not_offered_is_refused_with_what_is(registry: ModelRegistry, folder: Path):
    with pytest.raises(ValueError, match=r"backbone: expected one of .*no-such/model, got '/etc'"):
        registry.backbone("/etc")
    with pytest.raises(ValueError, match=r"head: expected one of fits, .*, got '\.\./head'"):
        registry.head("../head", registry.backbone(str(folder)))


def test_a_backbone_that_cannot_be_loaded_leaves_the_others_usable(registry: ModelRegistry, folder: Path):
    with pytest.raises(ValueError, match="could not load 'no-such/model'"):
        registry.backbone("no-such/model")
    assert registry.backbone(str(folder)).dim == 8


def test_while_one_backbone_loads_nobody_waits_for_another(monkeypatch: pytest.MonkeyPatch):
    loading, may_end = Event(), Event()

    def load(name: str, device: str) -> CountingBackbone:
        if name == "slow":
            loading.set()
            may_end.wait(60)
        loads.append(name)
        return CountingBackbone()

    loads: list[str] = []
    monkeypatch.setattr("fg_demo.models.registry.load_backbone", load)
    registry = ModelRegistry(["slow", "quick"], {}, device="cpu")
    with ThreadPoolExecutor(3) as pool:
        slow = [pool.submit(registry.backbone, "slow") for _ in range(3)]
        assert loading.wait(60)
        registry.backbone("quick")
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

    monkeypatch.setattr("fg_demo.models.registry.load_backbone", load)
    registry = ModelRegistry(["clip"], {}, device="cpu")
    with pytest.raises(ValueError, match="no network"):
        registry.backbone("clip")
    assert registry.backbone("clip") is registry.backbone("clip")


def test_a_link_gets_a_backbone_only_where_nothing_has_to_be_downloaded(
    registry: ModelRegistry, folder: Path
):
    assert registry.backbone_at_hand(str(folder)).dim == 8
    with pytest.raises(ValueError, match=r"expected one that is loaded already, got no-such/model"):
        registry.backbone_at_hand("no-such/model")
    with pytest.raises(ValueError, match="backbone: expected one of"):
        registry.backbone_at_hand("/etc")
