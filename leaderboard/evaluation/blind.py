"""What a head scores without the image: each item's crop replaced by the mean crop, or by another item's.

A head with a bias, or with any direction that the mean crop has, scores captions by their wording alone; how far it gets
with that is no vision. Its gain over a control is what the right crop adds.
"""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor

from heads.candidates import Candidates
from heads.head import Head
from heads.scoring import candidate_ranks, mean, mean_crop_ranks
from leaderboard.benchmarks.samples import Sample
from leaderboard.evaluation.metrics import top1
from leaderboard.records.bootstrap import Interval, intervals, rank_values
from leaderboard.records.figures import BlindControl, BlindControls
from leaderboard.records.packing import WORST, pack_ranks


def blind_result(
    head: Head,
    candidates: Candidates,
    mean: Float[Tensor, " d"],
    image: Int[Tensor, " n"],
    seen: Int[Tensor, " n"],
    seed: int = 0,
) -> BlindControls:
    """Both controls on n items: `mean` is the split's mean crop, `image` numbers each item's image, `seen` is
    the rank of each positive with the right crop. Raises ValueError when a score is not finite.
    """
    found = [mean_crop_ranks(head, candidates, mean)]
    donor = derangement(image, seed)
    if donor is not None:
        shown = Candidates(candidates.image[donor], candidates.captions, candidates.index, candidates.mask)
        found.append(candidate_ranks(head, shown))
    return BlindControls(*_controls(found, seen, image))


def mean_crop(
    subsets: Mapping[str, Candidates], samples: Mapping[str, Sequence[Sample]]
) -> Float[Tensor, " d"]:
    """The mean of the raw embeddings of all regions of the subsets; one that is in several counts once."""
    regions = {
        (sample.image, sample.box): (name, row)
        for name in subsets
        for row, sample in enumerate(samples[name])
    }
    rows: dict[str, list[int]] = {}
    for name, row in regions.values():
        rows.setdefault(name, []).append(row)
    total = torch.stack([subsets[name].image[which].double().sum(dim=0) for name, which in rows.items()])
    return (total.sum(dim=0) / len(regions)).float()


def derangement(image: Int[Tensor, " n"], seed: int) -> Int[Tensor, " n"] | None:
    """For each item another one, of another image, each taken once; None where one image has more than half
    of the items, since then there is none.

    Images stand in random order, the items of each together, and everyone takes from as far ahead as the
    image with most items is long: no item is then of its taker's image.
    """
    _, number, sizes = image.unique(return_inverse=True, return_counts=True)
    longest = int(sizes.max()) if len(image) else 0
    if 2 * longest > len(image) or not longest:
        return None
    generator = torch.Generator().manual_seed(seed)
    items = torch.randperm(len(image), generator=generator)
    place_of_image = torch.randperm(len(sizes), generator=generator)
    order = items[place_of_image[number[items]].argsort(stable=True)]
    donor = torch.empty_like(order)
    donor[order] = order.roll(-longest)
    return donor


def _controls(
    found: Sequence[Int[Tensor, " n"]], seen: Int[Tensor, " n"], image: Int[Tensor, " n"]
) -> list[BlindControl]:
    gains = [(blind - seen).float() for blind in found]
    columns = [
        torch.cat([rank_values(blind), gain[:, None]], dim=1)
        for blind, gain in zip(found, gains, strict=True)
    ]
    ends = intervals(torch.cat(columns, dim=1), image)
    return [
        _control(blind, float(gain.double().mean()), *ends[3 * number : 3 * number + 3])
        for number, (blind, gain) in enumerate(zip(found, gains, strict=True))
    ]


def _control(
    blind: Int[Tensor, " n"],
    gain: float,
    interval: Interval | None,
    top1_interval: Interval | None,
    gain_interval: Interval | None,
) -> BlindControl:
    packed = pack_ranks(blind.tolist()) if int(blind.max()) <= WORST else None
    return BlindControl(mean(blind), top1(blind), gain, interval, top1_interval, gain_interval, packed)
