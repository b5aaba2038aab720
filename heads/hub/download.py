"""Downloading a head from the Hub: its config first, then weights no larger than it says, of one commit."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from huggingface_hub import constants, hf_hub_download
from huggingface_hub.file_download import repo_folder_name
from torch import Tensor

from heads.hub.client import client_errors
from heads.io.atomic import replacing
from heads.io.digests import has_digest
from heads.io.safetensors_header import MAX_HEADER_BYTES, check_header, read_header
from heads.persistence.config import CONFIG_NAME, MAX_CONFIG_BYTES, WEIGHTS_NAME, read_config, skeleton

Token = str | bool | None
"""A token; None for the one saved on this machine; False for none."""


def download_head(repo: str, revision: str | None = None) -> Path:
    """The folder, in the Hub's cache, of the head in `repo`: its config and its weights, both of one commit.

    The weights are fetched only when the config is a head's, and they are no larger than it says; what
    arrives is what was committed. Without a network the commit is the one that `revision` stood for when the head
    was last loaded.

    Raises ValueError when something is wrong with the head, and OSError, as `huggingface_hub` does, when the
    repository, the revision or the Hub cannot be had.
    """
    commit = vetted_commit(repo, CONFIG_NAME, revision, MAX_CONFIG_BYTES)
    folder = fetch_intact(repo, CONFIG_NAME, commit).parent
    expected = skeleton(read_config(folder), folder / CONFIG_NAME).state_dict()
    weight_bytes = sum(tensor.nbytes for tensor in expected.values())
    vetted_commit(repo, WEIGHTS_NAME, commit, weight_bytes + MAX_HEADER_BYTES)
    if _are_weights(fetch_intact(repo, WEIGHTS_NAME, commit), expected):
        remember(repo, revision or constants.DEFAULT_REVISION, commit)
    return folder


def _are_weights(file: Path, expected: Mapping[str, Tensor]) -> bool:
    with file.open("rb") as stream:
        start = stream.read(8 + MAX_HEADER_BYTES)
    try:
        check_header(*read_header(start, file.stat().st_size), expected)
    except ValueError:
        return False  # whoever loads it says why
    return True


def remember(repo: str, revision: str, commit: str) -> None:
    """Notes in the Hub's cache, as its client does when it fetches by name, which commit a branch or tag is.

    The client itself does not: it was asked for files of a commit. Noted last, so that what the name stands for
    without a network is always a whole head.
    """
    path = Path(constants.HF_HUB_CACHE, repo_folder_name(repo_id=repo, repo_type="model"), "refs", revision)
    if revision == commit or (path.is_file() and path.read_text(encoding="utf-8") == commit):
        return
    with suppress(OSError), replacing(path) as aside:  # a cache that others may only read serves as well
        aside.write_text(commit, encoding="utf-8")


def fetch_intact(repo: str, path: str, commit: str, token: Token = None) -> Path:
    """The file of that commit, from the cache or the Hub, once its content is what its digest says.

    One that is not is fetched once more. Raises OSError when it is altered again.
    """
    with client_errors():
        file = Path(hf_hub_download(repo, path, revision=commit, token=token))
    if not is_intact(file):
        with client_errors():
            file = Path(hf_hub_download(repo, path, revision=commit, token=token, force_download=True))
    if not is_intact(file):
        file.resolve().unlink()
        raise OSError(f"{repo}: {path}: altered on the way from the Hub; try again")
    return file


def is_intact(file: Path) -> bool:
    """Whether a file in the Hub's cache holds what it was committed as.

    The cache names a file by its digest: SHA-256 of the content for large files, git's own for the others.
    Where it keeps copies under their own names, as on systems without links, there is nothing to compare.
    """
    name = file.resolve().name
    if len(name) not in (40, 64) or not set(name) <= set("0123456789abcdef"):
        return True
    return has_digest(file, name)


def vetted_commit(repo: str, name: str, revision: str | None, most: int) -> str:
    """The commit that `revision` stands for, once the file there is known to be no larger than `most`
    bytes.
    """
    with client_errors():
        file = hf_hub_download(repo, name, revision=revision, dry_run=True)
    if file.file_size is None or file.file_size > most:
        raise ValueError(f"{repo}: {name}: expected at most {most} bytes, got {file.file_size}")
    return file.commit_hash
