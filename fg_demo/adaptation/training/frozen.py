"""What frozen towers make of captions and frames: encoded once, and kept for the next training on the same.

What one process alone encodes is kept in the cache folder; several encode their shares anew.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple

import torch
from jaxtyping import Float
from torch import Tensor

from fg_demo.adaptation.data import AdaptationData, Frame
from fg_demo.adaptation.training.model import Adaptation
from fg_demo.models.backbone import text_tower_of
from heads.io.cache import cache_folder
from heads.io.digests import file_sha256
from heads.io.tensors import load_tensors, save_tensors

READERS = 2
"""Threads that decode images while the model computes."""
AT_A_TIME = 256
"""Captions or frames that a tower is given at a time."""
ROWS = "rows"


def embed_captions(adaptation: Adaptation, data: AdaptationData, what: str) -> Float[Tensor, "u d"]:
    """Raw embeddings of the data's distinct captions, by number: the text tower is never trained."""
    captions, backbone = list(data.captions()), adaptation.backbone

    def encode(rows: Sequence[int]) -> Tensor:
        return backbone.encode_texts([captions[row] for row in rows])

    decides = ["captions", *text_tower_of(backbone), *captions]
    return _kept(adaptation, decides, lambda: _by_shares(adaptation, len(captions), encode, what))


@torch.no_grad()
def pool_frames(adaptation: Adaptation, data: AdaptationData) -> None:
    """Where the projection alone is trained, remembers what the frozen tower gives it of each frame."""
    if not adaptation.projection_alone:
        return
    distinct = dict.fromkeys(frame for moment in data.moments() for frame in moment.frames)
    frames = [frame for frame in distinct if frame not in adaptation.pooled]
    if not frames:
        return

    def encode(rows: Sequence[int]) -> Tensor:
        return adaptation.pool(torch.cat(list(readers.map(pixels, [frames[row] for row in rows]))))

    def pixels(frame: Frame) -> Tensor:
        return adaptation.backbone.pixels([frame.image()])

    with ThreadPoolExecutor(READERS) as readers:
        files = list(dict.fromkeys(frame.path for frame in frames))
        content = dict(zip(files, readers.map(file_sha256, files), strict=True))
        of_frames = [(content[frame.path], frame.box and astuple(frame.box)) for frame in frames]
        decides = ["frames", adaptation.backbone.name, adaptation.backbone.revision, *of_frames]
        rows = _kept(adaptation, decides, lambda: _by_shares(adaptation, len(frames), encode, "frames"))
    adaptation.pooled |= dict(zip(frames, rows, strict=True))


def _by_shares(
    adaptation: Adaptation, count: int, encode: Callable[[Sequence[int]], Tensor], what: str
) -> Float[Tensor, "n d"]:
    """What `encode` gives of all rows, on the CPU; each process encodes its share."""
    found = []
    for start in range(0, count, AT_A_TIME):
        length = min(AT_A_TIME, count - start)
        own = encode([start + row for row in adaptation.processes.rows(length)])
        # Over the device, since that is where processes meet.
        found.append(adaptation.processes.gathered(own.to(adaptation.backbone.device), length).cpu())
        adaptation.report(what, start + length, count)
    return torch.cat(found)


def _kept(
    adaptation: Adaptation, decides: Sequence[object], make: Callable[[], Float[Tensor, "n d"]]
) -> Float[Tensor, "n d"]:
    """What `make` gives, or an earlier training kept of the same backbone on the same device."""
    if adaptation.processes.count > 1:
        return make()
    all_of_it = [adaptation.backbone.device, adaptation.backbone.precision, *decides]
    digest = hashlib.sha256(json.dumps(all_of_it).encode()).hexdigest()
    path = cache_folder() / "adaptation" / f"{decides[0]}-{digest[:16]}.safetensors"
    if path.is_file():
        return load_tensors(path, [ROWS])[ROWS]
    made = make()
    path.parent.mkdir(parents=True, exist_ok=True)
    save_tensors({ROWS: made}, path, {})
    return made
