"""Models in transformers' format, here or on the Hub: where their files are, at which revision, and loaded whole."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import hf_hub_download
from huggingface_hub.errors import HfHubHTTPError, HFValidationError
from safetensors import SafetensorError

from fg_demo.models.backbone import WEIGHTS
from heads.hub.client import RAW_ERRORS, client_errors, reason

IDENTITY_FILES = ("*.json", "merges.txt", "vocab.txt", "*.model", *(f"*{ending}" for ending in WEIGHTS))
"""What decides a model's numbers: configuration, tokenizer, preprocessing, weights."""


LOADING_ERRORS = (
    OSError,
    ValueError,
    KeyError,
    ImportError,
    SafetensorError,
    HfHubHTTPError,
    HFValidationError,
)
"""What transformers, the Hub's client and safetensors raise on a model that is absent, broken or foreign, or
needs a package that is not here.
"""


@dataclass(frozen=True)
class Source:
    """Where a model is read from, a folder or a repository at a `commit`; its name, and the revision of its files."""

    name: str
    revision: str
    path: str
    commit: str | None


def find_source(name: str, shipped: str, folder: Path) -> Source:
    """The source of the model `name`: `shipped`, which is in `folder`, another folder, or a Hub id at the commit that is
    its newest. Raises `LOADING_ERRORS`.
    """
    found = folder if name == shipped else Path(name)
    if found.is_dir():
        shown = name if name == shipped else found.resolve().name
        return Source(shown, folder_revision(found), str(found), None)
    commit = hub_commit(name)
    return Source(name, commit, name, commit)


@contextmanager
def loading(what: str, name: str, shipped: str) -> Iterator[None]:
    """Raises ValueError in words, naming the `what` that is loaded and what is wrong with it, for `LOADING_ERRORS`."""
    try:
        yield
    except LOADING_ERRORS as error:
        raise ValueError(f"{what}: could not load {name!r}: {_told(error, shipped)}") from error


def _told(error: Exception, shipped: str) -> str:
    if isinstance(error, RAW_ERRORS):
        return f"{reason(error)}; expected {shipped}, a folder in transformers' format or a model's id on the Hub"
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__


def whole_model(kind: Any, source: Source) -> Any:
    """The model that `kind` (one of transformers' Auto classes) makes of the source, in single precision.

    Raises ValueError when weights are missing: they would be random.
    """
    model, found = kind.from_pretrained(
        source.path, revision=source.commit, dtype=torch.float32, output_loading_info=True
    )
    if found["missing_keys"]:
        raise ValueError(
            f"weights: expected all of the model's, got none for {sorted(found['missing_keys'])[:3]}"
        )
    return model.eval()


def hub_commit(repo: str) -> str:
    """Commit of the repository's main branch on the Hub, or of the copy in the local cache when offline."""
    with client_errors():
        return Path(hf_hub_download(repo, "config.json")).parent.name


def folder_revision(folder: str | Path) -> str:
    """First 12 hex digits of a sha256 over the names and contents of the files that decide the embeddings.

    Raises ValueError when the folder holds no config.json or no weights.
    """
    folder = Path(folder)
    files = sorted({path for pattern in IDENTITY_FILES for path in folder.glob(pattern)})
    if not (folder / "config.json").is_file() or not any(path.suffix in WEIGHTS for path in files):
        found = ", ".join(path.name for path in files) or "neither"
        raise ValueError(f"folder: expected config.json and weights in {folder.name!r}, got {found}")
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            digest.update(path.name.encode() + hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:12]
