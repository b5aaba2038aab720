"""The boxes that a detector proposes for a thing that somebody named."""

from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image

from fg_demo.boxes import Box
from fg_demo.models.detectors.detector import Detector, check_lengths
from fg_demo.models.detectors.load import MINI_OWL
from fg_demo.models.detectors.suppression import suppress

MOST = 6
"""Boxes that are proposed at most."""
OVERLAP = 0.5
"""IoU above which the lower scored of two boxes is dropped, as in FG-OVD's evaluators."""
LEAST = 0.1
"""Score below which nothing counts as found: that of transformers' post-processing for OWL-ViT and OWLv2."""
LEAST_OF_MINI_OWL = 0.22
"""mini-owl is surer of all things in the demo's samples, and less sure of a mug, a chair or a dog that is not there."""
QUOTED = 40
"""Characters of what was named that a message repeats."""
THIN = 2
"""px that a box shows of the image at least, in width and in height."""


class Proposal(NamedTuple):
    """A box in whole pixels within the image, and the detector's score for it, 0 to 1."""

    box: Box
    score: float


def find_boxes(detector: Detector, image: Image.Image, what: str) -> list[Proposal]:
    """The boxes of `what` in the image, best first; none where none is found. Those that score less than half of the
    best are left out.

    Raises ValueError when nothing is named, or the detector cannot read it whole.
    """
    named = " ".join(what.split())
    if not named:
        raise ValueError("what to find: expected a thing, such as mug, got nothing")
    check_lengths(detector, [named], "what to find", _quoted)
    ((found,),) = detector.detect([image], [[[named]]])
    scores = found.best
    least = LEAST_OF_MINI_OWL if detector.name == MINI_OWL else LEAST
    enough = max(least, float(scores.max()) / 2) if len(scores) else least
    rows = suppress(found.boxes.double().numpy(), scores.double().numpy(), OVERLAP)
    inside = [(_within(found.boxes[row].tolist(), *image.size), float(scores[row])) for row in rows]
    return [Proposal(box, score) for box, score in inside if box and score >= enough][:MOST]


def _quoted(named: str) -> str:
    return f"{named[:QUOTED]!r}{' …' if len(named) > QUOTED else ''}"


def _within(edges: Sequence[float], width: int, height: int) -> Box | None:
    """The part of a box that the image shows, in whole pixels; None where it shows next to nothing."""
    left, right = (min(max(round(edge), 0), width) for edge in edges[::2])
    top, bottom = (min(max(round(edge), 0), height) for edge in edges[1::2])
    return Box(left, top, right, bottom) if right - left >= THIN and bottom - top >= THIN else None
