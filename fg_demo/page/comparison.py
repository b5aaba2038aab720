"""What the Compare tab shows for what a visitor entered: everything but the components themselves."""

import hashlib
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import altair as alt
import pandas as pd
from PIL import Image

from fg_demo.boxes import Box, crop, shortened, whole
from fg_demo.images import read_image
from fg_demo.models.cached import CachedBackbone
from fg_demo.models.clip import MINI_CLIP
from fg_demo.models.device import describe
from fg_demo.models.mini_clip_words import unknown_words
from fg_demo.models.registry import ModelRegistry
from fg_demo.page.charts import COSINE_COLOUR, HEAD_COLOUR, score_chart
from fg_demo.page.text import csv_table, headline, notice, wide_table
from fg_demo.scores import compare, read_queries, true_query
from heads.io.atomic import replacing
from heads.kinds.cosine import BASELINE

NO_HEAD = "none"
MAX_DOWNLOADS = 500
MOST_WORDS = 6
"""Unknown words that a note names."""
_downloads = tempfile.TemporaryDirectory(prefix="reprojection-heads-")
_downloading = Lock()


@dataclass(frozen=True)
class Answer:
    """The outcome of one comparison, ready to be shown."""

    notes: str
    headline: str
    cosine_chart: alt.LayerChart
    head_chart: alt.LayerChart | None
    table: pd.DataFrame
    preview: Image.Image
    caption: str
    csv: Path


def compute(
    registry: ModelRegistry,
    image: str | Path | None,
    box: Sequence[float] | None,
    queries: str | Sequence[str],
    backbone: str,
    head: str | None,
) -> tuple[pd.DataFrame, CachedBackbone]:
    """The scores, and the backbone they come from.

    Raises ValueError in words when an input is missing or bad.
    """
    if not isinstance(image, str | Path):
        raise ValueError("image: expected one, got none: choose, drop or paste an image, or pick a sample")
    loaded = registry.backbone(backbone)
    heads = {} if head in (None, NO_HEAD) else {head: registry.head(head, loaded)}
    return compare(read_image(image), read_box(box), read_queries(queries)[0], loaded, heads), loaded


def read_box(edges: object) -> Box | None:
    """The box of four edges in pixels, left, top, right, bottom; None for none.

    Raises ValueError when there are not four numbers or the box has no area.
    """
    if edges is None:
        return None
    numbers = edges if isinstance(edges, list | tuple) else ()
    if len(numbers) != 4 or any(type(edge) not in (int, float) for edge in numbers):
        raise ValueError(f"box: expected four numbers, left, top, right and bottom, got {shortened(edges)}")
    box = Box(*numbers)
    return Box(*map(float, (box.left, box.top, box.right, box.bottom)))


def view(
    registry: ModelRegistry,
    image: str | Path | None,
    box: Sequence[float] | None,
    queries: str,
    backbone: str,
    head: str | None,
) -> Answer:
    """What to show for the input. Raises ValueError in words when an input is missing or bad."""
    scores, loaded = compute(registry, image, box, queries, backbone, head)
    picture = read_image(image or "")
    used = read_box(box) or whole(picture)
    by_scorer = {str(name): rows for name, rows in scores.groupby("scorer", sort=False)}
    true = true_query(queries)
    cosine = score_chart(by_scorer.pop(BASELINE.title), COSINE_COLOUR, "CLIP’s cosine", true)
    charts = [score_chart(rows, HEAD_COLOUR, f"Head: {name}", true) for name, rows in by_scorer.items()]
    table = csv_table(scores, used, Path(image or "").name, loaded.name, loaded.revision)
    return Answer(
        notes=notice(_notes(queries, loaded)),
        headline=headline(scores, true),
        cosine_chart=cosine,
        head_chart=charts[0] if charts else None,
        table=wide_table(scores, true),
        preview=loaded.preview(crop(picture, used)),
        caption=f"{loaded.name} @ {loaded.revision[:12]} on {describe(loaded.device)}",
        csv=_write_csv(table),
    )


def _notes(text: str, backbone: CachedBackbone) -> list[str]:
    queries, repeats = read_queries(text)
    notes = []
    if repeats:
        notes.append(f"{repeats} repeated {'line was' if repeats == 1 else 'lines were'} left out.")
    notes += [
        f"“{query[:40]}…” is longer than this backbone reads: only its beginning counts."
        for query in backbone.overlong(queries)
    ]
    unknown = unknown_words(" ".join(queries)) if backbone.name == MINI_CLIP else []
    if unknown:
        some = ", ".join(f"“{word[:40]}”" for word in unknown[:MOST_WORDS])
        more = f" and {len(unknown) - MOST_WORDS} more" if len(unknown) > MOST_WORDS else ""
        notes.append(f"{MINI_CLIP} has not learned {some}{more}: it scores as if other words stood there.")
    return notes


def _write_csv(table: pd.DataFrame) -> Path:
    """A file in a folder named by its content: visitors who see the same scores write the same one."""
    content = table.to_csv(index=False)
    path = Path(_downloads.name) / hashlib.sha256(content.encode()).hexdigest()[:16] / "scores.csv"
    with _downloading, replacing(path) as aside:  # the lock: else another visitor's may drop the folder
        aside.write_text(content, encoding="utf-8")
        _drop_oldest(path.parents[1])
    return path


def _drop_oldest(folder: Path) -> None:
    """Keep the downloads written last: the page copies each as soon as it is shown."""
    by_age = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in by_age[MAX_DOWNLOADS:]:
        shutil.rmtree(old, ignore_errors=True)
