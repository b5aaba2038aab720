"""A head's README.md: the card the Hub shows, filled in from its config."""

from pathlib import Path
from string import Template
from typing import Any

from huggingface_hub import ModelCardData

from heads.config import HeadConfig

CARD_NAME = "README.md"
TAGS = ["reprojection-head", "fg-ovd"]
_TEMPLATE = Path(__file__).parent / "card.md"


def card(config: HeadConfig, name: str) -> str:
    """The card of the head called `name`, from `heads/card.md`: front matter, what it is, usage, metadata."""
    words = {
        "front_matter": _front_matter(config).to_yaml(),
        "name": name,
        "kind": config.kind,
        "backbone": config.backbone or "any backbone",
        "backbone_revision": config.backbone_revision or "not stated",
        "dim": "any" if config.dim is None else str(config.dim),
        "usage_backbone": config.backbone or "mini-clip",
        "arguments": _rows(config.arguments),
        "metadata": _rows(config.metadata) or "| – | – |",
    }
    return Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(words)


def _front_matter(config: HeadConfig) -> ModelCardData:
    # The Hub takes only its own ids as a base model; the embedded backbone's name has no owner.
    on_hub = config.backbone is not None and "/" in config.backbone
    base = {"base_model": config.backbone, "base_model_relation": "adapter"} if on_hub else {}
    return ModelCardData(
        library_name="reprojection-heads",
        pipeline_tag="zero-shot-image-classification",
        tags=TAGS,
        **base,
    )


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
