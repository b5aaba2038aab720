"""Where the encoders run: a GPU when there is one, in half precision, else the CPU.

`spaces` is imported here, before anything touches CUDA, because on a ZeroGPU Space it replaces torch's CUDA.
"""

from collections.abc import Callable
from typing import ParamSpec, TypeVar

import spaces
import torch
from spaces.config import Config as SpaceConfig

from heads.io.device import resolve_precision

Inputs = ParamSpec("Inputs")
Output = TypeVar("Output")

SECONDS = 10
"""How long one call may hold ZeroGPU's device: a crop and fifty descriptions need far less."""


DTYPES = {"full": torch.float32, "half": torch.float16, "bfloat16": torch.bfloat16}
"""By the name of a precision, in `heads.io.device`."""


def precision(device: str) -> torch.dtype:
    """What a model computes in unless told: half precision on a GPU, single on a CPU, where half is slow."""
    return DTYPES[resolve_precision("auto", device)]


def on_zerogpu() -> bool:
    """Whether this is a ZeroGPU Space.

    There a model must be put on the device before requests are served: what stands for CUDA meanwhile is
    known to the thread alone that imported `spaces` (its zero/torch/patching.py).
    """
    return bool(SpaceConfig.zero_gpu)


def on_gpu(encode: Callable[Inputs, Output]) -> Callable[Inputs, Output]:
    """The function with ZeroGPU's device held while it runs; on any other machine the function itself.

    Arguments and results cross to another process there, so they must be plain tensors on the CPU; the model
    is reached through the function's closure, and so has to be loaded before the first call.
    """
    return spaces.GPU(duration=SECONDS)(encode)


def compiled(function: Callable[Inputs, Output]) -> Callable[Inputs, Output]:
    """What `torch.compile` makes of the function, once for batches of any size; it is done when that is first called."""
    return torch.compile(function, dynamic=True)


def describe(device: str) -> str:
    """The device in a visitor's words."""
    return "GPU, half precision" if device == "cuda" else "CPU"
