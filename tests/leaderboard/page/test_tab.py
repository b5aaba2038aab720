"""The leaderboard tab, built and asked over HTTP as a client would."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import pytest
from gradio_client import Client

from fg_demo.page.components import components
from leaderboard.board.board import Board
from leaderboard.board.filtering import fitting
from leaderboard.board.results import ResultsFolder
from leaderboard.board.state import GROUPS, BoardState, from_query, to_query
from leaderboard.page.events import BoardHandlers, wire
from leaderboard.page.tab import build_leaderboard_tab, leaderboard_handlers
from leaderboard.records.files import load_results, save_record
from tests.support.boards import boards
from tests.support.tiny_records import measured, published

SHIPPED = Path(__file__).parents[3] / "leaderboard" / "results"


@pytest.fixture
def serve() -> Iterator[Callable[[Path], Client]]:
    """Starts a page with nothing but the tab on a folder of results, and gives a client of it."""
    pages = []

    def start(folder: Path) -> Client:
        with gr.Blocks() as page, gr.Tab("Leaderboard"):
            build_leaderboard_tab(page, folder)
        pages.append(page)
        _, url, _ = page.launch(prevent_thread_lock=True, quiet=True, server_name="127.0.0.1")
        return Client(url, verbose=False)

    yield start
    for page in pages:
        page.close()


def test_the_endpoint_gives_every_result(serve, tmp_path: Path):
    save_record(measured(), tmp_path)
    save_record(published(), tmp_path)
    (tmp_path / "broken.json").write_text("{")
    client = serve(tmp_path)
    rows = client.predict(api_name="/leaderboard")
    assert [row["head"] for row in rows] == ["linear", "linear"]
    assert rows[0]["mean_rank"] == 1.46 and rows[0]["hard"] is None and rows[1]["hard"] == 1.5


def test_a_result_that_comes_later_is_there_without_a_restart(serve, tmp_path: Path):
    client = serve(tmp_path / "results")
    assert client.predict(api_name="/leaderboard") == []
    save_record(measured(), tmp_path / "results")
    assert [row["head"] for row in client.predict(api_name="/leaderboard")] == ["linear"]


def test_nothing_but_the_table_is_public(serve, tmp_path: Path):
    save_record(measured(), tmp_path)
    endpoints = serve(tmp_path).view_api(return_format="dict", print_info=False)
    assert list(endpoints["named_endpoints"]) == ["/leaderboard"]


@pytest.fixture(scope="module")
def handlers() -> BoardHandlers:
    with gr.Blocks():
        return leaderboard_handlers(ResultsFolder(SHIPPED))


BOARDS = boards(load_results(SHIPPED)[0])


@pytest.mark.parametrize("board", BOARDS, ids=lambda board: board.key)
def test_each_control_holds_what_it_offers_and_can_be_set(handlers: BoardHandlers, board: Board):
    """Gradio refuses every event that is given a value which its component does not offer."""
    controls, query = handlers.controls, handlers.shown.query
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        shown = handlers.opened(to_query(BoardState(board=board.key)))
    values = {query: shown[query]} | {control: shown[control] for control in components(controls)}
    for control, update in values.items():
        if isinstance(update, gr.Radio | gr.CheckboxGroup | gr.Dropdown):
            offered = {value for _, value in update.choices} if control is not controls.group else {*GROUPS}
            held = update.value if isinstance(update.value, list) else [update.value]
            assert {*held} <= offered | {None}
            values[control] = update.value
    only = board.entries[0].record.backbone.name
    set_ = values | {controls.backbone: [only], controls.columns: [board.known_columns[0]]}
    state = from_query(handlers.changed(set_)[query])
    assert (state.board, state.backbone, state.columns) == (board.key, (only,), board.known_columns[:1])


def test_another_board_is_chosen_by_its_own_control_alone():
    """What the other controls hold is of the board before, and Gradio refuses what the new one does not offer."""
    with gr.Blocks() as page:
        mine = leaderboard_handlers(ResultsFolder(SHIPPED))
        wire(page, mine)
    board = mine.controls.board
    events = [event for event in page.fns.values() if (board._id, "input") in event.targets]
    assert [event.inputs for event in events] == [[board]]
    for other in BOARDS:
        shown = mine.chosen(other.key)
        assert from_query(shown[mine.shown.query]).board == other.key
        assert set(shown[mine.controls.columns].value) <= {*other.known_columns}


def test_a_column_that_a_board_has_nothing_in_is_not_one_of_its(handlers: BoardHandlers):
    board = next(board for board in BOARDS if "hard" not in board.known_columns)
    view = fitting(BoardState(columns=("hard", board.known_columns[0])), board)
    assert view.columns == board.known_columns[:1]
