"""What a head gets wrong, and what it gets right where the cosine does not: regions with captions and scores."""

import base64
import html
import io
from collections.abc import Mapping, Sequence

from PIL import Image, ImageDraw

from fg_demo.boxes import Box
from leaderboard.board.cases import Case

WIDTH = 420
"""Cases of each kind; px of a picture."""


def gallery_html(cases: Sequence[Case], images: Mapping[str, Image.Image], scorer: str) -> str:
    """The cases as figures with their captions; `scorer` is the head's name in the scores."""
    return f'<div class="lb-gallery">{"".join(_figure(one, images[one.sample.image], scorer) for one in cases)}</div>'


def picture(image: Image.Image, box: Box) -> str:
    """The image with the box drawn on it, small, as a data address."""
    scale = WIDTH / image.width
    small = image.resize((WIDTH, max(1, round(image.height * scale))))
    draw = ImageDraw.Draw(small)
    edges = [round(edge * scale) for edge in (box.left, box.top, box.right, box.bottom)]
    for width, colour in ((6, "white"), (3, "#d55e00")):
        draw.rectangle(edges, outline=colour, width=width)
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=82)
    return "data:image/jpeg;base64," + base64.b64encode(buffer.getvalue()).decode()


def _figure(one: Case, image: Image.Image, scorer: str) -> str:
    box, true = one.sample.box, html.escape(one.sample.positive)
    taken = one.best(scorer)
    wrong = f"<p>✗ taken for: {html.escape(taken)}</p>" if taken and one.rank > 1 else ""
    before = "" if one.cosine_rank is None else f" · cosine: rank {one.cosine_rank}"
    link = html.escape(one.link)
    return (
        f'<figure class="lb-item"><img src="{picture(image, box)}" loading="lazy" alt="A box around {true}">'
        f"<figcaption><p>✓ {true}</p>{wrong}"
        f'<p class="lb-scores">true caption: rank {one.rank} of {len(one.sample.negatives) + 1}{before}</p>'
        f'{_scores_html(one)}<a href="{link}" target="_blank" rel="noopener">Open in Compare ↗</a></figcaption></figure>'
    )


def _scores_html(one: Case) -> str:
    if one.scores is None:
        return ""
    wide = one.scores.pivot_table(index="query", columns="scorer", values="score", sort=False)
    rows = "".join(
        f"<tr><td>{'✓ ' if query == one.sample.positive else ''}{html.escape(str(query))}</td>"
        + "".join(f"<td>{wide.loc[query, name]:.3f}</td>" for name in wide.columns)
        + "</tr>"
        for query in wide.index
    )
    heads = "".join(f"<th>{html.escape(str(name))}</th>" for name in wide.columns)
    table = f"<table><tr><th>Caption</th>{heads}</tr>{rows}</table>"
    return f'<details class="lb-text"><summary>All scores</summary><div>{table}</div></details>'
