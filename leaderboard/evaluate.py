"""A head's figures on the subsets, from cached embeddings."""

import hashlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from jaxtyping import Int
from torch import Tensor

from heads import Candidates, Head, ranks
from leaderboard.metrics import SubsetResult, summarise


def evaluate(head: Head, subsets: Mapping[str, Candidates], batch: int = 1024) -> dict[str, SubsetResult]:
    """The figures of each subset, `batch` regions at a time, so that memory does not grow with the benchmark.

    Raises ValueError, naming the subset, when a score is not finite or the subset is empty.
    """
    results = {}
    for name, candidates in subsets.items():
        try:
            results[name] = summarise(subset_ranks(head, candidates, batch), candidates.mask)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return results


def subset_ranks(head: Head, candidates: Candidates, batch: int = 1024) -> Int[Tensor, " n"]:
    """The rank of each region's positive under the head, 1 = best, ties against it."""
    parts = [torch.empty(0, dtype=torch.int64)]
    with scoring(head):
        for rows in torch.arange(len(candidates)).split(batch):
            scores = head.score(candidates.image[rows], candidates.captions[candidates.index[rows]])
            parts.append(ranks(scores, candidates.mask[rows]))
    return torch.cat(parts)


@contextmanager
def scoring(head: Head) -> Iterator[None]:
    """The head for a while in evaluation mode (no dropout) and without gradients."""
    training = head.training
    head.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        head.train(training)


def head_revision(head: Head) -> str:
    """The first 12 hex digits of the SHA-256 of kind, configuration and weights; "-" for a head without
    weights.
    """
    state = head.state_dict()
    if not state:
        return "-"
    digest = hashlib.sha256(f"{head.kind} {sorted(head.config().items())}".encode())
    for name, tensor in sorted(state.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} ".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:12]
