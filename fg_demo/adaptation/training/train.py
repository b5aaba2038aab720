"""The training of an adapter: epochs that can be stopped and gone on with to the bit."""

from collections.abc import Iterator, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from fg_demo.adaptation.data import AdaptationData, stacked
from fg_demo.adaptation.history import AdaptationEpoch
from fg_demo.adaptation.settings import MIXED
from fg_demo.adaptation.training.batches import BatchPart, batches, read_ahead
from fg_demo.adaptation.training.checkpoint import AdaptationProgress
from fg_demo.adaptation.training.frozen import embed_captions, pool_frames
from fg_demo.adaptation.training.judge import Judge
from fg_demo.adaptation.training.losses import Texts, adaptation_losses
from fg_demo.adaptation.training.model import Adaptation
from heads.training.checkpoint import load_optimizer_state, optimizer_state


def train(
    adaptation: Adaptation,
    training: AdaptationData,
    validation: AdaptationData,
    start: AdaptationProgress | None = None,
    regions: AdaptationData | None = None,
    images: AdaptationData | None = None,
) -> Iterator[tuple[AdaptationEpoch, AdaptationProgress]]:
    """Each epoch and the state after it. When the last is done, the best epoch's weights are in place: that of the
    lowest mean rank on validation, of equal ones the higher retrieval.

    With `regions` or `images` every step takes a batch of these too, and the losses are added. An epoch is a pass over
    `training`.

    From `start` it goes on to the bit as it would have without a stop. Raises ValueError when the loss is no number.
    """
    settings = adaptation.settings
    clips = training.events * training.frames > 1
    sets = (
        (training, "training captions", settings.batch if clips else settings.region_batch, 1.0),
        (regions, "captions of regions", settings.region_batch, 1.0),
        (images, "captions of images", settings.image_batch, settings.image_weight),
    )
    parts = [
        BatchPart(data, data.table(data.captions()), embed_captions(adaptation, data, what), batch, weight)
        for data, what, batch, weight in sets
        if data is not None
    ]
    for part in parts:
        pool_frames(adaptation, part.data)
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
        progress = AdaptationProgress(list(history), best, adaptation.weights(), optimizer_state(optimizer))
        yield history[-1], progress
    adaptation.load(best)


def _train_epoch(
    adaptation: Adaptation, parts: Sequence[BatchPart], optimizer: torch.optim.Optimizer, number: int
) -> float:
    """The mean loss of one pass over the first part; orders and dropout follow from the seed and its number alone."""
    settings, processes = adaptation.settings, adaptation.processes
    seed = settings.seed * 1_000 + number
    torch.manual_seed(seed * processes.count + processes.rank)  # of dropout, on each one's own images
    steps = batches(parts, torch.Generator().manual_seed(seed))
    columns = zip(*steps, strict=True)
    read = [read_ahead(adaptation, part.data, rows) for part, rows in zip(parts, columns, strict=True)]
    adaptation.train(True)
    total, done, all_clips = 0.0, 0, sum(len(rows) for rows, *_ in steps)
    for step, (rows, given) in enumerate(zip(steps, zip(*read, strict=True), strict=True)):
        each = zip(parts, rows, given, strict=True)
        loss = torch.stack([_loss(adaptation, *one) for one in each]).sum()
        if not torch.isfinite(loss):
            raise ValueError(
                f"loss: expected a number, got {loss.item()} in epoch {number}; a lower rate may help"
            )
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        adaptation.share_gradients()
        for group in optimizer.param_groups:
            group["lr"] = settings.rate((number - 1 + step / len(steps)) / settings.epochs)
        optimizer.step()
        total, done = total + float(loss.detach()) * len(rows[0]), done + len(rows[0])
        adaptation.report(f"epoch {number} of {settings.epochs}", done, all_clips)
    adaptation.train(False)
    return total / done


def _loss(
    adaptation: Adaptation,
    part: BatchPart,
    rows: Int[Tensor, " b"],
    given: list[Float[Tensor, "t *m"]],
) -> Float[Tensor, ""]:
    table, texts, there = part.table, part.texts, part.table.there[rows]
    mixed = adaptation.settings.precision == MIXED
    with torch.autocast(adaptation.backbone.device, torch.bfloat16, enabled=mixed):
        own = adaptation.features(torch.stack(given)).float()
    features = adaptation.processes.gathered(own, int(there.sum()))
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
    return part.weight * losses.total(adaptation.settings.clip_weight)
