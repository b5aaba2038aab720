"""Records to test with: one measured here, one taken from a publication."""

from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.records.figures import Recall, RetrievalResult, SubsetResult
from leaderboard.records.record import SCHEMA, BackboneEntry, BenchmarkEntry, HeadEntry, Produced, Record


def measured(
    head: str = "linear", backbone: str = "mini-clip", rank: float = 1.5, recall: float = 0.5
) -> Record:
    """A record with every figure; the subsets' mean ranks are `rank`, `rank` + 0.1, …"""
    subsets = {
        name: SubsetResult(rank + number / 10, 1.0, 0.8, 100, subset.chance_rank)
        for number, (name, subset) in enumerate(SUBSETS.items())
    }
    retrieval = RetrievalResult(Recall(0.1, 0.3, recall, 9.0), Recall(0.2, 0.4, recall + 0.1, 8.0), 200, 200)
    return Record(
        schema=SCHEMA,
        head=HeadEntry(head, "linear", "0123456789ab", "fine-grained"),
        backbone=BackboneEntry(backbone, "ba9876543210", 128),
        benchmark=BenchmarkEntry("fg-rendered", "cafecafecafe", "test"),
        protocol="crop of the given box",
        provenance="measured",
        subsets=subsets,
        retrieval=retrieval,
        produced=Produced(
            "0.1.0", "python -m leaderboard evaluate", "2026-01-02T03:04:05+00:00", "cpu", "c0ffee"
        ),
    )


def published() -> Record:
    """A record as a paper's table gives it: a mean rank without the eight, recall without a median."""
    return Record(
        schema=SCHEMA,
        head=HeadEntry("linear", "linear", stage="fine-grained"),
        backbone=BackboneEntry("openai/clip-vit-base-patch16"),
        benchmark=BenchmarkEntry("FG-OVD"),
        protocol="as published",
        provenance="published",
        retrieval=RetrievalResult(Recall(r1=0.371), Recall(r1=0.356)),
        mean_rank=1.46,
        source="arXiv 2404.03539",
    )
