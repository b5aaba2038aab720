"""A round of the benchmark for a visitor: which items, in which order the captions stand, and who was right.

What was ranked is read when its turn comes: of a benchmark's many subsets a round begins with one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from fg_demo.models.adapter import split_name
from heads.kinds.cosine import BASELINE
from leaderboard.benchmarks.at_hand import NotHereError, images_at_hand, is_at_hand
from leaderboard.benchmarks.samples import Sample
from leaderboard.board.board import Board, Entry, same_backbone
from leaderboard.board.cases import load_samples
from leaderboard.records.packing import unpack_ranks

LENGTH = 10
"""Items of a round."""


@dataclass(frozen=True)
class Item:
    """Item `number` of a subset that the `baseline` was ranked on, and the ranks of its true caption; `place` is its
    number, from 1 on, among all that the round was chosen from, and `order` decides in which order its captions stand.

    What it holds is read when it is first asked for, which raises ValueError where the items at hand are not those that
    were ranked.
    """

    baseline: Entry = field(repr=False)
    subset: str
    number: int
    order: int
    cosine_rank: int
    head_rank: int
    place: int

    @property
    def sample(self) -> Sample:
        """The region with its captions."""
        return load_samples(self.baseline, self.subset)[self.number]

    @property
    def captions(self) -> tuple[str, ...]:
        """The captions in the order in which they are shown."""
        captions = list(dict.fromkeys((self.sample.positive, *self.sample.negatives)))
        Random(self.order).shuffle(captions)
        return tuple(captions)


@dataclass(frozen=True)
class QuizRound:
    """Items, of one subset or of all, and the captions that the visitor has picked so far, in the same order."""

    items: tuple[Item, ...]
    head: str
    subset: str | None = None
    guesses: tuple[str, ...] = ()

    @property
    def current(self) -> Item | None:
        """The item that waits for a guess; None after the last."""
        return self.items[len(self.guesses)] if len(self.guesses) < len(self.items) else None

    def guessed(self, caption: str) -> "QuizRound":
        """The round with one guess more. Raises ValueError when the caption is none of the item's."""
        item = self.current
        if item is None or caption not in item.captions:
            raise ValueError(f"guess: expected one of the captions shown, got {caption[:80]!r}")
        return replace(self, guesses=(*self.guesses, caption))

    @property
    def right(self) -> dict[str, int]:
        """How often the visitor, the cosine and the head were right, of the items guessed so far. A model is right
        where the true caption alone has its best score: ties count against it, as on the board.
        """
        done = list(zip(self.items, self.guesses, strict=False))
        return {
            "you": sum(guess == item.sample.positive for item, guess in done),
            "cosine": sum(item.cosine_rank == 1 for item, _ in done),
            "head": sum(item.head_rank == 1 for item, _ in done),
        }


def playable(boards: Sequence[Board]) -> Board | None:
    """The first board whose cosine and some head were ranked on items that are on this machine; None without one. Not a
    balanced one, whose items are those of another, and whose figures take seconds to work out.
    """
    return next((board for board in boards if board.balanced is None and _is_playable(board)), None)


def _is_playable(board: Board) -> bool:
    baseline = baseline_of(board)
    return baseline is not None and bool(opponents(board)) and _is_here(baseline)


def baseline_of(board: Board) -> Entry | None:
    """The board's first record of the cosine that says how each item was ranked, whole; one whose backbone has heads on
    the board goes before one that has none, then CLIP as it is before an adapted one.
    """
    found = _baseline(board)
    return found and board.entry(found.key)


def _baseline(board: Board) -> Entry | None:
    """The same as it stands on the board, for which no file is read."""
    cosines = [
        entry for entry in board.entries if entry.record.head.name == BASELINE.name and _subsets(entry)
    ]
    return min(cosines, key=lambda entry: (not _opponents(board, entry), _is_adapted(entry)), default=None)


def _is_adapted(entry: Entry) -> bool:
    return split_name(entry.record.backbone.name)[1] is not None


def opponents(board: Board) -> dict[str, Entry]:
    """The heads that were ranked on the same items by the baseline's backbone, by their titles, best first."""
    baseline = _baseline(board)
    return _opponents(board, baseline) if baseline is not None else {}


def _opponents(board: Board, baseline: Entry) -> dict[str, Entry]:
    return {
        entry.title: entry
        for entry in board.entries
        if entry.key != baseline.key and same_backbone(entry, baseline) and common_subsets(entry, baseline)
    }


def opponent(board: Board, title: str | None) -> Entry | None:
    """The opponent of that title, its record whole; None when there is none."""
    found = opponents(board).get(title or "")
    return found and board.entry(found.key)


def common_subsets(head: Entry, baseline: Entry) -> list[str]:
    """The subsets on which both were ranked on the very same items."""
    ours, theirs = head.record.subsets, baseline.record.subsets
    both = [name for name in _subsets(head) if name in _subsets(baseline)]
    return [name for name in both if ours[name].items == theirs[name].items]


def draw_round(
    head: Entry,
    baseline: Entry,
    subset: str | None,
    only_missed: bool,
    chance: Random,
    length: int = LENGTH,
    first: int | None = None,
) -> QuizRound:
    """A round of at most `length` items by chance: of one subset or of all, of those alone that the cosine does
    not rank first where `only_missed`. It begins with the item of the number `first`, from 1 on, if one is asked for.

    Raises ValueError when there is none, or none of this number.
    """
    names = [name for name in common_subsets(head, baseline) if subset in (None, name)]
    ranks = {name: unpack_ranks(baseline.record.subsets[name].ranks or "") for name in names}
    places = [(name, number) for name in names for number in range(len(ranks[name]))]
    if first is not None and not 1 <= first <= len(places):
        raise ValueError(f"item: expected 1 to {len(places)} of {subset or 'all subsets'}, got {first}")
    asked = [] if first is None else [first - 1]
    pool = [
        place
        for place, (name, number) in enumerate(places)
        if place not in asked and (ranks[name][number] > 1 or not only_missed)
    ]
    chosen = [*asked, *chance.sample(pool, min(length - len(asked), len(pool)))]
    if not chosen:
        raise ValueError(f"items: expected some of {subset or 'all subsets'}, got none")
    items = (_item(head, baseline, *places[place], place + 1, chance.getrandbits(32)) for place in chosen)
    return QuizRound(tuple(items), head.title, subset)


def _item(head: Entry, baseline: Entry, subset: str, number: int, place: int, order: int) -> Item:
    cosine, ours = (
        unpack_ranks((entry.record.subsets[subset].ranks or "")[number])[0] for entry in (baseline, head)
    )
    return Item(baseline, subset, number, order, cosine, ours, place)


def _subsets(entry: Entry) -> list[str]:
    return [name for name, result in entry.record.subsets.items() if result.items]


def _is_here(entry: Entry) -> bool:
    """Whether the rows of its first subset are the ones that were ranked, with an image, on this machine; its record is
    whole.
    """
    benchmark = entry.record.benchmark
    try:
        samples = load_samples(entry, _subsets(entry)[0])
        images = images_at_hand(benchmark.name, benchmark.split or "test")
    except (NotHereError, ValueError):
        return False
    return is_at_hand(images, samples[0].image)
