"""The words of drawn clips are added to mini-clip, and what it read before it reads as before."""

import json
import random
from collections import Counter
from dataclasses import replace

import torch
from transformers import AutoTokenizer

from fg_demo.adaptation.captions import SHORT, TEMPLATES, event_caption
from fg_demo.models.clip import MINI_CLIP_FOLDER
from fg_demo.models.mini_clip_words import unknown_words
from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.benchmarks.split import load_benchmark, open_split
from leaderboard.rendered.captions.web_captions import Reliability
from leaderboard.rendered.clips.build import FIRST, MOST
from leaderboard.rendered.clips.events import sample_clip
from leaderboard.rendered.clips.frame_captions import clip_words, frame_caption
from leaderboard.rendered.mini_clip.caption_bank import caption_corpus, numbered
from leaderboard.rendered.mini_clip.clip_words import (
    WordStage,
    add_words,
    known_alone,
    numbers_of,
    train_rows,
    without_clip_words,
)
from leaderboard.rendered.mini_clip.image_labels import Round
from leaderboard.rendered.mini_clip.model import IMAGE_SIZE, TEXT_POSITIONS, build_model, build_tokenizer
from leaderboard.rendered.mini_clip.pictures import draw_pictures

CPU = torch.device("cpu")
ROWS = "text_model.embeddings.token_embedding.weight"
ALWAYS, NEVER = Reliability(named=1.0, wrong=0.0), Reliability(named=0.0, wrong=0.0)


def quiet(line: str) -> None:
    del line


def events(clips: range):
    return [happening for seed in clips for happening in sample_clip(seed)]


def shipped_captions() -> list[str]:
    """Every caption that ships, and those that mini-clip was trained on of some scenes."""
    texts = caption_corpus(draw_pictures(range(500, 506), processes=1, chunk=3), ALWAYS, 0)
    for split in ("validation", "test"):
        texts += [
            text for captions in open_split("fg-rendered", split).captions.values() for text in captions
        ]
        for subset in SUBSETS:
            for row in load_benchmark("fg-rendered", subset, split):
                texts += [row.positive, *row.negatives]
    return list(dict.fromkeys(texts))


def test_captions_of_words_known_before_keep_their_numbers():
    now = AutoTokenizer.from_pretrained(MINI_CLIP_FOLDER)
    before = known_alone(MINI_CLIP_FOLDER / "tokenizer.json")
    assert len(now) > len(before)
    texts = shipped_captions()
    assert len(texts) > 10_000
    assert now(texts, truncation=True)["input_ids"] == before(texts, truncation=True)["input_ids"]


def test_captions_of_clips_are_whole_words_that_it_knows():
    tokenizer = AutoTokenizer.from_pretrained(MINI_CLIP_FOLDER)
    for happening in events(range(40)):
        for template in TEMPLATES.values():
            assert unknown_words(event_caption(happening.event(), template)) == []
    word, other = clip_words()[0], "rollings"
    assert len(tokenizer(word.upper(), add_special_tokens=False)["input_ids"]) == 1
    assert unknown_words(other) == [other]
    assert len(tokenizer(other, add_special_tokens=False)["input_ids"]) > 1


def test_short_captions_of_clips_are_read_to_their_end():
    tokenizer = AutoTokenizer.from_pretrained(MINI_CLIP_FOLDER)
    texts = [event_caption(happening.event(), SHORT) for happening in events(range(400))]
    assert max(map(len, tokenizer(texts)["input_ids"])) <= TEXT_POSITIONS


def test_a_frame_is_told_by_words_of_its_event_or_by_its_thing_alone():
    rng = random.Random(0)
    happening, *others = sample_clip(7)
    verb = happening.event().verb
    plain = {frame_caption(happening, others, NEVER, rng) for _ in range(50)}
    assert all(happening.things[0].category in text for text in plain)
    assert not any(word in text.split() for text in plain for word in ("action", "manner", verb))
    told = Counter(frame_caption(happening, others, ALWAYS, rng) for _ in range(300))
    assert any(f"action is {verb}" in text for text in told)
    wrong = Reliability(named=1.0, wrong=1.0)
    elsewhere = [frame_caption(happening, others, wrong, rng) for _ in range(300)]
    assert not any(f"action is {verb}," in text for text in elsewhere)
    assert any(f"action is {other.event().verb}" in text for text in elsewhere for other in others)


def test_only_the_rows_of_new_words_are_trained_and_they_learn():
    tokenizer = build_tokenizer(["a ball on the road", "a red box", "a mug", "a spine", "a spinet"] * 9)
    torch.manual_seed(0)
    model = build_model(tokenizer).eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    piece, count = tokenizer.convert_tokens_to_ids("spin"), len(tokenizer)
    new = add_words(model, tokenizer, ["ball", "roll", "spin"], seed=0)
    numbers = numbers_of(new, tokenizer)
    assert new == ["roll", "spin"] and numbers.tolist() == [count, piece]
    drawn = model.text_model.embeddings.token_embedding.weight.detach()[numbers].clone()
    frames = torch.randint(0, 256, (8, 3, IMAGE_SIZE, IMAGE_SIZE), dtype=torch.uint8)
    bank = numbered([], [["a ball roll"], ["a ball spin"]] * 4, tokenizer)
    training = Round(steps=3, batch=4, learning_rate=1e-2, warm_up=1, weight_decay=0.0)
    train_rows(model, numbers, frames, bank, replace(WordStage(), training=training), CPU, quiet)
    after = model.state_dict()
    rows = after.pop(ROWS)
    assert not (rows[numbers] == drawn).all(dim=1).any()
    others = [number for number in range(count) if number != piece]
    assert torch.equal(rows[others], before.pop(ROWS)[others])
    assert all(torch.equal(after[name], before[name]) for name in before)


def test_the_stage_can_be_taken_off_again():
    model, tokenizer = without_clip_words(MINI_CLIP_FOLDER)
    assert model.config.text_config.vocab_size == len(tokenizer)
    assert add_words(model, tokenizer, clip_words(), seed=0)
    assert len(tokenizer) == len(AutoTokenizer.from_pretrained(MINI_CLIP_FOLDER))


def test_its_clips_are_of_no_split_and_the_shipped_model_says_what_they_were():
    stage = WordStage()
    assert all(stage.first_clip >= first + MOST for first in FIRST.values())
    recipe = json.loads((MINI_CLIP_FOLDER / "training.json").read_text())
    assert recipe["words"]["clips"] == stage.clips
    assert recipe["words"]["reliability"] == {
        "named": stage.reliability.named,
        "wrong": stage.reliability.wrong,
    }
