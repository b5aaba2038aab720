"""What makes a batch: the same things, whoever encodes them and whatever an earlier run has left undone."""

import random

from hypothesis import given
from hypothesis import strategies as st

from fg_demo.boxes import Box
from leaderboard.embedding.batches import Batches, CropBatches, blocks_of, text_batches
from leaderboard.embedding.crops import Cut, Region
from leaderboard.embedding.engine import Done, Task, Unreadable


def key(number: int) -> bytes:
    return number.to_bytes(32, "big")


def batches_of_cuts(
    images: list[list[int]], known: set[bytes], size: int, images_a_part: int = 99
) -> list[list[bytes]]:
    """Keys of the batches, of images whose regions show these numbers; what is known has nothing ready."""
    cuts: list[Done] = []
    for image, row in enumerate(images):
        regions: list[Region] = [(str(image), Box(at, 0, at + 1, 1)) for at in range(len(row))]
        cut: list[Cut] = [
            (region, key(n), None if key(n) in known else n) for region, n in zip(regions, row, strict=True)
        ]
        cuts.append((str(image // images_a_part), cut))
    reports: list[int] = []
    crops = CropBatches(cuts, known, size, reports.append)
    found = []
    for batch in crops:
        assert {key(ready) for ready in batch.values()} == set(batch)
        found.append(list(batch))
        known |= set(batch)
        crops.encoded(batch)
    assert len(crops.keys) == sum(map(len, images)) and reports == sorted(reports)
    assert not images or reports[-1] == len(crops.keys)
    return found


rows = st.lists(st.lists(st.integers(0, 40), min_size=1, max_size=9), max_size=12)


@given(rows, st.integers(1, 5))
def test_every_new_crop_is_in_one_batch_and_all_but_the_last_are_full(images: list[list[int]], size: int):
    found = batches_of_cuts(images, {key(3)}, size)
    distinct = list(dict.fromkeys(key(n) for row in images for n in row if n != 3))
    assert [one for batch in found for one in batch] == distinct
    assert all(len(batch) == size for batch in found[:-1])


@given(rows, st.integers(1, 5), st.integers(1, 4))
def test_no_batch_reaches_over_the_end_of_a_part(images: list[list[int]], size: int, images_a_part: int):
    found = batches_of_cuts(images, set(), size, images_a_part)
    known: set[bytes] = set()
    parts = [images[start : start + images_a_part] for start in range(0, len(images), images_a_part)]
    assert found == [batch for part in parts for batch in batches_of_cuts(part, known, size)]


@given(rows, st.integers(1, 5), st.integers(1, 4), st.randoms(use_true_random=False))
def test_batches_of_crops_that_were_lost_are_made_again_as_they_were(
    images: list[list[int]], size: int, images_a_part: int, chance: random.Random
):
    """Whichever of them a killed run had finished: batches that come back in any order leave gaps."""
    whole = batches_of_cuts(images, set(), size, images_a_part)
    kept = [batch for batch in whole if chance.random() < 0.5]
    again = batches_of_cuts(images, {one for batch in kept for one in batch}, size, images_a_part)
    assert again == [batch for batch in whole if batch not in kept]


@given(
    st.lists(st.integers(0, 60), max_size=40).map(sorted),
    st.integers(1, 6),
    st.randoms(use_true_random=False),
)
def test_batches_of_texts_that_were_lost_are_made_again_as_they_were(
    lengths: list[int], most: int, chance: random.Random
):
    budget = Batches(images=32, texts=most, characters=100)

    def cut(texts: list[int]) -> list[list[int]]:
        left = iter(texts)
        counts = text_batches([lengths[text] for text in texts], budget)
        return [[next(left) for _ in range(count)] for count in counts]

    whole = cut(list(range(len(lengths))))
    lost = [batch for batch in whole if chance.random() < 0.5]
    assert cut([text for batch in lost for text in batch]) == lost


def test_an_image_that_does_not_open_is_in_no_batch():
    cut: list[Cut] = [((str(1), None), key(1), "ready")]
    crops = CropBatches([("", Unreadable("0", "truncated")), ("", cut)], set(), 8, lambda done: None)
    assert list(crops) == [{key(1): "ready"}]
    assert crops.unreadable == {"0": "truncated"} and list(crops.keys) == [("1", None)]


@given(st.dictionaries(st.text(max_size=3), st.integers(1, 20), max_size=9), st.integers(1, 6))
def test_blocks_hold_every_box_once_in_order(counts: dict[str, int], most: int):
    tasks: list[Task] = [
        ("part", image, [Box(at, 0, at + 1, 1) for at in range(count)]) for image, count in counts.items()
    ]
    blocks = list(blocks_of(tasks, most))
    assert [(image, box) for block in blocks for _, image, boxes in block for box in boxes] == [
        (image, box) for _, image, boxes in tasks for box in boxes
    ]
    assert all(0 < sum(len(boxes) for *_, boxes in block) <= most for block in blocks)
