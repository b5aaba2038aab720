"""The checks of a vetting, in order. Each says what it found, or raises ValueError with what is wrong."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import torch

from heads.head import Head
from heads.io.safetensors_header import MAX_HEADER_BYTES, check_header, read_header
from heads.io.strict_json import read_json
from heads.persistence.card import CARD_NAME
from heads.persistence.config import (
    CONFIG_NAME,
    MAX_CONFIG_BYTES,
    WEIGHTS_NAME,
    HeadConfig,
    read_config,
    skeleton,
)
from heads.persistence.folder import load_folder
from heads.ties import reaches
from heads.vetting.plain_text import active_content, check_visible, check_visible_in, plain
from heads.vetting.sources import HeadSource

MAX_FILES = 200
MAX_CARD_BYTES = 1_000_000
MAX_WEIGHT_BYTES = 100_000_000
ENDINGS = (
    ".json", ".jsonl", ".yaml", ".yml", ".toml", ".csv", ".tsv", ".md", ".txt", ".rst", ".log", ".bib", ".cff", ".html",
    ".pdf", ".png", ".jpg", ".jpeg", ".webp", ".gif", ".safetensors",
)  # fmt: skip
"""What a head's repository may hold beside files that `NAMES` names: texts, tables, pictures, weights without code."""
NAMES = ("license", "licence", "notice", "readme", "citation", "authors", ".gitattributes", ".gitignore")
_REASONS = {
    "files that run code when opened": (
        ".bin", ".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".joblib", ".dill", ".npy", ".npz", ".h5",
    ),
    "archives": (".zip", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar", ".zst"),
}  # fmt: skip
_PATH = re.compile(r"[A-Za-z0-9._+ -]+(/[A-Za-z0-9._+ -]+)*")


@dataclass(slots=True)
class Subject:
    """What is looked over: where it is, the backbones that are allowed (None: any), and, once the config is
    in order, what it says and the head it describes.
    """

    place: HeadSource
    backbones: Mapping[str, str] | None
    config: HeadConfig = field(init=False)
    head: Head = field(init=False)


def _files(subject: Subject) -> str:
    sizes = subject.place.sizes
    if len(sizes) > MAX_FILES:
        raise ValueError(f"expected at most {MAX_FILES} files, found {len(sizes)}")
    strange = [path for path in sizes if not _PATH.fullmatch(path) or ".." in path.split("/")]
    if strange:
        raise ValueError(f"expected plain names, found {ascii(strange[0])[:100]}")
    others = [path for path in sizes if not _is_allowed(path)]
    if others:
        raise ValueError(_not_allowed(others[0]))
    limits = {CONFIG_NAME: MAX_CONFIG_BYTES, WEIGHTS_NAME: MAX_WEIGHT_BYTES, CARD_NAME: MAX_CARD_BYTES}
    for path, most in limits.items():
        if path not in sizes and path != CARD_NAME:
            others = ", ".join(sorted(set(sizes) - {".gitattributes"})[:8])
            raise ValueError(f"expected {path}, found {others or 'no files'}")
        if sizes.get(path, 0) > most:
            raise ValueError(f"{path}: expected at most {most} bytes, got {sizes[path]}")
    return f"{len(sizes)} files, {sum(sizes.values())} bytes, of kinds that run no code"


def _is_allowed(path: str) -> bool:
    name = path.rpartition("/")[2].lower()
    return name.endswith(ENDINGS) or name in NAMES


def _not_allowed(path: str) -> str:
    for words, endings in _REASONS.items():
        if path.lower().endswith(endings):
            return f"expected no {words}, found {path:.100}"
    return f"expected only files that end in {', '.join(ENDINGS)}, found {path:.100}"


def _card(subject: Subject) -> str:
    if CARD_NAME not in subject.place.sizes:
        return "none"
    try:
        text = subject.place.fetch(CARD_NAME).read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError("expected text in UTF-8, got something else") from error
    if (found := active_content(text)) is not None:
        raise ValueError(f"expected text, found what a browser would run: {found}")
    check_visible(text)
    return "text in UTF-8; no hidden characters, nothing known that a browser would run; what it claims is not checked"


def _config(subject: Subject) -> str:
    file = subject.place.fetch(CONFIG_NAME)
    folder = file.parent
    check_visible_in(read_json(file.read_bytes()))
    config = read_config(folder)
    subject.config, subject.head = config, skeleton(config, folder / CONFIG_NAME)
    count = sum(tensor.numel() for tensor in subject.head.state_dict().values())
    if 4 * count > MAX_WEIGHT_BYTES:
        raise ValueError(f"expected at most {MAX_WEIGHT_BYTES // 4} weights, got {count}")
    return f"a {config.kind} head of {count} weights"


def _backbone(subject: Subject) -> str:
    config = subject.config
    if config.backbone is None or config.backbone_revision is None:
        raise ValueError("expected one that is named with its revision, got none")
    allowed = subject.backbones
    if allowed is not None and allowed.get(config.backbone) != config.backbone_revision:
        choice = ", ".join(f"{name} at {revision}" for name, revision in allowed.items())
        got = plain(f"{config.backbone} at {config.backbone_revision}", 150)
        raise ValueError(f"expected one of {choice}, got {got}")
    return plain(f"{config.backbone} at {config.backbone_revision}", 150)


def _header(subject: Subject) -> str:
    size, expected = subject.place.sizes[WEIGHTS_NAME], subject.head.state_dict()
    start = subject.place.start(WEIGHTS_NAME, min(size, 8 + MAX_HEADER_BYTES))
    found, given = read_header(start, size)
    check_header(found, given, expected)
    return f"{len(found)} tensors, as the config says"


def _weights(subject: Subject) -> str:
    folder = subject.place.fetch(WEIGHTS_NAME).parent
    subject.head = load_folder(folder)
    return "finite"


def _scores(subject: Subject) -> str:
    head = subject.head
    generator = torch.Generator().manual_seed(0)
    image, text = (torch.randn(n, head.dim or 16, generator=generator) for n in (4, 8))
    with torch.inference_mode():
        scores = head.score(image, text.expand(4, -1, -1))
    if not torch.isfinite(scores).all():
        raise ValueError("expected finite scores, got NaN or infinity")
    if reaches(scores.amin(dim=1), scores.amax(dim=1)).all():
        raise ValueError("expected scores that differ between captions, got a constant")
    return "finite, and they differ between captions"


CHECKS: dict[str, Callable[[Subject], str]] = {
    "files": _files,
    "card": _card,
    "config": _config,
    "backbone": _backbone,
    "header": _header,
    "weights": _weights,
    "scores": _scores,
}
"""In order. Up to the header, not a byte of the weights is fetched."""
