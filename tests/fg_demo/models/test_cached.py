"""What is remembered is not encoded again, and comes back the same."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event
from time import sleep

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from skimage import data

from fg_demo.boxes import Box
from fg_demo.models.cached import CachedBackbone
from fg_demo.scores import compare
from heads import LinearHead
from tests.support.counting_backbone import CountingBackbone

CAT = Image.fromarray(data.chelsea())


@pytest.fixture
def counting() -> CountingBackbone:
    return CountingBackbone()


def test_editing_one_query_encodes_one_string_and_no_image(counting: CountingBackbone):
    backbone = CachedBackbone(counting)
    compare(CAT, Box(5, 5, 90, 90), ["a red mug", "a blue mug"], backbone, {})
    compare(CAT, Box(5, 5, 90, 90), ["a red mug", "a green mug"], backbone, {})
    assert counting.texts == ["a red mug", "a blue mug", "a green mug"] and counting.images == 1


def test_a_comparison_asks_the_device_once_and_not_at_all_when_nothing_is_new(counting: CountingBackbone):
    backbone = CachedBackbone(counting)
    compare(CAT, Box(5, 5, 90, 90), ["a", "b"], backbone, {})
    assert (counting.calls, counting.images, counting.texts) == (1, 1, ["a", "b"])
    compare(CAT, Box(6, 5, 90, 90), ["a", "c"], backbone, {})
    assert (counting.calls, counting.images, counting.texts) == (2, 2, ["a", "b", "c"])
    compare(CAT, Box(5, 5, 90, 90), ["c", "b"], backbone, {})
    assert counting.calls == 2


def test_moving_the_box_encodes_one_crop_and_no_text(counting: CountingBackbone):
    backbone = CachedBackbone(counting)
    for left in (5, 6, 5):
        compare(CAT, Box(left, 5, 90, 90), ["a", "b"], backbone, {})
    assert counting.images == 2 and counting.texts == ["a", "b"]


def test_changing_the_head_encodes_nothing(counting: CountingBackbone):
    backbone = CachedBackbone(counting)
    compare(CAT, None, ["a", "b"], backbone, {"one": LinearHead(8)})
    compare(CAT, None, ["a", "b"], backbone, {"two": LinearHead(8)})
    assert counting.images == 1 and len(counting.texts) == 2


@settings(max_examples=50, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=6), max_size=8), st.integers(1, 5))
def test_a_bounded_memory_gives_what_the_backbone_gives(requests: list[list[str]], size: int):
    backbone, plain = CachedBackbone(CountingBackbone(), texts=size), CountingBackbone()
    for texts in requests:
        expected = plain.encode_texts(texts) if texts else torch.zeros(0, 8)
        assert torch.equal(backbone.encode_texts(texts), expected)


def test_the_memory_forgets_what_was_unused_for_longest(counting: CountingBackbone):
    backbone = CachedBackbone(counting, texts=2)
    for text in ("a", "b", "a", "c", "a", "b"):
        backbone.encode_texts([text])
    assert counting.texts == ["a", "b", "c", "b"]


def test_equal_pixels_of_another_shape_are_another_image(counting: CountingBackbone):
    backbone = CachedBackbone(counting)
    wide, tall = Image.new("RGB", (4, 2)), Image.new("RGB", (2, 4))
    assert backbone.encode_images([wide, tall, wide]).shape == (3, 8)
    assert counting.images == 2


def test_many_threads_encode_each_text_once(counting: CountingBackbone):
    backbone = CachedBackbone(counting)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(backbone.encode_texts, [["a", "b", "c"]] * 40))
    assert sorted(counting.texts) == ["a", "b", "c"]


def test_what_is_asked_for_meanwhile_is_encoded_together_and_once():
    encoder = CountingBackbone()
    started, may_end, calls = Event(), Event(), []
    encode = encoder.encode

    def slow(images, texts):
        calls.append(len(texts))
        started.set()
        may_end.wait(60)
        return encode(images, texts)

    encoder.encode = slow  # type: ignore[method-assign]
    backbone = CachedBackbone(encoder)
    with ThreadPoolExecutor(6) as pool:
        first = pool.submit(backbone.encode_texts, ["first"])
        assert started.wait(60)
        others = [pool.submit(backbone.encode_texts, [f"text {number}", "shared"]) for number in range(5)]
        while len(backbone._waiting) < 6:
            sleep(0.001)
        may_end.set()
    assert calls == [1, 6]
    for number, other in enumerate(others):
        assert torch.equal(other.result(), encode([], [f"text {number}", "shared"])[1])
    assert torch.equal(first.result(), encode([], ["first"])[1]) and not backbone._waiting


def test_an_error_reaches_whoever_asked_and_leaves_the_others_their_turn():
    encoder = CountingBackbone()
    backbone, encode = CachedBackbone(encoder), encoder.encode
    encoder.encode = lambda images, texts: 1 / 0  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError):
        backbone.encode_texts(["a"])
    encoder.encode = encode  # type: ignore[method-assign]
    assert backbone.encode_texts(["b"]).shape == (1, backbone.dim) and not backbone._waiting
