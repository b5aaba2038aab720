"""Measuring a stranger's head: embeddings and record are made here, scores in a process with limits."""

import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import final

from datasets import config as datasets_config
from huggingface_hub import constants

from fg_demo.models.backbone import Encoder
from fg_demo.models.clip import MINI_CLIP, MINI_CLIP_FOLDER, load_backbone
from fg_demo.models.pretrained import find_source
from heads.hub.client import HUB_ERRORS, is_transient
from heads.io.cache import cache_folder
from heads.io.object_store import ObjectStore
from heads.persistence.config import read_config
from leaderboard.benchmarks.catalogue import BENCHMARKS
from leaderboard.benchmarks.lookup import PUBLISHED_VARIABLE
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.embedding.embed import Embedder, Progress
from leaderboard.evaluation.measure import embed_split
from leaderboard.evaluation.overlap import with_overlap
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
        split: BenchmarkSplit,
        allowed: Sequence[str] = BACKBONES,
        device: str = "auto",
        progress: Progress | None = None,
    ):
        self.split = split.pinned()  # for everybody, and one the process can have offline
        self._allowed, self._device, self._progress = allowed, device, progress
        self._revisions: dict[str, str] = {}
        self._embedded: dict[str, Encoder] = {}

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
        encoder = self._embed(_backbone_name(folder))
        with tempfile.TemporaryDirectory(prefix="remeasure-") as scratch:
            output = Path(scratch) / "record.json"
            process = run_limited(
                "leaderboard.submissions.sandboxed",
                [*_arguments(folder, output, encoder, self.split), "--command", command(repo, self.split)],
                seconds=SECONDS,
                megabytes=MEGABYTES,
                variables=_variables(),
            )
            if process.status in (REFUSED, None):
                raise HeadRefused(process.message)
            if process.status != 0:
                raise RuntimeError(f"the measurement did not work: {process.message}")
            record = with_overlap(_read(output), self.split)
        where = f"{repo}@{commit}"
        head = replace(record.head, name=repo, source=where)
        return replace(record, head=head, provenance="re-measured", source=where)

    def _embed(self, name: str) -> Encoder:
        """The backbone, with all embeddings of the benchmark in the cache."""
        if name not in self._embedded:
            encoder = self._loaded(name)
            embed_split(self.split, Embedder(encoder, progress=self._progress))
            self._embedded[name] = encoder
        return self._embedded[name]

    def _loaded(self, name: str) -> Encoder:
        try:
            return load_backbone(name, device=self._device)
        except ValueError as error:  # as when the Hub does not send all of it
            raise RuntimeError(str(error)) from error


def backbone_revision(name: str) -> str:
    """What `load_backbone(name).revision` would be, without loading it."""
    return find_source(name, MINI_CLIP, MINI_CLIP_FOLDER).revision


def command(repo: str, split: BenchmarkSplit) -> str:
    """What measures the head in `repo` again, for anybody."""
    return f"python -m leaderboard evaluate --head {repo} --benchmark {split.name} --split {split.split}"


def _anywhere(place: Path | ObjectStore) -> str:
    return str(place.resolve() if isinstance(place, Path) else place)


def _arguments(folder: Path, output: Path, encoder: Encoder, split: BenchmarkSplit) -> list[str]:
    """What the process is told: who encoded, and which split, by paths that hold in another working folder."""
    revision = ["--revision", split.commit] if split.commit else []
    given = {"--data": split.folders.data, "--image-folder": split.folders.images}
    backbone = [encoder.name, encoder.revision, str(encoder.dim), encoder.device, encoder.precision]
    return [
        *(str(folder), str(output), "--backbone", *backbone),
        *("--benchmark", _findable(split.name), "--split", split.split, *revision),
        *(word for flag, path in given.items() if path for word in (flag, _anywhere(path))),
    ]


def _findable(benchmark: str) -> str:
    """The benchmark as it is called from another working folder."""
    listed = benchmark in BENCHMARKS or not Path(benchmark).exists()
    return benchmark if listed else str(Path(benchmark).resolve())


def _backbone_name(folder: Path) -> str:
    name = read_config(folder).backbone
    if name is None:
        raise HeadRefused("backbone: expected the name of the one it was trained on, got none")
    return name


def _variables() -> dict[str, str]:
    """Where the embeddings and Hub datasets are to be found; the process may not fetch them."""
    published = os.environ.get(PUBLISHED_VARIABLE)
    return {
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
