"""What every open-vocabulary detector gives, and the settings that its figures depend on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol, runtime_checkable

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

import fg_demo.models.device as devices
from fg_demo.models.pretrained import Source

Vocabulary = Sequence[str]
"""Captions that are looked for at once."""

Captions = Literal["all at once", "one at a time"]


@dataclass(frozen=True, slots=True)
class DetectorSettings:
    """What changes a detector's figures, as it is recorded beside them.

    `boxes`: how many are kept of an image and a vocabulary, the best scored. `token_limit`: the longest caption that is
    read, special tokens included. `captions`: whether the model reads a vocabulary's captions together; `set_aware`:
    whether a caption's score then depends on the others. `padding`: the grey, 0 to 1, that OWLv2 makes an image square
    with, None for a model that does not.
    """

    boxes: int
    token_limit: int
    captions: Captions
    set_aware: bool
    padding: float | None = None


@dataclass(frozen=True, slots=True)
class Detections:
    """n boxes of an image and the score, 0 to 1, of each of the vocabulary's k captions for each, best box first.

    `boxes`: left, top, right, bottom in pixels of the upright image; they may reach beyond it. `apart`: every box was
    found for one caption alone, and the others' score is 0 for it.

    Raises ValueError when the sizes differ, or a number is not finite.
    """

    boxes: Float[Tensor, "n 4"]
    scores: Float[Tensor, "m k"]
    apart: bool = False

    def __post_init__(self) -> None:
        if len(self.boxes) != len(self.scores):
            raise ValueError(f"scores: expected {len(self.boxes)} rows, one a box, got {len(self.scores)}")
        if not (self.boxes.isfinite().all() and self.scores.isfinite().all()):
            raise ValueError("detections: expected finite boxes and scores, got some that are not")

    @property
    def best(self) -> Float[Tensor, " n"]:
        """Each box's highest score."""
        return self.scores.amax(dim=1)


@runtime_checkable
class Detector(Protocol):
    """A frozen detector. Images are upright and RGB."""

    @property
    def name(self) -> str:
        """As it is loaded by: `mini-owl`, a Hub id or a folder."""
        ...

    @property
    def revision(self) -> str:
        """Commit of the Hub repository, or 12 hex digits of a local folder's content."""
        ...

    @property
    def device(self) -> str:
        """`cpu`, or `cuda`, where it computes in half precision."""
        ...

    @property
    def settings(self) -> DetectorSettings:
        """What its figures depend on besides its weights."""
        ...

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each caption is, special tokens included."""
        ...

    def detect(
        self, images: Sequence[Image.Image], vocabularies: Sequence[Sequence[Vocabulary]]
    ) -> list[list[Detections]]:
        """For each image and each of its vocabularies the boxes found.

        Raises ValueError when a vocabulary is empty, or a caption is beyond the limit.
        """
        ...


class TransformersDetector:
    """What the detectors through `transformers` share: they look at one image at a time, for one vocabulary after another
    (`_find`), and hold the device meanwhile.
    """

    settings: DetectorSettings

    def __init__(self, source: Source, model: Any, tokenizer: Any, processor: Any):
        self.name, self.revision = source.name, source.revision
        self.device = model.device.type  # not "cuda:0", which nobody asks for
        self._model, self._tokenizer, self._processor = model, tokenizer, processor
        self._detect = devices.on_gpu(self._found)

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each caption is, start and end included."""
        ids = self._tokenizer(list(texts), padding=False, truncation=False)["input_ids"]
        return [len(tokens) for tokens in ids]

    def detect(
        self, images: Sequence[Image.Image], vocabularies: Sequence[Sequence[Vocabulary]]
    ) -> list[list[Detections]]:
        """See `Detector.detect`."""
        check_vocabularies(self, vocabularies)
        return self._detect(images, vocabularies)

    @torch.no_grad()
    def _found(
        self, images: Sequence[Image.Image], vocabularies: Sequence[Sequence[Vocabulary]]
    ) -> list[list[Detections]]:
        found = []
        for image, asked in zip(images, vocabularies, strict=True):
            pixels = self._pixels([image])
            found.append([self._find(image, pixels, one) for one in asked])
        return found

    def _pixels(self, images: Sequence[Image.Image]) -> Float[Tensor, "n c h w"]:
        """What the model gets of the images, on its device and in its precision."""
        each = [self._processor(images=[one], return_tensors="pt")["pixel_values"] for one in images]
        return torch.cat(each).to(self.device, devices.precision(self.device))

    def _find(self, image: Image.Image, pixels: Float[Tensor, "1 c h w"], texts: Vocabulary) -> Detections:
        raise NotImplementedError


def check_vocabularies(detector: Detector, vocabularies: Sequence[Sequence[Vocabulary]]) -> None:
    """Raises ValueError when a vocabulary holds no caption or an empty one, or one too long to be read whole."""
    for vocabulary in (one for of_image in vocabularies for one in of_image):
        if not vocabulary or not all(text.strip() for text in vocabulary):
            raise ValueError(f"vocabulary: expected captions, got {list(vocabulary)!r}")
        check_lengths(detector, vocabulary, "caption")


def check_lengths(
    detector: Detector, texts: Vocabulary, field: str, quoted: Callable[[str], str] = repr
) -> None:
    """Raises ValueError, naming the `field`, when a text, `quoted` there, is too long to be read whole."""
    limit = detector.settings.token_limit
    for text, count in zip(texts, detector.token_counts(texts), strict=True):
        if count > limit:
            raise ValueError(
                f"{field}: expected at most {limit} tokens, all that {detector.name} reads, got {count}: {quoted(text)}"
            )


def best_boxes(
    boxes: Float[Tensor, "n 4"], scores: Float[Tensor, "n k"], most: int, apart: bool = False
) -> Detections:
    """The `most` boxes with the highest score, best first; of equal ones those that came first."""
    order = scores.amax(dim=1).argsort(descending=True, stable=True)[:most]
    return Detections(boxes[order], scores[order], apart)


def corners(boxes: Float[Tensor, "n 4"], width: int, height: int) -> Float[Tensor, "n 4"]:
    """Boxes given by centre and size, in shares of the image, as edges in pixels."""
    centre, half = boxes[:, :2], boxes[:, 2:] / 2
    return torch.cat([centre - half, centre + half], dim=1) * torch.tensor([width, height, width, height])


def one_caption_each(scores: Sequence[Float[Tensor, " n"]]) -> Float[Tensor, "m k"]:
    """The score matrix of boxes that were found for one caption alone: j's boxes below those of the captions before."""
    rows = []
    for place, of_caption in enumerate(scores):
        row = torch.zeros(len(of_caption), len(scores))
        row[:, place] = of_caption
        rows.append(row)
    return torch.cat(rows)
