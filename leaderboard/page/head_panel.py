"""The panel inside a head: its charts, its errors and fixes, its card, and where its figures come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr
from PIL import Image

from fg_demo.models.registry import ModelRegistry
from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.at_hand import NotHereError, fetch, images_at_hand, is_at_hand
from leaderboard.benchmarks.catalogue import BENCHMARKS, SUBSETS, subset_titles
from leaderboard.board.board import Board, Entry
from leaderboard.board.cases import Case, case, errors, fixes, load_samples, scored
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
from leaderboard.page.gallery import gallery_html, part
from leaderboard.page.head_facts import facts, facts_html, head_title
from leaderboard.page.templates import render

Updates = dict[Any, Any]
LOADING = render("note", text="Looking for errors and fixes …", status=True)


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
    fetch: gr.Button
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
        fetch = gr.Button(
            "Download them to the server", size="sm", visible=False, elem_id="leaderboard-fetch"
        )
        with gr.Accordion("Where its figures come from", open=False, elem_id="leaderboard-origin"):
            origin = gr.HTML()
        with gr.Accordion("Configuration, learning curve and card", open=False, visible=False) as files_side:
            learning = gr.Plot(show_label=False, container=False, elem_id="leaderboard-learning")
            settings = gr.HTML()
            card = gr.Markdown(elem_id="leaderboard-card")
    panel = HeadPanel(side, title, bars, subset, negatives_side, negatives, confusions_side, confusions,
                      gallery, fetch, origin, files_side, settings, learning, card)  # fmt: skip
    return panel, close


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
    shown = shown if baseline is not entry else [entry]
    return {
        panel.side: gr.Column(visible=True),
        panel.title: head_title(entry),
        panel.bars: _bars(shown),
        panel.subset: gr.Radio(
            [(title, name) for name, title in board.subsets.items()],
            value=view.subset,
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
        cases = _cases(entry, board.baseline(entry), view.subset)
        images = _images(entry)
        _check_at_hand(cases, images)
        return {panel.gallery: _gallery(entry, view.subset, cases, images, registry)}
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
        cases = _cases(entry, board.baseline(entry), view.subset)
        gallery = _gallery(entry, view.subset, cases, _images(entry), registry)
        return {panel.gallery: gallery, panel.fetch: gr.Button(visible=False)}
    except (ValueError, OSError) as error:
        return {panel.gallery: _no_gallery(error)}


def _cases(entry: Entry, baseline: Entry | None, subset: str) -> dict[str, list[Case]]:
    """What the gallery shows, by the title above it."""
    samples = load_samples(entry, subset)
    result = entry.record.subsets[subset]
    before = baseline.record.subsets.get(subset) if baseline and baseline is not entry else None
    parts = {
        "What it gets wrong": errors(result),
        "What it fixes over cosine": fixes(result, before) if before else [],
    }
    return {
        title: [case(entry, baseline, subset, number, samples[number]) for number in numbers]
        for title, numbers in parts.items()
    }


def _images(entry: Entry) -> Mapping[str, Image.Image]:
    return images_at_hand(entry.record.benchmark.name, entry.record.benchmark.split or "test")


def _check_at_hand(cases: Mapping[str, list[Case]], images: Mapping[str, Image.Image]) -> None:
    shown = [one.sample.image for part in cases.values() for one in part]
    missing = [image for image in shown if not is_at_hand(images, image)]
    if missing:
        raise NotHereError(f"{len(missing)} of {len(shown)} images are not on this machine.")


def _gallery(
    entry: Entry,
    subset: str,
    cases: Mapping[str, list[Case]],
    images: Mapping[str, Image.Image],
    registry: ModelRegistry | None,
) -> str:
    scorer = BASELINE.title if entry.record.head.name == BASELINE.name else entry.record.head.name
    title_of_subset = subset_titles([subset]).get(subset, subset)
    return gallery_html(
        [
            part(f"{title}, on {title_of_subset}", scored(shown, entry, images, registry), images, scorer)
            for title, shown in cases.items()
            if shown
        ]
    )


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
