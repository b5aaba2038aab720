"""From names to figures: a benchmark's embeddings, and a head's result record."""

import subprocess
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from fg_demo.backbone import Backbone
from heads import Candidates, CosineHead, Head, Pairs, check_backbone, find_head, load_head, read_config
from leaderboard.benchmark import (
    RETRIEVAL_LIMIT,
    benchmark_revision,
    configs,
    find_benchmark,
    load_benchmark,
    load_captions,
    load_images,
    retrieval_captions,
)
from leaderboard.embed import Progress, embed_all, embed_pairs
from leaderboard.evaluate import evaluate, head_revision
from leaderboard.records import SCHEMA, BackboneEntry, BenchmarkEntry, HeadEntry, Produced, Record
from leaderboard.retrieval import retrieval

ROOT = Path(__file__).parents[1]
COSINE = "cosine"
PROTOCOL = (
    "Crop of the given box, context 1.0; rank among N hard negatives (10; pattern 7; transparency 2; fewer "
    "where fewer are given), ties count against the head. Retrieval: whole images, the first caption of "
    "each, images whose first caption is unique in the split, at most "
    f"{RETRIEVAL_LIMIT:,} images."
)


@dataclass(frozen=True)
class Source:
    """Rows to embed: `subsets` names some of the benchmark's, None means all that there are."""

    benchmark: str
    split: str = "test"
    revision: str | None = None
    subsets: Sequence[str] | None = None

    def entry(self) -> BenchmarkEntry:
        """What a record says about it."""
        name = find_benchmark(self.benchmark).name
        return BenchmarkEntry(name, benchmark_revision(self.benchmark, self.split, self.revision), self.split)

    def names(self) -> list[str]:
        """The subsets to embed. Raises ValueError when one is unknown or the benchmark lacks it."""
        there = set(configs(self.benchmark, self.split, self.revision))
        own = find_benchmark(self.benchmark).subsets
        known = [name for name, subset in own.items() if subset.config in there]
        wrong = sorted(set(self.subsets or ()) - set(known))
        if wrong or (own and not known):  # a benchmark of captions alone has no subsets
            raise ValueError(f"subsets: expected some of {known}, those of {self.benchmark}, got {wrong}")
        return known if self.subsets is None else list(self.subsets)


def embed_subsets(
    source: Source, backbone: Backbone, cache: Path | None = None, progress: Progress | None = None
) -> dict[str, Candidates]:
    """The candidates of each subset of the source, by the subset's name."""
    where = (source.split, source.revision)
    subsets = {name: load_benchmark(source.benchmark, name, *where) for name in source.names()}
    return embed_all(subsets, load_images(source.benchmark, *where), backbone, cache, progress)


def embed_captions(
    source: Source,
    backbone: Backbone,
    cache: Path | None = None,
    progress: Progress | None = None,
    for_retrieval: bool = False,
) -> Pairs | None:
    """All images and captions of the source, or those retrieval is measured on; None without captions."""
    where = (source.benchmark, source.split, source.revision)
    captions = {image: texts for image, texts in load_captions(*where).items() if texts}
    chosen = retrieval_captions(captions) if for_retrieval else captions
    return embed_pairs(chosen, load_images(*where), backbone, cache, progress) if chosen else None


def open_head(name: str, backbone: Backbone) -> tuple[Head, HeadEntry]:
    """The head `name` ("cosine", a shipped head, a folder or a Hub repo) and what a record says about it.

    Raises FileNotFoundError when there is none, ValueError when it is damaged or made for another backbone.
    """
    if name == COSINE:
        return CosineHead(), HeadEntry(COSINE, CosineHead.kind, "-", "none")
    folder = find_head(name)
    config = read_config(folder)
    check_backbone(config, backbone.name, backbone.revision, backbone.dim)
    head = load_head(folder)
    shown = Path(name).resolve().name if Path(name).is_dir() else name
    return head, HeadEntry(
        shown, head.kind, head_revision(head), str(config.metadata.get("stage") or "not stated")
    )


def measure(
    head_name: str,
    source: Source,
    backbone: Backbone,
    command: str,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> Record:
    """The record of a head on a benchmark: all subsets it has, and coarse retrieval where it has captions.

    `command` is what would measure it again. Errors are those of `open_head` and `load_benchmark`.
    """
    head, entry = open_head(head_name, backbone)  # before embedding: a head that does not fit costs nothing
    subsets = embed_subsets(source, backbone, cache, progress)
    pairs = embed_captions(source, backbone, cache, progress, for_retrieval=True)
    return Record(
        schema=SCHEMA,
        head=entry,
        backbone=BackboneEntry(backbone.name, backbone.revision, backbone.dim),
        benchmark=source.entry(),
        protocol=PROTOCOL,
        provenance="measured",
        subsets=evaluate(head, subsets),
        retrieval=retrieval(head, pairs) if pairs else None,
        produced=produced(command, backbone.device),
    )


def produced(command: str, device: str) -> Produced:
    """How a record made now came about."""
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Produced(code_version(), command, now, device, commit=code_commit())


def code_version() -> str:
    """The project's version, from pyproject.toml."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def code_commit() -> str | None:
    """The checkout's commit, with "+changes" when tracked files differ from it; None without git."""
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return None
    return commit + ("+changes" if _git("status", "--porcelain", "--untracked-files=no") else "")


def _git(*arguments: str) -> str | None:
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError):
        return None
    return done.stdout.strip()
