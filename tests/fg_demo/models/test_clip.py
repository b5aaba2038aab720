"""Backbones: what they encode is what transformers' own models give, whatever stands beside it."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import load_file, save_file
from skimage import data
from torch.nn.functional import normalize
from transformers import AutoModel, AutoTokenizer, CLIPImageProcessor, CLIPModel, SiglipTokenizer

from fg_demo.models.backbone import Backbone
from fg_demo.models.clip import load_backbone
from fg_demo.models.pretrained import folder_revision
from tests.support.tiny_clip import CONTEXT, PIXELS, siglip2_tokenizer, write_tiny_clip, write_tiny_siglip

PHOTOS = [Image.fromarray(data.coffee()), Image.fromarray(data.astronaut()), Image.fromarray(data.chelsea())]
TEXTS = ["a red mug", "a cat", "a woman in an orange suit, in front of a flag"]


@pytest.fixture(scope="module")
def clip_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny_clip(tmp_path_factory.mktemp("models") / "tiny-clip")


@pytest.fixture(scope="module")
def clip(clip_folder: Path) -> Backbone:
    return load_backbone(str(clip_folder), device="cpu")


def test_embeddings_are_those_of_transformers_own_forward(clip_folder: Path, clip: Backbone):
    model, tokenizer = CLIPModel.from_pretrained(clip_folder), AutoTokenizer.from_pretrained(clip_folder)
    pixels = CLIPImageProcessor.from_pretrained(clip_folder)(images=PHOTOS, return_tensors="pt")
    tokens = tokenizer(TEXTS, padding=True, truncation=True, max_length=24, return_tensors="pt")
    with torch.no_grad():
        expected = model(**tokens, **pixels)
    images, texts = clip.encode_images(PHOTOS), clip.encode_texts(TEXTS)
    torch.testing.assert_close(normalize(images, dim=-1), expected.image_embeds, atol=1e-5, rtol=0)
    torch.testing.assert_close(normalize(texts, dim=-1), expected.text_embeds, atol=1e-5, rtol=0)
    assert clip.logit_scale == pytest.approx(model.logit_scale.exp().item())


def test_images_and_texts_together_are_one_call_of_the_device(
    clip_folder: Path, clip: Backbone, monkeypatch: pytest.MonkeyPatch
):
    asked: list[list[str]] = []

    def counted(encode: Callable[..., Any]) -> Callable[..., Any]:
        def call(inputs: dict[str, Any]) -> Any:
            asked.append(sorted(inputs))
            return encode(inputs)

        return call

    monkeypatch.setattr("fg_demo.models.device.on_gpu", counted)
    backbone = load_backbone(str(clip_folder), device="cpu")
    images, texts = backbone.encode(PHOTOS, TEXTS)
    assert asked == [["image", "text"]]
    torch.testing.assert_close(images, clip.encode_images(PHOTOS), atol=1e-6, rtol=0)
    torch.testing.assert_close(texts, clip.encode_texts(TEXTS), atol=1e-6, rtol=0)
    nothing, texts = backbone.encode([], TEXTS)
    assert nothing.shape == (0, clip.dim) and texts.shape == (3, clip.dim)
    assert [part.shape for part in backbone.encode([], [])] == [(0, clip.dim), (0, clip.dim)]
    assert asked == [["image", "text"], ["text"]]


def test_embeddings_are_raw_float32_on_the_cpu_and_fit_for_training(clip: Backbone):
    for embedding in (clip.encode_images(PHOTOS), clip.encode_texts(TEXTS)):
        assert embedding.dtype == torch.float32 and embedding.device.type == "cpu"
        assert embedding.shape == (3, clip.dim) and not embedding.is_inference()
        assert not torch.allclose(embedding.norm(dim=-1), torch.ones(3), atol=1e-2)


@pytest.mark.parametrize("precision", ["bfloat16", "half"])
def test_another_precision_is_said_and_gives_nearly_the_same(
    clip_folder: Path, clip: Backbone, precision: str
):
    other = load_backbone(str(clip_folder), device="cpu", precision=precision)
    assert (clip.precision, other.precision) == ("full", precision)
    for full, less in (
        (clip.encode_images(PHOTOS), other.encode_images(PHOTOS)),
        (clip.encode_texts(TEXTS), other.encode_texts(TEXTS)),
    ):
        assert less.dtype == torch.float32 and not torch.equal(less, full)
        assert (torch.cosine_similarity(less, full) > 0.99).all()
    with pytest.raises(
        ValueError, match="precision: expected one of auto, full, half, bfloat16, got 'double'"
    ):
        load_backbone(str(clip_folder), device="cpu", precision="double")


def test_pixels_do_not_depend_on_whether_torchvision_is_installed(
    clip_folder: Path, clip: Backbone, monkeypatch: pytest.MonkeyPatch
):
    """Where it is, transformers takes its resizing unless told otherwise; here that would not even load."""
    where = "transformers.models.auto.image_processing_auto.is_torchvision_available"
    monkeypatch.setattr(where, lambda: True)
    beside_torchvision = load_backbone(str(clip_folder), device="cpu")
    assert torch.equal(beside_torchvision.encode_images(PHOTOS), clip.encode_images(PHOTOS))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.text(st.characters(min_codepoint=97, max_codepoint=122), min_size=1, max_size=40), max_size=5)
)
def test_a_text_embeds_alike_beside_any_other_texts(clip: Backbone, others: list[str]):
    alone = clip.encode_texts(["a red mug"])
    torch.testing.assert_close(clip.encode_texts(["a red mug", *others])[:1], alone, atol=1e-5, rtol=0)


def test_weights_stored_in_half_precision_load_as_single(tmp_path: Path):
    backbone = load_backbone(str(write_tiny_clip(tmp_path / "half", dtype=torch.float16)), device="cpu")
    assert {weight.dtype for weight in backbone._model.parameters()} == {torch.float32}  # type: ignore[attr-defined]
    assert torch.isfinite(backbone.encode_images(PHOTOS)).all()


def test_siglip_runs_through_the_same_calls_with_texts_padded_to_full_length(tmp_path: Path):
    folder = write_tiny_siglip(tmp_path / "tiny-siglip")
    backbone, model = load_backbone(str(folder), device="cpu"), AutoModel.from_pretrained(folder)
    ids = AutoTokenizer.from_pretrained(folder)(
        TEXTS, padding="max_length", truncation=True, max_length=24, return_tensors="pt"
    )["input_ids"]
    with torch.no_grad():
        expected = model.get_text_features(input_ids=ids).pooler_output
    torch.testing.assert_close(backbone.encode_texts(TEXTS), expected, atol=1e-5, rtol=0)
    assert backbone.encode_images(PHOTOS).shape == (3, backbone.dim) == expected.shape


def test_siglip_reads_by_its_own_tokenizer_which_forgets_case_and_signs(tmp_path: Path):
    folder = write_tiny_siglip(tmp_path / "tiny-siglip")
    backbone = load_backbone(str(folder), device="cpu")
    assert isinstance(backbone._tokenizer, SiglipTokenizer)  # type: ignore[attr-defined]
    loud, quiet = backbone.encode_texts(["A Red MUG!", "a red mug"])
    torch.testing.assert_close(loud, quiet)


def test_siglip_2_reads_lower_case_padded_on_the_right(tmp_path: Path):
    folder = write_tiny_siglip(tmp_path / "tiny-siglip-2", siglip2_tokenizer())
    backbone, model = load_backbone(str(folder), device="cpu"), AutoModel.from_pretrained(folder)
    tokenizer = siglip2_tokenizer()
    ids = tokenizer(["a red mug"])["input_ids"][0]
    padded = torch.tensor([ids + [tokenizer.pad_token_id] * (CONTEXT - len(ids))])
    with torch.no_grad():
        expected = model.get_text_features(input_ids=padded).pooler_output
    torch.testing.assert_close(backbone.encode_texts(["A Red MUG"]), expected, atol=1e-5, rtol=0)


def test_a_package_that_is_not_here_is_named_as_the_reason(
    clip_folder: Path, monkeypatch: pytest.MonkeyPatch
):
    def missing(*_: object, **__: object):
        raise ImportError("needs the protobuf library")

    monkeypatch.setattr("fg_demo.models.clip.AutoTokenizer.from_pretrained", missing)
    with pytest.raises(ValueError, match=r"could not load .*: needs the protobuf library"):
        load_backbone(str(clip_folder))


def test_the_tokenizers_own_file_is_part_of_the_revision(tmp_path: Path):
    folder = write_tiny_siglip(tmp_path / "tiny-siglip")
    before = folder_revision(folder)
    (folder / "spiece.model").write_bytes(b"another")
    assert folder_revision(folder) != before


def test_no_images_and_no_texts_give_no_rows(clip: Backbone):
    assert clip.encode_images([]).shape == clip.encode_texts([]).shape == (0, clip.dim)


def test_preview_shows_the_models_own_resize_and_crop(clip: Backbone):
    preview = clip.preview(PHOTOS[0])
    width, height = PHOTOS[0].size
    side = PIXELS / height
    resized = PHOTOS[0].resize((int(width * side), PIXELS), Image.Resampling.BICUBIC)
    left = (resized.width - PIXELS) // 2
    expected = resized.crop((left, 0, left + PIXELS, PIXELS))
    assert preview.size == (PIXELS, PIXELS)
    difference = torch.tensor(list(preview.tobytes())).int() - torch.tensor(list(expected.tobytes())).int()
    assert difference.abs().float().mean() < 4


def test_overlong_texts_are_cut_and_named(clip: Backbone):
    long = "mug " * 30
    assert clip.overlong(["a mug", long]) == [long]
    assert clip.encode_texts([long]).shape == (1, clip.dim)


def test_revision_is_that_of_the_content(clip_folder: Path, tmp_path: Path):
    copy = Path(shutil.copytree(clip_folder, tmp_path / "copy"))
    assert folder_revision(copy) == folder_revision(clip_folder) == load_backbone(str(copy)).revision
    (copy / "README.md").write_text("words change no embedding")
    assert folder_revision(copy) == folder_revision(clip_folder)
    with (copy / "model.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        file.write(b"\x01")
    assert folder_revision(copy) != folder_revision(clip_folder)


def test_a_local_backbone_is_named_by_its_folder(clip_folder: Path, clip: Backbone):
    assert clip.name == clip_folder.name and len(clip.revision) == 12


def test_mini_clip_is_loaded_by_the_same_class():
    backbone = load_backbone("mini-clip", device="cpu")
    assert type(backbone).__name__ == "TransformersBackbone" and backbone.name == "mini-clip"
    assert backbone.encode_images(PHOTOS).shape == backbone.encode_texts(TEXTS).shape == (3, backbone.dim)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("no-such-owner/no-such-model", "could not load 'no-such-owner/no-such-model'"),
        ("not a name!", "could not load 'not a name!'"),
    ],
)
def test_a_backbone_that_cannot_be_had_is_refused_by_name(name: str, message: str):
    with pytest.raises(ValueError, match=message):
        load_backbone(name)


def test_folders_without_a_model_are_refused(clip_folder: Path, tmp_path: Path):
    with pytest.raises(ValueError, match=r"expected config\.json and weights"):
        load_backbone(str(tmp_path))
    broken = Path(shutil.copytree(clip_folder, tmp_path / "broken"))
    (broken / "model.safetensors").write_bytes(b"not weights")
    with pytest.raises(ValueError, match="could not load"):
        load_backbone(str(broken))


def test_a_model_with_a_weight_missing_is_refused_not_filled_with_random_numbers(
    clip_folder: Path, tmp_path: Path
):
    folder = Path(shutil.copytree(clip_folder, tmp_path / "partial"))
    weights = load_file(folder / "model.safetensors")
    del weights["visual_projection.weight"]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"weights: expected all .*visual_projection"):
        load_backbone(str(folder))


def test_another_family_is_refused_with_those_that_are_taken(clip_folder: Path, tmp_path: Path):
    other = Path(shutil.copytree(clip_folder, tmp_path / "other"))
    config = (other / "config.json").read_text().replace('"model_type": "clip",', '"model_type": "bert",')
    (other / "config.json").write_text(config)
    with pytest.raises(
        ValueError, match=r"model_type: expected one of align, altclip, .*, siglip, siglip2, got 'bert'"
    ):
        load_backbone(str(other))


def test_adapters_that_are_nowhere_and_unknown_devices_are_refused(clip_folder: Path):
    with pytest.raises(ValueError, match="adapter: expected a folder, a shipped adapter"):
        load_backbone(str(clip_folder), adapter="no adapter")
    with pytest.raises(ValueError, match="device: expected one of auto, cpu, cuda, got 'tpu'"):
        load_backbone(str(clip_folder), device="tpu")
