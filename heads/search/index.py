"""An index of one side's projections: most of the best rows of a pool of millions, without scoring all of it.

A graph that is walked (HNSW, Malkov and Yashunin, arXiv 1603.09320) by usearch, an optional requirement. Faiss knows more
kinds of index, but its wheels and torch's each bring an OpenMP of their own, and on macOS the two end the process
(faiss-wheels issue 73).
"""

import json
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from heads.head import Head, ProjectionHead, check_dim
from heads.io.atomic import replacing
from heads.io.digests import file_sha256
from heads.io.strict_json import read_json
from heads.io.tensors import all_finite
from heads.pairs import Pairs
from heads.scoring import CAPTIONS_AT_ONCE, scoring
from heads.search.neighbours import Find, Neighbours, check_best, joined, query_and_pool
from heads.search.vectors import check_searchable, longest_of, pool_vectors, query_vectors

if TYPE_CHECKING:
    from usearch.index import Index

GRAPH, ABOUT = "graph.usearch", "index.json"
CONNECTIONS = 32
"""Of a row with others in each layer of the graph, twice as many in the lowest."""
EXPANSION_BUILT = 128
"""Rows that are looked at for the neighbours of a new one."""
ONE_BY_ONE = 1_000
"""Rows that one thread begins a graph with. Where several begin it, rows that are equal may be left without a way to the
rest: of 300 captions with many alike, 93 to 100 % of the best were found then, and all of them so."""
EXPANSION = 256
"""Rows that are looked at for a query unless told."""


@final
class ProjectionIndex:
    """The projections of the captions, or of the images, of pairs under a head, in half precision; see
    `heads.search.vectors` for which heads.
    """

    def __init__(self, head: ProjectionHead, find: Find, graph: "Index"):
        self._head, self._graph = head, graph
        self._find: Find = find

    def search(self, pairs: Pairs, best: int, expansion: int = EXPANSION) -> Neighbours:
        """For each query of `pairs` `best` rows: most of those that `exact_neighbours` gives, with exact scores.

        `expansion` rows are looked at in the graph, at least twice `best`: more find more and take longer. Raises
        ValueError when the pool has fewer rows than `best`, `expansion` is not above 0, or a score is not finite.
        """
        asked, pool = query_and_pool(pairs, self._find)
        check_best(best, len(pool))
        if expansion < 1:
            raise ValueError(f"expansion: expected a whole number above 0, got {expansion}")
        # The graph's numbers are rounded: what it has just below the last may be just above it.
        count = min(2 * best, len(pool))
        self._graph.expansion_search = max(expansion, count)
        parts = asked.split(max(1, CAPTIONS_AT_ONCE // count))
        return joined([self._search(part, pool, count).best(best) for part in parts])

    def _search(self, asked: Float[Tensor, "n d"], pool: Float[Tensor, "m d"], count: int) -> Neighbours:
        vectors = query_vectors(self._head, self._find, asked).numpy()
        rows = _rows(self._graph.search(vectors, count, threads=torch.get_num_threads()), count)
        query, found = asked.repeat_interleave(count, dim=0), pool[rows.clamp(min=0).flatten()]
        image, text = (query, found) if self._find == "captions" else (found, query)
        with scoring(self._head):
            scores = self._head.score(image, text[:, None]).reshape(rows.shape)
        if not all_finite(scores):
            raise ValueError("scores: expected finite numbers from the head, got NaN or infinity")
        return Neighbours(rows, scores.masked_fill(rows < 0, -torch.inf))

    def save(self, folder: Path, about: Mapping[str, str]) -> None:
        """Writes the index into a new folder, with what it is of. Raises OSError when it cannot."""
        with replacing(folder) as aside:
            aside.mkdir()
            self._graph.save(str(aside / GRAPH))
            words = {**about, "sha256": file_sha256(aside / GRAPH)}
            (aside / ABOUT).write_text(json.dumps(words, indent=2) + "\n", encoding="utf-8")


def build_index(head: Head, pairs: Pairs, find: Find) -> ProjectionIndex:
    """The index of the captions of `pairs`, or of its images, in memory.

    Raises ValueError when there are none, the head is none that can be searched so, or usearch is not installed.
    """
    searchable, index_class = check_searchable(head), _usearch()
    pool = query_and_pool(pairs, find)[1]
    check_dim(searchable, pool=pool)
    if not len(pool):
        raise ValueError(f"{find}: expected at least one, got none")
    longest = longest_of(searchable, find, pool)
    width = pool_vectors(searchable, find, pool[:1], longest).shape[1]
    graph = index_class(
        ndim=width, metric="cos", dtype="f16", connectivity=CONNECTIONS, expansion_add=EXPANSION_BUILT
    )
    parts = {*range(0, len(pool), CAPTIONS_AT_ONCE), min(ONE_BY_ONE, len(pool)), len(pool)}
    for start, end in pairwise(sorted(parts)):
        vectors = pool_vectors(searchable, find, pool[start:end], longest)
        rows = np.arange(start, end, dtype=np.uint64)
        graph.add(rows, vectors.numpy(), threads=torch.get_num_threads() if start else 1)
    return ProjectionIndex(searchable, find, graph)


def read_index(folder: Path, head: Head, find: Find, about: Mapping[str, str]) -> ProjectionIndex:
    """The index that `save` wrote; its file is read by need, and must stay meanwhile.

    Raises ValueError, naming the folder, when it is damaged or of something else than `about`, OSError when it cannot
    be read, and as `build_index`.
    """
    searchable, index_class = check_searchable(head), _usearch()
    words = _read_about(folder / ABOUT)
    other = [
        f"{name} {about[name]}, got {words.get(name)}" for name in about if words.get(name) != about[name]
    ]
    if other:
        raise ValueError(
            f"{folder}: expected an index of {'; '.join(other)}; name another folder, or remove it"
        )
    if words.get("sha256") != file_sha256(folder / GRAPH):
        raise ValueError(
            f"{folder / GRAPH}: expected what was written there, got other bytes; remove {folder}"
        )
    graph = index_class.restore(str(folder / GRAPH), view=True)
    assert graph is not None  # the file is there, and as it was written
    return ProjectionIndex(searchable, find, graph)


def _read_about(path: Path) -> dict[str, Any]:
    try:
        words = read_json(path.read_bytes())
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    if not isinstance(words, dict):
        raise ValueError(f"{path}: expected an object, got {type(words).__name__}")
    return words


def _usearch() -> "type[Index]":
    try:
        from usearch.index import Index
    except ModuleNotFoundError as error:
        raise ValueError(
            f"index: expected the package usearch, got none ({error}): pip install -r requirements-index.txt"
        ) from error
    return Index


def _rows(matches: Any, count: int) -> Int[Tensor, "n k"]:
    """The rows that were found. Those of one query come alone, and without the places where none was."""
    keys = np.atleast_2d(matches.keys).astype(np.int64)
    found = getattr(matches, "counts", [keys.shape[1]])
    rows = np.full((len(keys), count), -1, dtype=np.int64)
    for row, own, number in zip(rows, keys, found, strict=True):
        row[:number] = own[:number]
    return torch.from_numpy(rows)
