"""Boards, filters, order, columns: the leaderboard without a page."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.board import trade_off
from leaderboard.board.board import find_board
from leaderboard.board.filtering import fitting, in_order, not_here, visible
from leaderboard.board.state import BoardState, from_query, to_query
from leaderboard.board.trade_off import front, trade_off_points
from leaderboard.records.balanced_file import BalancedSubset, BalancedView
from leaderboard.records.figures import SubsetResult
from leaderboard.records.packing import unpack_ranks
from leaderboard.records.paired import Resolution
from leaderboard.records.record import Record
from leaderboard.tables.columns import COLUMNS, over_seeds
from leaderboard.tables.retrieval_columns import coarse_interval
from tests.support.board_records import (
    board_record,
    cosine_record,
    paper_record,
    reference_record,
    with_controls,
)
from tests.support.boards import boards
from tests.support.protocols import PROTOCOL


@pytest.fixture(scope="module")
def board():
    records = [
        cosine_record(),
        board_record("one", 0.9, 0.1),
        board_record("two", 0.5, 0.3, "mlp", drawn=1),
        board_record(
            "without", retrieval=None, drawn=2, subsets={}, mean_rank_interval=None, top1_interval=None
        ),
    ]
    return boards(records)[0]


def heads(entries) -> list[str]:
    return [entry.record.head.name for entry in entries]


@pytest.mark.parametrize(
    "changes",
    [{"protocol": "another"}, {"benchmark": replace(board_record().benchmark, revision="beefbeefbeef")}],
)
def test_figures_of_another_protocol_or_revision_never_share_a_board(changes: dict):
    found = boards([board_record("a"), board_record("b", **changes)])
    assert [len(board.entries) for board in found] == [1, 1] and found[0].key != found[1].key
    assert found[0].title != found[1].title


def test_boards_are_told_apart_by_the_protocol_s_fields():
    lax = replace(PROTOCOL, tolerance=0.01)
    records = [
        board_record(head, protocol=protocol, drawn=number)
        for number, (head, protocol) in enumerate(
            {"a": PROTOCOL, "b": replace(PROTOCOL, sentence="reworded"), "c": lax}.items()
        )
    ]
    found = boards(records)
    assert [sorted(heads(board.entries)) for board in found] == [["a", "b"], ["c"]]
    assert found[0].protocol == str(PROTOCOL)
    assert [board.title.count("scores tie that are no further apart") for board in found] == [1, 1]


def test_a_record_from_before_protocols_had_fields_stands_with_those_that_say_the_same():
    (board,) = boards(
        [board_record("a", protocol=str(PROTOCOL)), board_record("b", protocol=PROTOCOL, drawn=1)]
    )
    assert (
        sorted(heads(board.entries)) == ["a", "b"]
        and board.key == boards([board_record(protocol=PROTOCOL)])[0].key
    )


def test_measured_boards_come_before_published_ones():
    found = boards([paper_record("a", 1.4, 0.3), paper_record("b", 1.5, 0.3), board_record()])
    assert [board.entries[0].record.provenance for board in found] == ["measured", "published"]


def test_boards_of_protocols_that_begin_alike_are_named_by_where_they_part():
    protocols = (
        "Crop of the box; ties against; 2023.",
        "Crop of the box; ties against; 2024.",
        "Whole image; any.",
    )
    titles = [board.title for board in boards([board_record(protocol=one) for one in protocols])]
    ends = ("Crop of the box; 2023", "Crop of the box; 2024", "Whole image")
    assert titles == [f"fg-rendered · {end}" for end in ends]


def test_places_are_by_mean_rank_and_what_was_not_measured_has_none(board):
    places = {entry.record.head.name: entry.place for entry in board.entries}
    assert places["one"] == 1 and places["cosine"] == 3 and places["without"] is None


def test_heads_that_cannot_be_told_apart_share_a_place():
    same = [board_record("a", 0.7), board_record("b", 0.7), cosine_record()]
    assert [entry.place for entry in boards(same)[0].entries] == [1, 1, 3]


@pytest.mark.parametrize("name", list(COLUMNS))
@pytest.mark.parametrize("minus", ["", "-"])
def test_missing_comes_last_in_every_order(board, name: str, minus: str):
    values = [entry.values[name] for entry in in_order(board.entries, minus + name)]
    known = [value for value in values if value is not None]
    assert values == known + [None] * (len(values) - len(known))
    assert known == sorted(known, reverse=(COLUMNS[name].best == "max") != bool(minus))


@given(st.lists(st.sampled_from(["fine", "linear", "MLP", "two", "tiny", "x"]), max_size=3), st.booleans())
def test_search_and_filters_let_through_what_an_obvious_loop_lets_through(
    words: list[str], linear_only: bool
):
    found = boards([cosine_record(), board_record("one"), board_record("two", kind="mlp", drawn=1)])[0]
    view = BoardState(search=" ".join(words), kind=("linear",) if linear_only else ())
    expected = set()
    for entry in found.entries:
        record = entry.record
        text = f"{record.head.name} {record.head.kind} {record.head.stage} {record.backbone.name}".lower()
        if all(word.lower() in text for word in words) and (not linear_only or record.head.kind == "linear"):
            expected.add(record.head.name)
    assert set(heads(visible(found, view))) == expected


points = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 5)).map(lambda p: (float(p[0]), float(p[1]))), max_size=12
)


@given(points, st.booleans())
def test_the_front_is_what_no_other_point_beats(placed: list[tuple[float, float]], lower: bool):
    sign = -1 if lower else 1

    def beats(a, b) -> bool:
        return a[0] >= b[0] and sign * a[1] >= sign * b[1] and a != b

    assert front(placed, lower) == {
        point for point in placed if not any(beats(other, point) for other in placed)
    }


def test_a_view_is_cut_to_what_the_board_has(board):
    key = board.entries[0].key
    asked = BoardState(head="gone", versus=(key, "lost"), board=board.key)
    assert "the head gone, the head lost" in not_here(to_query(asked), fitting(asked, board))
    assert not_here(to_query(BoardState(head=key)), fitting(BoardState(head=key), board)) == ""
    gone = BoardState(board="gone")
    assert "the board gone" in not_here(to_query(gone), fitting(gone, board))
    view = fitting(
        BoardState(head="gone", versus=(key, "gone"), kind=("linear", "gone"), search="kept"), board
    )
    assert (view.board, view.head, view.versus, view.kind, view.search) == (
        board.key,
        "",
        (key,),
        ("linear",),
        "kept",
    )


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("kind=linear&kind=nothing", "kind nothing"),
        ("backbone=gone", "backbone gone"),
        ("stage=gone", "stage gone"),
        ("from=published", "from published"),
        ("column=hard&column=nothing", "the column nothing"),
        ("column=nowhere_top1", "the column nowhere_top1"),
        ("sort=-nothing", "sort -nothing"),
        ("fine=nothing", "fine nothing"),
        ("coarse=r7", "coarse r7"),
        ("subset=nothing", "subset nothing"),
        ("group=nothing", "group nothing"),
        ("rows=many", "rows many"),
        ("versus=gone&head=gone", "the head gone"),
        ("knd=linear", "knd linear"),
        (f"q={'x' * 300}", f"the search {'x' * 69}"),
        (
            "&".join(f"kind=k{number}" for number in range(10)),
            f"{', '.join(f'kind k{n}' for n in range(8))} and 2 more",
        ),
    ],
)
def test_what_a_link_asks_for_in_vain_is_said(board, asked: str, told: str):
    address = f"?tab=leaderboard&{asked}&__theme=dark"
    said = not_here(address, fitting(from_query(address), board))
    assert said == f"The link asks for what is not here: {told}."


@pytest.mark.parametrize(
    "asked", ["kind=linear&sort=-hard&column=hard&q=one&subset=color&rows=300", "q=", "kind="]
)
def test_a_link_that_is_met_is_followed_in_silence(board, asked: str):
    address = f"?tab=leaderboard&{asked}&__theme=dark"
    assert not_here(address, fitting(from_query(address), board)) == ""
    assert not_here("?tab=compare&head=gone", BoardState()) == ""


def test_a_board_of_a_revision_that_is_gone_is_found_by_its_benchmark(board):
    other = boards([paper_record("a", 1.4, 0.3)])[0]
    assert find_board([board, other], "FG-OVD.00000000") is other
    assert find_board([board, other], "nothing") is board and find_board([], "x") is None


def test_a_board_opens_with_the_columns_it_has_figures_in(board):
    paper = boards([paper_record("a", 1.4, 0.3)])[0]
    assert set(SUBSETS) <= set(board.columns(BoardState())) and not set(SUBSETS) & set(
        paper.columns(BoardState())
    )
    assert board.columns(BoardState(columns=("sum",))) == ("sum",)


def test_a_board_opens_with_what_heads_get_without_looking_right_after_the_mean_rank():
    blind = boards([with_controls(board_record("one")), board_record("before controls", drawn=1)])[0]
    assert blind.columns(BoardState())[:3] == ("mean_rank", "blind", "gain_over_blind")
    values = {entry.record.head.name: entry.values for entry in blind.entries}
    one = values["one"]
    seeing = sum(result.mean_rank or 0 for result in board_record("one").subsets.values()) / 8
    assert one["blind"] == pytest.approx(5.35) and one["gain_over_blind"] == pytest.approx(5.35 - seeing)
    assert values["before controls"]["blind"] is None is values["before controls"]["gain_over_blind"]
    without = boards([board_record("before controls")])[0]
    assert not {"blind", "gain_over_blind"} & set(without.columns(BoardState()))


def test_without_the_controls_of_one_subset_there_is_no_mean_over_them():
    record = with_controls(board_record("one"))
    some = replace(record, subsets=record.subsets | {"hard": replace(record.subsets["hard"], blind=None)})
    assert [COLUMNS[name].value(some) for name in ("blind", "gain_over_blind")] == [None, None]


def test_a_board_without_mean_ranks_opens_with_what_it_has_instead():
    detector = paper_record("detector", 1.4, 0.3)
    subsets = {"hard": SubsetResult(average_precision=0.5), "easy": SubsetResult(top1=0.7)}
    detector = replace(detector, mean_rank=None, retrieval=None, subsets=subsets)
    assert boards([detector])[0].columns(BoardState()) == ("easy_top1", "hard_ap")


def test_a_board_of_detectors_opens_with_their_average_precisions_and_can_be_drawn_by_them():
    record = board_record("detector")
    of_eight = {
        name: replace(one, average_precision=0.1, average_precision_50=0.3, nms_average_precision=0.2)
        for name, one in record.subsets.items()
    }
    (board,) = boards([replace(record, subsets=of_eight)])
    names = ("average_precision", "average_precision_50", "nms_average_precision")
    assert set(names) < set(board.columns(BoardState())) and "average_precision" in board.fine
    assert [board.entries[0].values[name] for name in names] == pytest.approx([0.1, 0.3, 0.2])
    (without,) = boards([record])
    assert not set(names) & set(without.columns(BoardState())) and "average_precision" not in without.fine


def test_a_column_reads_the_record():
    record = board_record("one", 0.7, 0.4)
    assert COLUMNS["hard"].value(record) == record.subsets["hard"].mean_rank
    assert COLUMNS["hard"].interval(record) == record.subsets["hard"].interval
    assert (
        COLUMNS["image_to_text_r10"].text(0.4) == "40.0" and COLUMNS["parameters"].text(131584) == "131,584"
    )
    low, high = coarse_interval(record) or (0, 0)
    assert low < 0.41 < high and (over_seeds(record) or "").endswith("(3)")
    assert over_seeds(replace(record, seeds=record.seeds[:1])) is None


def test_everything_of_an_empty_record_is_missing():
    nothing = {"subsets": {}, "retrieval": None, "seeds": (), "produced": None}
    nothing |= {"mean_rank_interval": None, "top1_interval": None}
    empty = replace(board_record(), **nothing, provenance="self-reported", source="x")
    empty = replace(empty, head=replace(empty.head, parameters=None, stage=None))
    values = {name: column.value(empty) for name, column in COLUMNS.items()}
    assert {name for name, value in values.items() if value is not None} == {"kind", "pair_cost", "backbone"}
    assert all(column.interval(empty) is None for column in COLUMNS.values())


@pytest.fixture
def several():
    """A board of two backbones with two heads each."""
    made = [
        board_record(name, skill, backbone=backbone, drawn=drawn)
        for drawn, (name, skill, backbone) in enumerate(
            [("a", 0.9, "big"), ("b", 0.8, "small"), ("c", 0.7, "big"), ("d", 0.6, "small")]
        )
    ]
    return boards(made)[0]


def test_heads_of_a_backbone_stand_together_the_backbone_of_the_first_head_first(several):
    assert heads(visible(several, BoardState())) == ["a", "c", "b", "d"]
    assert heads(visible(several, BoardState(sort="-mean_rank"))) == ["d", "b", "c", "a"]
    assert heads(visible(several, BoardState(group="none"))) == ["a", "b", "c", "d"]


def test_backbones_are_no_groups_where_there_is_one_or_each_has_one_head():
    alone = boards([board_record("a"), board_record("b", drawn=1)])[0]
    each = boards([board_record("a", backbone="x"), board_record("a", backbone="y", drawn=1)])[0]
    assert not alone.has_groups and not each.has_groups


@given(st.lists(st.tuples(st.integers(0, 3), st.floats(0.1, 0.9)), min_size=1, max_size=8))
def test_grouping_keeps_every_row_and_the_order_within_a_backbone(drawn: list[tuple[int, float]]):
    made = [
        board_record(f"h{number}", skill, backbone=f"backbone-{which}", drawn=number, items=4)
        for number, (which, skill) in enumerate(drawn)
    ]
    board = boards(made)[0]
    flat, grouped = visible(board, BoardState(group="none")), visible(board, BoardState())
    assert sorted(heads(grouped)) == sorted(heads(flat))
    names = [entry.record.backbone.name for entry in grouped]
    if board.has_groups:
        assert names == sorted(names, key=names.index), "each backbone's rows are one run"
    for name in set(names):
        assert [e.key for e in grouped if e.record.backbone.name == name] == [
            e.key for e in flat if e.record.backbone.name == name
        ]


def test_a_board_of_retrieval_alone_shows_the_recall_that_was_chosen():
    paper = paper_record("a", 1.4, 0.3)
    found = boards([replace(paper, mean_rank=None)])[0]
    assert found.fine == () and found.recalls == ("r1", "r5", "r10")
    for recall in found.recalls:
        assert found.figure("mean_rank", recall) == f"image_to_text_{recall}"


def test_what_sees_no_image_stands_on_the_board_without_a_place():
    records = [
        board_record("one", 0.8),
        cosine_record(),
        reference_record(notes=("Sees no image.",)),
        reference_record("medoid", 1.0, set_aware=True, notes=("Sees no image.",)),
    ]
    noted = [replace(record, notes=("of the benchmark",)) for record in records[:2]]
    (board,) = boards([*noted, *records[2:]])
    places = {entry.record.head.name: entry.place for entry in board.entries}
    assert places == {"one": 1, "cosine": 2, "text only": None, "medoid": None}
    assert board.notes == ("of the benchmark",) and not board.has_groups and board.rows_are == "heads"
    assert board.resolution == Resolution(apart=1, neighbours=1)


def test_the_front_is_of_heads_alone():
    best = board_record("all at once", 1.0, 0.9, drawn=5)
    set_aware = replace(best, head=replace(best.head, set_aware=True))
    (board,) = boards([board_record("one", 0.8, 0.4), cosine_record(0.2, 0.2), set_aware])
    points = trade_off_points(board.entries)
    assert {point["name"] for point in points if point["front"]} == {"one"} and len(points) == 3


def test_however_many_lie_on_the_front_so_many_are_drawn_and_no_more(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(trade_off, "MOST_DRAWN", 6)
    twins = [board_record(f"twin-{number}", 0.9, 0.9) for number in range(9)]
    others = [board_record(f"other-{number}", 0.2, 0.2, drawn=number) for number in range(4)]
    front_too = board_record("keeps", 0.3, 0.95, drawn=9)
    (board,) = boards([*twins, *others, front_too, cosine_record(0.1, 0.1)])
    chosen = next(entry for entry in board.entries if entry.record.head.name == "other-3")
    points = trade_off_points(board.entries, chosen=chosen.key)
    names = {point["name"] for point in points}
    assert len(points) == 6 and {"keeps", "cosine", "other-3"} < names
    assert {point["name"] for point in points if point["front"]} - {"keeps"} <= {
        one.head.name for one in twins
    }
    assert len({point["fine"] for point in points if point["front"]}) == 2


def view_of(record: Record, weights: dict[str, list[float]], **changes) -> BalancedView:
    subsets = {
        name: BalancedSubset(record.subsets[name].items or "", 20.0, 5.0, tuple(given))
        for name, given in weights.items()
    }
    fields = {"benchmark": record.benchmark, "fitted_on": "itself", "produced": record.produced} | changes
    return BalancedView(**fields, subsets=subsets)


def test_a_balanced_board_stands_behind_the_one_whose_items_it_weighs():
    one, two = board_record("one", 0.8), board_record("two", 0.3, drawn=1)
    assert one.produced
    right = {name: unpack_ranks(result.ranks or "") for name, result in one.subsets.items()}
    # Items that "one" gets right count next to nothing.
    weights = {name: [0.001 if rank == 1 else 5.0 for rank in ranks] for name, ranks in right.items()}
    view = view_of(one, weights)
    elsewhere = view_of(one, weights, benchmark=replace(one.benchmark, revision="beefbeefbeef"))
    plain, balanced = boards([one, two], [view, elsewhere])
    assert (plain.balanced, balanced.balanced) == (None, view) and plain.key != balanced.key
    assert balanced.title == f"{plain.title}, balanced"
    assert [entry.record.head.name for entry in plain.entries] == ["one", "two"]
    assert [entry.record.head.name for entry in balanced.entries] == ["two", "one"]
    assert [entry.place for entry in balanced.entries] == [1, 2]
    assert [entry.key for entry in balanced.entries] == [entry.key for entry in plain.entries][::-1]
    assert find_board([plain, balanced], balanced.key) is balanced
    other_items = [replace(result, items="ffffffffffff") for result in one.subsets.values()]
    moved = replace(one, subsets=dict(zip(one.subsets, other_items, strict=True)))
    assert len(boards([moved], [view])) == 1
