"""The table as HTML: what it says, and that nothing of a record gets into it as markup."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from leaderboard.board.filtering import visible
from leaderboard.board.state import BoardState
from leaderboard.board.trade_off import trade_off_points
from leaderboard.page.head_facts import facts, facts_html
from leaderboard.page.side_by_side import versus_html
from leaderboard.page.summary import answer_html, points_html, protocol_html
from leaderboard.page.tab import EXPLANATION
from leaderboard.page.table import count_html, table_html
from leaderboard.records.provenance import PROVENANCE
from tests.support.board_records import (
    board_record,
    cosine_record,
    paper_record,
    reference_record,
    with_controls,
)
from tests.support.boards import boards

NAMES = ("one", "cosine", "text only", "medoid")
EVIL = "<img src=x onerror=alert(1)>\"'`${7*7}{{8*8}}"


class Tags(HTMLParser):
    """The tags and attributes of a page."""

    def __init__(self, text: str):
        super().__init__()
        self.found: list[tuple[str, dict]] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.fixture(scope="module")
def board():
    return boards([cosine_record(), board_record("one", 0.8, 0.1), board_record("two", 0.6, 0.3, drawn=1)])[0]


def shown(board, **view) -> str:
    return table_html(board, visible(board, BoardState(**view)), BoardState(**view))


def test_rows_and_columns_have_headings_for_screen_readers(board):
    tags = Tags(shown(board)).found
    scopes = [attributes.get("scope") for tag, attributes in tags if tag == "th"]
    assert scopes.count("row") == 3 and scopes.count("col") == 1 + len(board.columns(BoardState()))
    assert any(tag == "caption" for tag, _ in tags)


def test_the_sorted_column_says_so_and_no_other(board):
    for sort, state in (("hard", "ascending"), ("-hard", "descending"), ("top1", "descending")):
        found = [
            attributes for tag, attributes in Tags(shown(board, sort=sort)).found if "aria-sort" in attributes
        ]
        assert [attributes["aria-sort"] for attributes in found] == [state]


def test_the_best_of_each_column_is_marked_without_colour_too(board):
    rows = re.findall(
        r"<tr[ >].*?</tr>", shown(board, columns=("mean_rank", "image_to_text_r10")), re.DOTALL
    )[1:]
    best = [row.count('<span class="lb-hidden"> best</span>') for row in rows]
    assert best == [1, 0, 1], "one has the best mean rank, cosine the best recall"


def test_a_value_stands_with_its_interval(board):
    assert "<small" in shown(board, columns=("hard",)) and "95 % interval" in shown(board, columns=("hard",))


def test_what_was_not_measured_is_empty_and_says_so():
    board = boards([paper_record("a", 1.4, 0.3)])[0]
    assert '<td class="lb-empty"><span class="lb-hidden">not measured</span></td>' in shown(
        board, columns=("hard",)
    )


def test_the_columns_of_blind_controls_say_what_they_are_and_are_empty_without():
    board = boards([with_controls(board_record("one")), board_record("before controls", drawn=1)])[0]
    page = shown(board, columns=("blind", "gain_over_blind"))
    assert "without looking" in page and "Gain over blind" in page and "5.35" in page
    assert page.count("not measured") == 2 and page.count("95 % interval") == 1
    assert "would get without looking" in EXPLANATION


def test_rows_that_see_no_image_or_all_candidates_are_marked():
    records = [board_record("one"), cosine_record(), reference_record()]
    board = boards([*records, reference_record("medoid", 1.0, set_aware=True)])[0]
    page = shown(board, columns=("mean_rank",))
    rows = {
        name: row
        for row in re.findall(r"<tr[ >].*?</tr>", page, re.DOTALL)
        for name in NAMES
        if f">{name}</button>" in row
    }
    assert [rows[name].count("lb-mark") for name in NAMES] == [0, 0, 1, 2]
    assert "set-aware" in rows["medoid"] and "set-aware" not in rows["text only"]
    assert " best</span>" in rows["one"], "the best of the column is a head's"
    assert "--heat" not in rows["medoid"] and "none" not in rows["medoid"]
    assert "<b>one" in answer_html(board, board.entries)
    assert "must not depend on the other candidates" in protocol_html(board)


def test_above_the_table_stands_how_many_neighbours_are_apart():
    records = [board_record("one", 0.9), board_record("two", 0.9, drawn=3), cosine_record()]
    board = boards(records)[0]
    words = f"Of 2 pairs of neighbours by mean rank, {board.resolution.apart} "
    assert words in " ".join(count_html(board, board.entries).split())
    alone = boards(records[:1])[0]
    assert "neighbour" not in count_html(alone, alone.entries)
    beside = boards([*records, reference_record()])[0]
    assert "3 heads and 1 reference without a place" in count_html(beside, beside.entries)
    (references,) = boards([reference_record(), reference_record("medoid", set_aware=True)])
    assert "2 references. Select" in count_html(references, references.entries)
    assert answer_html(references, references.entries) == ""


def test_each_provenance_is_told_apart_by_sign_and_words():
    assert (
        len({sign for sign, _, _ in PROVENANCE.values()})
        == len({words for _, words, _ in PROVENANCE.values()})
        == 5
    )


def test_more_rows_are_asked_for_not_sent():
    many = boards([board_record(f"head-{number}", drawn=number, items=6, seeds=0) for number in range(130)])[
        0
    ]
    first, more = shown(many), shown(many, rows=200)
    assert first.count("<tr") == 101 and "Show 30 more of 30" in first
    assert more.count("<tr") == 131 and "lb-more" not in more


def test_nothing_of_a_record_becomes_markup():
    evil = board_record(
        EVIL,
        kind=EVIL,
        backbone=EVIL,
        stage=EVIL,
        protocol=EVIL,
        notes=(EVIL,),
        source=f"javascript:alert(1) {EVIL}",
    )
    board = boards([evil, board_record(EVIL, 0.3, backbone=EVIL, protocol=EVIL, drawn=1)])[0]
    points = trade_off_points(board.entries)
    everything = board.entries
    pages = [
        shown(board, columns=("kind", "stage", "backbone", "hard")),
        answer_html(board, everything) + protocol_html(board) + count_html(board, everything),
        points_html(points, "mean_rank", "r10") + versus_html(everything) + facts_html(facts(evil)),
    ]
    for page in pages:
        for tag, attributes in Tags(page).found:
            assert tag not in ("img", "script"), page
            assert not any(name.startswith("on") for name in attributes)
            assert not str(attributes.get("href", "")).lower().startswith("javascript")


def test_a_long_name_is_cut():
    board = boards([board_record("n" * 4000)])[0]
    assert "n" * 100 not in shown(board)


def test_only_addresses_of_the_web_and_arxiv_numbers_become_links():
    text = 'arXiv 2404.03539, see https://example.org/a?b=1&c="x and javascript:alert(1) http://plain.org'
    made = facts_html({"Source": text})
    links = [attributes["href"] for tag, attributes in Tags(made).found if tag == "a"]
    assert links == ["https://arxiv.org/abs/2404.03539", "https://example.org/a?b=1&c="]


def test_the_answer_names_the_best_head_its_gain_and_its_price(board):
    told = answer_html(board, board.entries)
    assert "<b>one · fine-grained</b> tells details best" in told and "CLIP’s cosine has" in told
    assert "leaves 11 % of 46 %" in told
    assert answer_html(board, []) == ""


def test_an_adapted_cosine_that_is_best_is_told_beside_that_of_its_backbone():
    alone, adapted = cosine_record(0.25), cosine_record(0.7, backbone="mini-clip+adapter")
    board = boards([alone, adapted, cosine_record(0.2, backbone="other")])[0]
    (rank,) = [
        entry.values["mean_rank"] for entry in board.entries if entry.record.backbone.name == "mini-clip"
    ]
    told = answer_html(board, board.entries)
    assert "cosine on mini-clip+adapter" in told and f"CLIP’s cosine has {rank:.2f}" in told
    of_alone = boards([alone])[0]
    assert "CLIP’s cosine has" not in answer_html(of_alone, of_alone.entries)


def test_the_answer_speaks_of_details_only_where_details_are_ranked():
    of_details = board_record("one")
    board = boards([replace(of_details, subsets={"category": of_details.subsets["trivial"]})])[0]
    told = answer_html(board, board.entries)
    assert "ranks the right caption highest" in told and "details" not in told


def test_a_price_that_rounds_to_nothing_is_told_as_none():
    cosine = cosine_record()
    level = boards([cosine, board_record("one", 0.8, retrieval=cosine.retrieval)])[0]
    assert "the two are level at 46 %" in answer_html(level, level.entries)


def test_what_every_row_notes_stands_once_and_a_flag_marks_what_one_notes():
    shared, own = "Hard: 5 samples with fewer negatives", "trained on COCO, whose images are tested on"
    rows = [board_record("one", notes=(shared,)), board_record("two", drawn=1, notes=(shared, own))]
    board = boards(rows)[0]
    assert shared in protocol_html(board) and own not in protocol_html(board)
    table = shown(board)
    assert table.count("lb-flag") == 1 and own in table and shared not in table


def test_a_backbone_heads_its_rows_and_is_escaped():
    records = [board_record(name, backbone=backbone, drawn=drawn) for drawn, (name, backbone) in enumerate(
        [("a", "big"), ("b", EVIL), ("c", "big"), ("d", EVIL)])]  # fmt: skip
    board = boards(records)[0]
    page = shown(board)
    assert [attributes.get("scope") for tag, attributes in Tags(page).found if tag == "th"].count(
        "rowgroup"
    ) == 2
    assert not any(tag == "img" for tag, _ in Tags(page).found)
    assert "rowgroup" not in shown(board, group="none")
