"""The training of an adapter: epochs that can be stopped and gone on with to the bit."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float, Int
from peft.peft_model import PeftModel
from torch import Tensor, nn
from torch.nn import functional as F

from fg_demo.adaptation.checkpoint import Epoch, Progress, copied
from fg_demo.adaptation.contextualiser import Contextualiser
from fg_demo.adaptation.data import AdaptationData, CaptionTable, Moment, stacked
from fg_demo.adaptation.full import FullTower
from fg_demo.adaptation.lora import lora_weights, set_lora_weights
from fg_demo.adaptation.losses import Texts, adaptation_losses
from fg_demo.adaptation.settings import MIXED, Settings
from fg_demo.models.clip import TransformersBackbone
from heads.candidates import Candidates
from heads.kinds.cosine import CosineHead
from heads.pairs import Pairs
from heads.scoring import mean_rank, retrieval_ranks, share_within
from heads.training.checkpoint import load_optimizer_state, optimizer_state

READERS = 2
"""Threads that decode images while the model computes."""

Report = Callable[[str, int, int], None]
"""Called with what is done ("captions", "epoch 1"), how much of it, and how much there is."""


@dataclass
class Adaptation:
    """What is trained, and all that it is trained with: the backbone frozen, LoRA in its image tower or all of that."""

    backbone: TransformersBackbone
    adapted: PeftModel | FullTower
    contextualiser: Contextualiser | None
    settings: Settings
    report: Report = field(default=lambda what, done, total: None)

    def parameters(self) -> list[nn.Parameter]:
        """Those that are trained, in a fixed order."""
        tower = [one for _, one in sorted(self.adapted.named_parameters()) if one.requires_grad]
        return tower + (list(self.contextualiser.parameters()) if self.contextualiser else [])

    def weights(self) -> dict[str, Tensor]:
        """A copy of what is trained, by name."""
        own = self.contextualiser.state_dict() if self.contextualiser else {}
        return self.tower_weights() | {f"contextualiser.{name}": one for name, one in copied(own).items()}

    def tower_weights(self) -> dict[str, Tensor]:
        """Those of the image tower among them."""
        return self.adapted.weights() if isinstance(self.adapted, FullTower) else lora_weights(self.adapted)

    def load(self, weights: dict[str, Tensor]) -> None:
        """Puts a copy of such weights in place."""
        prefix = "contextualiser."
        tower = {n: one for n, one in weights.items() if not n.startswith(prefix)}
        if isinstance(self.adapted, FullTower):
            self.adapted.load(tower)
        else:
            set_lora_weights(self.adapted, tower)
        if self.contextualiser:
            own = {n.removeprefix(prefix): one for n, one in weights.items() if n.startswith(prefix)}
            self.contextualiser.load_state_dict(own)

    def train(self, mode: bool) -> None:
        """Dropout on or off, in what is trained alone: the frozen towers stay as they are."""
        self.adapted.train(mode)
        if self.contextualiser:
            self.contextualiser.train(mode)

    def encode(self, moments: Sequence[Moment]) -> Float[Tensor, "m t d"]:
        """The frames' embeddings, with gradients where there are any."""
        pixels = torch.stack([self.pixels(moment) for moment in moments])
        return self.features(pixels)

    def features(self, pixels: Float[Tensor, "m t c h w"]) -> Float[Tensor, "m t d"]:
        """Raw embeddings of frames."""
        m, t = pixels.shape[:2]
        moved = pixels.flatten(0, 1).to(self.backbone.device)
        base: Any = self.adapted.get_base_model()
        return base.get_image_features(pixel_values=moved).pooler_output.unflatten(0, (m, t))

    def pixels(self, moment: Moment) -> Float[Tensor, "t c h w"]:
        """What the model is given of a moment's frames."""
        return self.backbone.pixels([frame.image() for frame in moment.frames])


def train(
    adaptation: Adaptation,
    training: AdaptationData,
    validation: AdaptationData,
    start: Progress | None = None,
    regions: AdaptationData | None = None,
) -> Iterator[tuple[Epoch, Progress]]:
    """Each epoch and the state after it. When the last is done, the best epoch's weights are in place: that of the
    lowest mean rank on validation, of equal ones the higher retrieval.

    With `regions` every step takes a batch of them too, and the losses of both are added. An epoch is a pass over
    `training`.

    From `start` it goes on to the bit as it would have without a stop. Raises ValueError when the loss is no number.
    """
    settings = adaptation.settings
    parts = [
        Part(data, data.table(data.captions()), embed_captions(adaptation, data, what))
        for data, what in ((training, "training captions"), (regions, "captions of regions"))
        if data is not None
    ]
    judge = Judge(adaptation, validation)
    optimizer = torch.optim.AdamW(
        adaptation.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
    )
    if start is not None:
        adaptation.load(start.weights)
        load_optimizer_state(optimizer, start.moments)
    history = [] if start is None else list(start.history)
    best = adaptation.weights() if start is None else start.best_weights
    if start is None:
        history.append(judge.epoch(0, None))
    for number in range(len(history), settings.epochs + 1):
        loss = _train_epoch(adaptation, parts, optimizer, number)
        history.append(judge.epoch(number, loss))
        if history[-1].quality > max(epoch.quality for epoch in history[:-1]):
            best = adaptation.weights()
        progress = Progress(list(history), best, adaptation.weights(), optimizer_state(optimizer))
        yield history[-1], progress
    adaptation.load(best)


@dataclass(frozen=True)
class Part:
    """What a step takes a batch of, with its captions' numbers and embeddings."""

    data: AdaptationData
    table: CaptionTable
    texts: Float[Tensor, "u d"]


def _train_epoch(
    adaptation: Adaptation, parts: Sequence[Part], optimizer: torch.optim.Optimizer, number: int
) -> float:
    """The mean loss of one pass over the first part; orders and dropout follow from the seed and its number alone."""
    seed = adaptation.settings.seed * 1_000 + number
    torch.manual_seed(seed)
    steps = _batches(parts, adaptation.settings, torch.Generator().manual_seed(seed))
    columns = zip(*steps, strict=True)
    read = [_read_ahead(adaptation, part.data, rows) for part, rows in zip(parts, columns, strict=True)]
    adaptation.train(True)
    total, done, all_clips = 0.0, 0, sum(len(rows) for rows, *_ in steps)
    for rows, pixels in zip(steps, zip(*read, strict=True), strict=True):
        each = zip(parts, rows, pixels, strict=True)
        loss = torch.stack([_loss(adaptation, *one) for one in each]).sum()
        if not torch.isfinite(loss):
            raise ValueError(
                f"loss: expected a number, got {loss.item()} in epoch {number}; a lower rate may help"
            )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total, done = total + float(loss.detach()) * len(rows[0]), done + len(rows[0])
        adaptation.report(f"epoch {number} of {adaptation.settings.epochs}", done, all_clips)
    adaptation.train(False)
    return total / done


def _batches(
    parts: Sequence[Part], settings: Settings, generator: torch.Generator
) -> list[tuple[Int[Tensor, " b"], ...]]:
    """For each step the rows of each part: all of the first, each once, and as many of the others as the steps take."""
    order = torch.randperm(len(parts[0].data.clips), generator=generator)
    first = [rows for rows in order.split(settings.batch) if len(rows) > 1 or len(order) == 1]
    columns = [first]
    for part in parts[1:]:
        count = len(part.data.clips)
        wanted = len(first) * settings.region_batch
        passes = [torch.randperm(count, generator=generator) for _ in range(-(-wanted // count))]
        columns.append(list(torch.cat(passes)[:wanted].split(settings.region_batch)))
    return list(zip(*columns, strict=True))


def _loss(
    adaptation: Adaptation,
    part: Part,
    rows: Int[Tensor, " b"],
    pixels: list[Float[Tensor, "t c h w"]],
) -> Float[Tensor, ""]:
    table, texts, there = part.table, part.texts, part.table.there[rows]
    mixed = adaptation.settings.precision == MIXED
    with torch.autocast(adaptation.backbone.device, torch.bfloat16, enabled=mixed):
        features = adaptation.features(torch.stack(pixels)).float()
    frames = stacked(list(features), there.to(features.device))
    chosen = Texts(
        texts[table.caption[rows]].to(frames.device),
        texts[table.negatives[rows]].to(frames.device),
        table.mask[rows].to(frames.device),
        table.caption[rows].to(frames.device),
    )
    there = there.to(frames.device)
    of_clips = adaptation.contextualiser if part.data.frames > 1 else None
    contextual = of_clips(frames, there) if of_clips else None
    scale = adaptation.backbone.logit_scale
    losses = adaptation_losses(frames, contextual, chosen, there, scale)
    return losses.total(adaptation.settings.clip_weight)


def _read_ahead(
    adaptation: Adaptation, data: AdaptationData, batches: Sequence[Int[Tensor, " b"]]
) -> Iterator[list[Float[Tensor, "t c h w"]]]:
    """The pixels of each batch's moments in turn, the next batch's read while this one is used."""
    with ThreadPoolExecutor(READERS) as pool:

        def read(rows: Int[Tensor, " b"]) -> list[Any]:
            moments = [one for row in rows.tolist() for one in data.clips[row] if one is not None]
            return [pool.submit(adaptation.pixels, moment) for moment in moments]

        waiting = read(batches[0])
        for following in [*batches[1:], None]:
            current, waiting = waiting, [] if following is None else read(following)
            yield [one.result() for one in current]


def embed_captions(adaptation: Adaptation, data: AdaptationData, what: str) -> Float[Tensor, "u d"]:
    """Raw embeddings of the data's distinct captions, by number: the text tower is frozen, so once is enough."""
    captions = list(data.captions())
    found = []
    for start in range(0, len(captions), 256):
        found.append(adaptation.backbone.encode_texts(captions[start : start + 256]))
        adaptation.report(what, min(start + 256, len(captions)), len(captions))
    return torch.cat(found)


class Judge:
    """Measures an adaptation on validation data, by the cosine of mean frames and captions."""

    def __init__(self, adaptation: Adaptation, data: AdaptationData, batch: int = 64):
        self._adaptation, self._moments, self._batch = adaptation, list(data.moments()), batch
        self._texts = embed_captions(adaptation, data, "validation captions")
        table = data.table(data.captions())
        self._caption = table.caption[table.there]
        index = torch.cat([self._caption[:, None], table.negatives[table.there]], dim=1)
        mask = torch.cat([torch.ones_like(index[:, :1], dtype=torch.bool), table.mask[table.there]], dim=1)
        # A moment without negatives would rank first whatever it is.
        ranked = mask[:, 1:].any(dim=1) if mask[:, 1:].any() else mask[:, 0]
        self._index, self._mask, self._ranked = index[ranked], mask[ranked], ranked

    def epoch(self, number: int, loss: float | None) -> Epoch:
        """How good it is now."""
        image = self._images()
        # Events told alike are one image with several captions, none of which is wrong: the first stands for all.
        distinct, owner = self._caption.unique(return_inverse=True)
        first = torch.stack([(owner == one).nonzero()[0, 0] for one in range(len(distinct))])
        pairs = Pairs(image[first], self._texts[distinct], torch.arange(len(distinct)))
        to_text, to_image = retrieval_ranks(CosineHead(), pairs)
        ranks = mean_rank(CosineHead(), Candidates(image[self._ranked], self._texts, self._index, self._mask))
        return Epoch(number, loss, ranks, share_within(to_text, 1), share_within(to_image, 1))

    @torch.no_grad()
    def _images(self) -> Float[Tensor, "m d"]:
        self._adaptation.train(False)
        found = []
        for start in range(0, len(self._moments), self._batch):
            frames = self._adaptation.encode(self._moments[start : start + self._batch])
            found.append(F.normalize(frames, dim=-1).mean(dim=1).cpu())
            self._adaptation.report(
                "validation", min(start + self._batch, len(self._moments)), len(self._moments)
            )
        return torch.cat(found)
