"""The panel that puts two to four heads side by side."""

from dataclasses import dataclass
from typing import Any

import gradio as gr

from leaderboard.board.board import Board
from leaderboard.board.state import BoardState
from leaderboard.charts.head import negatives_chart, negatives_rows, subset_chart, subset_rows
from leaderboard.page.side_by_side import versus_html

Updates = dict[Any, Any]


@dataclass(frozen=True)
class VersusPanel:
    """The components of the panel."""

    side: gr.Column
    close: gr.Button
    table: gr.HTML
    bars: gr.Plot
    negatives: gr.Plot


def build_versus_panel() -> VersusPanel:
    """The panel, hidden."""
    with gr.Column(visible=False, elem_id="leaderboard-versus") as side:
        with gr.Row(elem_classes="lb-panel-head"):
            gr.Markdown("## Side by side")
            close = gr.Button("Close", size="sm", scale=0, min_width=80)
        table = gr.HTML(apply_default_css=False, elem_id="leaderboard-versus-table")
        with gr.Row():
            bars = gr.Plot(
                show_label=False, container=False, min_width=320, elem_id="leaderboard-versus-bars"
            )
            negatives = gr.Plot(
                show_label=False, container=False, min_width=320, elem_id="leaderboard-versus-negatives"
            )
    return VersusPanel(side=side, close=close, table=table, bars=bars, negatives=negatives)


def versus_updates(panel: VersusPanel, board: Board, view: BoardState) -> Updates:
    """The view's heads side by side; hidden while there are fewer than two."""
    entries = [entry for key in view.versus if (entry := board.entry(key))]
    if len(entries) < 2:
        return {panel.side: gr.Column(visible=False)}
    rows, lines = subset_rows(entries), negatives_rows(entries, view.subset)
    return {
        panel.side: gr.Column(visible=True),
        panel.table: versus_html(entries),
        panel.bars: gr.Plot(subset_chart(entries, rows) if rows else None, visible=bool(rows)),
        panel.negatives: gr.Plot(
            negatives_chart(entries, lines, view.subset) if lines else None, visible=bool(lines)
        ),
    }
