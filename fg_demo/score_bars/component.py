"""A gradio component that shows what scorers say of descriptions: a bar a description and scorer, drawn by the browser.

It is sent scores, no picture of them: the browser ranks them, and blends each head with CLIP's cosine while a visitor
moves the slider, without asking the server. What stands on the page is changed, not made anew.
"""

from pathlib import Path
from typing import Any, final

import gradio as gr
import pandas as pd
from gradio.data_classes import GradioModel

from fg_demo.blending import changes_of_order
from fg_demo.scores import ADAPTED
from heads.ties import TOLERANCE

FOLDER = Path(__file__).parent


class Scorer(GradioModel):
    """One scorer: what it is called, its score of each description, what multiplies a score before the softmax over
    them, and the shares of a blend with the first scorer at which two descriptions change places.
    """

    name: str
    scores: list[float]
    logit_scale: float
    changes: list[float]


class Bars(GradioModel):
    """The descriptions, which of them is known to be the true one, and what the scorers say; the first scorer is
    CLIP's cosine. The slider is put at `share`, 0 to 100, where there is one, and stays where it is without; `blended`
    is what it blends the cosine with, in words.
    """

    queries: list[str]
    true: int | None
    scorers: list[Scorer]
    share: float | None = None
    blended: str = "the head"


NO_BARS = Bars(queries=[], true=None, scorers=[])


@final
class ScoreBars(gr.HTML):
    """`Bars` in; nothing comes out."""

    data_model = Bars

    def __init__(self, value: Bars | None = None, **kwargs: Any):
        super().__init__(
            value=value,
            html_template=(FOLDER / "template.html").read_text(encoding="utf-8"),
            css_template=(FOLDER / "style.css").read_text(encoding="utf-8"),
            js_on_load=(FOLDER / "bars.js").read_text(encoding="utf-8"),
            apply_default_css=False,
            tolerance=TOLERANCE,
            **kwargs,
        )

    def preprocess(self, payload: Bars | None) -> None:  # type: ignore[override]
        """Nothing: it is for showing."""

    def postprocess(self, value: Bars | None) -> Bars | None:  # type: ignore[override]
        """The value as it is."""
        return value

    def api_info(self) -> dict[str, Any]:
        """The JSON schema of the value, for the API's page."""
        return Bars.model_json_schema()

    def example_payload(self) -> Any:
        """No scores, as a client would send them."""
        return NO_BARS.model_dump()

    def example_value(self) -> Any:
        """No scores."""
        return None


def bars_of(
    scores: pd.DataFrame, true: str | None, logit_scales: dict[str, float], names: dict[str, str]
) -> Bars:
    """The bars of what `compare` gives: `logit_scales` by scorer, and what a scorer is called on the page by `names`,
    where it is called otherwise. With an adapted backbone's cosine the slider blends with more than a head.
    """
    by_scorer = {str(name): rows["score"].tolist() for name, rows in scores.groupby("scorer", sort=False)}
    queries = list(dict.fromkeys(scores["query"]))
    cosine = next(iter(by_scorer.values()))
    return Bars(
        queries=queries,
        true=queries.index(true) if true in queries else None,
        blended=_blended(list(by_scorer)),
        scorers=[
            Scorer(
                name=names.get(name, name),
                scores=row,
                logit_scale=logit_scales[name],
                changes=changes_of_order(cosine, row) if number else [],
            )
            for number, (name, row) in enumerate(by_scorer.items())
        ],
    )


def _blended(scorers: list[str]) -> str:
    if ADAPTED not in scorers:
        return "the head"
    return "the adapted CLIP" if len(scorers) == 2 else "each of the others"
