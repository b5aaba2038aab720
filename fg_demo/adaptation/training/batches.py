"""What each step of an adaptation takes of the data, read ahead."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from fg_demo.adaptation.data import AdaptationData, CaptionTable
from fg_demo.adaptation.training.frozen import READERS
from fg_demo.adaptation.training.model import Adaptation


@dataclass(frozen=True)
class BatchPart:
    """What a step takes `batch` clips of, with its captions' numbers and embeddings; its loss counts `weight` times."""

    data: AdaptationData
    table: CaptionTable
    texts: Float[Tensor, "u d"]
    batch: int
    weight: float = 1.0


def batches(parts: Sequence[BatchPart], generator: torch.Generator) -> list[tuple[Int[Tensor, " b"], ...]]:
    """For each step the rows of each part: all of the first, each once, and as many of the others as the steps take."""
    order = torch.randperm(len(parts[0].data.clips), generator=generator)
    first = [rows for rows in order.split(parts[0].batch) if len(rows) > 1 or len(order) == 1]
    columns = [first]
    for part in parts[1:]:
        count = len(part.data.clips)
        wanted = len(first) * part.batch
        passes = [torch.randperm(count, generator=generator) for _ in range(-(-wanted // count))]
        columns.append(list(torch.cat(passes)[:wanted].split(part.batch)))
    return list(zip(*columns, strict=True))


def read_ahead(
    adaptation: Adaptation, data: AdaptationData, steps: Sequence[Int[Tensor, " b"]]
) -> Iterator[list[Float[Tensor, "t *m"]]]:
    """What the model is given of each batch's moments in turn, of this process's share alone; the next batch's are read
    while this one is used.
    """
    with ThreadPoolExecutor(READERS) as pool:

        def read(rows: Int[Tensor, " b"]) -> list[Any]:
            moments = [one for row in rows.tolist() for one in data.clips[row] if one is not None]
            own = adaptation.processes.rows(len(moments))
            return [pool.submit(adaptation.given, moments[row]) for row in own]

        waiting = read(steps[0])
        for following in [*steps[1:], None]:
            current, waiting = waiting, [] if following is None else read(following)
            yield [one.result() for one in current]
