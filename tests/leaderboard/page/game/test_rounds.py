"""Rounds of the benchmark: items as they were ranked, chosen as asked, and counted by the board's own rule."""

from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from leaderboard.board.board import Entry
from leaderboard.board.cases import load_samples
from leaderboard.board.results import ResultsFolder
from leaderboard.page.game.rounds import (
    LENGTH,
    QuizRound,
    baseline_of,
    common_subsets,
    draw_round,
    opponents,
    playable,
)
from leaderboard.records.files import load_results
from leaderboard.records.packing import unpack_ranks
from tests.support.boards import boards

SHIPPED = Path(__file__).parents[4] / "leaderboard" / "results"
BOARD = playable(boards(load_results(SHIPPED)[0]))
assert BOARD is not None
HEADS = opponents(BOARD)
HEAD = next(iter(HEADS.values()))
found = baseline_of(BOARD)
assert found is not None
BASELINE: Entry = found


def test_clip_as_it_is_is_played_against_though_an_adapted_one_ranks_better():
    board = playable(boards(load_results(SHIPPED)[0]))
    assert board is not None
    backbones = {entry.record.backbone.name for entry in board.entries}
    assert BASELINE.record.backbone.name == "mini-clip" and "mini-clip+figclip-mini-clip" in backbones


def drawn(subset: str | None = None, only_missed: bool = False, seed: int = 0) -> QuizRound:
    return draw_round(HEAD, BASELINE, subset, only_missed, Random(seed))


def test_a_round_has_distinct_items_with_their_true_caption_among_the_others():
    items = drawn().items
    assert len({(item.subset, item.number) for item in items}) == len(items) == LENGTH
    for item in items:
        assert item.sample == load_samples(BASELINE, item.subset)[item.number]
        assert sorted(item.captions) == sorted({item.sample.positive, *item.sample.negatives})


def test_the_true_caption_stands_anywhere():
    places = {
        item.captions.index(item.sample.positive)
        for seed in range(6)
        for item in drawn("hard", seed=seed).items
    }
    assert len(places) > 5


def test_ranks_are_those_of_the_records():
    for item in drawn().items:
        for entry, rank in ((BASELINE, item.cosine_rank), (HEAD, item.head_rank)):
            assert unpack_ranks(entry.record.subsets[item.subset].ranks or "")[item.number] == rank


@pytest.mark.parametrize("subset", ["color", "hard"])
def test_a_subset_and_what_clip_gets_wrong_may_be_asked_for(subset: str):
    items = drawn(subset, only_missed=True).items
    assert items and all(item.subset == subset and item.cosine_rank > 1 for item in items)
    with pytest.raises(ValueError, match="items: expected some of no such subset, got none"):
        drawn("no such subset")


def test_who_is_right_is_counted_after_each_guess():
    played = drawn("hard")
    assert played.right == {"you": 0, "cosine": 0, "head": 0}
    for number, item in enumerate(played.items):
        wrong = next(caption for caption in item.captions if caption != item.sample.positive)
        played = played.guessed(item.sample.positive if number % 2 else wrong)
    assert played.current is None
    assert played.right == {
        "you": LENGTH // 2,
        "cosine": sum(item.cosine_rank == 1 for item in played.items),
        "head": sum(item.head_rank == 1 for item in played.items),
    }


def test_what_was_not_shown_is_no_guess():
    played = drawn()
    with pytest.raises(ValueError, match="guess: expected one of the captions shown"):
        played.guessed("a caption of another item")
    over = replace(played, guesses=tuple(item.captions[0] for item in played.items))
    with pytest.raises(ValueError, match="guess: expected one of the captions shown"):
        over.guessed(played.items[0].captions[0])


def test_only_heads_ranked_on_the_same_items_by_the_same_backbone_are_opponents():
    assert HEADS and BASELINE not in HEADS.values()
    for entry in HEADS.values():
        assert entry.record.backbone == BASELINE.record.backbone
        for name in common_subsets(entry, BASELINE):
            assert entry.record.subsets[name].items == BASELINE.record.subsets[name].items
    assert playable([]) is None


def test_no_balanced_board_is_worked_out_to_find_the_one_to_play(monkeypatch: pytest.MonkeyPatch):
    """As the app reads them: what is of single items is read for the record that is asked for, and for no other."""
    folder = ResultsFolder(SHIPPED)

    def refuse(*_: object) -> None:
        raise AssertionError("a balanced board was worked out")

    monkeypatch.setattr("leaderboard.board.grouping.weighed", refuse)
    board = playable(folder.read(patience=None).boards)
    assert board is not None and board.balanced is None and BOARD is not None and board.key == BOARD.key
