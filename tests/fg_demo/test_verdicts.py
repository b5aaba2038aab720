"""Half-truths and what is said without the picture: on scorers whose answers are known."""

import torch
from PIL import Image

from fg_demo.verdicts import MeanCrop, half_truth, judge
from heads.kinds.cosine import CosineHead
from tests.support.counting_backbone import CountingBackbone

REGION = Image.new("RGB", (20, 20), "red")
TRUE, OTHERS = "a red wool box", ["a red glass ball with a cap", "a red glass box", "a blue wool box"]


class Told(CountingBackbone):
    """Texts lie as far from the region as `far` says; every other crop lies where the second axis points."""

    def __init__(self, far: dict[str, float]):
        super().__init__()
        self.far = far

    def encode_images(self, images):
        self.images += len(images)
        return torch.stack([torch.eye(8)[0 if image.size == REGION.size else 1] for image in images])

    def encode_texts(self, texts):
        return torch.stack([torch.tensor([1.0, self.far.get(text, 1.0), *[0.0] * 6]) for text in texts])


def test_the_half_truth_is_the_first_look_alike_that_swaps_one_adjective():
    assert half_truth(TRUE, OTHERS) == ("a red box", "a red glass box")
    assert half_truth(TRUE, ["a green thing"]) is None and half_truth(TRUE, []) is None


def test_who_prefers_the_truth_and_what_is_said_without_the_picture():
    far = {TRUE: 0.1, "a red box": 0.2, "a red glass box": 0.3, "a blue wool box": 0.5}
    for order, kept, blind in (
        (far, True, 4),
        ({**far, "a red box": 0.4}, False, 4),
        ({**far, TRUE: 3.0}, True, 1),
    ):
        mean_crop = MeanCrop(lambda: [Image.new("RGB", (30, 30))] * 3)
        found = judge(REGION, TRUE, [TRUE, *OTHERS], Told(order), {"cosine": CosineHead()}, mean_crop)
        assert found.half_truth is not None and found.half_truth.kept == (kept,)
        assert found.blind == (blind,) and found.crops == 3


def test_a_tie_counts_against_the_truth_and_against_the_rank():
    mean_crop = MeanCrop(lambda: [Image.new("RGB", (30, 30))])
    found = judge(REGION, TRUE, [TRUE, *OTHERS], Told({}), {"cosine": CosineHead()}, mean_crop)
    assert found.half_truth is not None and found.half_truth.kept == (False,) and found.blind == (4,)


def test_the_mean_crop_is_made_once_a_backbone():
    made: list[int] = []
    backbone = Told({})

    def crops() -> list[Image.Image]:
        made.append(1)
        return [REGION]

    mean_crop = MeanCrop(crops)
    for _ in range(3):
        judge(REGION, TRUE, [TRUE, *OTHERS], backbone, {"cosine": CosineHead()}, mean_crop)
    assert len(made) == 1
