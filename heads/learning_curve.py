"""How a training went, as a chart: the loss, the mean rank and the recall of every epoch."""

import importlib.util
import io
from collections.abc import Sequence

import altair as alt
import pandas as pd

from heads.progress import Epoch

TITLES = {
    "loss": "loss, lower is better",
    "mean_rank": "mean rank of the validation regions, 1 is best",
    "recall": "coarse recall@10 of the validation pairs, higher is better",
}


def learning_curve(history: Sequence[Epoch]) -> alt.VConcatChart:
    """One panel for each quantity that was measured, over the epochs of both stages in a row."""
    rows = pd.DataFrame([{"step": step, **_row(epoch)} for step, epoch in enumerate(history, start=1)])
    measured = [name for name in TITLES if any(getattr(epoch, name) is not None for epoch in history)]
    return alt.vconcat(*(_panel(rows, name) for name in measured)).configure_axis(titleFontWeight="normal")


def curve_page(history: Sequence[Epoch]) -> str:
    """The chart as a web page.

    With vl-convert installed it stands alone; without, the browser fetches the drawing code (Vega) when the
    page is opened, and the numbers are in history.json all the same.
    """
    return learning_curve(history).to_html(inline=draws_pictures())


def curve_picture(history: Sequence[Epoch]) -> bytes:
    """The chart as a PNG. Raises ImportError without vl-convert."""
    buffer = io.BytesIO()
    learning_curve(history).save(buffer, format="png", scale_factor=2)
    return buffer.getvalue()


def draws_pictures() -> bool:
    """Whether vl-convert is installed, which draws charts without a browser."""
    return importlib.util.find_spec("vl_convert") is not None


def _row(epoch: Epoch) -> dict[str, object]:
    named = {"stage": epoch.stage, "epoch": epoch.epoch}
    return named | {name: getattr(epoch, name) for name in TITLES}


def _panel(rows: pd.DataFrame, name: str) -> alt.Chart:
    tooltip = ["stage", "epoch", alt.Tooltip(f"{name}:Q", format=".4f")]
    return (
        alt.Chart(rows, width=480, height=140, title=TITLES[name])
        .mark_line(point=True)
        .encode(
            x=alt.X("step:Q", title="epoch", axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y(f"{name}:Q", title=None, scale=alt.Scale(zero=False)),
            color=alt.Color("stage:N", title=None, sort=list(dict.fromkeys(rows["stage"]))),
            tooltip=tooltip,
        )
    )
