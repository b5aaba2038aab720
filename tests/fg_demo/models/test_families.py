"""Every family of models: embeddings are those of transformers' own calls, and heads fit on the model they are of."""

from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from skimage import data
from transformers import AutoImageProcessor, AutoModel, AutoTokenizer

from fg_demo.boxes import Box
from fg_demo.models.clip import load_backbone
from fg_demo.models.families import FAMILIES
from fg_demo.models.preprocessing import model_inputs
from fg_demo.models.pretrained import folder_revision
from fg_demo.models.registry import ModelRegistry
from fg_demo.scores import compare
from heads import LinearHead, save_head
from tests.fake_hub.server import HubServer
from tests.support.tiny_clip import CONTEXT
from tests.support.tiny_families import TOKENIZERS, WRITERS

PHOTO = Image.fromarray(data.coffee())
WIDE = PHOTO.crop((0, 0, 500, 90))
TEXTS = ["a red mug", "红色的杯子", "a cat on a table, in front of a flag"]


@pytest.fixture(scope="module", params=list(WRITERS))
def family(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def folder(family: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return WRITERS[family](tmp_path_factory.mktemp("models") / family)


@pytest.fixture(scope="module")
def backbone(folder: Path) -> Any:
    return load_backbone(str(folder), device="cpu")


def test_every_family_has_a_model_here():
    assert sorted(WRITERS) == sorted(TOKENIZERS) and len(WRITERS) == len(FAMILIES)


def test_texts_are_read_by_the_familys_own_tokenizer(backbone: Any, family: str):
    assert type(backbone._tokenizer).__name__ == TOKENIZERS[family]


def test_images_are_encoded_as_transformers_does(folder: Path, backbone: Any):
    model = AutoModel.from_pretrained(folder).eval()
    processor = AutoImageProcessor.from_pretrained(folder, backend="pil")
    for image in (PHOTO, WIDE, PHOTO.rotate(90, expand=True)):
        made = dict(processor(images=[image], return_tensors="pt"))
        ours = model_inputs(processor, [image])
        assert set(ours) == set(made) and all(torch.equal(ours[name], made[name]) for name in made)
        with torch.no_grad():
            expected = model.get_image_features(**made).pooler_output
        torch.testing.assert_close(backbone.encode_images([image]), expected, atol=1e-5, rtol=1e-5)


def test_texts_are_encoded_as_transformers_does_alone_and_beside_others(
    folder: Path, backbone: Any, family: str
):
    model = AutoModel.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder, padding_side="right")
    siglip = family.startswith("siglip")
    together = backbone.encode_texts(TEXTS)
    for row, text in zip(together, TEXTS, strict=True):
        tokens = tokenizer(
            [text.lower()],
            padding="max_length" if siglip else False,
            truncation=True,
            max_length=CONTEXT,
            return_attention_mask=not siglip,
            return_tensors="pt",
        )
        with torch.no_grad():
            (expected,) = model.get_text_features(**tokens).pooler_output
        torch.testing.assert_close(row, expected, atol=1e-5, rtol=1e-5)


def test_logits_are_on_the_models_own_scale(folder: Path, backbone: Any):
    """A temperature is divided by, a logit scale is an exponent."""
    model = AutoModel.from_pretrained(folder)
    parts = dict(model.named_parameters())
    scale = 1 / parts["temperature"] if "temperature" in parts else parts["logit_scale"].exp()
    assert backbone.logit_scale == pytest.approx(scale.item())


def test_what_is_shown_is_what_the_model_gets(backbone: Any, family: str):
    """Of a wide picture all is kept by the models that resize to a square or take any shape; others cut its middle."""
    seen = backbone.preview(WIDE)
    if family == "siglip-2-naflex":
        assert seen.width > seen.height and seen.width * seen.height <= 16 * 8 * 8
    else:
        assert seen.size == (32, 32)
    assert seen.mode == "RGB" and len(seen.getcolors(10_000) or []) > 20
    whole = WIDE.resize(seen.size, Image.Resampling.BILINEAR)
    if family in ("siglip", "siglip-2", "siglip-2-naflex", "align"):
        there = torch.tensor(list(seen.tobytes())).int() - torch.tensor(list(whole.tobytes())).int()
        assert there.abs().float().mean() < 12


def test_images_made_ready_apart_are_encoded_as_all_others(backbone: Any):
    """As training and the benchmark do, by threads: every family, one whose model wants more than pixels too."""
    ready = [backbone.preprocess(image) for image in (PHOTO, WIDE)]
    assert torch.allclose(backbone.encode_inputs(ready), backbone.encode_images([PHOTO, WIDE]), atol=1e-5)


def test_texts_that_are_too_long_are_cut_and_named(backbone: Any):
    long = "mug " * 60
    assert backbone.overlong([TEXTS[0], long]) == [long]
    assert backbone.encode_texts([long]).shape == (1, backbone.dim)


def test_a_region_is_compared_and_only_the_heads_that_fit_are_offered(
    folder: Path, backbone: Any, tmp_path: Path
):
    heads = {
        "fits": (backbone.name, backbone.revision),
        "foreign": ("openai/clip-vit-base-patch16", None),
    }
    folders = {
        name: save_head(LinearHead(backbone.dim), tmp_path / name, backbone=of, backbone_revision=revision)
        for name, (of, revision) in heads.items()
    }
    registry = ModelRegistry([str(folder)], folders, device="cpu")
    loaded = registry.backbone(str(folder))
    assert registry.fitting_heads(loaded) == ["fits"]
    scores = compare(PHOTO, Box(50, 60, 300, 300), TEXTS, loaded, {"fits": registry.head("fits", loaded)})
    assert len(scores) == 2 * len(TEXTS)


def test_every_file_of_the_tokenizer_is_part_of_the_revision(folder: Path, tmp_path: Path):
    before = folder_revision(folder)
    for name in ("vocab.txt", "sentencepiece.bpe.model"):
        path = folder / name
        assert not path.exists()
        path.write_text("another")
        assert folder_revision(folder) != before
        path.unlink()


@pytest.mark.slow
def test_a_model_on_the_hub_is_taken_at_its_commit(hub: HubServer, folder: Path, family: str):
    files = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    hub.create_repo(f"someone/{family}", "model", files)
    loaded = load_backbone(f"someone/{family}", device="cpu")
    assert loaded.name == f"someone/{family}" and len(loaded.revision) == 40
    here = load_backbone(str(folder), device="cpu")
    assert torch.equal(loaded.encode_texts(TEXTS), here.encode_texts(TEXTS))
    assert torch.equal(loaded.encode_images([PHOTO]), here.encode_images([PHOTO]))
