"""Training a tiny CLIP: it learns, goes on to the bit, and leaves the text tower as it is."""

import json
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from transformers import CLIPConfig, CLIPModel

from fg_demo.adaptation.data import AdaptationData, Frame, read_regions
from fg_demo.adaptation.settings import CONSTANT, COSINE, MIXED, PUBLISHED, SINGLE, Settings
from fg_demo.adaptation.training.checkpoint import AdaptationProgress
from fg_demo.adaptation.training.frozen import embed_captions, pool_frames
from fg_demo.adaptation.training.judge import Judge
from fg_demo.adaptation.training.model import Adaptation
from fg_demo.adaptation.training.train import train
from fg_demo.models.adapter import PROJECTION
from tests.support.tiny_adaptation import QUICK, coloured_clips, fresh
from tests.support.tiny_clip import write_tiny_clip


def test_regions_beside_clips_are_learned_too_and_gone_on_with_to_the_bit(
    clip_folder: Path, regions: Path, tmp_path: Path
):
    beside, data = read_regions(regions), coloured_clips(tmp_path / "frames")
    settings = replace(QUICK, region_batch=3, batch=2, epochs=6)
    adaptation = fresh(clip_folder, settings, data)
    before = Judge(adaptation, beside).epoch(0, None)
    states = [state for _, state in train(adaptation, data, data, regions=beside)]
    adaptation.load(states[-1].weights)
    assert Judge(adaptation, beside).epoch(0, None).mean_rank < before.mean_rank
    again = fresh(clip_folder, settings, data)
    *_, (_, last) = train(again, data, data, states[2], beside)
    assert all(torch.equal(one, states[-1].weights[name]) for name, one in last.weights.items())
    alone = [state for _, state in train(fresh(clip_folder, settings, data), data, data)]
    assert any(not torch.equal(one, states[-1].weights[name]) for name, one in alone[-1].weights.items())


def test_mixed_precision_trains_near_single_precision(clip_folder: Path, regions: Path):
    data = read_regions(regions)
    losses = {
        precision: [
            epoch.loss
            for epoch, _ in train(
                fresh(clip_folder, replace(QUICK, precision=precision, epochs=2), data), data, data
            )
        ]
        for precision in (SINGLE, MIXED)
    }
    assert losses[MIXED] == pytest.approx(losses[SINGLE], rel=0.1) and losses[MIXED] != losses[SINGLE]


def test_a_tiny_training_learns_and_beats_the_backbone(clip_folder: Path, regions: Path):
    data = read_regions(regions)
    adaptation = fresh(clip_folder, QUICK, data)
    history = [epoch for epoch, _ in train(adaptation, data, data)]
    base = Judge(fresh(clip_folder, QUICK, data), data).epoch(0, None)
    best = Judge(adaptation, data).epoch(0, None)
    assert history[-1].loss is not None and history[0].loss is not None
    assert history[-1].loss < 0.5 * history[0].loss
    assert best.mean_rank < base.mean_rank and best.image_to_text > base.image_to_text
    assert best.quality == max(epoch.quality for epoch in history)


def test_clips_train_lora_and_contextualiser_and_nothing_else(clip_folder: Path, tmp_path: Path):
    data = coloured_clips(tmp_path / "frames")
    adaptation = fresh(clip_folder, replace(QUICK, epochs=2), data)
    model = adaptation.adapted
    before = {name: one.clone() for name, one in model.state_dict().items()}
    context = {name: one.clone() for name, one in adaptation.contextualiser.state_dict().items()}  # type: ignore[union-attr]
    states = [progress for _, progress in train(adaptation, data, data)]
    losses = [epoch.loss for epoch in states[-1].history[1:]]
    assert losses[1] is not None and losses[0] is not None and losses[1] < losses[0]
    adaptation.load(states[-1].weights)
    changed = {name for name, one in model.state_dict().items() if not torch.equal(one, before[name])}
    assert changed and changed <= {name for name in before if ".lora_" in name}
    after = states[-1].weights
    assert any(not torch.equal(after[f"contextualiser.{name}"], one) for name, one in context.items())


def test_the_text_tower_is_the_same_to_the_bit_after_training(clip_folder: Path, regions: Path):
    data = read_regions(regions)
    adaptation = fresh(clip_folder, replace(QUICK, epochs=2), data)
    for _ in train(adaptation, data, data):
        pass
    original = CLIPModel.from_pretrained(clip_folder).state_dict()
    after = adaptation.adapted.get_base_model().state_dict()
    text = [name for name in original if not name.startswith(("vision_model.", "visual_projection"))]
    assert len(text) > 10 and all(torch.equal(after[name], original[name]) for name in text)


@pytest.mark.parametrize("schedule", [CONSTANT, COSINE])
def test_a_stopped_training_goes_on_to_the_bit(clip_folder: Path, tmp_path: Path, schedule: str):
    data = coloured_clips(tmp_path / "frames")
    settings = replace(QUICK, epochs=4, dropout=0.1, schedule=schedule)
    whole = fresh(clip_folder, settings, data)
    states = [progress for _, progress in train(whole, data, data)]
    again = fresh(clip_folder, settings, data)
    resumed = list(train(again, data, data, start=states[1]))
    assert [epoch.epoch for epoch, _ in resumed] == [3, 4]
    last: AdaptationProgress = resumed[-1][1]
    assert last.history == states[-1].history
    assert all(torch.equal(one, states[-1].weights[name]) for name, one in last.weights.items())
    assert all(torch.equal(one, again.weights()[name]) for name, one in whole.weights().items())


def test_the_last_steps_of_a_falling_rate_change_little(clip_folder: Path, regions: Path):
    data = read_regions(regions)
    settings = replace(QUICK, epochs=8, region_batch=2, schedule=COSINE)
    weights = [state.weights for _, state in train(fresh(clip_folder, settings, data), data, data)]
    moved = [
        max(float((new[name] - old[name]).abs().max()) for name in new) for old, new in pairwise(weights)
    ]
    assert moved[-1] < 0.2 * moved[0]


def test_values_computed_twice_give_the_same_gradients(clip_folder: Path, tmp_path: Path):
    data = coloured_clips(tmp_path / "frames")
    found = []
    for recompute in (False, True):
        adaptation = fresh(clip_folder, QUICK, data, recompute)
        tower: Any = adaptation.adapted.get_base_model().vision_model
        assert tower.encoder.layers[0].gradient_checkpointing == recompute
        adaptation.train(True)
        adaptation.encode(list(data.moments())).square().sum().backward()
        found.append([one.grad for one in adaptation.parameters() if one.grad is not None])
    assert found[0] and len(found[0]) == len(found[1])
    for one, two in zip(*found, strict=True):
        torch.testing.assert_close(two, one, atol=1e-4, rtol=1e-3)


@pytest.mark.slow
def test_a_random_vit_b_16_goes_two_steps_with_the_published_settings(tmp_path: Path):
    folder = shutil.copytree(write_tiny_clip(tmp_path / "tiny"), tmp_path / "vit-b-16")
    config: Any = CLIPConfig.from_pretrained(folder)
    text = {
        **config.text_config.to_dict(),
        "hidden_size": 512,
        "num_attention_heads": 8,
        "projection_dim": 512,
    }
    vision = {
        "hidden_size": 768,
        "intermediate_size": 3072,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
    }
    large = CLIPConfig(
        text_config=text, vision_config={**vision, "patch_size": 16, "image_size": 224}, projection_dim=512
    )
    CLIPModel(large).save_pretrained(folder)
    size = {"size": {"shortest_edge": 224}, "crop_size": {"height": 224, "width": 224}}
    processor = json.loads((folder / "preprocessor_config.json").read_text())
    (folder / "preprocessor_config.json").write_text(json.dumps({**processor, **size}))
    data = coloured_clips(tmp_path / "frames")
    settings = replace(PUBLISHED, batch=2, epochs=1)  # four clips: two steps
    adaptation = fresh(folder, settings, data)
    start = adaptation.weights()
    ((epoch, progress),) = train(adaptation, data, data)
    assert epoch.loss is not None and all(int(one["step"]) == 2 for one in progress.moments.values())
    assert sum(one.numel() for name, one in start.items() if "lora_" in name) == 12 * 3 * 2 * 64 * 768
    assert any(not torch.equal(one, start[name]) for name, one in progress.weights.items())


def test_where_the_projection_alone_is_trained_the_tower_sees_each_frame_once(
    clip_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    opened: list[Frame] = []
    image = Frame.image
    monkeypatch.setattr(Frame, "image", lambda frame: opened.append(frame) or image(frame))
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    data = coloured_clips(tmp_path / "frames")
    settings = replace(QUICK, targets=PROJECTION, epochs=3)
    *_, (_, found) = train(fresh(clip_folder, settings, data), data, data)
    assert len(opened) == len(set(opened)) == len({frame for one in data.moments() for frame in one.frames})
    monkeypatch.setattr(
        Adaptation, "projection_alone", False
    )  # pixels go through all of the tower in every step
    *_, (_, expected) = train(fresh(clip_folder, settings, data), data, data)
    assert len(opened) > 3 * len(set(opened))
    for one, two in zip(found.history, expected.history, strict=True):
        assert one.loss == (None if two.loss is None else pytest.approx(two.loss, rel=1e-2))
        assert one.mean_rank == pytest.approx(two.mean_rank, abs=0.2)


def test_what_the_tower_gave_the_projection_has_the_gradients_of_pixels(
    clip_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Gradients, not trained weights: AdamW moves a weight whose gradient is zero but for rounding by a whole step."""
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    data = coloured_clips(tmp_path / "frames")
    adaptation = fresh(clip_folder, replace(QUICK, targets=PROJECTION), data)
    adaptation.load({name: one + 0.01 for name, one in adaptation.weights().items()})  # LoRA begins at zero
    pool_frames(adaptation, data)
    found = []
    for alone in (True, False):
        monkeypatch.setattr(Adaptation, "projection_alone", alone)
        for one in adaptation.parameters():
            one.grad = None
        embedded = adaptation.encode(list(data.moments()))
        embedded.square().sum().backward()
        found.append(
            [embedded.detach(), *(one.grad for one in adaptation.parameters() if one.grad is not None)]
        )
    assert len(found[0]) == len(found[1]) > 2
    for one, two in zip(*found, strict=True):
        assert two.abs().max() > 1e-3
        torch.testing.assert_close(one, two, atol=1e-4, rtol=1e-3)


def test_whole_images_beside_regions_count_by_their_weight(clip_folder: Path, regions: Path):
    data = read_regions(regions)
    scenes = replace(data, clips=tuple((replace(moment, negatives=()),) for moment in data.moments()))
    settings = replace(QUICK, image_batch=3, image_weight=2.0, epochs=1)

    def first_loss(settings: Settings, images: AdaptationData | None) -> float:
        ((epoch, _),) = train(fresh(clip_folder, settings, data), data, data, images=images)
        assert epoch.loss is not None
        return epoch.loss

    alone = first_loss(settings, None)
    twice, once = first_loss(settings, scenes), first_loss(replace(settings, image_weight=1.0), scenes)
    assert twice - alone == pytest.approx(2 * (once - alone), rel=1e-3) and once > alone


def test_captions_are_embedded_once_for_all_trainings_on_them(
    clip_folder: Path, regions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    data = read_regions(regions)
    adaptation = fresh(clip_folder, QUICK, data)
    first = embed_captions(adaptation, data, "captions")
    assert torch.equal(first, adaptation.backbone.encode_texts(list(data.captions())))
    encode = adaptation.backbone.encode_texts
    asked: list[str] = []
    monkeypatch.setattr(
        adaptation.backbone, "encode_texts", lambda texts: asked.extend(texts) or encode(texts)
    )
    assert torch.equal(embed_captions(adaptation, data, "captions"), first) and not asked
    other = replace(data, clips=data.clips[::-1])
    assert torch.equal(embed_captions(adaptation, other, "captions"), encode(list(other.captions())))
    assert asked == list(other.captions())


def test_frames_are_encoded_once_for_all_trainings_on_the_same_pixels(
    clip_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    data = coloured_clips(tmp_path / "frames")
    settings = replace(QUICK, targets=PROJECTION)
    first, second, third = (fresh(clip_folder, settings, data) for _ in range(3))
    pool_frames(first, data)
    opened: list[Frame] = []
    image = Frame.image
    monkeypatch.setattr(Frame, "image", lambda frame: opened.append(frame) or image(frame))
    pool_frames(second, data)
    assert not opened and second.pooled.keys() == first.pooled.keys()
    assert all(torch.equal(row, first.pooled[frame]) for frame, row in second.pooled.items())
    changed = next(iter(first.pooled))
    Image.new("RGB", (32, 32), (1, 2, 3)).save(changed.path)
    pool_frames(third, data)
    assert opened and not torch.allclose(third.pooled[changed], first.pooled[changed])
