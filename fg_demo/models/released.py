"""The authors' heads as a page offers them: compared as they were trained, by the dot product, and by the cosine."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from urllib.error import HTTPError

from heads.head import KINDS, SIMILARITIES
from heads.hub.paper import CATALOGUE, PAPER
from heads.hub.released import (
    ASKED_TO_WAIT,
    Released,
    fetch_released,
    is_made,
    origin_of,
)
from heads.load import load_head
from heads.persistence.config import HeadConfig, read_config
from heads.persistence.folder import save_head

OFFERED = tuple(entry for entry in CATALOGUE if entry.stage == "fine-grained")
"""The warm-up's heads are worse than the cosine in what a page shows."""


def released_heads(
    output: Path,
    wanted: tuple[Released, ...] = OFFERED,
    source: str | Path = PAPER.base_url,
    timeout: float = 10.0,
) -> tuple[dict[str, Path], list[str]]:
    """Name → head folder, one for each similarity, and in words what could not be had.

    `source` and `timeout` are as for `fetch_released`. Folders made before are taken without a network. When
    the authors' place cannot be reached or wants to be left alone, the rest is not tried: the page is waiting.
    """
    heads: dict[str, Path] = {}
    problems: list[str] = []
    for entry, made in fetch_released(wanted, output, source, timeout=timeout):
        if isinstance(made, Path):
            heads |= {_name(entry, name): _by(name, entry, made) for name in SIMILARITIES}
            continue
        problems.append(f"{entry.name}: not offered: {made}")
        if isinstance(made, OSError) and _stops_all(made.__cause__):
            problems.append("the other released heads are not offered either: nothing more was tried")
            break
    return heads, problems


def heads_on_demand(
    output: Path,
    wanted: tuple[Released, ...] = OFFERED,
    source: str | Path = PAPER.base_url,
    timeout: float = 30.0,
) -> dict[str, tuple[HeadConfig, Callable[[], Path]]]:
    """Name → what the head is, and what gets its folder once somebody wants it: the same heads as `released_heads`.

    The second raises OSError when the file cannot be had, ValueError when it is not the one that was released.
    """
    return {
        _name(entry, similarity): (
            _config(entry, similarity),
            partial(_fetched, entry, similarity, output, source, timeout),
        )
        for entry in wanted
        for similarity in SIMILARITIES
    }


def _name(entry: Released, similarity: str) -> str:
    return f"released {entry.name} ({similarity})"


def _config(entry: Released, similarity: str) -> HeadConfig:
    arguments = {"dim": entry.dim, "similarity": similarity, **entry.arguments}
    metadata = {"stage": entry.stage, "source": origin_of(entry)}
    return HeadConfig(entry.kind, arguments, entry.published.backbone, None, entry.dim, metadata)


def _fetched(entry: Released, similarity: str, output: Path, source: str | Path, timeout: float) -> Path:
    ((_, made),) = fetch_released((entry,), output, source, timeout=timeout)
    if not isinstance(made, Path):
        raise made
    return _by(similarity, entry, made)


def _stops_all(cause: BaseException | None) -> bool:
    """Whether what kept one file from coming keeps the others too."""
    return not isinstance(cause, HTTPError) or cause.code in ASKED_TO_WAIT


def _by(similarity: str, entry: Released, folder: Path) -> Path:
    """The head in `folder` with its projections compared by `similarity`: a folder beside it, made when it is
    not there.
    """
    config = read_config(folder)
    if config.arguments["similarity"] == similarity:
        return folder
    target = folder.parent.with_name(f"{folder.parent.name}-{similarity}") / folder.name
    if is_made(target, origin_of(entry), similarity):
        return target
    arguments = {**config.arguments, "similarity": similarity}
    del arguments["logit_scale"]  # it was for the other similarity
    head = KINDS[config.kind](**arguments)
    head.load_state_dict(load_head(folder).state_dict())
    backbone = {"backbone": config.backbone, "backbone_revision": config.backbone_revision}
    return save_head(head, target, **backbone, **config.metadata)
