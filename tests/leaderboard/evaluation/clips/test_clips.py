"""Clips measured: captions that are searched, hard negatives, verbs, words alone, and the whole way to a board."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional as F

from fg_demo.__main__ import main as demo
from fg_demo.adaptation.contextualiser import Contextualiser, load_contextualiser, save_contextualiser
from heads.kinds.cosine import CosineHead
from leaderboard.__main__ import main
from leaderboard.board.state import BoardState
from leaderboard.evaluation.clips.encoded import EncodedClips, mean_of
from leaderboard.evaluation.clips.figures import clip_retrieval, event_retrieval
from leaderboard.evaluation.clips.items import ClipItems, ToldEvent, read_items
from leaderboard.evaluation.clips.text_only import text_only_record
from leaderboard.records.files import load_results
from leaderboard.rendered.clips.build import FIRST, annotation, build_clips, clip_name
from leaderboard.rendered.clips.verbs import VERBS
from leaderboard.tables.frame import results_table
from leaderboard.tables.terminal import to_text
from tests.support.boards import boards
from tests.support.tiny_clip import write_tiny_clip
from tests.support.vidsitu_samples import write_vidsitu


def drawn(folder: Path, split: str, clips: int) -> Path:
    """Annotations of drawn clips, without a frame."""
    seeds = range(FIRST[split], FIRST[split] + clips)
    return write_vidsitu(folder, list(map(clip_name, seeds)), list(map(annotation, seeds)), split)


def told(clip: str, part: int, caption: str, verb: str, *made: str, annotation: int = 0) -> ToldEvent:
    return ToldEvent(clip, annotation, part, (), verb, caption, made)


EVENTS = (
    told("a", 0, "a0", "roll", "x0", "x1", annotation=0),
    told("a", 1, "a1", "slide", "x2", annotation=0),
    told("a", 0, "a0 again", "spin", "x3", "a0", annotation=1),  # another annotation of the same clip
    told("b", 0, "b0", "roll", "a1", annotation=2),
    told("b", 1, "a1", "slide", "x2", annotation=2),  # told like an event of another clip
)
ITEMS = ClipItems("clips", "valid", "0" * 12, "explicit", EVENTS, ("roll", "slide", "spin"), {})


def encoded(seed: int) -> EncodedClips:
    generator = torch.Generator().manual_seed(seed)
    verbs = [text for sample in ITEMS.verb_samples for text in (sample.positive, *sample.negatives)]
    texts = [text for event in EVENTS for text in (event.caption, *event.made)] + verbs
    captions = {text: number for number, text in enumerate(dict.fromkeys(texts))}
    event, frame = torch.randn(2, 4, 6, generator=generator)
    return EncodedClips(
        event=event,
        frame=frame,
        clip=torch.randn(2, 6, generator=generator),
        clip_of_event=torch.tensor([0, 0, 1, 1]),
        event_of=torch.tensor([0, 1, 0, 2, 3]),
        told=torch.randn(3, 6, generator=generator),
        clip_of=torch.tensor([0, 0, 1]),
        text=torch.randn(len(captions), 6, generator=generator),
        captions=captions,
    )


@pytest.mark.parametrize("seed", range(5))
def test_events_are_found_among_all_and_those_made_of_them(seed: int):
    clips = encoded(seed)
    scores = F.normalize(clips.event, dim=1) @ F.normalize(clips.text, dim=1).T

    def score(event: int, caption: str) -> float:
        return float(scores[event, clips.captions[caption]])

    own = {0: ["a0", "a0 again"], 1: ["a1"], 2: ["b0"]}  # the fourth event's caption is the second's
    made = {0: ["x0", "x1", "x3"], 1: ["x2"], 2: []}  # a made caption that tells another event counts once
    everything = [text for texts in own.values() for text in texts]
    to_text = []
    for event, texts in own.items():
        best = max(score(event, text) for text in texts)
        others = [text for text in (*everything, *made[event]) if text not in texts]
        to_text.append(1 + sum(score(event, text) >= best for text in others))
    to_event = [
        sum(score(other, text) >= score(event, text) for other in range(4))
        for event, texts in own.items()
        for text in texts
    ]
    found = event_retrieval(CosineHead(), ITEMS, clips)
    assert (found.n_images, found.n_captions) == (3, 4)
    assert found.image_to_text.mean_rank == pytest.approx(sum(to_text) / 3)
    assert found.text_to_image.mean_rank == pytest.approx(sum(to_event) / 4)
    assert found.image_to_text.r1 == pytest.approx(sum(rank == 1 for rank in to_text) / 3)
    assert clip_retrieval(CosineHead(), clips).n_captions == 3


def test_hard_negatives_are_the_clips_other_events_and_the_made_ones():
    first, second, again, *_ = ITEMS.event_samples
    assert first.negatives == ("a1", "x0", "x1") and second.negatives == ("a0", "x2")
    assert again.negatives == ("x3",)  # "a0" is true of it too
    assert {sample.image for sample in ITEMS.event_samples} == {"a", "b"}
    assert len({sample.box for sample in ITEMS.event_samples}) == 2


def test_a_verb_that_another_annotation_says_is_no_negative():
    first, second, *_ = ITEMS.verb_samples
    assert [text.rpartition(" ")[2] for text in first.negatives] == ["slide"]
    assert [text.rpartition(" ")[2] for text in second.negatives] == ["roll", "spin"]


def test_a_mean_keeps_the_direction_of_unit_vectors_and_their_length():
    vectors = torch.tensor([[3.0, 0.0], [0.0, 1.0]])
    mean = mean_of(vectors)
    assert mean.tolist() == [1.0, 1.0]  # the mean of the units, at the mean length 2


def test_words_alone_are_at_chance_on_drawn_clips(tmp_path: Path):
    for split, clips in (("train", 150), ("valid", 100)):
        drawn(tmp_path, split, clips)
    items, training = (read_items(tmp_path, split, None) for split in ("valid", "train"))
    assert len(items.verbs) == len(VERBS) and all(len(one.negatives) == 8 for one in items.event_samples)
    record = text_only_record(items, training, "command")
    for name, result in record.subsets.items():
        assert result.mean_rank and result.chance and result.interval
        assert result.interval[0] - 0.25 < result.chance < result.interval[1] + 0.25, name
    assert not record.head.sees_image and record.retrieval is None


def test_a_contextualiser_comes_back_as_it_was(tmp_path: Path):
    torch.manual_seed(3)
    made = Contextualiser(8, events=2, frames=3, layers=1).eval()
    path = save_contextualiser(made, tmp_path / "contextualiser.safetensors")
    read = load_contextualiser(path, 8)
    frames, there = torch.randn(2, 2, 3, 8), torch.tensor([[True, False], [True, True]])
    for one, other in zip(read(frames, there), made(frames, there), strict=True):
        assert torch.equal(one, other)
    with pytest.raises(ValueError, match="expected a contextualiser of embeddings of dimension 9, got 8"):
        load_contextualiser(path, 9)


def test_from_clips_to_a_row_of_a_board(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch):
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    folder, results = tmp_path / "drawn", tmp_path / "results"
    build_clips("train", 3, folder, processes=1)
    build_clips("valid", 3, folder, processes=1)
    backbone = str(write_tiny_clip(tmp_path / "tiny-clip"))
    quick = ["--rank", "2", "--epochs", "1", "--batch", "2", "--contextualiser-layers", "1"]
    files = ["--vidsitu", str(folder), "--frames", str(folder / "frames")]
    adapter = str(tmp_path / "tuned")
    assert (
        demo(["adapt", "--backbone", backbone, "--output", adapter, *files, *quick, "--device", "cpu"]) == 0
    )
    common = ["evaluate-clips", "--clips", str(folder), "--results", str(results), "--device", "cpu"]
    common += ["--captions", "explicit"]  # one wording, one board
    with_adapter = ["--backbone", backbone, "--adapter", adapter]
    context = ["--contextualiser", f"{adapter}/contextualiser.safetensors"]
    for more in (["--backbone", backbone], with_adapter, [*with_adapter, *context], ["--head", "text-only"]):
        assert main([*common, *more]) == 0
    printed = capsys.readouterr().out
    assert all(words in printed for words in ("event → text", "text → clip", "Verb, one frame", "mean ranks"))
    records, problems = load_results(results)
    assert not problems and len(records) == 4
    (board,) = boards(records)
    assert (board.searched, board.retrieval) == ("events", "Event retrieval")
    assert len(board.heads) == 3 and board.title == "drawn"
    titles = [board.table[name].title for name in board.columns(BoardState())]
    assert {"Event→T R@1", "Clip→T R@1", "Verb", "Event"} <= set(titles)
    names = {entry.record.backbone.name for entry in board.heads}
    assert names == {"tiny-clip", "tiny-clip+tuned", "tiny-clip+tuned, contextualiser used"}
    table = results_table(records)
    stated = [row for row in table.to_dict("records") if row["clip_to_text_r1"] >= 0]  # a NaN is not
    assert len(stated) == 3
    assert "Event→T@1" in to_text(table)
    base, *_ = [entry for entry in board.heads if entry.record.backbone.name == "tiny-clip"]
    assert base.record.retrieval is not None and base.record.retrieval.n_images == 15
    assert base.record.subsets["clip_verb"].blind is not None
