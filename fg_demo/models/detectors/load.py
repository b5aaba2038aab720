"""Detectors by name: mini-owl, a folder in transformers' format, or a Hub id."""

from pathlib import Path

from transformers import (
    AutoConfig,
    AutoImageProcessor,
    AutoModelForZeroShotObjectDetection,
    AutoTokenizer,
)

import fg_demo.models.device as devices
from fg_demo.models.adapter import split_name
from fg_demo.models.detectors.detector import Captions, Detector
from fg_demo.models.detectors.grounding_dino import GroundingDinoDetector
from fg_demo.models.detectors.noctowl import ClassHead, load_class_head
from fg_demo.models.detectors.omdet import OmDetDetector
from fg_demo.models.detectors.owl import OwlDetector
from fg_demo.models.pretrained import Source, find_source, loading, whole_model
from heads.io.device import resolve_device

MINI_OWL = "mini-owl"
MINI_OWL_FOLDER = Path(__file__).parents[2] / "mini_owl"

OWL = ("owlvit", "owlv2")
FUSED = {
    "grounding-dino": GroundingDinoDetector,
    "mm-grounding-dino": GroundingDinoDetector,  # LLMDet too
    "omdet-turbo": OmDetDetector,
}
"""`model_type` → detector: another of the same form is one row."""

BOXES = {"owlvit": 100, "owlv2": 100, "grounding-dino": 1000, "mm-grounding-dino": 1000, "omdet-turbo": 1000}
"""How many FG-OVD's authors kept of an image and a vocabulary (their detectors_inferences/)."""


def load_detector(
    name: str,
    device: str = "auto",
    captions: Captions = "one at a time",
    boxes: int | None = None,
    padding: float | None = None,
) -> Detector:
    """The detector `name`: `mini-owl`, a folder in transformers' format, or a Hub id, frozen at one commit; or an OWL
    with another class head, "NAME+HEAD" (see `noctowl.load_class_head`).

    `captions`: how a model that fuses image and text reads a vocabulary; OWL's scores never see other captions. `boxes`:
    how many are kept, by default as FG-OVD's authors did. `padding`: the grey of OWLv2's padding, by default 0.5, that of
    all published figures. Code that comes with a model is never run.

    Raises ValueError naming the detector and what is wrong with it.
    """
    if boxes is not None and boxes < 1:
        raise ValueError(f"boxes: expected at least 1, got {boxes}")
    if padding is not None and not 0 <= padding <= 1:
        raise ValueError(f"padding: expected a grey of 0 to 1, got {padding}")
    resolved = resolve_device(device)
    base, class_head = split_name(name)
    head = load_class_head(class_head) if class_head is not None else None
    with loading("detector", base, MINI_OWL):
        source = find_source(base, MINI_OWL, MINI_OWL_FOLDER)
        loaded = _load(source, resolved, captions, boxes, padding)
    return loaded if head is None else with_class_head(loaded, head)


def with_class_head(detector: Detector, head: ClassHead) -> Detector:
    """The OWL with another class head, which shares what it sees. Raises ValueError when it is no OWL, or another."""
    if not isinstance(detector, OwlDetector):
        raise ValueError(f"class head: expected an OWL, got {detector.name}")
    return detector.with_class_head(head)


def _load(
    source: Source, device: str, captions: Captions, boxes: int | None, padding: float | None
) -> Detector:
    path, commit = source.path, source.commit
    kind = AutoConfig.from_pretrained(path, revision=commit).model_type
    if kind not in BOXES:
        raise ValueError(f"model_type: expected a detector, one of {', '.join(BOXES)}, got {kind!r}")
    model = whole_model(AutoModelForZeroShotObjectDetection, source).to(
        device=device, dtype=devices.precision(device)
    )
    tokenizer = AutoTokenizer.from_pretrained(path, revision=commit)
    # Pinned: else the pixels, and so the scores, depend on whether torchvision is installed.
    processor = AutoImageProcessor.from_pretrained(path, revision=commit, backend="pil")
    parts = (source, model, tokenizer, processor, boxes or BOXES[kind])
    return OwlDetector(*parts, padding) if kind in OWL else FUSED[kind](*parts, captions)
