"""What of a split is embedded: candidates by the file that they go to, and the pairs of all captions."""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from typing import TypeVar, final

from heads.candidates import Candidates
from heads.pairs import Pairs
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.embedding.embed import Embedder
from leaderboard.embedding.engine import UnreadableImages
from leaderboard.embedding.sharing.parts import MachineShare
from leaderboard.evaluation.attributes import regions, with_exchanges

SWAPS, VALUES = "swaps", "values"
"""Files beside those of the subsets: captions with attributes exchanged, and named values."""

Made = TypeVar("Made")


@final
@dataclass
class Asked:
    """What is embedded of a split; images that do not open are left out from the moment that they are known.

    `left_out` says why, by image.
    """

    opened: BenchmarkSplit
    swaps: bool
    values: bool
    left_out: dict[str, str] = field(default_factory=dict)

    def samples(self) -> dict[str, list[Sample]]:
        """Those of each subset."""
        return {
            name: [sample for sample in some if sample.image not in self.left_out]
            for name, some in self.opened.samples_by_subset().items()
        }

    def described(self) -> list[Sample]:
        """Each region with each of its captions, where that is asked for."""
        return regions(chain.from_iterable(self.samples().values())) if self.swaps or self.values else []

    def asked(self) -> dict[str, list[Sample]]:
        """The samples of each file."""
        described = self.described()
        more = {SWAPS: with_exchanges(described)} if self.swaps else {}
        return {**self.samples(), **more, **({VALUES: described} if self.values else {})}

    def captions(self) -> dict[str, tuple[str, ...]]:
        """Those of each image."""
        return {image: texts for image, texts in self.opened.captions.items() if image not in self.left_out}

    def fill(self, embedder: Embedder, part: MachineShare) -> None:
        """That share of it is then in the cache."""
        try:
            embedder.fill(self.asked(), self.captions(), self.opened.images, part)
        except UnreadableImages as error:
            self.left_out |= error.reasons

    def candidates(self, embedder: Embedder) -> dict[str, Candidates]:
        """Those of each file."""
        return self._of_what_opens(lambda: embedder.candidates(self.asked(), self.opened.images))

    def pairs(self, embedder: Embedder) -> Pairs | None:
        """All captions; None where there is none."""
        return self._of_what_opens(
            lambda: embedder.pairs(captions, self.opened.images) if (captions := self.captions()) else None
        )

    def _of_what_opens(self, embed: Callable[[], Made]) -> Made:
        """What `embed` gives without the images that do not open. All others are in the cache by then."""
        try:
            return embed()
        except UnreadableImages as error:
            self.left_out |= error.reasons
            return embed()
