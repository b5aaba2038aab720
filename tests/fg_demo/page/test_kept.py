"""Boxes by name: each has one of its own, and there are never too many."""

import pytest
from gradio.data_classes import FileData

from fg_demo.box_drawer.component import Drawing, KeptBox
from fg_demo.page.kept import MOST_BOXES, kept_links, read_kept, with_one_more


def drawing(*names: str) -> Drawing:
    kept = [KeptBox(name=name, box=[1, 2, 30, 40]) for name in names]
    return Drawing(image=FileData(path="a.png"), box=[5, 6, 70, 80], context=1.5, kept=kept)


@pytest.mark.parametrize(
    ("entered", "before", "name"),
    [
        ("", (), "Box 1"),
        ("  my   mug ", (), "my mug"),
        ("a", ("a",), "a (2)"),
        ("a", ("a", "a (2)"), "a (3)"),
        ("Whole image", (), "Whole image (2)"),
        ("", ("x", "Box 3"), "Box 3 (2)"),
    ],
)
def test_a_box_gets_a_name_of_its_own(entered: str, before: tuple[str, ...], name: str):
    more = with_one_more(drawing(*before), entered)
    assert [one.name for one in more] == [*before, name]
    assert more[-1].box == [5, 6, 70, 80] and more[-1].context == 1.5


def test_too_many_and_none_are_refused_in_words():
    with pytest.raises(ValueError, match=f"boxes: expected at most {MOST_BOXES}, got {MOST_BOXES + 1}"):
        with_one_more(drawing(*map(str, range(MOST_BOXES))), "")
    for nothing in (None, Drawing(), Drawing(image=FileData(path="a.png"))):
        with pytest.raises(ValueError, match="box: expected one drawn"):
            with_one_more(nothing, "a")


def test_boxes_go_through_a_link_in_their_order():
    boxes = with_one_more(drawing("b", "a"), "c")
    assert read_kept(kept_links(boxes)) == boxes
