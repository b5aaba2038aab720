"""From cached embeddings to figures: a head on all eight subsets, and coarse retrieval."""

import torch
from torch import Tensor

from fg_demo import Box
from fg_demo.lookalikes.swaps import HUES
from heads import Candidates, LinearHead, Pairs
from leaderboard.benchmarks.catalogue import SUBSETS
from leaderboard.benchmarks.samples import Sample
from leaderboard.evaluation.evaluate import evaluate, with_controls, without_controls
from leaderboard.evaluation.half_truths import half_truths_result
from leaderboard.evaluation.retrieval import retrieval
from tests.bench.bench_row import Row, in_turn

DIM = 512
REGIONS = {
    "hard": 3545,
    "medium": 2968,
    "easy": 1299,
    "trivial": 3545,
    "color": 2000,
    "material": 2000,
    "pattern": 467,
    "transparency": 409,
}
"""FG-OVD's, counted in its files; those of color and material are a guess, since nothing states them."""

REPEATS = 2.1
"""How often one caption stands in a subset of FG-OVD, on average."""

IMAGES, CAPTIONS_EACH, BEST = 5000, 5, 10
"""COCO's test images of Karpathy's split."""


def measure_metrics(repetitions: int = 5) -> list[Row]:
    """The rows: the eight subsets beside two products of the same bytes, the controls beside what they control, and
    retrieval beside its product.
    """
    return [*subset_rows(repetitions), controls_row(repetitions), retrieval_row(repetitions)]


def subset_rows(repetitions: int) -> list[Row]:
    """All eight subsets for a linear head, as `python -m leaderboard evaluate` computes their figures."""
    subsets, head = random_subsets(), LinearHead(DIM)
    spelled_out = [(subset.image, subset.text) for subset in subsets.values()]
    seconds = in_turn(
        {
            "ours": lambda: evaluate(head, subsets),
            "projected": lambda: [projected(head, subset) for subset in subsets.values()],
            "bare": lambda: [torch.einsum("nd,nkd->nk", image, text) for image, text in spelled_out],
        },
        repetitions,
    )
    what = "metrics: eight subsets, linear head"
    return [
        Row(what, "s", seconds["ours"], "einsums, with projection", seconds["projected"], "≥ 0.33 ×"),
        Row(what, "s", seconds["ours"], "einsum of the scores alone", seconds["bare"]),
    ]


def controls_row(repetitions: int) -> Row:
    """What the blind controls and the half-truths take beside the evaluation that they are added to."""
    subsets, head = random_subsets(), LinearHead(DIM)
    samples = {name: list(map(worded, range(len(subset)), subset.mask)) for name, subset in subsets.items()}
    results, seen = without_controls(head, subsets, samples)
    pairs = {name: half_truth_pairs(subset) for name, subset in subsets.items()}

    def controls() -> None:
        with_controls(head, subsets, samples, results, seen)
        for name, candidates in pairs.items():
            half_truths_result(head, candidates, samples[name])

    runs = {"ours": controls, "alone": lambda: without_controls(head, subsets, samples)}
    seconds = in_turn(runs, repetitions)
    what = "metrics: blind controls and half-truths"
    return Row(what, "s", seconds["ours"], "the evaluation without them", seconds["alone"], "≥ 0.67 ×")


def half_truth_pairs(subset: Candidates) -> Candidates:
    """A pair for each region of a subset, its two captions its own: as many as there can be."""
    rows = len(subset)
    index = torch.arange(2 * rows).view(rows, 2)
    captions = torch.randn(2 * rows, DIM, generator=torch.Generator().manual_seed(1))
    return Candidates(subset.image, captions, index, torch.ones_like(index, dtype=torch.bool))


def worded(number: int, candidates: Tensor) -> Sample:
    """A region with captions of one colour each, two regions an image."""
    captions = [f"a {color} thing {number} with a lid" for color in sorted(HUES)[: len(candidates)]]
    return Sample(str(number // 2), Box(0, 0, 8, 8), captions[0], tuple(captions[1:]))


def random_subsets() -> dict[str, Candidates]:
    """Of FG-OVD's sizes, each caption as often as there; candidates in no order, so that nothing is near."""
    generator = torch.Generator().manual_seed(0)
    subsets = {}
    for name, regions in REGIONS.items():
        candidates = SUBSETS[name].negatives + 1
        captions = int(regions * candidates / REPEATS)
        index = torch.randperm(regions * candidates, generator=generator).view(regions, candidates) % captions
        image, text = (torch.randn(rows, DIM, generator=generator) for rows in (regions, captions))
        subsets[name] = Candidates(image, text, index, torch.ones_like(index, dtype=torch.bool))
    return subsets


@torch.inference_mode()
def projected(head: LinearHead, subset: Candidates) -> Tensor:
    """The products that the head's scores need: each distinct caption projected, and the scores."""
    image = torch.einsum("nd,pd->np", subset.image, head.get_parameter("image.weight"))
    text = torch.einsum("md,pd->mp", subset.captions, head.get_parameter("text.weight"))
    return torch.einsum("np,nkp->nk", image, text[subset.index])


def retrieval_row(repetitions: int) -> Row:
    """Retrieval both ways for a linear head on as many images and captions as COCO's test set has."""
    head, pairs = LinearHead(DIM), random_pairs()
    seconds = in_turn(
        {"ours": lambda: retrieval(head, pairs), "bare": lambda: bare_retrieval(pairs)}, repetitions
    )
    what = f"metrics: retrieval, {IMAGES:,} × {len(pairs):,}, both ways"
    return Row(what, "s", seconds["ours"], "matmul and top-k", seconds["bare"], "≥ 0.33 ×")


def random_pairs() -> Pairs:
    """Five captions an image, near enough to it that recall is neither nothing nor all."""
    generator = torch.Generator().manual_seed(0)
    image = torch.randn(IMAGES, DIM, generator=generator)
    owners = torch.arange(IMAGES).repeat_interleave(CAPTIONS_EACH)
    return Pairs(image, image[owners] + 4 * torch.randn(len(owners), DIM, generator=generator), owners)


@torch.inference_mode()
def bare_retrieval(pairs: Pairs) -> tuple[Tensor, Tensor]:
    """The ten best captions of each image and the ten best images of each caption, from one product."""
    scores = pairs.image @ pairs.text.T
    # A copy, because the best of a column that lies scattered in memory take many times longer to find.
    return scores.topk(BEST, dim=1).indices, scores.T.contiguous().topk(BEST, dim=1).indices
