"""The leaderboard tab: charts, table, and where each row comes from."""

import hashlib
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr
import gradio.events as events
import pandas as pd
from pandas.api.types import is_numeric_dtype

from leaderboard.charts import head_title, subset_chart, subset_points, trade_off_chart, trade_off_points
from leaderboard.records import load_results
from leaderboard.table import results_table, to_csv
from leaderboard.view import groups, json_rows, origin, problem_list, styled

INTRODUCTION = """
**Mean rank** is where the true caption lands among look-alikes that differ from it in a detail: **1 is best,
lower is better**. **R@10** shows what that costs: how often is the right caption of a whole scene, of all
captions, still among the ten best? In percent, higher is better.
"""
DETAILS = """
- **Hard, Medium, Easy**: ten look-alikes with one, two or three attributes replaced. **Trivial**: captions
  of other objects. **Color, Material, Pattern, Transparency**: only that attribute is replaced. All are mean
  ranks.
- **Guessing** ranks 6 on average among ten look-alikes, 4.5 among seven (Pattern), 2 among two
  (Transparency). Ties count against the head. **Top-1**: percentage of regions whose true caption is first.
- **Sum** is that of the eight mean ranks; 8 is the best there is.
- **I→T R@10**: percentage of images whose caption is among the ten best of all. **T→I R@10**: the reverse.
  R@1 and R@5 stand at the end of the table.
- **Empty cells** were not measured. Means are given only where all eight subsets were. The best is bold.
- **cosine** is CLIP as it is; every other head re-projects the same frozen embeddings.
- **fg-rendered** on **mini-clip** is the embedded default: rendered scenes and a small CLIP trained for them,
  so that everything can be measured anywhere. Its figures say nothing about photographs.
- Figures of another benchmark or protocol are not comparable, so they never share a table.
"""
HINT = "Select a row to see it subset by subset, and where its figures come from."
EMPTY = (
    "<p>No results yet. Measure a head with <code>python -m leaderboard evaluate --head cosine</code>.</p>"
)
CSS = """
#leaderboard-table .header-table th:first-child, #leaderboard-table .body-cell[data-col="0"] {
  position: sticky !important; left: 0; z-index: 2; background: var(--background-fill-primary);
}
#leaderboard-hint .html-container, #leaderboard-problems .html-container { padding: 0; }
#leaderboard-csv { max-width: 220px; }
#leaderboard-problems { color: var(--body-text-color-subdued); overflow-wrap: anywhere; }
#leaderboard-origin dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 16px; margin: 0; }
#leaderboard-origin dt { color: var(--body-text-color-subdued); }
#leaderboard-origin dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 600px) { #leaderboard-origin dl { grid-template-columns: 1fr; } }
"""
"""What the page needs beside the tab: a first column that stays in sight, and a two-column origin."""

CHART_HEIGHT = 320


@dataclass(frozen=True)
class Panels:
    """The components that show one benchmark, and one selected row of it."""

    trade_off_side: gr.Column
    trade_off: gr.Plot
    subsets_side: gr.Column
    subsets_title: gr.Markdown
    subsets: gr.Plot
    hint: gr.HTML
    table: gr.Dataframe
    origin_side: gr.Accordion
    origin: gr.HTML
    download: gr.DownloadButton
    problems: gr.HTML

    def of_row(self) -> list[Any]:
        return [self.subsets_side, self.subsets_title, self.subsets, self.origin_side, self.origin]

    def of_benchmark(self) -> list[Any]:
        return [
            self.trade_off_side,
            self.trade_off,
            self.hint,
            self.table,
            self.download,
            self.problems,
            *self.of_row(),
        ]


def build_leaderboard_tab(results_folder: str | Path) -> None:
    """Build the tab inside an open `gr.Tab`. Records are read when the page is opened and on every choice.

    Adds the endpoint `/leaderboard`, the whole table as rows.
    """
    folder = Path(results_folder)
    choices = list(groups(results_table(load_results(folder)[0])))
    gr.Markdown(INTRODUCTION, elem_id="leaderboard-introduction")
    benchmark = gr.Dropdown(
        choices,
        value=choices[0] if choices else None,
        label="Benchmark",
        visible=len(choices) > 1,
        elem_id="leaderboard-benchmark",
    )
    panels = _panels()
    _wire(folder, benchmark, panels)


def _panels() -> Panels:
    with gr.Row(elem_id="leaderboard-charts"):
        with gr.Column(min_width=300, visible=False) as trade_off_side:
            gr.Markdown("#### Fine details against finding the scene")
            trade_off = gr.Plot(show_label=False, container=False, elem_id="leaderboard-trade-off")
        with gr.Column(min_width=300, visible=False) as subsets_side:
            title = gr.Markdown(elem_id="leaderboard-subsets-title")
            subsets = gr.Plot(show_label=False, container=False, elem_id="leaderboard-subsets")
    hint = gr.HTML(f'<p class="fg-help">{HINT}</p>', visible=False, elem_id="leaderboard-hint")
    table = gr.Dataframe(
        interactive=False,
        show_search="search",
        max_height=460,
        visible=False,
        elem_id="leaderboard-table",
    )
    with gr.Accordion("Where the selected row comes from", open=False, visible=False) as origin_side:
        origin_panel = gr.HTML(elem_id="leaderboard-origin")
    with gr.Accordion("How to read the table", open=False):
        gr.Markdown(DETAILS)
    download = gr.DownloadButton("Download as CSV", size="sm", visible=False, elem_id="leaderboard-csv")
    problems = gr.HTML(visible=False, elem_id="leaderboard-problems")
    return Panels(
        trade_off_side,
        trade_off,
        subsets_side,
        title,
        subsets,
        hint,
        table,
        origin_side,
        origin_panel,
        download,
        problems,
    )


def _wire(folder: Path, benchmark: gr.Dropdown, panels: Panels) -> None:
    def show(choice: str | None) -> list[Any]:
        records, problems = load_results(folder)
        table = results_table(records)
        chosen, notice = _chosen(table, choice), ("" if records else EMPTY) + problem_list(problems)
        return [*_benchmark_view(chosen, to_csv(table)), _shown(notice), *_row_view(chosen, 0)]

    def select(choice: str | None, event: gr.SelectData) -> list[Any]:
        return _row_view(_chosen(results_table(load_results(folder)[0]), choice), event.index[0], opened=True)

    def leaderboard() -> list[dict[str, Any]]:
        """Every result as a row: mean ranks (1 best), shares from 0 to 1; null was not measured."""
        return json_rows(results_table(load_results(folder)[0]))

    # Without triggers: when the page is opened, and when the choice changes.
    gr.on(None, show, benchmark, panels.of_benchmark(), api_visibility="private", show_progress="hidden")
    panels.table.select(select, benchmark, panels.of_row(), api_visibility="private", show_progress="hidden")
    events.api(leaderboard, api_name="leaderboard")


def _chosen(table: pd.DataFrame, choice: str | None) -> pd.DataFrame:
    """The comparable rows under the label `choice`, or else the first there are."""
    found = groups(table)
    return found.get(choice or "", next(iter(found.values()), table))


def _benchmark_view(table: pd.DataFrame, csv: str) -> list[Any]:
    """What to set `trade_off_side`, `trade_off`, `hint`, `table` and `download` to."""
    drawn, shown = len(trade_off_points(table)) > 0, styled(table)
    return [
        gr.Column(visible=drawn),
        trade_off_chart(table, CHART_HEIGHT) if drawn else None,
        gr.HTML(visible=not table.empty),
        gr.Dataframe(shown, datatype=_datatypes(shown), visible=not table.empty),
        gr.DownloadButton(value=_csv_file(csv), visible=not table.empty),
    ]


def _row_view(table: pd.DataFrame, row: int, opened: bool = False) -> list[Any]:
    """What to set `Panels.of_row` to. Row 0 is the best."""
    if row >= len(table):
        return [gr.Column(visible=False), "", None, gr.Accordion(visible=False), ""]
    title, drawn = head_title(table.to_dict("records")[row]), len(subset_points(table, row)) > 0
    return [
        gr.Column(visible=drawn),
        f"#### Subset by subset: {title}",
        subset_chart(table, row, CHART_HEIGHT) if drawn else None,
        gr.Accordion(f"Where {title} comes from", visible=True, open=opened),
        origin(table, row),
    ]


def _datatypes(shown: Any) -> list[Any]:
    return ["number" if is_numeric_dtype(column) else "str" for _, column in shown.data.items()]


def _shown(content: str) -> Any:
    return gr.HTML(content, visible=bool(content))


def _csv_file(csv: str) -> str:
    """A file of that content under a name to download; the same content is written once."""
    content = csv.encode()
    folder = Path(tempfile.gettempdir()) / "reprojection-heads" / hashlib.sha256(content).hexdigest()[:16]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "leaderboard.csv"
    path.write_bytes(content)
    return str(path)
