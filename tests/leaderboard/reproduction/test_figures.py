"""Figures beside the published ones: which belong together, and when one is met."""

import re
from pathlib import Path

import pytest
from transformers import CLIPConfig, CLIPTextConfig, CLIPVisionConfig

from leaderboard.records.files import load_results
from leaderboard.records.folders import RESULTS
from leaderboard.records.overall import mean_rank_over_subsets
from leaderboard.records.record import BenchmarkEntry
from leaderboard.reproduction.amounts import Amount, amount_of, need_of, shown_bytes
from leaderboard.reproduction.estimate import Rates, Sizes, measured_rates, shown_seconds, sizes_of
from leaderboard.reproduction.figures import TABLE, Beside, beside, published_name, to_markdown
from leaderboard.reproduction.pipeline import RELEASED, Pipeline
from tests.support.board_records import board_record
from tests.support.tiny_clip import write_tiny_clip

CLIP = "openai/clip-vit-base-patch16"
PAPER = Pipeline(CLIP, "fg-ovd")


def test_each_figure_of_the_papers_table_has_its_head():
    stated = {
        (one.head.name, one.head.stage) for one in load_results(RESULTS)[0] if "2024-09" in (one.source or "")
    }
    ours = [f"{name}-clip-vit-base-patch16" for one in PAPER.trainings for name in (one.name, one.warm_up)]
    named = {published_name(PAPER, head) for head in ("cosine", *ours)} - {None}
    assert named == stated and len(stated) == 11
    assert {published_name(PAPER, head) for head in RELEASED} < stated


def test_a_figure_is_met_within_interval_and_seeds():
    record = board_record(
        head="linear-clip-vit-base-patch16", backbone=CLIP, benchmark=BenchmarkEntry("fg-ovd", "cafe", "test")
    )
    lines = beside(PAPER, [record, *load_results(RESULTS)[0]])
    mean = next(one for one in lines if one.figure == "mean rank")
    assert mean.ours == mean_rank_over_subsets(record) and mean.published == pytest.approx(1.46)
    assert mean.within > 0.04 and mean.met == (abs(mean.ours - 1.46) <= mean.within)
    assert [one.figure for one in lines] == ["mean rank", "I→T R@1", "I→T R@10", "T→I R@1", "T→I R@10"]
    text = to_markdown(lines)
    assert TABLE in text and (RESULTS / TABLE).is_file()
    met = sum(one.met is True for one in lines)
    assert f"{met} of 5 published figures met" in text and text.count("**no**") == 5 - met


def test_a_head_that_the_paper_has_not_and_another_backbone_stand_without_a_published_figure():
    new = board_record(
        head="blend-clip-vit-base-patch16", backbone=CLIP, benchmark=BenchmarkEntry("fg-ovd", "c", "test")
    )
    other = board_record(head="linear-mini-clip")
    lines = beside(PAPER, [new, other, *load_results(RESULTS)[0]])
    assert {one.head for one in lines} == {"blend-clip-vit-base-patch16"}
    assert all(one.published is None and one.met is None for one in lines)
    assert "0 of 0 published figures met" in to_markdown(lines)


def test_both_ends_of_what_is_within():
    assert Beside("a", "mean rank", 1.5, 1.4, 0.11).met and Beside("a", "mean rank", 1.5, 1.6, 0.11).met
    assert Beside("a", "mean rank", 1.5, 1.7, 0.11).met is False


def test_operations_are_those_that_torch_counts(tmp_path: Path):
    """Against torch's own counter, for one layer of ViT-B/16's sizes: see also tests/bench."""
    from tests.bench.bench_embed import image_operations, text_operations

    assert Sizes().crop_operations() == pytest.approx(image_operations(), rel=1e-4)
    assert Sizes().caption_operations(24) == pytest.approx(text_operations(24), rel=1e-3)
    folder = write_tiny_clip(tmp_path / "clip", dim=24)
    config = CLIPConfig.from_pretrained(folder)
    assert isinstance(config.vision_config, CLIPVisionConfig) and isinstance(
        config.text_config, CLIPTextConfig
    )
    assert sizes_of(str(folder)) == Sizes(32, 8, 32, 2, 32, 2, 24)
    assert sizes_of("mini-clip+somebodys") == sizes_of("mini-clip") != Sizes(assumed=True)
    assert sizes_of("nobody/nothing") == Sizes(assumed=True)


def test_the_slower_of_encoding_and_preprocessing_decides():
    sizes, amount = Sizes(), Amount(crops=1000)
    fast, slow = Rates(1e18, 100.0, 2), Rates(1e12, 1e9, 2)
    assert fast.seconds(amount, sizes) == pytest.approx(5.0)
    assert slow.seconds(amount, sizes) == pytest.approx(1000 * sizes.crop_operations() / 4e11)
    found = measured_rates("cpu", Sizes(pixels=32), repetitions=1)
    assert found.operations > 0 and found.preprocessed > 0


def test_amounts_add_up_and_are_shown_with_few_digits():
    both = amount_of([("fg-ovd", "test"), ("coco-karpathy", "test"), ("my.csv", "test")])
    assert both.images == 953 + 5000
    need = need_of(Amount(images=10, crops=3, captions=2, files=7), dim=4, weights=100)
    assert need.fetched == 10 * 163_000 + 107 and need.kept == need.fetched + 5 * (2 * 16 + 32)
    assert [shown_bytes(count) for count in (12, 1200, 19_300_000_000)] == ["12 B", "1.2 kB", "19.3 GB"]
    seconds = {5.0: "5 s", 119.0: "119 s", 600.0: "10 min", 7200.0: "2 h", 400_000.0: "5 days"}
    assert {count: shown_seconds(count) for count in seconds} == seconds


def test_the_documents_name_the_stages_there_are():
    text = (Path(__file__).parents[3] / "docs" / "reproduce.md").read_text(encoding="utf-8")
    from leaderboard.reproduction.pipeline import STAGES

    assert ", ".join(STAGES) in " ".join(text.split())
    assert not re.findall(
        r"[A-Z]+_[A-Z]+", text.replace("FG_IMAGES", "").replace("FG_DATA", "").replace("FG_CACHE", "")
    )
