"""The panel inside a head: its charts, its errors and fixes, its card, and where its figures come from."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from fg_demo.models.registry import ModelRegistry
from leaderboard.benchmarks.at_hand import NotHereError, fetch
from leaderboard.benchmarks.catalogue import BENCHMARKS, SUBSETS
from leaderboard.board.board import Board, Entry
from leaderboard.board.head_files import head_files
from leaderboard.board.state import BoardState
from leaderboard.charts.head import (
    confusion_chart,
    confusion_rows,
    learning_chart,
    negatives_chart,
    negatives_rows,
    subset_chart,
    subset_rows,
)
from leaderboard.page.gallery import cases_html, cases_of, check_at_hand
from leaderboard.page.head_facts import facts, facts_html, head_title
from leaderboard.page.templates import render

Updates = dict[Any, Any]
LOADING = render("note", text="Looking for errors and fixes …", status=True)


@dataclass(frozen=True)
class HeadPanel:
    """The components of the panel."""

    side: gr.Column
    title: gr.Markdown
    close: gr.Button
    bars: gr.Plot
    subset: gr.Radio
    negatives_side: gr.Column
    negatives: gr.Plot
    confusions_side: gr.Column
    confusions: gr.Plot
    gallery: gr.HTML
    fetch: gr.Button
    facts: gr.HTML
    files_side: gr.Accordion
    settings: gr.HTML
    learning: gr.Plot
    card: gr.Markdown


def build_head_panel() -> HeadPanel:
    """The panel, hidden."""
    with gr.Column(visible=False, elem_id="leaderboard-head") as side:
        with gr.Row(elem_classes="lb-panel-head"):
            title = gr.Markdown(elem_id="leaderboard-head-title")
            close = gr.Button("Close", size="sm", scale=0, min_width=80)
        bars = _plot("subsets")
        subset = gr.Radio(
            [(subset.title, name) for name, subset in SUBSETS.items()],
            value="hard",
            label="Look closer at",
            elem_id="leaderboard-subset",
        )
        with gr.Row():
            with gr.Column(min_width=320) as negatives_side:
                gr.Markdown("### The more look-alikes, the harder")
                negatives = _plot("negatives")
            with gr.Column(min_width=320) as confusions_side:
                gr.Markdown("### What is taken for what, in % of the regions where it could be")
                confusions = _plot("confusions")
        gallery = gr.HTML(elem_id="leaderboard-gallery")
        fetch = gr.Button(
            "Download them to the server", size="sm", visible=False, elem_id="leaderboard-fetch"
        )
        with gr.Accordion("Where its figures come from", open=False, elem_id="leaderboard-origin"):
            origin = gr.HTML()
        with gr.Accordion("Configuration, learning curve and card", open=False, visible=False) as files_side:
            learning = _plot("learning")
            settings = gr.HTML()
            card = gr.Markdown(elem_id="leaderboard-card")
    return HeadPanel(
        side=side,
        title=title,
        close=close,
        bars=bars,
        subset=subset,
        negatives_side=negatives_side,
        negatives=negatives,
        confusions_side=confusions_side,
        confusions=confusions,
        gallery=gallery,
        fetch=fetch,
        facts=origin,
        files_side=files_side,
        settings=settings,
        learning=learning,
        card=card,
    )


def _plot(name: str) -> gr.Plot:
    return gr.Plot(show_label=False, container=False, elem_id=f"leaderboard-{name}")


def head_updates(panel: HeadPanel, board: Board, view: BoardState) -> Updates:
    """What the panel shows of the view's head, all but the gallery; hidden when there is none."""
    entry = board.entry(view.head)
    if entry is None:
        return {
            panel.side: gr.Column(visible=False),
            panel.gallery: "",
            panel.fetch: gr.Button(visible=False),
        }
    baseline = board.baseline(entry)
    shown = [one for one in (baseline, entry) if one is not None]
    shown = [entry] if baseline and baseline.key == entry.key else shown
    return {
        panel.side: gr.Column(visible=True),
        panel.title: head_title(entry),
        panel.bars: _bars(shown),
        panel.subset: gr.Radio(
            [(title, name) for name, title in board.subsets.items()],
            value=view.subset if board.subsets else None,
            visible=len(board.subsets) > 1,
        ),
        **_closer(panel, shown, entry, view.subset),
        panel.gallery: LOADING,
        panel.fetch: gr.Button(visible=False),
        panel.facts: facts_html(facts(entry.record)),
        **_files(panel, entry),
    }


def gallery_updates(
    panel: HeadPanel, board: Board, view: BoardState, registry: ModelRegistry | None
) -> Updates:
    """The gallery of the view's head from what is on this machine, or why there is none; where it could be
    fetched, with the button that does so.
    """
    entry = board.entry(view.head)
    if entry is None:
        return {panel.gallery: ""}
    try:
        cases = cases_of(entry, board.baseline(entry), view.subset)
        check_at_hand(cases, entry)
        return {panel.gallery: cases_html(cases, entry, view.subset, registry)}
    except NotHereError as error:
        listed = entry.record.benchmark.name in BENCHMARKS
        return {panel.gallery: _no_gallery(error), panel.fetch: gr.Button(visible=listed)}
    except (ValueError, OSError) as error:
        return {panel.gallery: _no_gallery(error)}


def fetched_updates(
    panel: HeadPanel, board: Board, view: BoardState, registry: ModelRegistry | None
) -> Updates:
    """The gallery of the view's head, its benchmark fetched where need be: a visitor asked for it by a button."""
    entry = board.entry(view.head)
    if entry is None:
        return {panel.gallery: ""}
    benchmark = entry.record.benchmark
    try:
        fetch(benchmark.name, view.subset, benchmark.split or "test")
        cases = cases_of(entry, board.baseline(entry), view.subset)
        gallery = cases_html(cases, entry, view.subset, registry)
        return {panel.gallery: gallery, panel.fetch: gr.Button(visible=False)}
    except (ValueError, OSError) as error:
        return {panel.gallery: _no_gallery(error)}


def _no_gallery(error: Exception) -> str:
    return facts_html({"Errors and fixes cannot be shown": str(error)})


def _bars(shown: list[Entry]) -> Any:
    rows = subset_rows(shown)
    return gr.Plot(subset_chart(shown, rows) if rows else None, visible=bool(rows))


def _closer(panel: HeadPanel, shown: list[Entry], entry: Entry, subset: str) -> Updates:
    lines = negatives_rows(shown, subset)
    result = entry.record.subsets.get(subset)
    cells = confusion_rows((result.confusions or ()) if result else ())
    return {
        panel.negatives_side: gr.Column(visible=bool(lines)),
        panel.negatives: negatives_chart(shown, lines, subset) if lines else None,
        panel.confusions_side: gr.Column(visible=bool(cells)),
        panel.confusions: confusion_chart(cells, subset) if cells else None,
    }


def _files(panel: HeadPanel, entry: Entry) -> Updates:
    files = head_files(entry.record)
    if files is None:
        return {panel.files_side: gr.Accordion(visible=False)}
    history = files.history()
    return {
        panel.files_side: gr.Accordion(visible=True),
        panel.settings: facts_html(files.arguments()),
        panel.learning: gr.Plot(learning_chart(history) if history else None, visible=bool(history)),
        panel.card: files.card(),
    }
