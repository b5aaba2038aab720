"""The leaderboard tab: one answer, a chart, a table, and what is inside each head."""

from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from fg_demo.models.registry import ModelRegistry
from fg_demo.page.api.values import NUMBER, TEXT, Value, nullable, publish, rows
from fg_demo.page.components import QUIET
from leaderboard.board.board import FILTERS
from leaderboard.board.export import view_csv, view_json
from leaderboard.board.live import LiveResults
from leaderboard.board.results import ResultsFolder
from leaderboard.board.state import GROUPS
from leaderboard.page.events import BoardHandlers, Controls, Shown, wire
from leaderboard.page.panels import build_panels, wire_panels
from leaderboard.page.problems import json_rows
from leaderboard.tables.columns import COLUMNS
from leaderboard.tables.frame import IDENTITY, NAMES, ORIGIN, results_table
from leaderboard.tables.retrieval_columns import RECALLS
from leaderboard.tables.shown import MEANS

FOLDER = Path(__file__).parent
INTRODUCTION = (FOLDER / "board_introduction.md").read_text(encoding="utf-8")
EXPLANATION = (FOLDER / "board_explanation.md").read_text(encoding="utf-8")
CITATION = (FOLDER / "citation.bib").read_text(encoding="utf-8")
SCRIPT = (FOLDER / "board.js").read_text(encoding="utf-8")
CSS = (FOLDER / "board.css").read_text(encoding="utf-8")
"""What the page needs beside the tab."""
API = """
Every record as a row of JSON, from Python:

```python
from gradio_client import Client
rows = Client("the address of this page").predict(api_name="/leaderboard")
```

In a terminal, `python -m leaderboard table` prints the table, and `--csv` gives it as CSV.
"""
RESULTS = rows({name: nullable(TEXT if name in (*IDENTITY, *ORIGIN) else NUMBER) for name in NAMES})
"""What the endpoint gives; null was not measured."""
ROWS = {"backbone": "By backbone", "none": "All together"}


def build_leaderboard_tab(
    page: gr.Blocks,
    results_folder: str | Path | Callable[[], Path],
    registry: ModelRegistry | None = None,
    back: gr.Button | None = None,
) -> ResultsFolder:
    """The results that the tab shows, which is built inside an open `gr.Tab` of `page`. Records are read again when
    the folder changes.

    `results_folder` is a folder, or says where it is now; `registry` has the heads and backbones whose scores
    can be shown. The address is read again when `back` is pressed. Adds the endpoint `/leaderboard`, the whole table as
    rows.
    """
    folder = ResultsFolder(results_folder)
    folder.begin()
    handlers = leaderboard_handlers(folder)
    wire(page, handlers, back)
    wire_panels(
        handlers.panels, folder, registry, handlers.shown.query, handlers.of_view, handlers.everything()
    )
    add_endpoint(folder)
    return folder


def show_age(page: gr.Blocks, results: LiveResults) -> None:
    """A line above the tab that says how old its results are; nothing where they only ship with the app."""
    if results.dataset:
        line = gr.HTML(elem_id="results-status")
        gr.on([page.load, gr.Timer(60).tick], lambda: escape(results.status()), None, line, **QUIET)


def leaderboard_handlers(folder: ResultsFolder) -> BoardHandlers:
    """The tab's components, built where the page stands, and what its events run; nothing is connected yet."""
    gr.Markdown(INTRODUCTION, elem_id="leaderboard-introduction")
    board = gr.Dropdown([], label="Benchmark and protocol", visible=False, elem_id="leaderboard-benchmark")
    answer = gr.HTML(elem_id="leaderboard-answer")
    with gr.Column(visible=False, elem_id="leaderboard-chart-side") as chart_side:
        chart = gr.Plot(show_label=False, container=False, elem_id="leaderboard-trade-off")
    with gr.Row(elem_id="leaderboard-axes"):
        fine = _choice(
            "Fine details by", {name: COLUMNS[name].title for name in MEANS}, MEANS[0], scale=3, least=360
        )
        coarse = _choice("Coarse retrieval by", RECALLS, "r10", scale=2, least=240)
        with gr.Column(min_width=160):
            _save_buttons("leaderboard-trade-off")
    points = gr.HTML(elem_id="leaderboard-points")
    with gr.Row(elem_id="leaderboard-filters"):
        search, filters = _search(), {name: _filter(name) for name in FILTERS}
        group = _choice("Rows", ROWS, GROUPS[0])
    with gr.Accordion("Columns", open=False):
        columns = _columns()
    actions = gr.Row(elem_id="leaderboard-actions")
    shown = Shown(
        answer=answer,
        chart_side=chart_side,
        chart=chart,
        points=points,
        count=gr.HTML(elem_id="leaderboard-count"),
        table=gr.HTML(js_on_load=SCRIPT, apply_default_css=False, elem_id="leaderboard-board"),
        query=gr.Textbox(visible="hidden", elem_id="leaderboard-query", show_label=False),
        file=gr.Textbox(visible="hidden", elem_id="leaderboard-file", show_label=False),
        problems=gr.HTML(elem_id="leaderboard-problems"),
    )
    controls = Controls(
        board=board, search=search, **filters, columns=columns, group=group, fine=fine, coarse=coarse
    )
    handlers = BoardHandlers(folder, controls, shown, build_panels())
    _around()
    with actions:
        _add_actions(handlers)
    return handlers


def _choice(label: str, titles: Mapping[str, str], value: str, scale: int = 1, least: int = 180) -> gr.Radio:
    choices = [(title, name) for name, title in titles.items()]
    return gr.Radio(choices, value=value, label=label, scale=scale, min_width=least)


def _save_buttons(chart: str) -> None:
    with gr.Row(elem_classes="lb-buttons"):
        for kind in ("svg", "png"):
            gr.Button(f"Save as {kind.upper()}", size="sm", min_width=70).click(
                None,
                None,
                None,
                js=f"() => window.leaderboard.saveChart('{chart}', '{kind}')",
                api_visibility="private",
            )


def _search() -> gr.Textbox:
    return gr.Textbox(
        label="Search",
        placeholder="head, kind, …",
        min_width=180,
        elem_id="leaderboard-search",
    )


def _filter(name: str) -> gr.Dropdown:
    return gr.Dropdown(
        [], label=name.capitalize(), multiselect=True, min_width=150, elem_id=f"leaderboard-{name}"
    )


def _columns() -> gr.CheckboxGroup:
    return gr.CheckboxGroup(
        [(column.title, name) for name, column in COLUMNS.items()],
        show_label=False,
        container=False,
        elem_id="leaderboard-columns",
    )


def _around() -> None:
    with gr.Accordion("How to read it", open=False, elem_id="leaderboard-explanation"):
        gr.Markdown(EXPLANATION)
    with gr.Accordion("Cite, and use from code", open=False, elem_id="leaderboard-citation"):
        # No gr.Code: an editor that every page would load, for nine lines.
        gr.Markdown(f"```bibtex\n{CITATION}```\n{API}")


def add_endpoint(folder: ResultsFolder) -> None:
    """Publishes the endpoint of the API."""

    def leaderboard() -> list[dict[str, Any]]:
        """Every result as a row: mean ranks (1 best), shares from 0 to 1; null was not measured."""
        rows = list(folder.read(patience=None).rows())
        return json_rows(results_table([row.record for row in rows], [row.place for row in rows]))

    rows_of_records = Value(label="results", schema=RESULTS, says="one row a record")
    publish(leaderboard, "leaderboard", [], rows_of_records)


def _add_actions(handlers: BoardHandlers) -> None:
    """The buttons about the view as a whole, in the open row."""
    query, everything = handlers.shown.query, handlers.everything()
    gr.Button("Clear the filters", size="sm").click(handlers.cleared, query, everything, **QUIET)
    gr.Button("Copy a link to this view", size="sm").click(
        None, query, None, js="(query) => window.leaderboard.copyLink(query)", **QUIET
    )
    for kind, write in (("csv", view_csv), ("json", view_json)):
        _download(handlers, kind, write)


def _download(handlers: BoardHandlers, kind: str, write: Callable[..., str]) -> None:
    file = handlers.shown.file
    gr.Button(f"Download as {kind.upper()}", size="sm", elem_id=f"leaderboard-{kind}").click(
        lambda query: handlers.file(query, write), handlers.shown.query, file, **QUIET
    ).then(None, file, None, js=f"(text) => window.leaderboard.save('leaderboard.{kind}', text)", **QUIET)
