"""Clips as embeddings: each frame and each caption encoded once, means of them for events and clips."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float, Int
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

from fg_demo.adaptation.contextualiser import Contextualiser
from fg_demo.adaptation.data import Frame, stacked
from leaderboard.embedding.embed import Embedder
from leaderboard.evaluation.clips.items import ClipItems

AT_ONCE = 64
"""Clips that a contextualiser sees at a time."""


@dataclass(frozen=True)
class EncodedClips:
    """The embeddings of m events, their middle frames, and c clips; of n told events `event_of` says which of the m each
    tells, of a annotations `clip_of` which clip. `told` are the annotations' embeddings, `text` those of `captions`.
    """

    event: Float[Tensor, "m d"]
    frame: Float[Tensor, "m d"]
    clip: Float[Tensor, "c d"]
    clip_of_event: Int[Tensor, " m"]
    event_of: Int[Tensor, " n"]
    told: Float[Tensor, "a d"]
    clip_of: Int[Tensor, " a"]
    text: Float[Tensor, "u d"]
    captions: Mapping[str, int]


def encode_clips(
    items: ClipItems, embedder: Embedder, contextualiser: Contextualiser | None = None
) -> EncodedClips:
    """All that heads are measured on. An event is the mean of its frames, a clip that of its events, an annotation that
    of its captions; or, of events and clips, what the contextualiser says.

    Raises ValueError when a frame is no image, or the contextualiser was made for other clips.
    """
    moments = {event.moment: event.frames for event in items.events}
    paths = {str(frame.path): frame for frames in moments.values() for frame in frames}
    embedded = embedder.images(paths, FrameImages(paths))
    row = {path: number for number, path in enumerate(paths)}
    frames = torch.stack([embedded[[row[str(one.path)] for one in shown]] for shown in moments.values()])
    clips = {clip: number for number, clip in enumerate(dict.fromkeys(clip for clip, _ in moments))}
    clip_of_event = torch.tensor([clips[clip] for clip, _ in moments])
    event = mean_of(frames)
    clip = torch.stack([mean_of(event[clip_of_event == number]) for number in range(len(clips))])
    if contextualiser is not None:
        event, clip = _contextual(contextualiser, frames, clip_of_event, [part for _, part in moments])
    captions = _captions(items)
    text = embedder.texts(list(captions))
    told: dict[int, list[int]] = {}
    clip_of: dict[int, int] = {}
    for one in items.events:
        told.setdefault(one.annotation, []).append(captions[one.caption])
        clip_of[one.annotation] = clips[one.clip]
    place = {moment: number for number, moment in enumerate(moments)}
    return EncodedClips(
        event=event,
        frame=frames[:, (frames.shape[1] - 1) // 2],
        clip=clip,
        clip_of_event=clip_of_event,
        event_of=torch.tensor([place[one.moment] for one in items.events]),
        told=torch.stack([mean_of(text[rows]) for rows in told.values()]),
        clip_of=torch.tensor(list(clip_of.values())),
        text=text,
        captions=captions,
    )


def mean_of(vectors: Float[Tensor, "*n m d"]) -> Float[Tensor, "*n d"]:
    """The mean of m unit vectors, as training has it, at the length that the vectors have on average: a head with a bias
    is given what it knows.
    """
    length = vectors.norm(dim=-1).mean(dim=-1, keepdim=True)
    return F.normalize(vectors, dim=-1).mean(dim=-2) * length


class FrameImages(Mapping[str, Image.Image]):
    """The frames by their paths, decoded on access."""

    def __init__(self, frames: Mapping[str, Frame]):
        self._frames = frames

    def __getitem__(self, path: str) -> Image.Image:
        return self._frames[path].image()

    def __contains__(self, path: object) -> bool:
        return path in self._frames

    def __iter__(self) -> Iterator[str]:
        return iter(self._frames)

    def __len__(self) -> int:
        return len(self._frames)


def _captions(items: ClipItems) -> dict[str, int]:
    """All that anything is ranked against, and the number of each."""
    told = (text for event in items.events for text in (event.caption, *event.made))
    verbs = (text for sample in items.verb_samples for text in (sample.positive, *sample.negatives))
    return {text: number for number, text in enumerate(dict.fromkeys((*told, *verbs)))}


@torch.inference_mode()
def _contextual(
    contextualiser: Contextualiser,
    frames: Float[Tensor, "m t d"],
    clip_of_event: Int[Tensor, " m"],
    parts: Sequence[int],
) -> tuple[Float[Tensor, "m d"], Float[Tensor, "c d"]]:
    """What it says of events and clips; it is given the events of a clip at their places."""
    clips = int(clip_of_event.max()) + 1
    if max(parts) >= contextualiser.events:
        raise ValueError(
            f"contextualiser: expected one of {max(parts) + 1} events, got {contextualiser.events}"
        )
    where = clip_of_event, torch.tensor(parts)
    there: Bool[Tensor, "c p"] = torch.zeros(clips, contextualiser.events, dtype=torch.bool)
    there[where] = True
    order = torch.argsort(where[0] * contextualiser.events + where[1])
    full = stacked(list(frames[order]), there)
    said = [contextualiser(full[rows], there[rows]) for rows in torch.arange(clips).split(AT_ONCE)]
    video, event = (torch.cat(list(side)) for side in zip(*said, strict=True))
    return event[where].clone(), video.clone()
