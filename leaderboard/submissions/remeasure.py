"""Measuring a stranger's head: embeddings and record are made here, scores in a process with limits."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import final

from datasets import config as datasets_config
from huggingface_hub import constants

from fg_demo.models.backbone import Backbone
from fg_demo.models.clip import MINI_CLIP, MINI_CLIP_FOLDER, folder_revision, hub_commit, load_backbone
from heads.hub.client import HUB_ERRORS, is_transient
from heads.io.cache import cache_folder
from heads.persistence.config import read_config
from leaderboard.benchmarks.catalogue import PUBLISHED_VARIABLE
from leaderboard.benchmarks.source import DATA_VARIABLE, Source
from leaderboard.embedding.embed import Progress
from leaderboard.evaluation.measure import embed_captions, embed_subsets
from leaderboard.records.files import LARGEST_FILE, from_json
from leaderboard.records.record import Record
from leaderboard.submissions.sandbox import run_limited
from leaderboard.submissions.sandboxed import REFUSED

BACKBONES = ("mini-clip", "openai/clip-vit-base-patch16")
"""Those that heads may be made for, unless others are named."""
SECONDS = 900.0
"""A linear head takes well under a minute on a benchmark of 27,000 items."""
MEGABYTES = 8192


class HeadRefused(ValueError):
    """The head cannot be measured, and it is the head's fault."""


@final
class LimitedEvaluator:
    """What heads are measured with: a benchmark, and its embeddings by every backbone that was needed so far."""

    def __init__(
        self,
        source: Source,
        allowed: Sequence[str] = BACKBONES,
        device: str = "auto",
        progress: Progress | None = None,
    ):
        self.source = source.pinned()  # for everybody, and one the process can have offline
        self._allowed, self._device, self._progress = allowed, device, progress
        self._revisions: dict[str, str] = {}
        self._embedded: dict[str, Backbone] = {}

    def backbones(self) -> dict[str, str]:
        """The backbones heads may be made for, each with its revision when it was first asked for.

        One that the Hub does not have is left out. Raises what `heads.hub.client.HUB_ERRORS` lists when the
        Hub cannot say.
        """
        for name in set(self._allowed) - set(self._revisions):
            try:
                self._revisions[name] = backbone_revision(name)
            except HUB_ERRORS as error:
                if is_transient(error):
                    raise
                self._revisions[name] = ""
        return {name: revision for name, revision in self._revisions.items() if revision}

    def remeasure(self, folder: Path, repo: str, commit: str) -> Record:
        """The record of the head in `folder`, which is that of `repo` at `commit`.

        Raises HeadRefused when the head cannot be scored, or not within the limits; OSError or RuntimeError
        when it could not be tried.
        """
        backbone = self._embed(_backbone_name(folder))
        with tempfile.TemporaryDirectory(prefix="remeasure-") as scratch:
            output = Path(scratch) / "record.json"
            process = run_limited(
                "leaderboard.submissions.sandboxed",
                [*_arguments(folder, output, backbone, self.source), "--command", command(repo, self.source)],
                seconds=SECONDS,
                megabytes=MEGABYTES,
                variables=_variables(),
            )
            if process.status in (REFUSED, None):
                raise HeadRefused(process.message)
            if process.status != 0:
                raise RuntimeError(f"the measurement did not work: {process.message}")
            record = _read(output)
        where = f"{repo}@{commit}"
        head = replace(record.head, name=repo, source=where)
        return replace(record, head=head, provenance="re-measured", source=where)

    def _embed(self, name: str) -> Backbone:
        """The backbone, with all embeddings of the benchmark in the cache."""
        if name not in self._embedded:
            backbone = self._loaded(name)
            embed_subsets(self.source, backbone, progress=self._progress)
            embed_captions(self.source, backbone, progress=self._progress, for_retrieval=True)
            self._embedded[name] = backbone
        return self._embedded[name]

    def _loaded(self, name: str) -> Backbone:
        try:
            return load_backbone(name, device=self._device)
        except ValueError as error:  # as when the Hub does not send all of it
            raise RuntimeError(str(error)) from error


def backbone_revision(name: str) -> str:
    """What `load_backbone(name).revision` would be, without loading it."""
    folder = MINI_CLIP_FOLDER if name == MINI_CLIP else Path(name)
    return folder_revision(folder) if folder.is_dir() else hub_commit(name)


def command(repo: str, source: Source) -> str:
    """What measures the head in `repo` again, for anybody."""
    return (
        f"python -m leaderboard evaluate --head {repo} --benchmark {source.benchmark} --split {source.split}"
    )


def _arguments(folder: Path, output: Path, backbone: Backbone, source: Source) -> list[str]:
    identity = [backbone.name, backbone.revision, str(backbone.dim), str(backbone.logit_scale)]
    revision = ["--revision", source.revision] if source.revision else []
    return [
        *(str(folder), str(output), "--backbone", *identity),
        *("--benchmark", _findable(source.benchmark), "--split", source.split, *revision),
    ]


def _findable(benchmark: str) -> str:
    """The benchmark as it is called from another working folder."""
    return str(Path(benchmark).resolve()) if Path(benchmark).is_dir() else benchmark


def _backbone_name(folder: Path) -> str:
    name = read_config(folder).backbone
    if name is None:
        raise HeadRefused("backbone: expected the name of the one it was trained on, got none")
    return name


def _variables() -> dict[str, str]:
    """Where the embeddings and the benchmark are to be found; the process may not fetch them."""
    given = os.environ.get(DATA_VARIABLE)
    published = os.environ.get(PUBLISHED_VARIABLE)
    return {
        **({DATA_VARIABLE: str(Path(given).resolve())} if given else {}),
        **({PUBLISHED_VARIABLE: published} if published else {}),
        "FG_CACHE": str(cache_folder()),
        "HF_DATASETS_CACHE": str(datasets_config.HF_DATASETS_CACHE),
        "HF_HUB_CACHE": constants.HF_HUB_CACHE,
        "HF_DATASETS_OFFLINE": "1",
    }


def _read(path: Path) -> Record:
    size = path.stat().st_size
    if size > LARGEST_FILE:
        raise RuntimeError(f"record: expected at most {LARGEST_FILE} bytes, got {size}")
    try:
        return from_json(path.read_bytes())
    except ValueError as error:
        raise RuntimeError(f"record: {error}") from error
