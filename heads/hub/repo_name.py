"""Names of repositories on the Hub: owner/name."""

import re

_PART = r"(?![.-])[A-Za-z0-9._-]{1,96}(?<![.-])"
_REPO = re.compile(f"{_PART}/{_PART}")


def is_repo(name: str) -> bool:
    """Whether `name` reads as a repository on the Hub, owner/name.

    The rules are those of `huggingface_hub.utils.validate_repo_id`; here they cost no import of it.
    """
    return bool(_REPO.fullmatch(name)) and not ("--" in name or ".." in name or name.endswith(".git"))


def check_repo(repo: str) -> None:
    """Nothing, or ValueError when it does not read as a repository."""
    if not is_repo(repo):
        raise ValueError(f"repo: expected owner/name, got {repo!r:.100}")
