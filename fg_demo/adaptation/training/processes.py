"""Several processes that train one adaptation together, as `torchrun` starts them: each encodes its share of a batch.

Every process then has the embeddings of all, and so the loss of the whole batch, as one process would: a contrastive loss
over a share alone would be another one.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True, slots=True)
class Processes:
    """How many there are, and which of them this is, from 0."""

    rank: int = 0
    count: int = 1

    @property
    def first(self) -> bool:
        """Whether this is the one that writes and reports."""
        return self.rank == 0

    def rows(self, length: int) -> list[int]:
        """Its share of so many rows, as many as any other's: where they do not divide evenly, the last ones take some of
        the first rows again, and none goes without.
        """
        each = -(-length // self.count)
        return [number % length for number in range(self.rank * each, (self.rank + 1) * each)]

    def gathered(self, own: Tensor, length: int) -> Tensor:
        """What all processes have made of their `rows`, in order, of which only one's own carry gradients."""
        if self.count == 1:
            return own
        every: Any = _Gather.apply(own, self.rank, self.count)
        return every[:length]

    @torch.no_grad()
    def add_up(self, tensors: Sequence[Tensor], times: float = 1.0) -> None:
        """Puts in the place of each tensor its sum over all processes, times a number."""
        if self.count == 1 or not tensors:
            return
        flat = torch.cat([one.flatten() for one in tensors])
        dist.all_reduce(flat)
        for one, part in zip(tensors, (flat * times).split([one.numel() for one in tensors]), strict=True):
            one.copy_(part.view_as(one))


ALONE = Processes()


@contextmanager
def started_together(device: str) -> Iterator[Processes]:
    """The processes that `torchrun` has started, this one among them, for as long as the block takes; without it, this
    one alone. With `cuda` each takes a device of its own.
    """
    if not dist.is_torchelastic_launched():
        yield ALONE
        return
    on_gpu = device == "cuda"
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    dist.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield Processes(dist.get_rank(), dist.get_world_size())
    finally:
        dist.destroy_process_group()


class _Gather(torch.autograd.Function):
    """All processes' rows. Every process has the same loss of all of them, so that the gradient of its own is whole."""

    @staticmethod
    def forward(ctx: Any, own: Tensor, rank: int, count: int) -> Tensor:
        ctx.begin, ctx.end = rank * len(own), (rank + 1) * len(own)
        every = [torch.empty_like(own) for _ in range(count)]
        dist.all_gather(every, own.contiguous())
        return torch.cat(every)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor, None, None]:
        return grad_outputs[0][ctx.begin : ctx.end], None, None
