"""The panel inside a head: its charts, its errors and fixes, its card, and where its figures come from."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from fg_demo.shelf import Shelf
from leaderboard.address import View
from leaderboard.benchmark import SUBSETS, load_images
from leaderboard.board import COSINE, Board, Entry
from leaderboard.gallery import Case, case, errors, fixes, gallery_html, load_samples, scored
from leaderboard.head_charts import (
    confusion_chart,
    confusion_rows,
    learning_chart,
    negatives_chart,
    negatives_rows,
    subset_chart,
    subset_rows,
)
from leaderboard.head_view import facts, facts_html, head_files, head_title

Updates = dict[Any, Any]
LOADING = '<p class="lb-note" role="status">Looking for errors and fixes …</p>'


@dataclass(frozen=True)
class HeadPanel:
    """The components of the panel."""

    side: gr.Column
    title: gr.Markdown
    bars: gr.Plot
    subset: gr.Radio
    negatives_side: gr.Column
    negatives: gr.Plot
    confusions_side: gr.Column
    confusions: gr.Plot
    gallery: gr.HTML
    facts: gr.HTML
    files_side: gr.Accordion
    settings: gr.HTML
    learning: gr.Plot
    card: gr.Markdown


def build_head_panel() -> tuple[HeadPanel, gr.Button]:
    """The panel, hidden, and the button that closes it."""
    with gr.Column(visible=False, elem_id="leaderboard-head") as side:
        with gr.Row(elem_classes="lb-panel-head"):
            title = gr.Markdown(elem_id="leaderboard-head-title")
            close = gr.Button("Close", size="sm", scale=0, min_width=80)
        bars = gr.Plot(show_label=False, container=False, elem_id="leaderboard-subsets")
        subset = gr.Radio(
            [(subset.title, name) for name, subset in SUBSETS.items()],
            value="hard",
            label="Look closer at",
            elem_id="leaderboard-subset",
        )
        with gr.Row():
            with gr.Column(min_width=320) as negatives_side:
                gr.Markdown("##### The more look-alikes, the harder")
                negatives = gr.Plot(show_label=False, container=False, elem_id="leaderboard-negatives")
            with gr.Column(min_width=320) as confusions_side:
                gr.Markdown("##### What is taken for what, in % of the regions where it could be")
                confusions = gr.Plot(show_label=False, container=False, elem_id="leaderboard-confusions")
        gallery = gr.HTML(elem_id="leaderboard-gallery")
        with gr.Accordion("Where its figures come from", open=False, elem_id="leaderboard-origin"):
            origin = gr.HTML()
        with gr.Accordion("Configuration, learning curve and card", open=False, visible=False) as files_side:
            learning = gr.Plot(show_label=False, container=False, elem_id="leaderboard-learning")
            settings = gr.HTML()
            card = gr.Markdown(elem_id="leaderboard-card")
    panel = HeadPanel(side, title, bars, subset, negatives_side, negatives, confusions_side, confusions,
                      gallery, origin, files_side, settings, learning, card)  # fmt: skip
    return panel, close


def head_updates(panel: HeadPanel, board: Board, view: View) -> Updates:
    """What the panel shows of the view's head, all but the gallery; hidden when there is none."""
    entry = board.entry(view.head)
    if entry is None:
        return {panel.side: gr.Column(visible=False), panel.gallery: ""}
    baseline = board.baseline(entry)
    shown = [one for one in (baseline, entry) if one is not None]
    shown = shown if baseline is not entry else [entry]
    return {
        panel.side: gr.Column(visible=True),
        panel.title: head_title(entry),
        panel.bars: _bars(shown),
        panel.subset: view.subset,
        **_closer(panel, shown, entry, view.subset),
        panel.gallery: LOADING,
        panel.facts: facts_html(facts(entry.record)),
        **_files(panel, entry),
    }


def gallery_updates(panel: HeadPanel, board: Board, view: View, shelf: Shelf | None) -> Updates:
    """The gallery of the view's head, or why there is none."""
    entry = board.entry(view.head)
    if entry is None:
        return {panel.gallery: ""}
    try:
        return {panel.gallery: _gallery(entry, board.baseline(entry), view.subset, shelf)}
    except (ValueError, OSError) as error:
        return {panel.gallery: facts_html({"Errors and fixes cannot be shown": str(error)})}


def _gallery(entry: Entry, baseline: Entry | None, subset: str, shelf: Shelf | None) -> str:
    samples = load_samples(entry, subset)
    benchmark, result = entry.record.benchmark, entry.record.subsets[subset]
    images = load_images(benchmark.name, benchmark.split or "test")
    before = baseline.record.subsets.get(subset) if baseline and baseline is not entry else None
    parts = {
        "What it gets wrong": errors(result),
        "What it fixes over cosine": fixes(result, before) if before else [],
    }
    scorer = "CLIP cosine" if entry.record.head.name == COSINE else entry.record.head.name
    made = []
    for title, numbers in parts.items():
        cases: list[Case] = [case(entry, baseline, subset, number, samples[number]) for number in numbers]
        if cases:
            figures = gallery_html(scored(cases, entry, images, shelf), images, scorer)
            made.append(f"<h5>{title}, on {SUBSETS[subset].title}</h5>{figures}")
    return "".join(made) or '<p class="lb-note">Nothing is wrong on this subset.</p>'


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
