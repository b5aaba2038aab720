"""Ranks and image numbers as short text, and the digest of the items."""

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fg_demo import Box
from leaderboard.benchmarks.samples import Sample, items_digest
from leaderboard.records.packing import (
    WORST,
    image_numbers,
    pack_ranks,
    pack_runs,
    rank_tensor,
    unpack_ranks,
    unpack_runs,
)

SAMPLES = [
    Sample("1", Box(0, 0, 10, 20), "a red mug", ("a blue mug", "a green mug")),
    Sample("2", Box(5, 5, 10, 20), "a red hat", ("a blue hat",)),
]


@given(st.lists(st.integers(1, WORST)))
def test_ranks_come_back(ranks: list[int]):
    assert unpack_ranks(pack_ranks(ranks)) == ranks and len(pack_ranks(ranks)) == len(ranks)
    assert torch.equal(rank_tensor(pack_ranks(ranks)), torch.tensor(ranks, dtype=torch.long))


def test_ten_and_eleven_are_one_digit_each():
    assert pack_ranks([1, 10, 11]) == "1ab"


@given(st.lists(st.integers(0, 12)))
def test_image_numbers_come_back(numbers: list[int]):
    assert unpack_runs(pack_runs(numbers)) == tuple(numbers)
    assert torch.equal(image_numbers(pack_runs(numbers)), torch.tensor(numbers, dtype=torch.long))


def test_numbers_that_follow_each_other_are_left_out():
    assert pack_runs([0, 0, 1, 5, 5, 5, 6, 0]) == "2 1 5:3 1 0:1"


@pytest.mark.parametrize("ranks", [[0], [1, WORST + 1]])
def test_a_rank_without_a_digit_is_refused(ranks: list[int]):
    with pytest.raises(ValueError, match=r"ranks: expected 1 to 35, got"):
        pack_ranks(ranks)


@pytest.mark.parametrize("text", ["0", "1A", "1 2", "é"])
def test_ranks_of_another_alphabet_are_refused(text: str):
    with pytest.raises(ValueError, match="ranks: expected digits from 1 to z"):
        unpack_ranks(text)


@pytest.mark.parametrize("text", ["x", "1:", ":2", "-1", "1:2:3", "999999999", "1 " * 3 + "999999999", "٣"])
def test_runs_that_are_none_are_refused(text: str):
    with pytest.raises(ValueError, match="images: expected runs like"):
        unpack_runs(text)


@pytest.mark.parametrize(
    "change",
    [
        {"image": "3"},
        {"box": Box(0, 0, 10, 21)},
        {"positive": "a red cup"},
        {"negatives": ("a green mug", "a blue mug")},
        {"negatives": ("a blue mug",)},
    ],
)
def test_the_digest_follows_every_part_of_an_item_and_the_order(change: dict[str, object]):
    changed = [dataclasses.replace(SAMPLES[0], **change), SAMPLES[1]]
    digests = {
        items_digest(SAMPLES),
        items_digest(changed),
        items_digest(SAMPLES[::-1]),
        items_digest(SAMPLES[:1]),
    }
    assert len(digests) == 4 and all(len(digest) == 12 for digest in digests)
    assert items_digest(list(SAMPLES)) == items_digest(tuple(SAMPLES))
