"""`python -m heads search`: for each image of a Pairs file its best captions under a head, or the other way round."""

import argparse
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from heads.commands.program import DONE
from heads.search.neighbours import FINDS, Find

if TYPE_CHECKING:
    from heads.head import Head
    from heads.pairs import Pairs
    from heads.search.index import ProjectionIndex
    from heads.search.neighbours import Neighbours

BEST, EXPANSION, SAMPLE = 10, 256, 1000


def add_flags(parser: argparse.ArgumentParser) -> None:
    """Adds the command's flags."""
    parser.add_argument("--head", required=True, help="cosine, a shipped head, a folder or a Hub repo")
    words = "Pairs file, as `leaderboard embed` writes it: queries and pool"
    parser.add_argument("--pairs", type=Path, required=True, help=words)
    words = "file for the rows that are found, best first, and their scores"
    parser.add_argument("--output", type=Path, required=True, help=words)
    words = "captions of each image, or images of each caption; %(default)s"
    parser.add_argument("--find", choices=FINDS, default=FINDS[0], help=words)
    parser.add_argument("--best", type=int, default=BEST, metavar="K", help="for each; %(default)s")
    words = (
        "search approximately, for pools of millions, by an index in this folder, which is made where it is not there; "
        "its recall against exact search is printed; needs requirements-index.txt"
    )
    parser.add_argument("--index", type=Path, metavar="FOLDER", help=words)
    words = "rows that the index looks at for a query: more find more and take longer; %(default)s"
    parser.add_argument("--expansion", type=int, default=EXPANSION, metavar="N", help=words)
    words = (
        "queries, drawn at random, that are searched exactly too, for the recall of the index; %(default)s"
    )
    parser.add_argument("--sample", type=int, default=SAMPLE, metavar="N", help=words)


def run(
    head: str,
    pairs: Path,
    output: Path,
    find: Find = "captions",
    best: int = BEST,
    index: Path | None = None,
    expansion: int = EXPANSION,
    sample: int = SAMPLE,
) -> int:
    """Writes the tensors `rows` and `scores`, a row for each query, and what is known of the search in the header.

    Exact unless an index is named. Nothing of it is a figure for a board. Returns the exit status. Raises ValueError
    for a flag that is wrong, a head of another backbone than the file's, or one that no index can search; OSError when
    a file cannot be read or written.
    """
    from heads.io.digests import file_sha256
    from heads.io.tensors import read_metadata, save_tensors
    from heads.pairs import load_pairs
    from heads.search.neighbours import check_best, exact_neighbours, query_and_pool, share_with_own

    for flag, number in {"expansion": expansion, "sample": sample}.items():
        if number < 1:
            raise ValueError(f"{flag}: expected a whole number above 0, got {number}")
    words = read_metadata(pairs)
    opened, revision = _open_head(head, words)
    loaded = load_pairs(pairs)
    check_best(best, len(query_and_pool(loaded, find)[1]))
    about = {"head": head, "head_revision": revision, "find": find}
    if index is None:
        found, said = exact_neighbours(opened, loaded, find, best), {"search": "exact"}
    else:
        ready = _index(
            index, opened, loaded, find, {"head": revision, "pairs": file_sha256(pairs), "find": find}
        )
        found, said = _approximate(ready, opened, loaded, find, best, expansion, sample)
    tensors = {"rows": found.rows, "scores": found.scores}
    written = save_tensors(tensors, output, {**words, **about, **said})
    own = share_with_own(found, loaded, find)
    print(
        f"{written}: {best} {find} for each of {len(found.rows):,} queries, {said['search']}; "
        f"{own:.1%} have their own among them"
    )
    return DONE


def _open_head(name: str, words: Mapping[str, str]) -> "tuple[Head, str]":
    """The head and its revision, checked against what the header of the file says of its backbone."""
    from heads.kinds.cosine import BASELINE, CosineHead
    from heads.load import find_head, load_head
    from heads.persistence.config import check_backbone, read_config
    from heads.persistence.revision import head_revision

    if name == BASELINE.name:
        return CosineHead(), "-"
    folder = find_head(name)
    config = read_config(folder)
    if words.get("backbone") and config.dim is not None:  # dimensions are compared when it scores
        check_backbone(config, words["backbone"], words.get("backbone_revision"), config.dim)
    head = load_head(folder)
    return head, head_revision(head)


def _index(
    folder: Path, head: "Head", pairs: "Pairs", find: Find, about: Mapping[str, str]
) -> "ProjectionIndex":
    """The index in the folder, made where there is none."""
    from heads.search.index import build_index, read_index

    if folder.exists():
        return read_index(folder, head, find, about)
    started = time.monotonic()
    made = build_index(head, pairs, find)
    made.save(folder, about)
    print(f"{folder}: an index of {find}, made in {time.monotonic() - started:.0f} s")
    return made


def _approximate(
    index: "ProjectionIndex",
    head: "Head",
    pairs: "Pairs",
    find: Find,
    best: int,
    expansion: int,
    sample: int,
) -> "tuple[Neighbours, dict[str, str]]":
    """What the index finds, and how much that is of the exact best of some queries."""
    import torch

    from heads.search.neighbours import exact_neighbours, share_found

    started = time.monotonic()
    found = index.search(pairs, best, expansion)
    seconds = time.monotonic() - started
    queries = torch.randperm(len(found.rows), generator=torch.Generator().manual_seed(0))[:sample]
    started = time.monotonic()
    exact = exact_neighbours(head, pairs, find, best, queries)
    seconds_exact = time.monotonic() - started
    recall = share_found(found.of(queries), exact)
    print(
        f"recall of the index: {recall:.2%} of the exact {best} best, over {len(queries):,} queries; "
        f"{len(found.rows) / seconds:,.0f} queries/s, exact {len(queries) / seconds_exact:,.0f}/s"
    )
    return found, {
        "search": "approximate",
        "recall": f"{recall:.4f}",
        "sampled": str(len(queries)),
        "expansion": str(expansion),
    }
