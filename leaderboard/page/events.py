"""What happens on the leaderboard tab: which change shows what, and the endpoint `/leaderboard`."""

import html
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr
import gradio.events as events

from fg_demo.page.components import QUIET, components
from leaderboard.board.board import FILTERS, Board, find_board
from leaderboard.board.export import view_csv, view_json
from leaderboard.board.filtering import fitting, not_here, visible
from leaderboard.board.results import Results, ResultsFolder
from leaderboard.board.state import LONGEST, PAGE, BoardState, after, from_query, known_columns, to_query
from leaderboard.board.trade_off import trade_off_points
from leaderboard.charts.figure import figure_chart
from leaderboard.charts.trade_off import trade_off_chart
from leaderboard.page.panels import Panels, Updates
from leaderboard.page.problems import json_rows, problem_list
from leaderboard.page.summary import answer_html, points_html, protocol_html, reading_html
from leaderboard.page.table import count_html, table_html
from leaderboard.page.templates import render
from leaderboard.tables.columns import RECALLS
from leaderboard.tables.frame import results_table


@dataclass(frozen=True)
class Controls:
    """What the visitor sets, in the order of the parameters of `BoardHandlers.changed`."""

    board: gr.Dropdown
    search: gr.Textbox
    backbone: gr.Dropdown
    kind: gr.Dropdown
    stage: gr.Dropdown
    provenance: gr.Dropdown
    columns: gr.CheckboxGroup
    group: gr.Radio
    fine: gr.Radio
    coarse: gr.Radio


@dataclass(frozen=True)
class Shown:
    """What answers. `query` holds the view as its address; `file` what is about to be downloaded."""

    answer: gr.HTML
    chart_side: gr.Column
    chart: gr.Plot
    points: gr.HTML
    count: gr.HTML
    table: gr.HTML
    query: gr.Textbox
    file: gr.Textbox
    problems: gr.HTML


@dataclass(frozen=True)
class BoardHandlers:
    """What the tab's events run. The view comes from the page and goes back to it: nothing is kept here."""

    folder: ResultsFolder
    controls: Controls
    shown: Shown
    panels: Panels

    def opened(self, address: str) -> Updates:
        """Everything, as the address of the page says."""
        results, asked = self.folder.read(), from_query(address)
        board = find_board(results.boards, asked.board)
        if board is None:
            return self._empty(results)
        view = fitting(asked, board)
        if lost := not_here(address, view):
            gr.Warning(html.escape(lost))
        return {
            **self._controls(results, board, view),
            **self.rows(board, view),
            **self.chart(board, view),
            self.shown.problems: problem_list(results.problems),
        }

    def changed(self, query: str, board_key: str, search: str, *values: Any) -> Updates:
        """The rows and the chart after one of the controls was set."""
        results, before = self.folder.read(), from_query(query)
        board = find_board(results.boards, board_key or before.board)
        if board is None:
            return self._empty(results)
        if board.key != before.board:
            return self.opened(to_query(BoardState(board=board.key)))
        view = fitting(_set(before, search, *values), board)
        if view.columns == board.columns(BoardState()):
            view = replace(view, columns=())
        return {**self.rows(board, view), **self.chart(board, view)}

    def acted(self, query: str, event: gr.EventData) -> Updates:
        """What a button of the table asks for."""
        results, view = self.folder.read(), from_query(query)
        board = find_board(results.boards, view.board)
        if board is None:
            return self._empty(results)
        try:
            view = fitting(after(view, str(event.action), str(event.value)), board)
        except ValueError as error:
            gr.Warning(str(error))
            return {self.shown.query: query}
        return {**self.rows(board, view), **(self.chart(board, view) if event.action == "head" else {})}

    def cleared(self, query: str) -> Updates:
        """The board without search and filters."""
        kept = from_query(query)
        return self.opened(to_query(replace(kept, search="", **dict.fromkeys(FILTERS, ()))))

    def rows(self, board: Board, view: BoardState) -> Updates:
        entries = visible(board, view)
        return {
            self.shown.query: to_query(view),
            **self.panels.updates(view),
            self.shown.answer: answer_html(board, entries) + reading_html(board) + protocol_html(board),
            self.shown.count: count_html(board, entries),
            self.shown.table: table_html(board, entries, view),
        }

    def chart(self, board: Board, view: BoardState) -> Updates:
        entries = visible(board, view)
        points = trade_off_points(entries, view.fine, view.coarse)
        told = points_html(points, view.fine, view.coarse)
        if points:
            drawn = trade_off_chart(points, view.fine, view.coarse, view.head)
        else:
            drawn = figure_chart(entries, board.table[board.figure(view.fine)], view.head)
            told = "" if drawn else told
        return {
            self.shown.chart_side: gr.Column(visible=drawn is not None),
            self.shown.chart: drawn,
            self.shown.points: told,
        }

    def of_view(self, view: BoardState) -> Updates:
        """The rows and the chart of a view."""
        board = find_board(self.folder.read().boards, view.board)
        if board is None:
            return {}
        return {**self.rows(board, fitting(view, board)), **self.chart(board, view)}

    def everything(self) -> list[Any]:
        """All that an event may set."""
        return [*components(self.controls), *components(self.shown), *self.panels.addresses()]

    def file(self, query: str, write: Callable[..., str]) -> str:
        view = from_query(query)
        board = find_board(self.folder.read().boards, view.board)
        return (
            write(visible(board, view), [board.table[name] for name in board.columns(view)]) if board else ""
        )

    def _controls(self, results: Results, board: Board, view: BoardState) -> Updates:
        choices = [(other.title, other.key) for other in results.boards]
        set_to = {getattr(self.controls, name): getattr(view, name) for name in ("search",)}
        filters = {
            getattr(self.controls, name): gr.Dropdown(board.choices(name), value=list(getattr(view, name)))
            for name in FILTERS
        }
        return {
            self.controls.board: gr.Dropdown(choices, value=board.key, visible=len(choices) > 1),
            self.controls.columns: gr.CheckboxGroup(
                [(board.table[name].title, name) for name in board.known_columns],
                value=list(board.columns(view)),
            ),
            self.controls.fine: gr.Radio(
                [(board.table[name].title, name) for name in board.fine],
                value=view.fine,
                visible=len(board.fine) > 1,
            ),
            self.controls.coarse: gr.Radio(
                [(RECALLS[name], name) for name in board.recalls],
                value=view.coarse,
                visible=len(board.recalls) > 1,
            ),
            self.controls.group: gr.Radio(value=view.group, visible=board.has_groups),
            **set_to,
            **filters,
        }

    def _empty(self, results: Results) -> Updates:
        return {
            self.shown.table: render("no_results"),
            self.shown.problems: problem_list(results.problems),
            self.shown.chart_side: gr.Column(visible=False),
        }


def _set(
    view: BoardState,
    search: str,
    backbone: list[str],
    kind: list[str],
    stage: list[str],
    provenance: list[str],
    columns: list[str],
    group: str,
    fine: str,
    coarse: str,
) -> BoardState:
    return replace(
        view,
        search=search[:LONGEST],
        backbone=tuple(backbone),
        kind=tuple(kind),
        stage=tuple(stage),
        provenance=tuple(provenance),
        columns=known_columns(columns),
        group=group,
        fine=fine,
        coarse=coarse,
        rows=PAGE,
    )


def wire(page: gr.Blocks, handlers: BoardHandlers) -> None:
    """Connect the events with what they run."""
    controls, everything = components(handlers.controls), handlers.everything()
    query, table = handlers.shown.query, handlers.shown.table
    page.load(handlers.opened, query, everything, js="() => [location.search]", **QUIET)
    for control in controls:
        control.input(handlers.changed, [query, *controls], everything, trigger_mode="always_last", **QUIET)
    table.click(handlers.acted, query, everything, trigger_mode="multiple", **QUIET)
    query.change(
        None, query, None, js="(query) => window.leaderboard && window.leaderboard.address(query)", **QUIET
    )


def add_actions(handlers: BoardHandlers) -> None:
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


def add_endpoint(folder: ResultsFolder) -> None:
    def leaderboard() -> list[dict[str, Any]]:
        """Every result as a row: mean ranks (1 best), shares from 0 to 1; null was not measured."""
        return json_rows(results_table(folder.read(patience=None).records))

    events.api(leaderboard, api_name="leaderboard")
