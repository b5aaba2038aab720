"""How much is cut and encoded at a time: images by count, texts by how much they are together."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from typing import NamedTuple, final

from fg_demo.models.backbone import Encoder
from leaderboard.embedding.crops import Ready, Region
from leaderboard.embedding.engine import Done, Task, Unreadable

IMAGE_BATCH = 32
TEXT_BATCH = 128


class Batches(NamedTuple):
    """What is encoded at a time: so many images, and of texts at most so many, as long as they are together at most so
    many characters when all are padded to the longest.
    """

    images: int
    texts: int
    characters: int


BATCHES = {"cpu": Batches(IMAGE_BATCH, TEXT_BATCH, 24_576), "cuda": Batches(256, 2048, 262_144)}
"""By device: an accelerator wants more at a time; long captions on either are fewer at a time."""


def batches_of(encoder: Encoder) -> Batches:
    """What the encoder's device takes at a time."""
    return BATCHES.get(encoder.device, BATCHES["cpu"])


def text_batches(lengths: Sequence[int], batches: Batches) -> Iterator[int]:
    """How many texts each batch has, of texts of these lengths in ascending order: as many as the budget holds."""
    start = 0
    while start < len(lengths):
        count = 1
        while (
            start + count < len(lengths)
            and count < batches.texts
            and (count + 1) * lengths[start + count] <= batches.characters
        ):
            count += 1
        yield count
        start += count


@final
class CropBatches:
    """Batches of so many crops, key to what is to be encoded: those that are not known, each key once, in the order in
    which they were cut, and none over the end of a part. So they are the same whoever encodes them, and when some are
    known from an earlier run.

    Once all have been asked for, `keys` are those of all regions, and `unreadable` says of an image why it has none.
    `report` is told how many regions have their embedding.
    """

    def __init__(
        self, cuts: Iterable[Done], known: Container[bytes], size: int, report: Callable[[int], None]
    ):
        self._cuts, self._known, self._size, self._report = cuts, known, size, report
        self.keys: dict[Region, bytes] = {}
        self.unreadable: dict[str, str] = {}
        self._begun: dict[bytes, int] = {}
        """The keys that are being encoded, and how many regions wait for each."""
        self._waiting = 0

    def __iter__(self) -> Iterator[dict[bytes, Ready]]:
        batch: dict[bytes, Ready] = {}
        current: str | None = None
        for part, cut in self._cuts:
            if batch and part != current:
                yield batch
                batch = {}
            current = part
            if isinstance(cut, Unreadable):
                self.unreadable[cut.image] = cut.reason
                continue
            for region, key, ready in cut:
                if self._is_new(region, key):
                    batch[key] = ready
                if len(batch) == self._size:
                    yield batch
                    batch = {}
            self._say()
        if batch:
            yield batch

    def encoded(self, keys: Iterable[bytes]) -> None:
        """Says that the embeddings of these are known now."""
        self._waiting -= sum(self._begun.pop(key) for key in keys)
        self._say()

    def _is_new(self, region: Region, key: bytes) -> bool:
        """Whether the region's key is neither known nor being encoded; the region is counted."""
        is_new = key not in self._known and key not in self._begun
        waits = is_new or key in self._begun
        self.keys[region] = key
        if waits:
            self._begun[key] = self._begun.get(key, 0) + 1
            self._waiting += 1
        return is_new

    def _say(self) -> None:
        self._report(len(self.keys) - self._waiting)


def blocks_of(tasks: Iterable[Task], most: int) -> Iterator[list[Task]]:
    """The tasks in the same order, at most so many boxes a block; an image of more is in several."""
    block: list[Task] = []
    count = 0
    for part, image, boxes in tasks:
        for start in range(0, len(boxes), most):
            some = boxes[start : start + most]
            if count + len(some) > most:
                yield block
                block, count = [], 0
            block.append((part, image, some))
            count += len(some)
    if block:
        yield block
