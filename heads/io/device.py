"""The device to compute on: auto, cpu or cuda."""

DEVICES = ("auto", "cpu", "cuda")


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
