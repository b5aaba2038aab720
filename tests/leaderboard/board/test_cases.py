"""Single regions: what a rank is among, where the backbone cannot tell a negative from the positive."""

from dataclasses import replace

import pytest

from fg_demo.boxes import Box
from fg_demo.scores import compare
from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.samples import Sample
from leaderboard.board.cases import Case, as_ranked, case
from leaderboard.embedding.alike import READ_ALIKE
from leaderboard.page.gallery import gallery_html, part
from tests.support.board_records import board_record
from tests.support.boards import boards
from tests.support.counting_backbone import CountingBackbone
from tests.support.tiny_benchmark import paint

SAMPLE = Sample("0", Box(0.0, 0.0, 9.0, 9.0), "a red mug", ("A Red Mug", "a blue mug", "a green mug"))


class HearsNoCase(CountingBackbone):
    def encode_texts(self, texts):
        return super().encode_texts([text.lower() for text in texts])


def test_a_rank_is_among_the_captions_that_were_ranked():
    ranked = as_ranked(SAMPLE, HearsNoCase())
    assert ranked == replace(SAMPLE, negatives=SAMPLE.negatives[1:])
    assert as_ranked(SAMPLE, CountingBackbone()) == SAMPLE
    assert Case(ranked, 2, None).place == "rank 2 of 3"


def test_no_caption_that_reads_as_the_positive_is_what_it_was_taken_for():
    ranked = as_ranked(SAMPLE, HearsNoCase())
    frame = compare(paint(0), SAMPLE.box, [ranked.positive, *ranked.negatives], HearsNoCase(), {})
    assert Case(ranked, 2, None, frame).best(BASELINE.title) in ("a blue mug", "a green mug")


@pytest.mark.parametrize(("notes", "place"), [((), "of 4"), ((f"Hard: 3 {READ_ALIKE}",), "of at most 4")])
def test_without_the_backbone_the_page_says_no_more_than_the_record(notes: tuple[str, ...], place: str):
    entry = boards([board_record(notes=notes)])[0].entries[0]
    one = case(entry, None, "hard", 0, SAMPLE)
    assert one.place.endswith(place) and one.place in gallery_html(
        [part("", [one], {"0": paint(0)}, "linear-one")]
    )
