"""OmDet-Turbo (arXiv 2403.06892) through `transformers`."""

from collections.abc import Sequence
from typing import Any, final

import torch
from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.models.detectors.detector import (
    Captions,
    Detections,
    DetectorSettings,
    TransformersDetector,
    Vocabulary,
    best_boxes,
    corners,
    one_caption_each,
)
from fg_demo.models.pretrained import Source


@final
class OmDetDetector(TransformersDetector):
    """A detector that reads a task, "Detect a, b.", beside the captions, so that boxes depend on both.

    All at once the task names the whole vocabulary, as the model's own processor writes it, cut where its text tower
    stops; one at a time each caption has a task of its own.
    """

    def __init__(
        self, source: Source, model: Any, tokenizer: Any, processor: Any, boxes: int, captions: Captions
    ):
        super().__init__(source, model, tokenizer, processor)
        limit = model.config.text_config.max_position_embeddings
        self.settings = DetectorSettings(boxes, limit, captions, set_aware=captions == "all at once")

    def _find(self, image: Image.Image, pixels: Tensor, texts: Vocabulary) -> Detections:
        if self.settings.captions == "all at once":
            boxes, scores = self._forward(pixels, texts)
            return best_boxes(corners(boxes, *image.size), scores, self.settings.boxes)
        each = [self._forward(pixels, [text]) for text in texts]
        places = torch.cat([corners(boxes, *image.size) for boxes, _ in each])
        scores = one_caption_each([scores[:, 0] for _, scores in each])
        return best_boxes(places, scores, self.settings.boxes, apart=True)

    def _forward(
        self, pixels: Tensor, texts: Vocabulary
    ) -> tuple[Float[Tensor, "q 4"], Float[Tensor, "q k"]]:
        classes, task = self._tokens(texts), self._tokens([f"Detect {', '.join(texts)}."])
        output = self._model(
            pixel_values=pixels,
            classes_input_ids=classes["input_ids"],
            classes_attention_mask=classes["attention_mask"],
            tasks_input_ids=task["input_ids"],
            tasks_attention_mask=task["attention_mask"],
            classes_structure=torch.tensor([len(texts)], device=self.device),
        )
        scores = output.decoder_class_logits[0, :, : len(texts)].float().sigmoid().cpu()
        return output.decoder_coord_logits[0].float().cpu(), scores

    def _tokens(self, texts: Sequence[str]) -> dict[str, Tensor]:
        limit = self.settings.token_limit
        tokens = self._tokenizer(
            list(texts), padding="max_length", truncation=True, max_length=limit, return_tensors="pt"
        )
        return {name: tokens[name].to(self.device) for name in ("input_ids", "attention_mask")}
