"""Where the encoders run."""

import pytest
import torch

from fg_demo.models import device
from heads.io.device import resolve_device


@pytest.mark.parametrize("available", [True, False])
def test_a_gpu_is_used_where_there_is_one(monkeypatch: pytest.MonkeyPatch, available: bool):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: available)
    assert resolve_device("auto") == ("cuda" if available else "cpu")
    assert resolve_device("cpu") == "cpu"


def test_a_gpu_asked_for_and_absent_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="expected a machine with a CUDA GPU"):
        resolve_device("cuda")


def test_half_precision_is_for_gpus_only():
    assert device.precision("cuda") == torch.float16 and device.precision("cpu") == torch.float32


def test_off_zerogpu_a_function_stays_itself():
    assert device.on_gpu(len) is len
