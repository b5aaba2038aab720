"""Boxes by name: each has one of its own, and there are never too many."""

import pytest
from gradio.data_classes import FileData

from fg_demo.box_drawer.component import Drawing, KeptBox
from fg_demo.boxes import Box
from fg_demo.page.kept import LONGEST_NAME, MOST_BOXES, kept_links, read_kept, with_found, with_one_more


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


def test_found_boxes_are_kept_by_the_name_of_the_thing_and_a_number():
    mine = KeptBox(name="mug 1", box=[1, 2, 30, 40])
    found = with_found([mine], "  mug ", [Box(1, 2, 30, 40), Box(5, 5, 50, 50)])
    assert [(one.name, one.box) for one in found] == [
        ("mug 1", [1, 2, 30, 40]),
        ("mug 2", [5, 5, 50, 50]),
    ]


def test_found_boxes_fill_the_room_there_is_and_say_when_there_is_none():
    boxes = [Box(number, 0, number + 10, 10) for number in range(MOST_BOXES + 3)]
    full = with_found([], "mug", boxes)
    assert len(full) == MOST_BOXES and len({one.name for one in full}) == MOST_BOXES
    with pytest.raises(ValueError, match=r"boxes: expected at most .*, and so many are kept; forget some"):
        with_found(full, "cup", boxes[-1:])
    assert with_found(full, "mug", boxes[:2]) == full, "what is kept already takes no room"
    long = with_found([], "m" * 200, boxes[:1])[0].name
    assert len(long) <= LONGEST_NAME and long.endswith(" 1")
