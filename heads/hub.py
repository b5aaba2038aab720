"""Heads on the Hugging Face Hub."""

from pathlib import Path

from huggingface_hub import hf_hub_download, snapshot_download
from huggingface_hub.utils import HFValidationError, validate_repo_id

from heads.card import CARD_NAME
from heads.config import CONFIG_NAME, read_config, skeleton

WEIGHTS_NAME = "model.safetensors"
MAX_HEADER_BYTES = 64 * 1024


def is_repo(name: str) -> bool:
    """Whether `name` reads as a repository on the Hub, owner/name."""
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return name.count("/") == 1


def download_head(repo: str, revision: str | None = None) -> Path:
    """The folder, in the Hub's cache, of the head in `repo` at the commit `revision` stands for.

    The config comes first, and the weights only when they are as large as it says. Raises ValueError when
    they are not, or the config is no head's, and what `huggingface_hub` raises when the repository cannot
    be had.
    """
    folder = Path(snapshot_download(repo, revision=revision, allow_patterns=[CONFIG_NAME]))
    commit = folder.name
    expected = skeleton(read_config(folder), folder / CONFIG_NAME).state_dict()
    limit = sum(tensor.nbytes for tensor in expected.values()) + MAX_HEADER_BYTES
    size = hf_hub_download(repo, WEIGHTS_NAME, revision=commit, dry_run=True).file_size
    if size is None or size > limit:
        raise ValueError(f"{repo}: {WEIGHTS_NAME}: expected at most {limit} bytes for its config, got {size}")
    files = [CONFIG_NAME, WEIGHTS_NAME, CARD_NAME]
    return Path(snapshot_download(repo, revision=commit, allow_patterns=files))
