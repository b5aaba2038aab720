"""Result records: one self-describing JSON file for each head, backbone and benchmark; a published table is a
list of them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, with_config

from heads.io.strict_json import STRICT
from heads.vetting.plain_text import check_visible
from leaderboard.benchmarks.catalogue import OWN, known_subsets
from leaderboard.benchmarks.protocol import Protocol
from leaderboard.records.figures import (
    Count,
    GainInterval,
    HalfTruths,
    Overlap,
    Rank,
    RankInterval,
    RetrievalResult,
    Share,
    ShareInterval,
    SubsetResult,
)

SCHEMA: Literal[2] = 2

Text = Annotated[str, Field(min_length=1, max_length=4000), AfterValidator(check_visible)]
CAPTIONS = "captions"
"""What embeddings of a split's whole images and their captions name as their subset."""

Provenance = Literal["measured", "re-measured", "self-reported", "published", "read off a chart"]
PRODUCED = ("measured", "re-measured")
"""Figures that this project's own code came to; the others are quoted, so they state their source."""


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class TrainingData:
    """A split of a benchmark that a head was trained on, at the revision it had; `subsets` are those of its parts, or
    CAPTIONS for the captions of its images, none where they are not stated.
    """

    benchmark: Text
    split: Text
    revision: Text | None = None
    subsets: tuple[Text, ...] = ()

    def __str__(self) -> str:
        return f"{self.benchmark} {self.split}" + (f", revision {self.revision}" if self.revision else "")


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class HeadEntry:
    """The head: `revision` is the hash of its weights, "-" if it has none; `stage` the training it went
    through; `trained_on` the data, in words, and `training_data` those of them that are splits of a benchmark;
    `source` where the head is, a Hub repo@commit or a folder. `sees_image` is False of a reference that is given captions
    alone, `set_aware` True of a scorer whose score of a caption depends on the other candidates.

    A field that is None, here and below, was not stated by the source.
    """

    name: Text
    kind: Text
    revision: Text | None = None
    stage: Text | None = None
    parameters: Annotated[int, Field(ge=0)] | None = None
    trained_on: Text | None = None
    source: Text | None = None
    training_data: tuple[TrainingData, ...] = ()
    sees_image: bool = True
    set_aware: bool = False

    @property
    def competes(self) -> bool:
        """Whether it has a place among heads: it looks at the image, and at each caption by itself."""
        return self.sees_image and not self.set_aware


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class BackboneEntry:
    """The frozen backbone; `dim` is the length of its embeddings."""

    name: Text
    revision: Text | None = None
    dim: Count | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class DetectorEntry:
    """The detector whose boxes are measured, and the settings that its figures depend on; `captions` says whether it
    reads a vocabulary all at once, `padding` is the grey of OWLv2's.
    """

    name: Text
    revision: Text
    boxes: Count
    token_limit: Count
    captions: Literal["all at once", "one at a time"]
    padding: Share | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class BenchmarkEntry:
    """What was measured on: `revision` is a Hub commit or the hash of a folder's data."""

    name: Text
    revision: Text | None = None
    split: Text | None = None


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Produced:
    """How to get the same figures again; `date` is ISO 8601."""

    code_version: Text
    command: Text
    date: Text
    device: Text
    commit: Text | None = None
    seed: int | None = None

    def __post_init__(self) -> None:
        datetime.fromisoformat(self.date)


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class SeedFigures:
    """The figures of the same training with one seed: mean rank a subset, recall@10 of coarse retrieval.

    `revision` is the hash of that head's weights.
    """

    seed: int
    revision: Text
    mean_ranks: dict[str, Rank] = field(default_factory=dict)
    image_to_text_r10: Share | None = None
    text_to_image_r10: Share | None = None

    def __post_init__(self) -> None:
        _check_subsets("mean_ranks", self.mean_ranks)


@with_config(STRICT)
@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One head on one backbone and benchmark. What was not measured is absent.

    `protocol` is a sentence alone where a source states no more, and in records from before it had fields.
    `mean_rank` is for a source that states the mean over the eight subsets without the eight; otherwise it
    follows from `subsets`. The intervals are of the means over all eight,
    `gain_interval` that of the gain over the mean crop. On clips `retrieval` is of events, `clip_retrieval` of whole
    clips. `half_truths` is of all subsets in which attributes can be
    read off, `overlap` of the training data that the head names, None where one of them was not at hand. `seeds` holds
    every seed's figures, the head's own among them; `notes` what a reader should know: rows dropped or repaired,
    counted, or training data that the benchmark shares.

    Raises ValueError when a subset is unknown, or when a measured record lacks `produced` or a quoted one its
    `source`.
    """

    schema: Literal[2]
    head: HeadEntry
    backbone: BackboneEntry
    benchmark: BenchmarkEntry
    protocol: Protocol | Text
    provenance: Provenance
    subsets: dict[str, SubsetResult] = field(default_factory=dict)
    retrieval: RetrievalResult | None = None
    clip_retrieval: RetrievalResult | None = None
    mean_rank: Rank | None = None
    mean_rank_interval: RankInterval | None = None
    top1_interval: ShareInterval | None = None
    gain_interval: GainInterval | None = None
    half_truths: HalfTruths | None = None
    overlap: Overlap | None = None
    seeds: tuple[SeedFigures, ...] = ()
    detector: DetectorEntry | None = None
    notes: tuple[Text, ...] = ()
    produced: Produced | None = None
    source: Text | None = None

    def __post_init__(self) -> None:
        _check_subsets("subsets", self.subsets)
        own = self.provenance in PRODUCED
        if own and (self.produced is None or self.mean_rank is not None):
            raise ValueError(
                f"provenance: a {self.provenance} record states how it was produced, and no mean_rank of its own"
            )
        if not own and self.source is None:
            raise ValueError(f"source: expected where a {self.provenance} figure comes from, got nothing")


def _check_subsets(name: str, given: Iterable[str]) -> None:
    known = known_subsets()
    unknown = sorted(name for name in set(given) - set(known) if not OWN.fullmatch(name))
    if unknown:
        raise ValueError(f"{name}: expected some of {list(known)}, got {unknown}")
