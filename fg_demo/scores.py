"""The comparison: one region against attribute queries, by CLIP's cosine and by re-projection heads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd
import torch
from jaxtyping import Float, Int
from PIL import Image
from torch import Tensor

from fg_demo.boxes import Box, crop, whole
from fg_demo.models.backbone import Backbone
from heads.head import Head
from heads.kinds.cosine import BASELINE, CosineHead
from heads.ties import reaches

MAX_QUERIES = 50
MAX_CHARACTERS = 300
ADAPTED = "adapted cosine"
"""The scorer that is an adapted backbone's cosine, beside that of the backbone it was adapted from."""


def compare(
    image: Image.Image,
    box: Box | None,
    queries: Sequence[str],
    backbone: Backbone,
    heads: Mapping[str, Head],
    context: float = 1.0,
    base: Backbone | None = None,
) -> pd.DataFrame:
    """One row a query and scorer: `query, scorer, score, rank, share`, queries in the order given.

    The image is upright (see `fg_demo.upright`); no box means all of it, and `context` scales a box about its
    centre. Scorers are `BASELINE.title`, then the heads by their names; where `backbone` is an adaptation of a `base`
    that is given, `BASELINE.title` is the base's cosine, and `ADAPTED`, the backbone's own, stands after it. A score is
    a cosine (-1 to 1) or what the head gives; rank 1 is the highest, and scores that are equal but for rounding (see
    `heads.ties`) share the better rank; shares are the softmax over the queries of logit scale times score, the
    backbone's own scale for the cosine and each head's for the head, so they sum to 1 within a scorer.

    Raises ValueError when there is no query, a query is repeated or too long, there are too many, the box
    does not meet the image, or a score is not finite.
    """
    check_queries(queries)
    return frame(queries, score_region(image, box, queries, backbone, heads, context, base))


@dataclass(frozen=True)
class Scored:
    """What scorers, by name, say of n texts, and what multiplies each one's scores before a softmax."""

    scorers: tuple[str, ...]
    scores: Float[Tensor, "scorers n"]
    logit_scales: Float[Tensor, " scorers"]

    @property
    def shares(self) -> Float[Tensor, "scorers n"]:
        """The softmax over the texts of logit scale times score."""
        return torch.softmax(self.scores * self.logit_scales[:, None], dim=1)

    @property
    def ranks(self) -> Int[Tensor, "scorers n"]:
        """1 is the highest; scores that are equal but for rounding share the better rank."""
        return (~reaches(self.scores[:, :, None], self.scores[:, None])).sum(dim=2) + 1


def score_region(
    image: Image.Image,
    box: Box | None,
    texts: Sequence[str],
    backbone: Backbone,
    heads: Mapping[str, Head],
    context: float = 1.0,
    base: Backbone | None = None,
) -> Scored:
    """What CLIP's cosine, `BASELINE.title`, and the heads say of texts, however many; see `compare`.

    Raises ValueError when the box does not meet the image, or a score is not finite.
    """
    region = crop(image, box or whole(image), context)
    cosine = CosineHead(logit_scale=backbone.logit_scale)
    if base is None:
        return _scored(region, texts, backbone, {BASELINE.title: cosine, **heads})
    first = _scored(region, texts, base, {BASELINE.title: CosineHead(logit_scale=base.logit_scale)})
    second = _scored(region, texts, backbone, {ADAPTED: cosine, **heads})
    return Scored(
        (*first.scorers, *second.scorers),
        torch.cat([first.scores, second.scores]),
        torch.cat([first.logit_scales, second.logit_scales]),
    )


def _scored(
    region: Image.Image, texts: Sequence[str], backbone: Backbone, scorers: Mapping[str, Head]
) -> Scored:
    image_embedding, text_embeddings = backbone.encode([region], list(texts))
    with torch.inference_mode():
        rows = [head.score(image_embedding, text_embeddings[None])[0] for head in scorers.values()]
        scores = torch.stack(rows).double()
    scales = torch.tensor([head.logit_scale for head in scorers.values()], dtype=torch.float64)
    bad = [name for name, row in zip(scorers, scores.isfinite().all(dim=1).tolist(), strict=True) if not row]
    if bad:
        raise ValueError(f"{', '.join(bad)}: expected finite scores, got NaN or infinity")
    return Scored(tuple(scorers), scores, scales)


TRUE = "✓"
"""Before a description that is known to be the right one: what a link from a benchmark's case brings along."""


def read_queries(text: str | Sequence[str]) -> tuple[list[str], int]:
    """The distinct queries of a text with one a line (or of a list), and how many repeats were left out.

    Blank lines are skipped, runs of white space count as one space, and the mark of the true one is left out.
    Raises ValueError for anything else.
    """
    lines = text.splitlines() if isinstance(text, str) else text
    if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
        raise ValueError(f"queries: expected a text or a list of texts, got {str(text)[:60]}")
    queries = [_unmarked(line) for line in lines]
    queries = [query for query in queries if query]
    distinct = list(dict.fromkeys(queries))
    return distinct, len(queries) - len(distinct)


def true_query(text: str | Sequence[str]) -> str | None:
    """The description that is marked as the true one, the first of them; None without any."""
    lines = text.splitlines() if isinstance(text, str) else text
    return next(
        (_unmarked(line) for line in lines if line.strip().startswith(TRUE) and _unmarked(line)), None
    )


def _unmarked(line: str) -> str:
    return " ".join(line.strip().removeprefix(TRUE).split())


def check_queries(queries: Sequence[str]) -> None:
    """Raises ValueError, naming limit and actual, when queries are none, too many, too long or repeated."""
    if not queries:
        raise ValueError("queries: expected at least one description, got none")
    if len(queries) > MAX_QUERIES:
        raise ValueError(f"queries: expected at most {MAX_QUERIES} descriptions, got {len(queries)}")
    if len(set(queries)) < len(queries):
        raise ValueError(f"queries: expected each once, got {len(queries) - len(set(queries))} repeats")
    for number, query in enumerate(queries, start=1):
        if len(query) > MAX_CHARACTERS:
            raise ValueError(
                f"query {number}: expected at most {MAX_CHARACTERS} characters, got {len(query)} "
                f"(“{query[:40]}…”)"
            )
        if any("\ud800" <= character <= "\udfff" for character in query):
            raise ValueError(f"query {number}: expected Unicode text, got half of a surrogate pair")


def winners(scores: pd.DataFrame) -> dict[str, list[str]]:
    """Per scorer the queries of rank 1: one, or several that tie."""
    best = scores[scores["rank"] == 1]
    return {str(scorer): list(rows["query"]) for scorer, rows in best.groupby("scorer", sort=False)}


def frame(queries: Sequence[str], scored: Scored) -> pd.DataFrame:
    """The rows that `compare` gives, `queries` naming the texts.

    All scorers' at once: torch and pandas take longer to be called than to compute a few numbers.
    """
    return pd.DataFrame(
        {
            "query": [*queries] * len(scored.scorers),
            "scorer": [scorer for scorer in scored.scorers for _ in queries],
            "score": scored.scores.flatten().numpy(),
            "rank": scored.ranks.flatten().numpy(),
            "share": scored.shares.flatten().numpy(),
        },
        copy=False,  # the numbers are nobody else's
    )
