"""How fast a head is trained on hard negatives, and in how much memory: `python tests/bench_heads.py`.

An epoch of ours stands beside two others over as many regions and captions: the matrix products alone, with
their way back, on one batch that is ready; and the plain way to feed a head, a DataLoader that collates one
dictionary an item.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from bench_row import Row, table
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from heads import Candidates, LinearHead
from heads.losses import hard_negative_triplet
from heads.recipe import PAPER
from heads.steps import Step, descend, hard_steps

REGIONS, CAPTIONS, DIM = 27_000, 11, 512
"""As many as FG-OVD's training set of hard negatives gives, in CLIP ViT-B/16's embeddings."""

BATCH, MARGIN = PAPER.hard.batch_size, PAPER.hard.margin
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
    """The rows: an epoch with every caption distinct, one with few distinct, and the memory of the first."""
    distinct = random_candidates(regions, regions * CAPTIONS)
    ours_epoch(distinct)
    gigabytes = _peak_gigabytes()
    epochs = {"ours": lambda: ours_epoch(distinct), "bare": lambda: bare_epoch(regions)}
    seconds = _in_turn({**epochs, "loader": lambda: loader_epoch(distinct)}, repetitions)
    shared = random_candidates(regions, max(1, regions // 100))
    again = _in_turn({"ours": lambda: ours_epoch(shared), "bare": lambda: bare_epoch(regions)}, repetitions)
    epoch, peer = f"head: an epoch, {regions:,} regions", "matrix products"
    return [
        Row(f"{epoch}, all captions distinct", "s", seconds["ours"], peer, seconds["bare"], "≥ 0.5 ×"),
        Row(
            f"{epoch}, all captions distinct", "s", seconds["ours"], "DataLoader", seconds["loader"], "≥ 1 ×"
        ),
        Row(f"{epoch}, shared captions", "s", again["ours"], peer, again["bare"], "≥ 0.5 ×"),
        Row("head: memory of an epoch (peak RSS)", "GB", (gigabytes,), "limit", (MEMORY_LIMIT,), "≥ 1 ×"),
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
    descend(head, _adam(head), hard_steps(head, candidates, None, PAPER, generator))


def bare_epoch(regions: int) -> None:
    """The products an epoch cannot do without: both projections and the scores, there and back."""
    head, image, text = LinearHead(DIM), torch.randn(BATCH, DIM), torch.randn(BATCH * CAPTIONS, DIM)
    for _ in range(-(-regions // BATCH)):
        projected = (text @ head.get_parameter("text.weight").T).view(BATCH, CAPTIONS, DIM)
        scores = projected @ (image @ head.get_parameter("image.weight").T)[:, :, None]
        head.zero_grad()
        scores.sum().backward()


class Items(Dataset[dict[str, Tensor]]):
    """One dictionary a region, its captions spelled out."""

    def __init__(self, candidates: Candidates):
        self.candidates = candidates

    def __len__(self) -> int:
        return len(self.candidates)

    def __getitem__(self, item: int) -> dict[str, Tensor]:
        source = self.candidates
        text = source.captions[source.index[item]]
        return {"image": source.image[item], "text": text, "mask": source.mask[item]}


def loader_epoch(candidates: Candidates) -> None:
    """An epoch with the same scores, loss and optimizer, fed by a DataLoader in this process."""
    head = LinearHead(DIM)

    def steps() -> Iterator[Step]:
        for batch in DataLoader(Items(candidates), batch_size=BATCH, shuffle=True):
            scores = head.score(batch["image"], batch["text"])
            size = len(scores)
            yield hard_negative_triplet(scores, batch["mask"], MARGIN) / size, size

    descend(head, _adam(head), steps())


def _adam(head: LinearHead) -> torch.optim.Adam:
    return torch.optim.Adam(head.parameters(), lr=PAPER.hard.learning_rate, fused=True)


def _in_turn(epochs: dict[str, Callable[[], None]], repetitions: int) -> dict[str, tuple[float, ...]]:
    """Seconds of each epoch, `repetitions` times in turn, so that a busy moment falls on all of them."""
    seconds: dict[str, list[float]] = {name: [] for name in epochs}
    for _ in range(repetitions):
        for name, run in epochs.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return {name: tuple(values) for name, values in seconds.items()}


def _peak_gigabytes() -> float:
    """The most memory this process has ever held at once."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
    return int(peak) * 1024 / 1e9


if __name__ == "__main__":
    main()
