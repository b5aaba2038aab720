"""Where the encoders run, and what of them runs while ZeroGPU lends its device."""

import pickle
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from PIL import Image
from torch import nn

from fg_demo.models import device
from fg_demo.models.clip import load_backbone
from fg_demo.models.detectors.detector import TransformersDetector
from fg_demo.models.detectors.load import load_detector, with_class_head
from fg_demo.models.detectors.noctowl import ClassHead
from fg_demo.models.pretrained import Source
from heads.io.device import resolve_device
from tests.support.tiny_clip import write_tiny_clip
from tests.support.tiny_detectors import write_tiny_grounding_dino, write_tiny_omdet, write_tiny_owl

PICTURE = Image.new("RGB", (40, 30), "red")


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


def crossed(what: Any) -> Any:
    """As it arrives in another process."""
    return pickle.loads(pickle.dumps(what))  # noqa: S301 - what was written here


class LentDevice:
    """In place of `spaces.GPU`: its functions' arguments and results cross to another process, as they do on ZeroGPU."""

    def __init__(self) -> None:
        self.lent, self.calls, self.runs = False, 0, list[bool]()

    def __call__(self, duration: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
        return self._held

    def _held(self, task: Callable[..., Any]) -> Callable[..., Any]:
        def run(*given: Any) -> Any:
            self.calls, self.lent = self.calls + 1, True
            try:
                return crossed(task(*crossed(given)))
            finally:
                self.lent = False

        return run

    def watch(self, model: nn.Module) -> None:
        """Notes whether the device is lent whenever a part of the model runs."""
        for part in model.modules():
            part.register_forward_pre_hook(lambda *_: self.runs.append(self.lent))


@pytest.fixture
def lent(monkeypatch: pytest.MonkeyPatch) -> Iterator[LentDevice]:
    found = LentDevice()
    monkeypatch.setattr(device.spaces, "GPU", found)
    yield found
    assert found.runs and all(found.runs), "a model ran while the device was not lent"


def test_a_backbone_holds_the_device_while_it_encodes_and_no_longer(lent: LentDevice, tmp_path: Path):
    backbone = load_backbone(str(write_tiny_clip(tmp_path / "clip")), device="cpu")
    lent.watch(backbone.model)
    images, texts = backbone.encode([PICTURE], ["a red mug"])
    patches = backbone.encode_patches(PICTURE)
    assert lent.calls == 2 and images.shape == texts.shape and patches is not None


@pytest.mark.parametrize("write", [write_tiny_owl, write_tiny_grounding_dino, write_tiny_omdet])
def test_a_detector_holds_the_device_while_it_looks_and_no_longer(
    lent: LentDevice, tmp_path: Path, write: Callable[[Path], Path]
):
    detector: Any = load_detector(str(write(tmp_path / "detector")), device="cpu")
    lent.watch(detector._model)
    ((found,),) = detector.detect([PICTURE], [[["mug"]]])
    assert lent.calls == 1 and found.scores.shape == (len(found.boxes), 1)
    with pytest.raises(ValueError, match="vocabulary: expected captions"):
        detector.detect([PICTURE], [[[]]])
    assert lent.calls == 1, "what is refused takes no time of the device"


def test_another_class_head_looks_with_its_own(lent: LentDevice, tmp_path: Path):
    owl: Any = load_detector(str(write_tiny_owl(tmp_path / "owl")), device="cpu")
    layer = {name: torch.zeros_like(value) for name, value in owl._class_head.dense0.state_dict().items()}
    other: Any = with_class_head(owl, ClassHead("zeros", "1", owl.name, owl.revision, layer))
    lent.watch(other._model)
    ((ours,),), ((theirs,),) = (one.detect([PICTURE], [[["mug"]]]) for one in (owl, other))
    assert lent.calls == 2 and not torch.equal(ours.scores, theirs.scores)


def test_a_detector_says_what_it_runs_on_without_a_number():
    """A model moved to "cuda" says "cuda:0": by that name it would be given numbers in single precision."""
    model = SimpleNamespace(device=torch.device("cuda", 0))
    assert TransformersDetector(Source("a", "1", "", None), model, None, None).device == "cuda"
