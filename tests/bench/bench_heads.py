"""How fast a head is trained on hard negatives, and in how much memory: `make bench`.

An epoch of ours stands beside two others over as many regions and captions. One is the matrix products alone,
with their way back, on one batch that is ready. The other feeds and scores as the released code does
(lorebianchi98/FG-CLIP: `src/dataset.py`, `src/train_util.py`, `src/model.py`): a dictionary an item, each with
tensors of its own, collated by a DataLoader in this process, and torch's plain Adam; written anew here.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, Dataset

from heads import Candidates, LinearHead, save_candidates
from heads.scoring import gathered
from heads.training.recipe import PAPER
from heads.training.steps import hard_steps, train_epoch
from tests.bench.bench_row import Row, table

REGIONS, CAPTIONS, DIM = 27_000, 11, 512
"""As many as FG-OVD's training set of hard negatives gives, in CLIP ViT-B/16's embeddings."""

BATCH = PAPER.hard.batch_size
MEMORY_LIMIT = 2.0
"""GB, of 10⁹ bytes."""


def main(arguments: Sequence[str] | None = None) -> list[Row]:
    """Measure, print the table, and return its rows."""
    parser = argparse.ArgumentParser(description="Measure the training of a head on this machine.")
    parser.add_argument("--regions", type=int, default=REGIONS, help="of the training set; %(default)s")
    parser.add_argument("--repetitions", type=int, default=3, help="timed epochs of a row; %(default)s")
    options = parser.parse_args(arguments)
    rows = measure_heads(options.regions, options.repetitions)
    print(table(rows))
    return rows


def measure_heads(regions: int = REGIONS, repetitions: int = 3) -> list[Row]:
    """The rows: an epoch with every caption distinct and what feeds it, one with few distinct, and the memory of
    a training."""
    gigabytes = training_gigabytes(regions)
    distinct = random_candidates(regions, regions * CAPTIONS)
    items = Items(distinct)
    seconds = _in_turn(
        {
            "epoch": lambda: ours_epoch(distinct),
            "products": lambda: bare_epoch(regions),
            "released": lambda: released_epoch(items),
            "batches": lambda: ours_batches(distinct),
            "loader": lambda: released_batches(items),
        },
        repetitions,
    )
    del distinct, items
    shared = random_candidates(regions, max(1, regions // 100))
    again = _in_turn(
        {"epoch": lambda: ours_epoch(shared), "products": lambda: bare_epoch(regions)}, repetitions
    )
    epoch, ours = f"head: an epoch, {regions:,} regions", seconds["epoch"]
    products, loader = "matrix products alone", "a DataLoader of dictionaries"
    return [
        Row(f"{epoch}, all captions distinct", "s", ours, products, seconds["products"], "≥ 0.5 ×"),
        Row(f"{epoch}, all captions distinct", "s", ours, loader, seconds["released"], "≥ 20 ×"),
        Row(f"{epoch}: its batches alone", "s", seconds["batches"], loader, seconds["loader"], "≥ 20 ×"),
        Row(f"{epoch}, shared captions", "s", again["epoch"], products, again["products"], "≥ 0.5 ×"),
        Row("head: memory of a training (peak RSS)", "GB", (gigabytes,), "limit", (MEMORY_LIMIT,), "≥ 1 ×"),
    ]


def random_candidates(regions: int, captions: int) -> Candidates:
    """`regions` of `CAPTIONS` candidates each, out of so many distinct captions; all are used."""
    generator = torch.Generator().manual_seed(0)
    index = torch.randperm(regions * CAPTIONS, generator=generator).view(regions, CAPTIONS) % captions
    return Candidates(
        torch.randn(regions, DIM, generator=generator),
        torch.randn(captions, DIM, generator=generator),
        index,
        torch.ones_like(index, dtype=torch.bool),
    )


def ours_epoch(candidates: Candidates) -> None:
    """An epoch as `python -m heads train` runs it."""
    head, generator = LinearHead(DIM), torch.Generator().manual_seed(0)
    adam = torch.optim.Adam(head.parameters(), lr=PAPER.hard.learning_rate, fused=True)
    train_epoch(head, adam, hard_steps(head, candidates, None, PAPER, generator))


def ours_batches(candidates: Candidates) -> None:
    """What an epoch gathers from the embeddings, in random order."""
    for rows in torch.randperm(len(candidates)).split(BATCH):
        gathered(candidates, rows)


def bare_epoch(regions: int) -> None:
    """The products an epoch cannot do without: both projections and the scores, there and back."""
    head, image, text = LinearHead(DIM), torch.randn(BATCH, DIM), torch.randn(BATCH * CAPTIONS, DIM)
    for _ in range(-(-regions // BATCH)):
        projected = (text @ head.get_parameter("text.weight").T).view(BATCH, CAPTIONS, DIM)
        scores = projected @ (image @ head.get_parameter("image.weight").T)[:, :, None]
        head.zero_grad()
        scores.sum().backward()


class Items(Dataset[dict[str, Any]]):
    """A dictionary a region, with tensors of its own and two numbers about it."""

    def __init__(self, candidates: Candidates):
        self.items = [
            {
                "image": image.clone(),
                "text": candidates.captions[index],
                "about": {"image": number, "region": number},
            }
            for number, (image, index) in enumerate(zip(candidates.image, candidates.index, strict=True))
        ]

    def __len__(self) -> int:
        return len(self.items)

    def __getitem__(self, number: int) -> dict[str, Any]:
        item = self.items[number]
        return {"image": item["image"], "text": item["text"], "about": dict(item["about"])}


def released_epoch(items: Items) -> None:
    """The same scores and loss over such items; every region has all of its negatives, so nothing is masked."""
    head = LinearHead(DIM)
    adam = torch.optim.Adam(head.parameters(), lr=PAPER.hard.learning_rate)
    for batch in DataLoader(items, batch_size=BATCH, shuffle=True):
        image = F.normalize(head.project_image(batch["image"]), dim=-1)
        text = F.normalize(head.project_text(batch["text"]), dim=-1)
        scores = (image[:, None] @ text.transpose(1, 2)).squeeze(1)
        loss = (PAPER.hard.margin + scores[:, 1:] - scores[:, :1]).clamp(min=0).sum()
        loss.item()
        adam.zero_grad()
        loss.backward()
        adam.step()


def released_batches(items: Items) -> None:
    """What such an epoch collates, in random order."""
    for _ in DataLoader(items, batch_size=BATCH, shuffle=True):
        pass


def training_gigabytes(regions: int) -> float:
    """The most memory that `python -m heads train` holds while it trains on so many regions, all captions distinct."""
    with tempfile.TemporaryDirectory(prefix="bench-heads-") as folder:
        for name, size in (("hard", regions), ("validation", min(regions, 1000))):
            candidates = random_candidates(size, size * CAPTIONS)
            save_candidates(candidates, f"{folder}/{name}.safetensors", backbone="random")
        del candidates
        files = ["--hard", f"{folder}/hard.safetensors", "--validation", f"{folder}/validation.safetensors"]
        stages = ["--warm-up-epochs", "0", "--hard-epochs", "1", "--output", f"{folder}/head"]
        command = [sys.executable, "-m", "heads", "train", *files, *stages, "--device", "cpu"]
        training = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(training.pid, 0)
    if status:
        raise RuntimeError(f"the training ended with status {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss * 1024 / 1e9


def _in_turn(epochs: dict[str, Callable[[], None]], repetitions: int) -> dict[str, tuple[float, ...]]:
    """Seconds of each, `repetitions` times in turn, so that a busy moment falls on all; the first round is not
    timed."""
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for _ in range(repetitions + 1):
        for name, run in epochs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: tuple(values[1:]) for name, values in seconds.items()}


if __name__ == "__main__":
    main()
