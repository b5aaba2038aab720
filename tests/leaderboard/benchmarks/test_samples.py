"""The rule from rows to samples, against a slow plain one; and that nothing goes uncounted."""

from hypothesis import given
from hypothesis import strategies as st

from fg_demo.boxes import Box, crop_pixels
from leaderboard.benchmarks.annotation import WHOLE_IMAGE, Annotation
from leaderboard.benchmarks.catalogue import Subset
from leaderboard.benchmarks.samples import EQUAL, FEWER, MORE, NONE_LEFT, REPEATED, THIN, to_samples

SIDES = st.floats(0.01, 50.0)
ROWS = st.builds(
    Annotation,
    image=st.sampled_from("xyz"),
    xywh=st.tuples(SIDES, SIDES, SIDES, SIDES) | st.none(),
    caption=st.sampled_from("abc"),
    negatives=st.lists(st.sampled_from("abcdef"), max_size=6).map(tuple),
)


def plain_negatives(row: Annotation) -> list[str]:
    kept: list[str] = []
    for text in row.negatives:
        if text != row.caption and text not in kept:
            kept.append(text)
    return kept


@given(st.lists(ROWS, max_size=6), st.integers(1, 4))
def test_samples_are_the_rows_with_their_first_distinct_negatives(rows: list[Annotation], most: int):
    subset = Subset("s", "s", "S", most)
    samples, odd = to_samples(rows, subset)
    kept = [(row, plain_negatives(row)) for row in rows if plain_negatives(row)]
    assert [(s.image, s.box, s.positive, s.negatives) for s in samples] == [
        (row.image, row.box, row.caption, tuple(texts[:most])) for row, texts in kept
    ]
    expected = {
        EQUAL: sum(row.negatives.count(row.caption) for row in rows),
        REPEATED: sum(
            len(row.negatives) - row.negatives.count(row.caption) - len(plain_negatives(row)) for row in rows
        ),
        NONE_LEFT: len(rows) - len(kept),
        FEWER.format(most): sum(len(texts) < most for _, texts in kept),
        MORE.format(most, most): sum(len(texts) > most for _, texts in kept),
        THIN: sum(row.xywh is not None and min(row.xywh[2:]) < 1 for row, _ in kept),
    }
    assert odd == {reason: count for reason, count in expected.items() if count}


@given(st.integers(1, 20_000), st.integers(1, 20_000))
def test_the_whole_image_is_the_whole_of_any_image(width: int, height: int):
    assert crop_pixels(WHOLE_IMAGE, width, height) == (0, 0, width, height)


def test_a_box_is_exactly_what_the_row_says():
    row = Annotation("x", (495.51, 565.29, 18.31, 74.71), "a", ("b",))
    assert row.box == Box.from_xywh(495.51, 565.29, 18.31, 74.71)
