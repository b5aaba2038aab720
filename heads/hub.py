"""Heads on the Hugging Face Hub."""

from pathlib import Path

from huggingface_hub import hf_hub_download
from huggingface_hub.utils import HFValidationError, validate_repo_id

from heads.config import CONFIG_NAME, MAX_CONFIG_BYTES, read_config, skeleton

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
    """The folder, in the Hub's cache, of the head in `repo`: its config and its weights, both of one commit.

    The weights are fetched only when the config is a head's, and they are no larger than it says. Without a
    network the cache is used. Raises ValueError when something is wrong with the head, and OSError, as
    `huggingface_hub` does, when the repository, the revision or the Hub cannot be had.
    """
    commit = _vetted(repo, CONFIG_NAME, revision, MAX_CONFIG_BYTES)
    folder = Path(hf_hub_download(repo, CONFIG_NAME, revision=commit)).parent
    expected = skeleton(read_config(folder), folder / CONFIG_NAME).state_dict()
    weight_bytes = sum(tensor.nbytes for tensor in expected.values())
    _vetted(repo, WEIGHTS_NAME, commit, weight_bytes + MAX_HEADER_BYTES)
    hf_hub_download(repo, WEIGHTS_NAME, revision=commit)
    return folder


def _vetted(repo: str, name: str, revision: str | None, most: int) -> str:
    """The commit that `revision` stands for, once the file there is known to be no larger than `most`
    bytes."""
    file = hf_hub_download(repo, name, revision=revision, dry_run=True)
    if file.file_size is None or file.file_size > most:
        raise ValueError(f"{repo}: {name}: expected at most {most} bytes, got {file.file_size}")
    return file.commit_hash
