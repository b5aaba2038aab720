"""A detector and a head beside it on a small benchmark: four records of the same items, that pair."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fg_demo.models.clip import load_backbone
from fg_demo.models.detectors.detector import Detections, DetectorSettings, best_boxes
from heads.kinds.cosine import CosineHead
from leaderboard.benchmarks.split import open_split
from leaderboard.embedding.embed import Embedder
from leaderboard.evaluation.detection.decomposition import head_ranks, head_scores, verified_ranks
from leaderboard.evaluation.detection.records import Tokens, decomposition_records, detector_record, find
from leaderboard.evaluation.detection.scored import detector_ranks, scored
from leaderboard.records.files import from_json, to_json
from leaderboard.records.paired import paired_records
from leaderboard.records.record import HeadEntry
from tests.leaderboard.evaluation.detection.cases import HERE, THERE, region
from tests.support.boards import boards
from tests.support.tiny_clip import write_tiny_clip

TRUE = ([10.0, 10.0, 40.0, 50.0], [50.0, 20.0, 80.0, 60.0])
"""The two regions that every image of the tiny benchmark has."""


class KnowingDetector:
    """Finds the boxes of the tiny benchmark, or none, and scores each caption by a digest of it."""

    name, revision, device = "knowing", "1", "cpu"

    def __init__(self, finds: bool = True, set_aware: bool = False, limit: int = 16):
        self._finds = finds
        self.settings = DetectorSettings(100, limit, "all at once", set_aware)

    def token_counts(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) + 2 for text in texts]

    def detect(self, images: Sequence[Image.Image], vocabularies) -> list[list[Detections]]:
        return [[self._found(one) for one in of_image] for of_image in vocabularies]

    def _found(self, texts: Sequence[str]) -> Detections:
        boxes = torch.tensor(TRUE if self._finds else [[0.0, 0.0, 3.0, 3.0]])
        scores = torch.tensor([[(sum(text.encode()) * 37 % 101 + 1) / 103 for text in texts]] * len(boxes))
        return best_boxes(boxes, scores, 100)


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    return load_backbone(str(write_tiny_clip(tmp_path_factory.mktemp("models") / "tiny-clip")), device="cpu")


@pytest.fixture
def embedder(backbone, tmp_path) -> Embedder:
    return Embedder(backbone, tmp_path / "cache")


def found(detector, benchmark: Path, tmp_path: Path, tokens: Tokens | None = None):
    return find([(detector, tmp_path / "found.parquet")], open_split(str(benchmark)), tokens)[0]


def test_four_records_of_the_same_items_stand_on_one_board(tiny_benchmark, tmp_path, backbone, embedder):
    seen = found(KnowingDetector(), tiny_benchmark, tmp_path)
    entry = HeadEntry("cosine", "cosine", "-", "none")
    records = [
        detector_record(seen, "detect"),
        *decomposition_records(seen, CosineHead(), entry, backbone, embedder, "detect"),
    ]
    assert [one.head.name for one in records] == [
        "knowing",
        "cosine on true boxes",
        "cosine on found boxes",
        "cosine × detector",
    ]
    assert len(boards(records)) == 1
    assert all(from_json(to_json(one)) == one for one in records)
    alone, true, on_found, product = records
    assert paired_records(true, on_found).difference == 0  # it found exactly the true boxes
    assert paired_records(alone, product).n == paired_records(alone, true).n > 0
    assert alone.detector is not None and alone.detector.boxes == 100 and true.detector is None
    assert all(result.average_precision is not None for result in alone.subsets.values())
    assert "ranks last" in str(alone.protocol) and alone.subsets["hard"].chance == 3.5


def test_a_detector_that_finds_nothing_ranks_last_with_any_head(tiny_benchmark, tmp_path, backbone, embedder):
    seen = found(KnowingDetector(finds=False), tiny_benchmark, tmp_path)
    entry = HeadEntry("cosine", "cosine", "-", "none")
    alone = detector_record(seen, "detect")
    _, on_found, product = decomposition_records(seen, CosineHead(), entry, backbone, embedder, "detect")
    for record in (alone, on_found, product):
        assert {name: result.mean_rank for name, result in record.subsets.items()} == {
            name: (3 if name in ("color", "material", "pattern", "transparency") else 6)
            for name in record.subsets
        }
    assert alone.subsets["hard"].average_precision == 0


def test_scores_that_see_all_captions_are_on_a_board_of_their_own(tiny_benchmark, tmp_path):
    plain = detector_record(found(KnowingDetector(), tiny_benchmark, tmp_path), "detect")
    aware = found(KnowingDetector(set_aware=True), tiny_benchmark, tmp_path / "other")
    record = detector_record(aware, "detect")
    assert record.head.name == "knowing (captions all at once)" and "each score sees all" in str(
        record.protocol
    )
    assert len(boards([plain, record])) == 2


def test_captions_too_long_to_be_read_are_refused_before_anything_is_detected(tiny_benchmark, tmp_path):
    with pytest.raises(
        ValueError, match=r"captions: expected at most 4 tokens, .* longer, such as 'a .* box'; --items short"
    ):
        found(KnowingDetector(limit=4), tiny_benchmark, tmp_path)
    assert not (tmp_path / "found.parquet").exists()


def test_short_items_say_how_many_were_left_out_and_what_map_is_with_them_missed(tiny_benchmark, tmp_path):
    detector = KnowingDetector()
    tokens = Tokens(lambda texts: [17 if "pink" in text else 4 for text in texts], "a tokenizer")
    record = detector_record(found(detector, tiny_benchmark, tmp_path, tokens), "detect")
    assert "at most 16 tokens (a tokenizer)" in str(record.protocol)
    assert any("with a caption above 16 tokens" in note for note in record.notes)
    assert any("count as missed, as in NoctOWL's evaluator" in note for note in record.notes)


def test_detection_times_head_lets_each_overrule_the_other(tmp_path, backbone, embedder):
    """A sure head turns an unsure detector, and the other way round; a region not found stays last."""
    sample = region("1", HERE, "a red mug", 1)
    other = region("1", THERE, "a red mug", 1)
    images = {"1": Image.fromarray(np.full((100, 100, 3), 128, np.uint8))}
    head = CosineHead()
    of_head = head_scores_of(head, sample, images, embedder)
    wrong = int(of_head[0] > of_head[1])  # the caption that the head likes less
    unsure = torch.tensor([[0.5, 0.5]])
    sure = torch.zeros(1, 2)
    sure[0, wrong] = 1.0
    box = torch.tensor([[HERE.left, HERE.top, HERE.right, HERE.bottom]]).float()
    key = ("1", (sample.positive, *sample.negatives))
    for scores, expected in ((unsure, 1 + int(of_head[0] <= of_head[1])), (sure, 1 if wrong == 0 else 2)):
        items = scored([sample, other], {key: Detections(box, scores)})
        alone, product = verified_ranks(head, items, images, embedder, 100.0)
        assert product.tolist() == [expected, 2]
        assert alone.tolist() == [int(head_ranks(head, [sample], images, embedder)[0]), 2]
        assert detector_ranks(items).tolist()[1] == 2


def head_scores_of(head, sample, images, embedder) -> torch.Tensor:
    return head_scores(head, [sample], images, embedder)[0]


def test_its_board_does_not_say_what_guessing_gives_among_more_negatives(tiny_benchmark, tmp_path):
    (board,) = boards([detector_record(found(KnowingDetector(), tiny_benchmark, tmp_path), "detect")])
    assert not any("guessing gives" in column.help for column in board.table.values())
