"""What happens below the table: the panel inside a head, and the one that puts heads side by side."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from fg_demo.models.registry import ModelRegistry
from fg_demo.page.components import MODELS, QUIET, components
from leaderboard.board.board import find_board
from leaderboard.board.results import ResultsFolder
from leaderboard.board.state import BoardState, from_query, to_query
from leaderboard.page.head_panel import (
    LOADING,
    HeadPanel,
    build_head_panel,
    fetched_updates,
    gallery_updates,
    head_updates,
)
from leaderboard.page.side_by_side_panel import VersusPanel, build_versus_panel, versus_updates

Updates = dict[Any, Any]
SCROLL = "() => setTimeout(() => window.leaderboard && window.leaderboard.reveal('{id}'), 50)"
TO_TABLE = "() => document.querySelector('#leaderboard-board .lb-scroll')?.focus({ preventScroll: true })"
"""Keys go on in the table, since the button that closes a panel goes with it."""


@dataclass(frozen=True)
class Panels:
    """Both panels; `inside` and `beside` hold the address of what they show, so that a change shows it anew."""

    inside: gr.Textbox
    beside: gr.Textbox
    head: HeadPanel
    versus: VersusPanel

    def updates(self, view: BoardState) -> Updates:
        """What makes the panels follow the view."""
        same: dict[str, Any] = {"board": view.board, "subset": view.subset}
        return {
            self.inside: to_query(BoardState(head=view.head, **same)),
            self.beside: to_query(BoardState(versus=view.versus, **same)),
        }

    def addresses(self) -> list[Any]:
        """The components that hold which heads are open."""
        return [self.inside, self.beside]


def build_panels() -> Panels:
    """The panels, hidden, in the order of the page."""
    versus, head = build_versus_panel(), build_head_panel()
    inside, beside = (gr.Textbox(visible="hidden", show_label=False) for _ in range(2))
    return Panels(inside=inside, beside=beside, head=head, versus=versus)


def wire_panels(
    panels: Panels,
    folder: ResultsFolder,
    registry: ModelRegistry | None,
    query: gr.Textbox,
    shown: Callable[[BoardState], Updates],
    everything: list[Any],
) -> None:
    """Connect the panels; `shown` gives what the rest of the tab shows of a view, in `everything`."""

    def changed(**fields: Any) -> Callable[[str], Updates]:
        return lambda address: shown(replace(from_query(address), **fields))

    inside = _of_address(folder, head_updates, panels.head)
    gallery = _of_address(folder, gallery_updates, panels.head, registry)
    fetched = _of_address(folder, fetched_updates, panels.head, registry)
    beside = _of_address(folder, versus_updates, panels.versus)
    head = components(panels.head)
    panels.inside.change(inside, panels.inside, head, trigger_mode="always_last", **QUIET).then(
        None, None, None, js=SCROLL.format(id="leaderboard-head"), **QUIET
    ).then(gallery, panels.inside, head, **QUIET, **MODELS)
    panels.beside.change(
        beside, panels.beside, components(panels.versus), trigger_mode="always_last", **QUIET
    )
    panels.head.subset.input(
        lambda address, subset: changed(subset=subset)(address),
        [query, panels.head.subset],
        everything,
        **QUIET,
    )
    panels.head.fetch.click(
        lambda: {panels.head.gallery: LOADING}, None, [panels.head.gallery], **QUIET
    ).then(fetched, panels.inside, head, **QUIET)
    closed = (
        panels.head.close.click(changed(head=""), query, everything, **QUIET),
        panels.versus.close.click(changed(versus=()), query, everything, **QUIET),
    )
    for one in closed:
        one.success(None, None, None, js=TO_TABLE, **QUIET)


def _of_address(
    folder: ResultsFolder, update: Callable[..., Updates], panel: HeadPanel | VersusPanel, *more: Any
) -> Callable[[str], Updates]:
    """What a change of a panel's address runs: `update` of the panel with the board and the view; nothing without
    results.
    """

    def updates(address: str) -> Updates:
        view = from_query(address)
        board = find_board(folder.read().boards, view.board)
        return update(panel, board, view, *more) if board else gr.skip()

    return updates
