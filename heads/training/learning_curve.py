"""The learning curve of a training: the loss, the mean rank and the recall of every epoch, as a chart."""

import importlib.util
import io
from collections.abc import Sequence

import altair as alt
import pandas as pd

from heads.training.checkpoint import Epoch

TITLES = {
    "loss": "loss of the {stage} stage, lower is better",
    "mean_rank": "mean rank of the validation regions, 1 is best",
    "recall": "coarse recall@10 of the validation pairs, higher is better",
}


def learning_curve(history: Sequence[Epoch]) -> alt.VConcatChart:
    """One panel for each quantity that was measured, over the epochs of both stages in a row.

    The loss has a panel a stage: the two are of different units.
    """
    rows = pd.DataFrame([{"step": step, **_row(epoch)} for step, epoch in enumerate(history, start=1)])
    panels = [
        _panel(rows, "loss")
        .transform_filter(alt.datum.stage == stage)
        .properties(title=_title("loss", stage))
        for stage in rows["stage"].unique()
    ]
    judged = ("mean_rank", "recall")
    measured = [name for name in judged if any(getattr(epoch, name) is not None for epoch in history)]
    panels += [_panel(rows, name) for name in measured]
    return alt.vconcat(*panels).configure_axis(titleFontWeight="normal")


def curve_page(history: Sequence[Epoch]) -> str:
    """The chart as a web page of a few kilobytes: the browser fetches the drawing code (Vega) when it is opened.

    Without a network there is the picture, and the numbers are in history.json.
    """
    return learning_curve(history).to_html()


def curve_picture(history: Sequence[Epoch]) -> bytes:
    """The chart as a PNG. Raises ImportError without vl-convert."""
    buffer = io.BytesIO()
    learning_curve(history).save(buffer, format="png")
    return buffer.getvalue()


def draws_pictures() -> bool:
    """Whether vl-convert is installed, which draws charts without a browser."""
    return importlib.util.find_spec("vl_convert") is not None


def _row(epoch: Epoch) -> dict[str, object]:
    named = {"stage": epoch.stage, "epoch": epoch.epoch}
    return named | {name: getattr(epoch, name) for name in TITLES}


def _title(name: str, stage: str = "") -> str:
    return TITLES[name].format(stage=stage)


def _panel(rows: pd.DataFrame, name: str) -> alt.Chart:
    steps = alt.Scale(domain=[1, max(2, len(rows))])
    tooltip = ["stage", "epoch", alt.Tooltip(f"{name}:Q", format=".4f")]
    return (
        alt.Chart(rows, width=480, height=140, title=_title(name))
        .mark_line(point=True)
        .encode(
            x=alt.X("step:Q", title="epoch", scale=steps, axis=alt.Axis(tickMinStep=1, format="d")),
            y=alt.Y(f"{name}:Q", title=None, scale=alt.Scale(zero=False)),
            color=alt.Color("stage:N", title=None, sort=list(dict.fromkeys(rows["stage"]))),
            tooltip=tooltip,
        )
    )
