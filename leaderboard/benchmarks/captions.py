"""The captions that coarse retrieval is measured on."""

from collections import Counter
from collections.abc import Mapping

from leaderboard.benchmarks.catalogue import CAPTIONS_AN_IMAGE, RETRIEVAL_LIMIT, Benchmark
from leaderboard.benchmarks.usual_protocol import takes_first_captions


def measured_captions(
    benchmark: Benchmark, captions: Mapping[str, tuple[str, ...]]
) -> Mapping[str, tuple[str, ...]]:
    """Of a benchmark's captions by image those that its protocol names."""
    return (retrieval_captions if takes_first_captions(benchmark) else usual_captions)(captions)


def retrieval_captions(
    captions: Mapping[str, tuple[str, ...]], limit: int = RETRIEVAL_LIMIT
) -> dict[str, tuple[str]]:
    """The pairs that coarse retrieval is measured on: each image with the first of its captions.

    Images whose first caption another image shares are left out, since neither would be wrong; of the rest
    the first `limit` in the benchmark's order are kept.
    """
    firsts = {image: texts[0] for image, texts in captions.items() if texts}
    images_with = Counter(firsts.values())
    unique = [(image, (text,)) for image, text in firsts.items() if images_with[text] == 1]
    return dict(unique[:limit])


def usual_captions(captions: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """Every image with the first `CAPTIONS_AN_IMAGE` of its captions, as COCO retrieval is usually measured."""
    return {image: texts[:CAPTIONS_AN_IMAGE] for image, texts in captions.items()}
