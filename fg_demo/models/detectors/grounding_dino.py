"""GroundingDINO (arXiv 2303.05499), MM-GroundingDINO and LLMDet through `transformers`."""

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

TOGETHER = 8
"""Captions in a forward pass when they are read one at a time."""


@final
class GroundingDinoDetector(TransformersDetector):
    """A detector that fuses image and text: its boxes depend on the captions.

    One caption at a time, as FG-OVD's authors ran it, a score sees its own caption alone: the highest of all its tokens
    (detectors_inferences/groundingdino_inference.py). All at once they are one text, parted by full stops, and a
    caption's score is the highest of its own words.
    """

    def __init__(
        self, source: Source, model: Any, tokenizer: Any, processor: Any, boxes: int, captions: Captions
    ):
        super().__init__(source, model, tokenizer, processor)
        self.settings = DetectorSettings(
            boxes, model.config.max_text_len, captions, captions == "all at once"
        )

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        """How many tokens each caption is alone, its full stop, start and end included."""
        return [len(self._words(text)) + 3 for text in texts]

    def _find(self, image: Image.Image, pixels: Tensor, texts: Vocabulary) -> Detections:
        """Raises ValueError when captions are together beyond the limit."""
        apart = self.settings.captions == "one at a time"
        return (self._one_at_a_time if apart else self._all_at_once)(image, pixels, texts)

    def _all_at_once(self, image: Image.Image, pixels: Tensor, texts: Vocabulary) -> Detections:
        words = [self._words(text) for text in texts]
        length = sum(len(one) + 1 for one in words) + 2
        if length > self.settings.token_limit:
            limit = self.settings.token_limit
            raise ValueError(
                f"vocabulary: expected at most {limit} tokens together, got {length}; read captions one at a time"
            )
        boxes, scores = self._forward(pixels, [words])
        start, spans = 1, []
        for one in words:
            spans.append(scores[0][:, start : start + len(one)].amax(dim=1))
            start += len(one) + 1
        places = corners(boxes[0], *image.size)
        return best_boxes(places, torch.stack(spans, dim=1), self.settings.boxes)

    def _one_at_a_time(self, image: Image.Image, pixels: Tensor, texts: Vocabulary) -> Detections:
        places, scores = [], []
        for start in range(0, len(texts), TOGETHER):
            boxes, of_tokens = self._forward(
                pixels, [[self._words(text)] for text in texts[start : start + TOGETHER]]
            )
            places += [corners(one, *image.size) for one in boxes]
            scores += list(of_tokens.amax(dim=2))
        return best_boxes(torch.cat(places), one_caption_each(scores), self.settings.boxes, apart=True)

    def _forward(
        self, pixels: Tensor, texts: Sequence[Sequence[list[int]]]
    ) -> tuple[Float[Tensor, "b q 4"], Float[Tensor, "b q t"]]:
        """The boxes of the image for each text, and each token's score."""
        ids = [self._joined(words) for words in texts]
        longest = max(map(len, ids))
        pad = self._tokenizer.pad_token_id
        padded = torch.tensor([one + [pad] * (longest - len(one)) for one in ids])
        read = torch.tensor([[1] * len(one) + [0] * (longest - len(one)) for one in ids])
        shown = pixels.expand(len(ids), -1, -1, -1)
        output = self._model(
            pixel_values=shown,
            pixel_mask=torch.ones(len(ids), *pixels.shape[-2:], dtype=torch.long, device=self.device),
            input_ids=padded.to(self.device),
            token_type_ids=torch.zeros_like(padded).to(self.device),
            attention_mask=read.to(self.device),
        )
        scores = output.logits.float().sigmoid().cpu()[:, :, :longest] * read[:, None]
        return output.pred_boxes.float().cpu(), scores

    def _joined(self, words: Sequence[list[int]]) -> list[int]:
        stop = self._tokenizer.convert_tokens_to_ids(".")
        inner = [token for one in words for token in (*one, stop)]
        return [self._tokenizer.cls_token_id, *inner, self._tokenizer.sep_token_id]

    def _words(self, text: str) -> list[int]:
        """The caption's tokens in lower case, without the full stops at its end."""
        plain = text.lower().strip().rstrip(". ")
        return self._tokenizer(plain, add_special_tokens=False)["input_ids"]
