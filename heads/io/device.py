"""The device to compute on: auto, cpu or cuda; and in which precision a backbone does."""

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "full", "half", "bfloat16")
"""`auto` is half on a GPU, full on a CPU."""


def resolve_device(device: str) -> str:
    """`cpu` or `cuda`; `auto` is `cuda` where there is one.

    Raises ValueError for another name, or when `cuda` is asked for and absent.
    """
    if device not in DEVICES:
        raise ValueError(f"device: expected one of {', '.join(DEVICES)}, got {device!r}")
    import torch  # not before: help texts name the devices

    available = torch.cuda.is_available()
    if device == "cuda" and not available:
        raise ValueError("device: expected a machine with a CUDA GPU for cuda, got one without")
    return "cuda" if available and device != "cpu" else "cpu"


def resolve_precision(precision: str, device: str) -> str:
    """`full` (float32), `half` (float16) or `bfloat16`; for `auto` that of the device, `cpu` or `cuda`.

    Raises ValueError for another name.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision: expected one of {', '.join(PRECISIONS)}, got {precision!r}")
    if precision == "auto":
        return "half" if device == "cuda" else "full"
    return precision
