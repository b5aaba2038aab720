"""Workers of Ray that cut and encode as this process would: the same batches by the same code, so the same embeddings.

Plain actors, not Ray Data. Which crops make a batch is known only once they are cut, since each distinct one is encoded
once, and the batch decides the last bits of its embeddings; `map_batches` makes batches of its own, of whatever comes
first. So the program that asks makes them, in the order in which one process makes them, and a worker encodes a whole
one. Pixels go from the worker that cut them to the one that encodes through Ray's object store, not through the program
that asks, which gets keys and embeddings, and writes every shard. A killed worker is begun again and its calls with it; a
killed program loses what was under way, and makes the same batches of the rest when it is run again.
"""

from collections import Counter, deque
from collections.abc import Collection, Generator, Iterable, Iterator, Mapping, Sequence
from itertools import cycle, islice
from typing import Any, NamedTuple, final

from jaxtyping import Float
from PIL import Image
from torch import Tensor

from leaderboard.embedding.batches import batches_of, blocks_of
from leaderboard.embedding.crops import Cut, Ready
from leaderboard.embedding.engine import Done, Encoded, Task, Unreadable
from leaderboard.embedding.ray_worker import Described, Placed

BLOCK = 32
"""Regions that are cut in a call, at most: 20 MB of a ViT-B/16's pixels."""

UNDER_WAY = 2
"""Batches that each worker has at a time, so that the next one lies ready when it has encoded one."""

CUTTING, TOKENIZING, ENCODING = (
    {"concurrency_group": name} for name in ("cutting", "tokenizing", "encoding")
)
"""Which of a worker's threads a call is for."""


class _Piece(NamedTuple):
    """A region that lies ready in a block's list, which is in the object store."""

    block: Any
    place: int


@final
class RayEncoder:
    """An `Encoder` and `Engine` of workers that are all described alike; made by `ray_cluster.ray_encoder`.

    Every method raises what a worker raised, and OSError when Ray gives a call up, since its workers died of it or none
    is left.
    """

    def __init__(self, workers: Sequence[Any], described: Described, decoders: int):
        self._workers = workers
        self.name, self.revision, self.dim, self.device, self.precision, self.text_tower = described
        self._ahead = len(workers) * max(2 * decoders, 1 + batches_of(self).images // BLOCK)

    def encode_images(self, images: Sequence[Image.Image]) -> Float[Tensor, "n d"]:
        """One embedding an image."""
        return got(self._workers[0].encode_images.options(**ENCODING).remote(images))

    def encode_texts(self, texts: Sequence[str]) -> Float[Tensor, "n d"]:
        """One embedding a text."""
        return got(self._workers[0].encode_texts.options(**ENCODING).remote(texts))

    def cut(
        self, tasks: Sequence[Task], images: Mapping[str, Image.Image], known: Collection[bytes]
    ) -> Generator[Done, None, None]:
        """See `Engine.cut`. Every worker gets `images` once, pickled, and opens what they name where it runs."""
        import ray

        given = [ray.put((images, frozenset(known)))]
        begun = (
            worker.cut.options(num_returns=2, **CUTTING).remote(block, given)
            for block, worker in zip(blocks_of(tasks, BLOCK), cycle(self._workers), strict=False)
        )
        for placed, ready in _pulled_ahead(begun, self._ahead):
            for part, cut in got(placed):
                yield part, cut if isinstance(cut, Unreadable) else _pieces(cut, ready)

    def embed_regions(self, batches: Iterable[Mapping[bytes, Ready]]) -> Generator[Encoded, None, None]:
        """See `Engine.embed_regions`."""

        def begin(worker: Any, pieces: Sequence[_Piece]) -> Any:
            blocks = list(dict.fromkeys(piece.block for piece in pieces))
            number = {block: at for at, block in enumerate(blocks)}
            places = [(number[piece.block], piece.place) for piece in pieces]
            return worker.encode_regions.options(**ENCODING).remote(places, *blocks)

        return self._encoded(batches, begin)

    def embed_texts(self, batches: Iterable[Mapping[bytes, str]]) -> Generator[Encoded, None, None]:
        """See `Engine.embed_texts`."""

        def begin(worker: Any, texts: Sequence[str]) -> Any:
            tokens = worker.tokenize.options(**TOKENIZING).remote(texts)
            return worker.encode_tokens.options(**ENCODING).remote(tokens)

        return self._encoded(batches, begin)

    def _encoded(self, batches: Iterable[Mapping[bytes, Any]], begin: Any) -> Generator[Encoded, None, None]:
        """The batches' embeddings as they come; a batch is asked for only when a worker has room for it."""
        under_way: dict[Any, tuple[list[bytes], int]] = {}
        load: Counter[int] = Counter()

        def first() -> Encoded:
            reference = _first_of(list(under_way))
            keys, worker = under_way.pop(reference)
            load[worker] -= 1
            return keys, got(reference)

        for batch in batches:
            worker = min(range(len(self._workers)), key=load.__getitem__)
            under_way[begin(self._workers[worker], list(batch.values()))] = list(batch), worker
            load[worker] += 1
            while len(under_way) >= UNDER_WAY * len(self._workers):
                yield first()
        while under_way:
            yield first()


def _pieces(placed: Sequence[Placed], ready: Any) -> list[Cut]:
    return [(region, key, None if place is None else _Piece(ready, place)) for region, key, place in placed]


def _pulled_ahead(items: Iterator[Any], ahead: int) -> Iterator[Any]:
    """The items, of which so many are pulled before they are asked for."""
    waiting = deque(islice(items, ahead))
    while waiting:
        yield waiting.popleft()
        waiting.extend(islice(items, 1))


def _first_of(references: list[Any]) -> Any:
    import ray

    done, _ = ray.wait(references, num_returns=1, fetch_local=False)
    return done[0]


def got(reference: Any) -> Any:
    """What the call gave. Raises what it raised, or OSError when Ray gave it up."""
    import ray
    from ray.exceptions import RayError, RayTaskError

    try:
        return ray.get(reference)
    except RayTaskError as error:
        raise error.cause from error
    except RayError as error:
        why = next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise OSError(
            f"ray: expected a worker to finish a batch, got: {why} What was embedded before is kept: the same command "
            "goes on with the rest"
        ) from error
