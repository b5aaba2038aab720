"""`python -m leaderboard publish-benchmark`: check a benchmark's rows and push them to the Hub as a dataset."""

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HTTPError  # pyright: ignore[reportPrivateImportUsage]
from huggingface_hub.hf_api import DatasetInfo

from heads.hub.client import hub_api, reason, status_of
from heads.io.atomic import replacing
from heads.persistence.card import is_signed
from leaderboard.publishing.check import Part
from leaderboard.publishing.folder import write_dataset

EVAL = "eval.yaml"
"""The Hub checks it when it is pushed, and may know no framework of our name (a list that Hugging Face keeps:
packages/tasks/src/eval.ts of huggingface.js). The rows are of use without it.
"""
CONTENT_REFUSED = (400, 422)


class PublishedCommit(NamedTuple):
    """The address of the commit, and why eval.yaml is not in it, if it is not."""

    url: str
    without_eval: str = ""


@contextmanager
def written(repo: str, parts: Sequence[Part], with_images: bool, output: Path | None) -> Iterator[Path]:
    """The folder that is to be pushed: the one that is to be kept, or one that goes with the block."""
    with tempfile.TemporaryDirectory(prefix="publish-") as temporary:
        folder = output or Path(temporary) / "dataset"
        with replacing(folder) as aside:
            write_dataset(parts, aside, repo.split("/")[1], with_images)
        yield folder


def plan(parts: Sequence[Part], folder: Path, repo: str, with_images: bool) -> str:
    """What is about to be pushed: rows, oddities and files with their sizes, as text."""
    what = "annotations and the images themselves" if with_images else "annotations only, no images"
    lines = [f"to the dataset {repo}: {what}", f"  licence: {parts[0].source.benchmark.licence}"]
    for part in parts:
        lines.append(f"  {part.subset.title}, {part.split}: {len(part.rows):,} rows, all good")
        lines += [f"    {count:,} {why}" for why, count in part.oddities.items()]
    lines += [f"  {path.relative_to(folder)}: {path.stat().st_size:,} bytes" for path in _files(folder)]
    return "\n".join(lines)


def push(folder: Path, repo: str, private: bool) -> PublishedCommit:
    """The one commit that makes `repo` hold exactly the folder's data files; without eval.yaml, where the Hub
    refuses the commit with it.

    Raises ValueError when `repo` holds what this command did not write: it is then left alone. Raises OSError
    saying what the Hub refused; the repository, if new, is then empty.
    """
    api = hub_api()
    try:
        made = api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        there = api.dataset_info(made.repo_id)
        _check_ours(api, there)
        new = {path.relative_to(folder).as_posix(): path for path in _files(folder)}
        old = [file.rfilename for file in there.siblings or () if file.rfilename.endswith(".parquet")]

        def commit(names: Iterable[str]) -> str:
            operations = [
                *(CommitOperationAdd(name, str(new[name])) for name in names),
                *(CommitOperationDelete(name) for name in old if name not in new),
            ]
            where = {"repo_type": "dataset", "parent_commit": there.sha}
            message = "Publish the benchmark's rows"
            return str(
                api.create_commit(made.repo_id, operations, commit_message=message, **where).commit_url
            )

        try:
            return PublishedCommit(commit(new))
        except HTTPError as error:
            if status_of(error) not in CONTENT_REFUSED or EVAL not in new:
                raise
            return PublishedCommit(commit(name for name in new if name != EVAL), reason(error))
    except HTTPError as error:
        raise OSError(f"{repo}: {reason(error)}") from error


def _check_ours(api: HfApi, there: DatasetInfo) -> None:
    """Nothing, or ValueError when the dataset is somebody's own: pushing would replace its rows or its card."""
    names = sorted({file.rfilename for file in there.siblings or ()} - {".gitattributes"})
    if not names:
        return
    if "README.md" in names:
        where = {"repo_type": "dataset", "revision": there.sha}
        if is_signed(Path(api.hf_hub_download(there.id, "README.md", **where)).read_bytes()):
            return
    raise ValueError(
        f"--repo: expected a new dataset, or one as this command left it, {there.id} holds {', '.join(names[:6])} "
        "and a card that somebody wrote or changed, or none"
    )


def _files(folder: Path) -> list[Path]:
    hidden = (path for path in folder.rglob("*") if path.is_file())
    return sorted(
        path for path in hidden if not any(part[0] == "." for part in path.relative_to(folder).parts)
    )
