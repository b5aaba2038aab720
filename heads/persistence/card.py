"""A head's README.md: the card the Hub shows, filled in from its config."""

import hashlib
from pathlib import Path
from string import Template
from typing import Any

from huggingface_hub import ModelCardData

from heads.head import KINDS
from heads.persistence.config import HeadConfig
from heads.persistence.scores import Retrieval, Scores, SubsetScore

CARD_NAME = "README.md"
TAGS = ["reprojection-head", "fg-ovd"]
_NOT_MEASURED = "Not stated here. To measure it: `python -m leaderboard evaluate --head"
_TEMPLATE = Path(__file__).parent / "card.md"


def card(config: HeadConfig, name: str, scores: Scores | None = None, picture: str | None = None) -> str:
    """The card of the head called `name`, from `heads/persistence/card.md`: metadata, what it is, how to use it, how it
    scores and how it was made.

    `name` is what `load_head` takes; `picture` the file of its learning curve, if it has one.
    """
    words = {
        "front_matter": metadata(config, scores).to_yaml(),
        "name": name,
        "kind": config.kind,
        "backbone": config.backbone or "any backbone",
        "backbone_revision": config.backbone_revision or "not stated",
        "dim": "any" if config.dim is None else str(config.dim),
        "usage_backbone": config.backbone or "mini-clip",
        "arguments": _rows(config.arguments),
        "pair_cost": KINDS[config.kind].pair_cost,
        "scores": _scored(scores) if scores else f"{_NOT_MEASURED} {name}`.",
        "metadata": _rows(config.metadata) or "| – | – |",
        "picture": f"\n![Learning curve]({picture})\n" if picture else "",
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(words)


def metadata(config: HeadConfig, scores: Scores | None = None) -> ModelCardData:
    """What the Hub finds the head by. Only the Hub's own ids count as base model and data sets there, so the
    embedded ones, whose names have no owner, are left out.
    """
    on_hub = config.backbone is not None and "/" in config.backbone
    more: dict[str, Any] = {}
    if on_hub:
        more |= {"base_model": config.backbone, "base_model_relation": "adapter"}
    trained = [source.get("benchmark") for source in _sources(config)]
    named = [*trained, scores.benchmark.name if scores else None]
    data = sorted({one for one in named if isinstance(one, str) and "/" in one})
    if data:
        more["datasets"] = data
    return ModelCardData(
        library_name="reprojection-heads",
        pipeline_tag="zero-shot-image-classification",
        tags=TAGS,
        **more,
    )


def signed(text: str) -> str:
    """The card with a line, not shown, by which `is_signed` knows that nobody has changed it since."""
    return f"{text.rstrip()}\n\n{_signature(text)}\n"


def is_signed(content: bytes) -> bool:
    """Whether a card is, to the letter, one that this project wrote: then it may be written anew."""
    text, _, last = content.decode(errors="replace").rstrip().rpartition("\n")
    return last == _signature(text)


def _signature(text: str) -> str:
    digest = hashlib.sha256(text.rstrip().encode()).hexdigest()
    return f"<!-- written by reprojection-heads, sha256 {digest} -->"


def _sources(config: HeadConfig) -> list[dict[str, Any]]:
    data = config.metadata.get("data")
    return [one for one in data.values() if isinstance(one, dict)] if isinstance(data, dict) else []


def _scored(scores: Scores) -> str:
    benchmark, produced = scores.benchmark, scores.produced
    at = ", ".join(one for one in (benchmark.split, f"revision {benchmark.revision}") if one)
    rows = "\n".join(_score_row(name, score) for name, score in scores.subsets.items())
    with_intervals = any(score.interval or score.top1_interval for score in scores.subsets.values())
    bracketed = ", 95 % intervals in brackets" if with_intervals else ""
    protocol = scores.protocol if isinstance(scores.protocol, str) else scores.protocol.sentence
    code = f"{produced.code_version} {(produced.commit or '')[:12]}".strip()
    found = {at: _recalls(scores.retrieval, at) for at in ("r1", "r10")}
    recalls = " ".join(f"Coarse retrieval, recall@{at[1:]}: {words}." for at, words in found.items() if words)
    return (
        f"On `{benchmark.name}` ({at}){bracketed}:\n\n"
        f"| subset | mean rank, 1 is best | rank 1 | regions | guessing |\n"
        f"| --- | --- | --- | --- | --- |\n{rows}\n\n"
        + (f"{recalls}\n\n" if recalls else "")
        + f"Protocol: {_cell(protocol)}\n\nMeasured {produced.date[:10]} with version {code} by\n\n"
        f"```sh\n{produced.command}\n```"
    )


def _recalls(retrieval: Retrieval | None, at: str) -> str:
    ways = (
        {"image → text": retrieval.image_to_text, "text → image": retrieval.text_to_image}
        if retrieval
        else {}
    )
    shares = {title: getattr(recall, at) for title, recall in ways.items() if recall}
    return "; ".join(f"{title} {share:.1%}" for title, share in shares.items() if share is not None)


def _score_row(name: str, score: SubsetScore) -> str:
    rank, top1 = f"{score.mean_rank:.2f}", f"{score.top1:.1%}"
    if score.interval:
        rank += f" [{score.interval[0]:.2f}, {score.interval[1]:.2f}]"
    if score.top1_interval:
        top1 += f" [{score.top1_interval[0]:.1%}, {score.top1_interval[1]:.1%}]"
    return f"| {_cell(name)} | {rank} | {top1} | {score.n} | {score.chance:.2f} |"


def _rows(values: dict[str, Any], prefix: str = "") -> str:
    rows = []
    for key, value in values.items():
        if isinstance(value, dict) and value:
            rows.append(_rows(value, f"{prefix}{key}."))
        else:
            rows.append(f"| {_cell(prefix + key)} | {_cell(value)} |")
    return "\n".join(rows)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")
