"""Adapters on a backbone: merged as `peft` applies them, named by both revisions, and a stranger's looked over."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from PIL import Image
from safetensors.torch import load_file, save_file
from skimage import data
from transformers import CLIPModel

from fg_demo.models.adapter import (
    ADAPTER_CONFIG,
    ADAPTER_WEIGHTS,
    load_adapter,
    shipped_adapters,
    split_name,
    without_backbone,
)
from fg_demo.models.clip import load_backbone
from tests.fake_hub.server import HubServer
from tests.support.tiny_adapter import write_random_adapter
from tests.support.tiny_clip import write_tiny_clip

PHOTOS = [Image.fromarray(data.coffee()), Image.fromarray(data.astronaut())]
TEXTS = ["a red mug", "a cat"]


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_clip(tmp_path_factory.mktemp("models") / "tiny-clip")


@pytest.fixture(scope="module")
def adapter(clip_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_random_adapter(
        load_backbone(str(clip_folder), device="cpu"), tmp_path_factory.mktemp("adapters") / "tuned"
    )


def test_merged_weights_encode_as_peft_applies_them_and_texts_stay(clip_folder: Path, adapter: Path):
    base = load_backbone(str(clip_folder), device="cpu")
    merged = load_backbone(str(clip_folder), adapter=str(adapter), device="cpu")
    applied: Any = PeftModel.from_pretrained(CLIPModel.from_pretrained(clip_folder), adapter).eval()
    with torch.no_grad():
        expected = applied.get_base_model().get_image_features(pixel_values=base.pixels(PHOTOS)).pooler_output
    torch.testing.assert_close(merged.encode_images(PHOTOS), expected, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(base.encode_images(PHOTOS), expected, atol=1e-2)
    assert torch.equal(merged.encode_texts(TEXTS), base.encode_texts(TEXTS))


def test_name_and_revision_are_of_both_and_the_joint_name_loads(
    clip_folder: Path, adapter: Path, tmp_path: Path
):
    base = load_backbone(str(clip_folder), device="cpu")
    both = load_backbone(f"{clip_folder}+{adapter}", device="cpu")
    assert both.name == f"{base.name}+tuned" and both.revision.startswith(f"{base.revision}+")
    assert len(both.revision) == 2 * 12 + 1
    assert split_name("mini-clip+a/b") == ("mini-clip", "a/b") and split_name("mini-clip") == (
        "mini-clip",
        None,
    )
    plus = Path(shutil.copytree(clip_folder, tmp_path / "a+b"))
    assert split_name(f"{plus}+c+d") == (str(plus), "c+d") and split_name(str(plus)) == (str(plus), None)
    with pytest.raises(ValueError, match="adapter: expected one, got"):
        load_backbone(f"{clip_folder}+{adapter}", adapter=str(adapter))


@pytest.mark.parametrize(
    ("head", "backbone", "name"),
    [
        ("linear-mini-clip", "mini-clip", "linear"),
        ("linear-mini-clip-figclip-mini-clip", "mini-clip+figclip-mini-clip", "linear"),
        ("linear-mini-clip", "clip", "linear-mini"),
        ("mine", "mini-clip", "mine"),
    ],
)
def test_a_head_is_called_by_its_own_part_of_the_name(head: str, backbone: str, name: str):
    assert without_backbone(head, backbone) == name


def test_the_revision_follows_weights_and_scale_alone(clip_folder: Path, adapter: Path, tmp_path: Path):
    model = load_backbone(str(clip_folder), device="cpu").model
    before = load_adapter(str(adapter), model).revision
    copy = Path(shutil.copytree(adapter, tmp_path / "other-name"))
    (copy / "README.md").write_text("words")
    assert load_adapter(str(copy), model).revision == before
    change_config(copy, lora_alpha=7.0)
    assert load_adapter(str(copy), model).revision != before


def test_an_adapter_of_another_backbone_is_refused_in_words(adapter: Path, tmp_path: Path):
    other = write_tiny_clip(tmp_path / "other-clip", seed=1)
    with pytest.raises(
        ValueError, match=r"adapter: expected one for other-clip at \w{12}, got tuned, which is for tiny-clip"
    ):
        load_backbone(str(other), adapter=str(adapter))
    renamed = write_tiny_clip(tmp_path / "tiny-clip", seed=1)
    with pytest.raises(ValueError, match=r"adapter: expected one for tiny-clip at \w{12}, got tuned"):
        load_backbone(str(renamed), adapter=str(adapter))


def test_an_adapter_that_names_no_backbone_is_judged_by_its_shapes(
    clip_folder: Path, adapter: Path, tmp_path: Path
):
    copy = Path(shutil.copytree(adapter, tmp_path / "nameless"))
    change_config(copy, base_model_name_or_path=None, revision=None)
    assert load_backbone(str(clip_folder), adapter=str(copy)).name == "tiny-clip+nameless"
    with pytest.raises(
        ValueError, match=r"lora_A\.weight: expected shape \(4, 192\), got \(4, 32\)|linear layers"
    ):
        load_backbone("mini-clip", adapter=str(copy))


def change_config(folder: Path, **fields: Any) -> None:
    path = folder / ADAPTER_CONFIG
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


def change_weights(
    folder: Path, change: Callable[[dict[str, torch.Tensor]], dict[str, torch.Tensor]]
) -> None:
    save_file(change(load_file(folder / ADAPTER_WEIGHTS)), folder / ADAPTER_WEIGHTS)


KEY = "base_model.model.vision_model.encoder.layers.0.self_attn.q_proj.lora_A.weight"
HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "another method": (lambda f: change_config(f, peft_type="IA3"), "peft_type: expected LORA, got 'IA3'"),
    "rank zero": (lambda f: change_config(f, r=0), "r: expected a whole number, at least 1, got 0"),
    "another rank": (lambda f: change_config(f, r=5), r"expected shape \(5, 32\), got \(4, 32\)"),
    "alpha of text": (
        lambda f: change_config(f, lora_alpha="6"),
        "lora_alpha: expected a number above 0, got '6'",
    ),
    "DoRA": (lambda f: change_config(f, use_dora=True), "use_dora: expected plain LoRA"),
    "whole modules": (
        lambda f: change_config(f, modules_to_save=["text_model"]),
        "modules_to_save: expected plain",
    ),
    "ranks by pattern": (
        lambda f: change_config(f, rank_pattern={"(a+)+": 3}),
        "rank_pattern: expected plain LoRA",
    ),
    "a field of the future": (lambda f: change_config(f, run_this="x"), "run_this: expected plain LoRA"),
    "weights of the base moved": (
        lambda f: change_config(f, init_lora_weights="pissa"),
        "init_lora_weights: expected",
    ),
    "a base that is no text": (
        lambda f: change_config(f, base_model_name_or_path=3),
        "base_model_name_or_path",
    ),
    "no JSON": (lambda f: (f / ADAPTER_CONFIG).write_text("{"), "expected JSON"),
    "a huge config": (
        lambda f: (f / ADAPTER_CONFIG).write_text(" " * 300_000),
        "expected at most 262144 bytes",
    ),
    "a pickle": (lambda f: (f / ADAPTER_WEIGHTS).rename(f / "adapter_model.bin"), "pickles are not loaded"),
    "no safetensors": (lambda f: (f / ADAPTER_WEIGHTS).write_bytes(b"\x80\x04" * 50), "expected a header"),
    "one of a pair": (
        lambda f: change_weights(f, lambda w: {n: t for n, t in w.items() if n != KEY}),
        "missing",
    ),
    "a tensor of no layer": (lambda f: change_weights(f, lambda w: {**w, "x": w[KEY].clone()}), "got 'x'"),
    "half precision": (lambda f: change_weights(f, lambda w: {**w, KEY: w[KEY].half()}), "expected F32"),
    "NaN": (lambda f: change_weights(f, lambda w: {**w, KEY: w[KEY] * torch.nan}), "expected finite weights"),
    "no config": (lambda f: (f / ADAPTER_CONFIG).unlink(), "expected adapter_config.json, found none"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_what_is_no_plain_adapter_is_refused_in_words(
    clip_folder: Path, adapter: Path, tmp_path: Path, what: str
):
    change, message = HOSTILE[what]
    copy = Path(shutil.copytree(adapter, tmp_path / "hostile"))
    change(copy)
    with pytest.raises(ValueError, match=message):
        load_backbone(str(clip_folder), adapter=str(copy))


def test_an_adapter_that_is_nowhere_is_named_with_those_there_are(clip_folder: Path):
    with pytest.raises(ValueError, match=r"adapter: expected a folder, a shipped adapter .* got 'nowhere'"):
        load_backbone(str(clip_folder), adapter="nowhere")


def test_an_adapter_comes_from_the_hub_at_one_commit(
    clip_folder: Path, adapter: Path, hub: HubServer, alice: str
):
    from huggingface_hub import HfApi

    HfApi().create_repo("alice/tuned")
    HfApi().upload_folder(repo_id="alice/tuned", folder_path=adapter)
    both = load_backbone(str(clip_folder), adapter="alice/tuned", device="cpu")
    assert both.name == "tiny-clip+alice/tuned"
    local = load_backbone(str(clip_folder), adapter=str(adapter), device="cpu")
    assert both.revision == local.revision
    assert torch.equal(both.encode_images(PHOTOS), local.encode_images(PHOTOS))


def test_every_shipped_adapter_fits_the_embedded_backbone():
    for name, folder in shipped_adapters().items():
        both = load_backbone("mini-clip", adapter=name, device="cpu")
        assert both.name == f"mini-clip+{name}"
        assert all(path.stat().st_size < 9_000_000 for path in folder.iterdir())
