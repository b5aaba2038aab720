"""The revision of a head: a content hash of all that decides its scores."""

import hashlib

import torch

from heads.head import Head


def head_revision(head: Head) -> str:
    """The first 12 hex digits of the SHA-256 of kind, configuration and weights; "-" for a head without
    weights. Records name heads by it.
    """
    state = head.state_dict()
    if not state:
        return "-"
    digest = hashlib.sha256(f"{head.kind} {sorted(head.config().items())}".encode())
    for name, tensor in sorted(state.items()):
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)} ".encode())
        digest.update(tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:12]
