"""The comparison: one region against attribute queries, by CLIP's cosine and by re-projection heads."""

from collections.abc import Mapping, Sequence

import pandas as pd
import torch
from PIL import Image
from torch import Tensor

from fg_demo.backbone import Backbone
from fg_demo.boxes import Box, crop, whole
from heads import CosineHead, Head

COSINE = "CLIP cosine"
MAX_QUERIES = 50
MAX_CHARACTERS = 300

Ranking = tuple[Tensor, Tensor, Tensor]
"""One scorer's scores, ranks and shares, each an entry a query."""


def compare(
    image: Image.Image,
    box: Box | None,
    queries: Sequence[str],
    backbone: Backbone,
    heads: Mapping[str, Head],
) -> pd.DataFrame:
    """One row a query and scorer: `query, scorer, score, rank, share`, queries in the order given.

    The image is upright (see `boxes.upright`); no box means all of it. Scorers are `COSINE`, then the heads
    by their names. A score is a cosine (-1 to 1) or what the head gives; rank 1 is the highest, and equal
    scores share the better rank; shares are the softmax over the queries of logit scale times score, the
    backbone's own scale for the cosine and each head's for the head, so they sum to 1 within a scorer.

    Raises ValueError when there is no query, a query is repeated or too long, there are too many, the box
    does not meet the image, or a score is not finite.
    """
    check_queries(queries)
    region = crop(image, box or whole(image))
    image_embedding = backbone.encode_images([region])
    text_embeddings = backbone.encode_texts(list(queries))
    scorers = {COSINE: CosineHead(logit_scale=backbone.logit_scale), **heads}
    rankings = []
    for name, head in scorers.items():
        with torch.no_grad():
            scores = head.score(image_embedding, text_embeddings[None])[0]
        rankings.append(_ranking(name, scores, head.logit_scale))
    return _frame(queries, list(scorers), rankings)


def read_queries(text: str | Sequence[str]) -> tuple[list[str], int]:
    """The distinct queries of a text with one a line (or of a list), and how many repeats were left out.

    Blank lines are skipped, and runs of white space count as one space. Raises ValueError for anything else.
    """
    lines = text.splitlines() if isinstance(text, str) else text
    if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
        raise ValueError(f"queries: expected a text or a list of texts, got {str(text)[:60]}")
    queries = [" ".join(line.split()) for line in lines]
    queries = [query for query in queries if query]
    distinct = list(dict.fromkeys(queries))
    return distinct, len(queries) - len(distinct)


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


def _ranking(scorer: str, scores: Tensor, logit_scale: float) -> Ranking:
    if not torch.isfinite(scores).all():
        raise ValueError(f"{scorer}: expected finite scores, got NaN or infinity")
    values = scores.double()
    ranks = (values[None] > values[:, None]).sum(dim=1) + 1
    return values, ranks, torch.softmax(values * logit_scale, dim=0)


def _frame(queries: Sequence[str], scorers: Sequence[str], rankings: Sequence[Ranking]) -> pd.DataFrame:
    """All scorers' rows at once: pandas takes longer to build a frame than a small head to score."""
    score, rank, share = (torch.cat(column).numpy() for column in zip(*rankings, strict=True))
    return pd.DataFrame(
        {
            "query": [*queries] * len(scorers),
            "scorer": [scorer for scorer in scorers for _ in queries],
            "score": score,
            "rank": rank,
            "share": share,
        }
    )
