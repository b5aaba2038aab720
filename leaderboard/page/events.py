"""What happens on the leaderboard tab: which change shows what.

    page opened ── its address ───────────────► opened ─┐
    a control set ── values, by component ────► changed ┤
    a button of the table, a point ── query ──► acted ──┼─► what is shown: answer, chart, table, count
    "Clear the filters" ── query ─────────────► cleared ┤   the panels' addresses ─► a panel is drawn anew
    a panel's buttons ── query ───────────────► of_view ┘   query ─► the browser's address

The state (`BoardState`) lives in the page, as the address in the hidden `query`: each event reads it there, changes
it, and shows it. Components are looked up by name, never by place.
"""

import html
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import gradio as gr
from gradio.components.plot import PlotData

from fg_demo.page.components import QUIET, components, on_opening
from leaderboard.board.board import FILTERS, Board, Entry, find_board
from leaderboard.board.filtering import fitting, not_here, visible
from leaderboard.board.results import Results, ResultsFolder
from leaderboard.board.state import LONGEST, PAGE, BoardState, after, from_query, known_columns, to_query
from leaderboard.board.trade_off import points_of, stated
from leaderboard.charts.figure import figure_chart
from leaderboard.charts.trade_off import trade_off_chart
from leaderboard.page.panels import Panels, Updates
from leaderboard.page.problems import problem_list
from leaderboard.page.summary import answer_html, points_html, protocol_html, reading_html
from leaderboard.page.table import count_html, table_html
from leaderboard.page.templates import render
from leaderboard.tables.retrieval_columns import RECALLS


@dataclass(frozen=True)
class Controls:
    """What the visitor sets, each named like the field of `BoardState` that it sets."""

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

    def set(self, state: BoardState, values: dict[Any, Any]) -> BoardState:
        """The state with what the controls hold, from its first rows on; one without choices holds None."""
        given = {field.name: values[getattr(self, field.name)] for field in fields(self)}
        held = {name: value for name, value in given.items() if value is not None}
        lists = {name: tuple(value) for name, value in held.items() if isinstance(value, list)}
        held |= lists | {"search": held["search"][:LONGEST], "columns": known_columns(held["columns"])}
        return replace(state, **held, rows=PAGE)


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
            **self._shows(board, view),
            self.shown.problems: problem_list(results.problems, results.unread),
        }

    def chosen(self, board: str) -> Updates:
        """Another board, as it opens."""
        return self.opened(to_query(BoardState(board=board)))

    def changed(self, values: dict[Any, Any]) -> Updates:
        """The rows and the chart after one of the controls but the board's was set."""
        results, before = self.folder.read(), from_query(values[self.shown.query])
        board = find_board(results.boards, before.board)
        if board is None:
            return self._empty(results)
        view = fitting(self.controls.set(before, values), board)
        if view.columns == board.columns(BoardState()):
            view = replace(view, columns=())
        return self._shows(board, view)

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
        entries = visible(board, view)
        chart = self._chart(board, entries, view) if event.action == "head" else {}
        return {**self._rows(board, entries, view), **chart}

    def cleared(self, query: str) -> Updates:
        """The board without search and filters."""
        kept = from_query(query)
        return self.opened(to_query(replace(kept, search="", **dict.fromkeys(FILTERS, ()))))

    def _shows(self, board: Board, view: BoardState) -> Updates:
        """The rows and the chart in this state."""
        entries = visible(board, view)
        return {**self._rows(board, entries, view), **self._chart(board, entries, view)}

    def _rows(self, board: Board, entries: Sequence[Entry], view: BoardState) -> Updates:
        """What the table and the words around it show in this state."""
        return {
            self.shown.query: to_query(view),
            **self.panels.updates(view),
            self.shown.answer: answer_html(board, entries) + reading_html(board) + protocol_html(board),
            self.shown.count: count_html(board, entries),
            self.shown.table: table_html(board, entries, view),
        }

    def _chart(self, board: Board, entries: Sequence[Entry], view: BoardState) -> Updates:
        """What the chart and the words below it show in this state."""
        pairs = stated(entries, view.fine, view.coarse)
        points = points_of(pairs, view.fine, view.coarse, view.head)
        told = points_html(points, view.fine, view.coarse, more=len(pairs) - len(points))
        if points:
            drawn = trade_off_chart(points, view.fine, view.coarse, view.head, board.retrieval)
        else:
            drawn = figure_chart(entries, board.table[board.figure(view.fine, view.coarse)], view.head)
            told = "" if drawn else told
        return {
            self.shown.chart_side: gr.Column(visible=drawn is not None),
            self.shown.chart: _written(drawn),
            self.shown.points: told,
        }

    def of_view(self, view: BoardState) -> Updates:
        """The rows and the chart of a view."""
        board = find_board(self.folder.read().boards, view.board)
        if board is None:
            return gr.skip()  # gradio refuses an answer that names no component
        return self._shows(board, fitting(view, board))

    def everything(self) -> list[Any]:
        """All that an event may set."""
        return [*components(self.controls), *components(self.shown), *self.panels.addresses()]

    def file(self, query: str, write: Callable[..., str]) -> str:
        """The state's rows as the text of a file, by `write`; empty without a board."""
        view = from_query(query)
        board = find_board(self.folder.read().boards, view.board)
        return (
            write(visible(board, view), [board.table[name] for name in board.columns(view)]) if board else ""
        )

    def _controls(self, results: Results, board: Board, view: BoardState) -> Updates:
        set_, boards = self.controls, [(other.title, other.key) for other in results.boards]
        columns = [(board.table[name].title, name) for name in board.known_columns]
        fine = [(board.table[name].title, name) for name in board.fine]
        recalls = [(RECALLS[name], name) for name in board.recalls]
        return {
            set_.board: gr.Dropdown(boards, value=board.key, visible=len(boards) > 1),
            set_.search: view.search,
            **{
                getattr(set_, name): gr.Dropdown(
                    board.choices(name), value=list(getattr(view, name)), multiselect=True
                )
                for name in FILTERS
            },
            set_.columns: gr.CheckboxGroup(columns, value=list(board.columns(view))),
            # Gradio refuses every event of a radio that holds what is not among its choices.
            set_.fine: gr.Radio(fine, value=view.fine if fine else None, visible=len(fine) > 1),
            set_.coarse: gr.Radio(
                recalls,
                value=view.coarse if recalls else None,
                visible=len(recalls) > 1,
                label=f"{board.retrieval} by",
            ),
            set_.group: gr.Radio(value=view.group, visible=board.has_groups),
        }

    def _empty(self, results: Results) -> Updates:
        return {
            self.shown.table: render("no_results"),
            self.shown.problems: problem_list(results.problems, results.unread),
            self.shown.chart_side: gr.Column(visible=False),
        }


def _written(chart: Any) -> PlotData | None:
    """The chart as a page receives it: as Gradio would write it, but without a check against Vega-Lite's schema, which
    takes longer than all else.
    """
    return chart and PlotData(type="altair", plot=chart.to_json(validate=False, indent=None))


def wire(page: gr.Blocks, handlers: BoardHandlers, back: gr.Button | None = None) -> None:
    """Connect the tab's components with what they run: `page` opens on its address, read again when `back` is pressed,
    each of the controls and each button of the table changes the state, and the browser's address follows it.
    """
    controls, everything = components(handlers.controls), handlers.everything()
    query, table = handlers.shown.query, handlers.shown.table
    on_opening(page, back, handlers.opened, query, everything, js="() => [location.search]", **QUIET)
    board = handlers.controls.board
    # By itself: what the other controls hold is of the board before, which Gradio may refuse by then.
    board.input(handlers.chosen, board, everything, trigger_mode="always_last", **QUIET)
    gr.on(
        [control.input for control in controls if control is not board],
        handlers.changed,
        {query, *controls},
        everything,
        trigger_mode="always_last",
        **QUIET,
    )
    table.click(handlers.acted, query, everything, trigger_mode="multiple", **QUIET)
    query.change(
        None, query, None, js="(query) => window.leaderboard && window.leaderboard.address(query)", **QUIET
    )
