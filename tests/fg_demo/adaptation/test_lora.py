"""LoRA in the image tower of a tiny CLIP."""

from pathlib import Path

import pytest
import torch
from PIL import Image

from fg_demo.adaptation.lora import add_lora, image_targets
from fg_demo.adaptation.settings import Settings
from fg_demo.models.clip import load_backbone


def test_only_the_image_tower_is_adapted_and_unknown_targets_are_named(clip_folder: Path):
    model = load_backbone(str(clip_folder), device="cpu").model
    names = image_targets(model, ("q_proj", "v_proj"))
    assert len(names) == 4 and all(name.startswith("vision_model.") for name in names)
    assert image_targets(model, ("visual_projection",)) == ["visual_projection"]
    with pytest.raises(ValueError, match=r"targets: expected some of fc1, fc2, k_proj, .*, got 'query'"):
        image_targets(model, ("q_proj", "query"))


def test_fresh_lora_changes_nothing_and_is_the_same_for_the_same_seed(clip_folder: Path):
    backbone, other = (load_backbone(str(clip_folder), device="cpu") for _ in range(2))
    image = [Image.new("RGB", (32, 32), "red")]
    before = backbone.encode_images(image)
    first, second = (
        add_lora(one.model, Settings(rank=8), one.name, one.revision).state_dict()
        for one in (backbone, other)
    )
    torch.testing.assert_close(backbone.encode_images(image), before)
    assert all(torch.equal(one, second[name]) for name, one in first.items())
