"""OWL-ViT (arXiv 2205.06230) and OWLv2 (arXiv 2306.09683) through `transformers`."""

import copy
from collections.abc import Sequence
from functools import partial
from typing import Any, final

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

import fg_demo.models.device as devices
from fg_demo.models.adapter import JOINT, joint_name
from fg_demo.models.detectors.detector import (
    Detections,
    DetectorSettings,
    TransformersDetector,
    Vocabulary,
    best_boxes,
    corners,
)
from fg_demo.models.detectors.noctowl import ClassHead
from fg_demo.models.pretrained import Source

PUBLISHED_PADDING = 0.5
"""The grey of every figure published of OWLv2; transformers pads with black since its pull request 41938."""


@final
class OwlDetector(TransformersDetector):
    """OWL-ViT or OWLv2: an image is looked at once, each caption is read once, and every patch scores every caption.

    A score does not depend on the other captions. Text is the limit: 16 tokens, and what is beyond would be cut.
    """

    def __init__(
        self, source: Source, model: Any, tokenizer: Any, processor: Any, boxes: int, padding: float | None
    ):
        super().__init__(source, model, tokenizer, processor)
        self._square = model.config.model_type == "owlv2"
        self._towers = model.owlv2 if self._square else model.owlvit
        shade = (PUBLISHED_PADDING if padding is None else padding) if self._square else None
        if self._square:
            processor.pad = partial(processor.pad, constant_value=shade)
        limit = model.config.text_config.max_position_embeddings
        self.settings = DetectorSettings(boxes, limit, "all at once", set_aware=False, padding=shade)
        self._class_head, self._last = model.class_head, _Looked()

    def with_class_head(self, head: ClassHead) -> "OwlDetector":
        """The detector whose class head has another first layer. It looks through this one's eyes: asked about the very
        images that this one was asked about last, it does not look again, and the other way round.

        Raises ValueError when the layer was trained on another detector.
        """
        if (head.detector, head.detector_revision) != (self.name, self.revision):
            raise ValueError(
                f"class head: expected one for {self.name} at {self.revision}, got {head.name} for {head.detector} at "
                f"{head.detector_revision}"
            )
        other = copy.copy(self)
        other.name = joint_name(self.name, head.name)
        other.revision = f"{self.revision}{JOINT}{head.revision}"
        other._class_head = copy.deepcopy(self._class_head)
        other._class_head.dense0.load_state_dict(dict(head.layer))
        other._detect = devices.on_gpu(other._found)
        return other

    @torch.no_grad()
    def _found(
        self, images: Sequence[Image.Image], vocabularies: Sequence[Sequence[Vocabulary]]
    ) -> list[list[Detections]]:
        features, boxes = self._look(images)
        texts = list(dict.fromkeys(text for of_image in vocabularies for one in of_image for text in one))
        read, row = self._read(texts), {text: number for number, text in enumerate(texts)}
        found = []
        for image, seen, places, asked in zip(images, features, boxes, vocabularies, strict=True):
            wide, high = (max(image.size),) * 2 if self._square else image.size
            edges = corners(places.float().cpu(), wide, high)
            rows = [[row[text] for text in one] for one in asked]
            scores = self._score(seen, read[[number for one in rows for number in one]]).split(
                [len(one) for one in rows], dim=1
            )
            found.append([best_boxes(edges, of_one, self.settings.boxes) for of_one in scores])
        return found

    def _look(self, images: Sequence[Image.Image]) -> "Seen":
        if not self._last.is_of(images):
            grid, _ = self._model.image_embedder(self._pixels(images))[:2]
            patches = grid.flatten(1, 2)
            self._last.keep(images, (patches, self._model.box_predictor(patches, grid)))
        return self._last.seen

    def _read(self, texts: Sequence[str]) -> Float[Tensor, "u d"]:
        tokens = self._tokenizer(list(texts), padding=True, return_tensors="pt")
        inputs = {name: tokens[name].to(self.device) for name in ("input_ids", "attention_mask")}
        return self._towers.get_text_features(**inputs).pooler_output

    def _score(self, patches: Float[Tensor, "p w"], queries: Float[Tensor, "q d"]) -> Float[Tensor, "p q"]:
        logits, _ = self._class_head(patches[None], queries[None], None)
        return logits[0].float().sigmoid().cpu()


class _Looked:
    """What was seen of the images that were looked at last."""

    def __init__(self) -> None:
        self._images: list[Image.Image] = []
        self.seen: Seen = (torch.zeros(0, 0, 0), torch.zeros(0, 0, 4))

    def is_of(self, images: Sequence[Image.Image]) -> bool:
        """Whether it is of exactly these, and not of others with the same pixels: those may have changed since."""
        same = zip(self._images, images, strict=False)
        return 0 < len(self._images) == len(images) and all(one is other for one, other in same)

    def keep(self, images: Sequence[Image.Image], seen: "Seen") -> None:
        """Keeps what was seen, in place of what was before."""
        self._images, self.seen = list(images), seen


Seen = tuple[Float[Tensor, "b p w"], Float[Tensor, "b p 4"]]
"""Features and boxes of each image's patches."""
