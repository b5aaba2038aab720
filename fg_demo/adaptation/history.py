"""How good each epoch of an adaptation was."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AdaptationEpoch:
    """How one pass went; pass 0 is the backbone as it was. Shares are from 0 to 1."""

    epoch: int
    loss: float | None
    """Mean over the pass; None before the first."""
    mean_rank: float
    """Of the validation captions among their negatives, 1 = best."""
    image_to_text: float
    """Recall@1 among all validation captions."""
    text_to_image: float
    """Recall@1 among all validation events or regions."""

    @property
    def quality(self) -> tuple[float, float]:
        """What epochs are chosen by, higher is better."""
        return -self.mean_rank, self.image_to_text + self.text_to_image


PANELS = {
    "loss": "loss, lower is better",
    "mean_rank": "mean rank of the right caption among its negatives, 1 is best",
    "image_to_text": "recall@1, image to text",
    "text_to_image": "recall@1, text to image",
}
"""Each figure of an epoch, in words."""
