"""A head by name: a folder, a head that ships with the project, or a Hub repository."""

from pathlib import Path

from heads.head import Head
from heads.hub.client import RAW_ERRORS, explained
from heads.hub.download import download_head
from heads.hub.repo_name import is_repo
from heads.io.atomic import is_partial, standing
from heads.io.system_files import is_system_file
from heads.persistence.config import CONFIG_NAME
from heads.persistence.folder import load_whole

PRETRAINED = Path(__file__).parent / "pretrained"


def load_head(path_or_repo: str | Path, revision: str | None = None) -> Head:
    """The saved head, in evaluation mode, on the CPU.

    `path_or_repo` is what `find_head` takes. Raises FileNotFoundError when there is no head there, and
    ValueError naming the field, the expected and the actual when what is there is not exactly a head: its
    config is checked before any weight is read, its tensors' names, shapes and types before any of them is
    loaded. Nothing is unpickled and no code comes from the folder.
    """
    return load_whole(lambda: find_head(path_or_repo, revision))


def find_head(path_or_repo: str | Path, revision: str | None = None) -> Path:
    """The folder of a head: an existing folder, a head that ships with the project (by name), or a Hub
    repository.

    A repository `owner/name` is downloaded at one commit, that of `revision` or of its main branch. Raises
    FileNotFoundError when `path_or_repo` is none of the three, OSError in words when the Hub does not answer,
    ValueError when a folder is given a revision.
    """
    folder = standing(Path(path_or_repo)) or shipped_heads().get(str(path_or_repo))
    if folder:
        if revision is not None:
            raise ValueError(f"revision: expected none for the folder {folder}, got {revision!r}")
        return folder
    if isinstance(path_or_repo, str) and is_repo(path_or_repo):
        try:
            return download_head(path_or_repo, revision)
        except RAW_ERRORS as error:
            raise explained(path_or_repo, "a head, as `heads push` makes it,", error) from error
    raise FileNotFoundError(
        f"head: expected a folder, a shipped head ({', '.join(shipped_heads()) or 'none here'}) "
        f"or a Hub repository owner/name, got {str(path_or_repo)!r}"
    )


def shipped_heads() -> dict[str, Path]:
    """Name → folder of the heads that ship with the project, by name."""
    folders = [path.parent for path in sorted(PRETRAINED.glob(f"*/{CONFIG_NAME}"))]
    return {one.name: one for one in folders if not (is_partial(one.name) or is_system_file(one.name))}
