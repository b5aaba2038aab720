"""An adapter's learning curve."""

from collections.abc import Sequence
from dataclasses import asdict

import altair as alt
import pandas as pd

from fg_demo.adaptation.history import PANELS, AdaptationEpoch


def curve(history: Sequence[AdaptationEpoch]) -> alt.VConcatChart:
    """One panel a figure, over the epochs; 0 is the backbone without the adapter."""
    rows = pd.DataFrame([asdict(epoch) for epoch in history])
    x = alt.X("epoch:Q", axis=alt.Axis(tickMinStep=1, format="d"))
    return alt.vconcat(
        *(
            alt.Chart(rows.dropna(subset=[name]), width=480, height=140, title=title)
            .mark_line(point=True)
            .encode(x=x, y=alt.Y(f"{name}:Q", title=None, scale=alt.Scale(zero=False)))
            for name, title in PANELS.items()
        )
    )
