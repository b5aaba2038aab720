"""The pixels a model gets: those of its processor, whatever the image's shape, at a square one's cost."""

import random

import numpy as np
import pytest
import torch
from PIL import Image
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil
from transformers.models.siglip.image_processing_pil_siglip import SiglipImageProcessorPil

from fg_demo.models import preprocessing
from fg_demo.models.preprocessing import pixel_values

CLIP = CLIPImageProcessorPil()
THIN_BOXES = [(long, short) for short in (1, 2, 3) for long in (1, 2, 3, 4, 5, 12, 13, 100, 333)]


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(width + 7 * height).integers(0, 256, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def plain(image: Image.Image, processor: object = CLIP) -> torch.Tensor:
    return processor(images=[image], return_tensors="pt")["pixel_values"]  # pyright: ignore[reportCallIssue]


@pytest.mark.parametrize("turned", [False, True], ids=["wide", "tall"])
def test_boxes_of_one_to_three_pixels_give_exactly_the_processors_pixels(turned: bool):
    for long, short in THIN_BOXES:
        image = noise(short, long) if turned else noise(long, short)
        assert torch.equal(pixel_values(CLIP, [image]), plain(image)), image.size


def test_thin_images_of_any_shape_give_exactly_the_processors_pixels():
    chance = random.Random(0)
    for _ in range(25):
        short = chance.randint(4, 60)
        shape = [short, short * chance.randint(3, 9) + chance.randint(0, 9)]
        chance.shuffle(shape)
        image = noise(*shape)
        assert torch.equal(pixel_values(CLIP, [image]), plain(image)), shape


def test_an_image_that_is_thin_and_large_is_made_smaller_by_the_same_filter():
    for image in (noise(1500, 300), noise(270, 1400)):
        assert torch.equal(pixel_values(CLIP, [image]), plain(image))


@pytest.mark.parametrize("size", [(8000, 2), (2, 8000), (60_000, 1)])
def test_of_a_thin_image_nothing_is_made_that_is_cut_away(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
):
    made = []
    resize = Image.Image.resize

    def counted(image: Image.Image, to: tuple[int, int], *rest: object, **more: object) -> Image.Image:
        made.append(to[0] * to[1])
        return resize(image, to, *rest, **more)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(Image.Image, "resize", counted)
    assert pixel_values(CLIP, [noise(*size)]).shape == (1, 3, 224, 224)
    assert made and max(made) <= 224 * 224


def test_a_batch_keeps_the_order_of_thin_and_other_images():
    images = [noise(40, 30), noise(90, 3), noise(30, 40)]
    assert torch.equal(pixel_values(CLIP, images), torch.cat([plain(image) for image in images]))


@pytest.mark.parametrize(
    "options",
    [
        {"do_center_crop": False, "size": {"height": 96, "width": 96}},
        {"size": {"shortest_edge": 40}, "crop_size": {"height": 30, "width": 30}},
        {"resample": Image.Resampling.BILINEAR},
    ],
    ids=["no crop", "another crop", "another filter"],
)
def test_other_processors_are_left_to_themselves(options: dict, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(preprocessing, "_middle", None)
    processor = CLIPImageProcessorPil(**options)
    image = noise(90, 10)
    assert torch.equal(pixel_values(processor, [image]), plain(image, processor))


@pytest.mark.parametrize(
    "processor",
    [CLIP, CLIPImageProcessorPil(size={"shortest_edge": 336}), SiglipImageProcessorPil()],
    ids=["clip", "another size", "siglip"],
)
@pytest.mark.parametrize("size", [(500, 333), (333, 500), (224, 224), (31, 17), (640, 640)])
def test_any_image_is_resized_before_the_processor_copies_its_pixels(
    processor: CLIPImageProcessorPil, size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
):
    image, taken = noise(*size), []
    expected, process = plain(image, processor), type(processor).process_image

    def counted(self: object, image: Image.Image, **options: object) -> np.ndarray:
        taken.append(min(image.size))
        return process(self, image, **options)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(type(processor), "process_image", counted)
    assert torch.equal(pixel_values(processor, [image]), expected)
    assert taken == [processor.size.get("shortest_edge") or processor.size["height"]]
