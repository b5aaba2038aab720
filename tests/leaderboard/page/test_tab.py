"""The leaderboard tab, built and asked over HTTP as a client would."""

from collections.abc import Callable, Iterator
from pathlib import Path

import gradio as gr
import pytest
from gradio_client import Client

from leaderboard.page.tab import build_leaderboard_tab
from leaderboard.records.files import save_record
from tests.support.tiny_records import measured, published


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
