"""How heads are measured on a benchmark: the fields that boards are told apart by, and what they say in English."""

import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter, with_config

from heads.io.strict_json import STRICT

Count = Annotated[int, Field(ge=1, le=1_000_000)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,80}$")]

Pooling = Literal["RoIAlign (one bin, aligned)"]
ROI_ALIGN: Pooling = "RoIAlign (one bin, aligned)"
"""How the features of an image's patches become those of a region, as FG-CLIP publishes it (`fg_demo.models.dense`)."""

ITEMS = {"all": "fewer where fewer are given", "complete": "regions with fewer are left out"}
ALIKE = {
    "left out": "a negative that the backbone reads as the true caption is left out",
    "kept": "also such as the backbone reads as the true caption",
}
TIES = {"against": "Ties count against the head", "for": "Ties count for the head"}
PIXELS = {
    "transformers, Pillow": (
        "Pixels: by the backbone's own processor in transformers, with Pillow; its centre crop rounds down where "
        "the paper's torchvision rounds half to even"
    ),
}
"""One pixel beside the paper's for 22 of a hundred crops of FG-OVD."""


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Crop:
    """What a head is given of an image: the annotated box, scaled by `context` about its centre, in whole pixels by
    `rule`; "outward" is that of `fg_demo.boxes.crop_pixels`.
    """

    context: Annotated[float, Field(gt=0, le=100)]
    rule: Literal["outward"]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Ranking:
    """How a region's caption is ranked among hard negatives. `crop` is None where the whole image is the region, or where
    the region's features are those of the whole image's patches, made one by `pooling`.

    `negatives`: how many at most, and `negatives_of` the subsets that have another number. `items`: all regions, or
    those alone that have as many. `scores`: "pointwise" where a score sees its own candidate alone, as `Head.score`,
    "set-aware" where it sees all of them. `read_alike`: what becomes of negatives that the backbone reads as the true
    caption.

    Raises ValueError when a region is said to be a crop and pooled.
    """

    crop: Crop | None
    negatives: Count
    negatives_of: dict[Name, Count]
    items: Literal["all", "complete"]
    scores: Literal["pointwise", "set-aware"]
    read_alike: Literal["left out", "kept"]
    pooling: Pooling | None = None

    def __post_init__(self) -> None:
        if self.crop and self.pooling:
            raise ValueError(f"pooling: expected none of a crop, got {self.pooling!r}")

    def clauses(self) -> list[str]:
        """What it says in English, the region first."""
        numbers = [
            f"{self.negatives}",
            *(f"{name} {number}" for name, number in sorted(self.negatives_of.items())),
        ]
        told = "; ".join([*numbers, ITEMS[self.items], ALIKE[self.read_alike]])
        region = f"Crop of the given box, context {self.crop.context}" if self.crop else "Whole image"
        if self.pooling:
            region = f"Patch features of the whole image, pooled over the given box by {self.pooling}"
        sees = [] if self.scores == "pointwise" else ["each score sees all candidates"]
        return [region, f"rank among N hard negatives ({told})", *sees]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Detection:
    """How regions are found in whole images, and which of them count.

    `overlap`: IoU above which a box is a region's; `suppression`: IoU above which the lower scored of two boxes of a
    vocabulary is dropped, whatever their captions. `most_tokens`: regions with a longer caption in their vocabulary are
    left out, by the tokenizer `tokens`; None for all regions. `skipped`: what becomes of true boxes without
    predictions in mAP.
    """

    overlap: Annotated[float, Field(gt=0, le=1)]
    suppression: Annotated[float, Field(gt=0, le=1)]
    most_tokens: Count | None
    tokens: Annotated[str, Field(min_length=1, max_length=80)] | None
    skipped: Literal["left out", "missed"]

    def clauses(self) -> list[str]:
        """What it says in English."""
        long = "Detection of all regions"
        if self.most_tokens is not None:
            long = f"Detection of regions whose captions are of at most {self.most_tokens} tokens ({self.tokens})"
        return [
            long,
            f"the best scored box that overlaps a region by more than {self.overlap} (IoU) is its own, and a region "
            "without one ranks last",
            f"suppression above IoU {self.suppression} inside a vocabulary, whatever the captions",
            f"mAP over IoU 0.50 to 0.95, true boxes without predictions {self.skipped}",
        ]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class CoarseRetrieval:
    """What coarse retrieval is measured on: the first `captions` of each image, any of which will do; of "all"
    images, or of those whose first caption is "unique" in the split; of the first `most` of them, or of all (None).
    """

    captions: Count
    images: Literal["all", "unique"]
    most: Count | None

    def clause(self) -> str:
        """What it says in English."""
        first = (
            "the first caption of each"
            if self.captions == 1
            else f"the first {self.captions} captions of each, of which any will do"
        )
        unique = ", images whose first caption is unique in the split" if self.images == "unique" else ""
        most = f", at most {self.most:,} images" if self.most is not None else ""
        return f"Retrieval: whole images, {first}{unique}{most}"


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Clips:
    """How clips of events are measured: the wording of their captions, how many captions are made of each event by
    another verb, and how many events of how many frames a clip has.
    """

    captions: Name
    made: Count
    events: Count
    frames: Count

    def clauses(self) -> list[str]:
        """What it says in English."""
        return [
            f"Clips of {self.events} events of {self.frames} frames; an event is the mean of its frames, a clip of its "
            f"events, captions in the {self.captions} wording",
            f"event to caption among all captions of the split and {self.made} made of the event by another verb, "
            "caption to event among all events; whole clips by the mean of their captions",
            f"rank of an event's caption among those of the clip's other events and the {self.made} made ones; of its "
            "verb among all, by the mean of its frames and by the middle one; also such as the backbone reads as the "
            "true one count",
        ]


@with_config(STRICT)
@dataclass(frozen=True, slots=True)
class Protocol:
    """How heads are measured; two are the same when their fields are. `str` of it is `sentence`, which follows from the
    others and is in a record's file for who reads it there.

    `tolerance` is that of `heads.ties`. A field that comes to these later needs a default that says how it was
    before, so that records are read and named as before.
    """

    ranking: Ranking | None
    retrieval: CoarseRetrieval | None
    ties: Literal["against", "for"]
    tolerance: Annotated[float, Field(ge=0, lt=1)]
    pixels: Literal["transformers, Pillow"]
    detection: Detection | None = None
    clips: Clips | None = None
    sentence: str = field(default="", compare=False, repr=False)

    def __post_init__(self) -> None:
        told = " ".join(f"{'; '.join(clauses)}." for clauses in self._sentences())
        object.__setattr__(self, "sentence", told)

    def __str__(self) -> str:
        return self.sentence

    def clauses(self) -> list[str]:
        """What its sentence is made of."""
        return [clause for clauses in self._sentences() for clause in clauses]

    def _sentences(self) -> list[list[str]]:
        ties = (
            f"{TIES[self.ties]}; scores tie that are no further apart than {Decimal(str(self.tolerance)):f} times the "
            "larger of 1 and their size"
        )
        ranking = [self.ranking.clauses()] if self.ranking else []
        detection = [self.detection.clauses()] if self.detection else []
        retrieval = [[self.retrieval.clause()]] if self.retrieval else []
        clips = [self.clips.clauses()] if self.clips else []
        return [*detection, *clips, *ranking, *retrieval, [ties], [PIXELS[self.pixels]]]


_PROTOCOL = TypeAdapter(Protocol)


def protocol_key(protocol: Protocol | str) -> str:
    """What a protocol is told from others by: its fields, whatever their sentence says of them; of a source that states
    its protocol in a sentence alone, that sentence.
    """
    if isinstance(protocol, str):
        return protocol
    fields = _PROTOCOL.dump_python(protocol, exclude_defaults=True, exclude={"sentence"})
    return json.dumps(fields, sort_keys=True)


def is_of_detection(protocol: Protocol | str) -> bool:
    """Whether regions are found by a detector, and have fewer negatives than those of heads."""
    return isinstance(protocol, Protocol) and protocol.detection is not None


def is_of_clips(protocol: Protocol | str) -> bool:
    """Whether what is found are events of clips, in place of whole images."""
    return isinstance(protocol, Protocol) and protocol.clips is not None


def is_of_crops(protocol: Protocol | str) -> bool:
    """Whether heads are given crops of the true boxes, as all of the paper's are."""
    ranking = protocol.ranking if isinstance(protocol, Protocol) else None
    return ranking is not None and ranking.crop is not None
