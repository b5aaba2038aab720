"""Who cuts regions and encodes batches: threads of this process, or what offers the same methods elsewhere."""

import os
from collections.abc import Collection, Container, Generator, Iterable, Mapping, Sequence
from contextlib import closing
from typing import NamedTuple, Protocol, final, runtime_checkable

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from fg_demo.boxes import Box
from fg_demo.models.backbone import Encoder, Preprocessor, TokenizedTexts
from heads.io.download import DownloadError
from leaderboard.embedding.crops import Cut, Ready, Regions
from leaderboard.embedding.prefetch import prefetch_map

DECODERS = min(16, os.cpu_count() or 1)
"""Threads that decode images, cut and resize; Pillow, Arrow and numpy let others run meanwhile."""

TOKENIZED = 2
"""Batches of texts that are tokenized ahead, by one thread: a tokenizer is not made for two, and takes the cores that
there are by itself.
"""

Task = tuple[str, str, list[Box | None]]
"""The part of the work that it is of, an image's id, and boxes of it."""

Encoded = tuple[list[bytes], Float[Tensor, "n d"]]
"""Keys, and the embedding of each."""


LEFT_OUT = "left_out.json"
"""Beside files of embeddings: how many images there are (`of`), and each that does not open, with why (`left_out`)."""


class Unreadable(NamedTuple):
    """An image that is none or does not open, and why."""

    image: str
    reason: str


Done = tuple[str, list[Cut] | Unreadable]
"""The part that a task is of, and its regions."""


class UnreadableImages(OSError):
    """Some images are none or do not open; all others are embedded. `reasons`: the image's id to why."""

    def __init__(self, reasons: Mapping[str, str]):
        self.reasons = dict(reasons)
        some = "; ".join(f"{image} ({reason})" for image, reason in list(self.reasons.items())[:5])
        super().__init__(
            f"images: expected all to open, {len(reasons):,} did not, and all others are embedded: {some}"
        )


@runtime_checkable
class Engine(Protocol):
    """Cuts and encodes what is asked, as `Here` does: the same batches, so the same embeddings."""

    def cut(
        self, tasks: Sequence[Task], images: Mapping[str, Image.Image], known: Collection[bytes]
    ) -> Generator[Done, None, None]:
        """The regions of each task, in their order, ready for `embed_regions` where their key is not known; those of one
        task may come in several.

        At most a few are held or being cut at a time. Raises DownloadError when an image cannot be had: that is no
        fault of the image.
        """
        ...

    def embed_regions(self, batches: Iterable[Mapping[bytes, Ready]]) -> Generator[Encoded, None, None]:
        """The embeddings of each batch, of key to what `cut` made ready; batches may come in another order."""
        ...

    def embed_texts(self, batches: Iterable[Mapping[bytes, str]]) -> Generator[Encoded, None, None]:
        """The embeddings of each batch, of key to text; batches may come in another order."""
        ...


@final
class Here:
    """In this process: threads decode, cut, resize and tokenize, while it encodes batch after batch."""

    def __init__(self, encoder: Encoder, regions: Regions):
        self._encoder, self._regions = encoder, regions

    def cut(
        self, tasks: Sequence[Task], images: Mapping[str, Image.Image], known: Collection[bytes]
    ) -> Generator[Done, None, None]:
        """See `Engine.cut`."""

        def one(task: Task) -> Done:
            part, image_id, boxes = task
            return part, cut_image(self._regions, images, image_id, boxes, known)

        return prefetch_map(one, tasks, DECODERS, ahead=2 * DECODERS)

    def embed_regions(self, batches: Iterable[Mapping[bytes, Ready]]) -> Generator[Encoded, None, None]:
        """See `Engine.embed_regions`."""
        for batch in batches:
            yield list(batch), self._regions.encode(list(batch.values()))

    def embed_texts(self, batches: Iterable[Mapping[bytes, str]]) -> Generator[Encoded, None, None]:
        """See `Engine.embed_texts`."""
        encoder = self._encoder
        if not isinstance(encoder, Preprocessor):
            for batch in batches:
                yield list(batch), encoder.encode_texts(list(batch.values()))
            return

        def tokenize(batch: Mapping[bytes, str]) -> tuple[list[bytes], TokenizedTexts]:
            return list(batch), encoder.tokenize(list(batch.values()))

        with closing(prefetch_map(tokenize, batches, workers=1, ahead=TOKENIZED)) as tokenized:
            for keys, tokens in tokenized:
                yield keys, encoder.encode_tokens(tokens)


def cut_image(
    regions: Regions,
    images: Mapping[str, Image.Image],
    image_id: str,
    boxes: Sequence[Box | None],
    known: Container[bytes],
) -> list[Cut] | Unreadable:
    """The regions of an image. Raises DownloadError when it cannot be had."""
    try:
        image = images[image_id]
    except DownloadError:
        raise
    except (OSError, ValueError) as error:
        return Unreadable(image_id, str(error))
    return regions.cut(image_id, image, boxes, known)
