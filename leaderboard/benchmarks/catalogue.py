"""The benchmarks there are, as data: where their rows lie, at which revision, what their columns are called."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from leaderboard.benchmarks.annotation import (
    ARO_COLUMNS,
    ARO_FILE_COLUMNS,
    FG_OVD_COLUMNS,
    OURS,
    OURS_WHOLE,
    SUGARCREPE_COLUMNS,
    Columns,
)

CAPTIONS_AN_IMAGE = 5
"""Of COCO's images some have six or seven captions: the usual protocol takes five of each, 25,000 for the 5,000
images of the test split (`sentids[:5]` in what follows Karpathy & Fei-Fei, CVPR 2015).
"""

RETRIEVAL_LIMIT = 1000


GITHUB = "github:"
OWN = re.compile(r"own_[a-z0-9_]{1,40}(?<!_top1)")
"""Names of the subsets of a benchmark of one's own: they never are those of another, nor of a column, whatever its file
calls them."""


@dataclass(frozen=True, slots=True)
class Subset:
    """A part of a benchmark: `config` is its name in the source, `negatives` how many of them are scored."""

    name: str
    config: str
    title: str
    negatives: int
    file: str = ""
    """Stem of its annotation file, where that is neither the name nor the config."""

    @property
    def chance_rank(self) -> float:
        """Expected rank of the positive among `negatives` + 1 candidates in random order: (N + 2) / 2."""
        return (self.negatives + 2) / 2


def _by_name(*subsets: Subset) -> dict[str, Subset]:
    return {subset.name: subset for subset in subsets}


SUBSETS: dict[str, Subset] = _by_name(
    Subset("hard", "1_attributes", "Hard", 10, "h_attributes_llava"),
    Subset("medium", "2_attributes", "Medium", 10, "m_attributes_llava"),
    Subset("easy", "3_attributes", "Easy", 10, "e_attributes_llava"),
    Subset("trivial", "shuffle_negatives", "Trivial", 10, "shuffle_negatives_llava"),
    Subset("color", "color", "Color", 10),
    Subset("material", "material", "Material", 10),
    Subset("pattern", "pattern", "Pattern", 7),
    Subset("transparency", "transparency", "Transparency", 2),
)
"""FG-OVD's eight, in the leaderboard's order. Numbers of negatives: `limits` in eval_util.py of
lorebianchi98/FG-CLIP, the evaluation code of arXiv 2404.03539. Files: data/fgovd of 360CVGroup/FG-CLIP.
"""


CLIP_SUBSETS: dict[str, Subset] = _by_name(
    Subset("clip_event", "clip_event", "Event", 8),
    Subset("clip_verb", "clip_verb", "Verb", 18),
    Subset("clip_verb_one_frame", "clip_verb_one_frame", "Verb, one frame", 18),
)
"""Of clips of events, wherever they are from; the numbers of negatives are those of the drawn ones."""


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Where a benchmark's rows are: `path` is a Hub dataset repo, a local folder or "github:owner/name".

    `revision` pins a repo. `rebuilt` says by which command a split comes into being that is too large to
    ship; it then lies in the cache folder, under the benchmark's name. `blobs` are the files of a GitHub
    repo: path to git's id of the content. `columns` are what a row's fields may be called, the first that fits.
    A folder of the benchmark's name in FG_DATA goes before `path`.
    """

    name: str
    path: str
    revision: str | None = None
    licence: str = "unknown"
    citation: str = ""
    rebuilt: Mapping[str, str] = field(default_factory=dict)
    subsets: Mapping[str, Subset] = field(default_factory=lambda: SUBSETS)
    columns: tuple[Columns, ...] = (OURS, FG_OVD_COLUMNS)
    blobs: Mapping[str, str] = field(default_factory=dict)
    images: str = "http://images.cocodataset.org/"
    """Address that a row's file name is put behind, where the row has no address of its own."""
    captions: str | None = None
    """The benchmark whose captions coarse retrieval is measured on, where it has none of its own."""


FG_OVD_BLOBS = {
    "benchmarks/1_attributes.json": "fd77be3a90e729362b3d4c0347a63050352abe34",
    "benchmarks/2_attributes.json": "52ee93eb944a89fe0d2edd75801e2e60461f254d",
    "benchmarks/3_attributes.json": "b446db2b677744c4d200df303b25ca4a14cdad8b",
    "benchmarks/color.json": "102d0e761b3f7085d6b626e9f3a13bab14b0ec09",
    "benchmarks/material.json": "188f5ba237788a66762b1d2176c79f5393653697",
    "benchmarks/pattern.json": "19475cf2bd66f067ad3035ce9e232c52d18e9149",
    "benchmarks/shuffle_negatives.json": "b542545a604439eaa8c779441753fd4510b36386",
    "benchmarks/transparency.json": "7edfb7ba959886db07f9a712f097c60604f26123",
    "validation_sets/1_attributes.json": "15ad13699e041b7e16a8f0f603e913877b4f6942",
    "validation_sets/2_attributes.json": "c328cc7bdc6d3ead0e9c886101929df31de461c5",
    "validation_sets/3_attributes.json": "10f9efab4f9a21d9536af6f4af3259fe9e55e7b7",
    "validation_sets/color.json": "b7175a21e29e11a8f4a25639378b5ce8529443fc",
    "validation_sets/material.json": "bdfe60861fd6ee9770ba6b4178e3317078bcd818",
    "validation_sets/pattern.json": "63254ba5835133460f04341e60779d6f804c581f",
    "validation_sets/shuffle_negatives.json": "537c28ada2799f27a7ed3cabc38be55e72fa92d2",
    "validation_sets/transparency.json": "ee6c6e21914ed06a3ccc5542f21c45a5c837fe61",
    "training_sets/1_attributes.json": "64023fb23dbdadd475f77f198aac836db63d4caa",
    "training_sets/2_attributes.json": "d658ae2afcc11ed17a54c8096c2cc7d30c1dd936",
    "training_sets/3_attributes.json": "fa8405182e8e6219c5a05970fa9d80b76e4bea1d",
    "training_sets/color.json": "3d054af4a991115fdedada29218a4099c2cb7dc6",
    "training_sets/material.json": "91ef2f0300954f68b0ed31f58a6fcc80df72f0df",
    "training_sets/pattern.json": "5ef1c75fed2288df681faba9a060afcd1de09d67",
    "training_sets/shuffle_negatives.json": "547b2ce4e09112fdf673e4d372f650a09b36fae1",
    "training_sets/transparency.json": "f7cb7ddad3435c5bc2979a9288dec68986e8d014",
}
SUGARCREPE_BLOBS = {
    "data/add_att.json": "71c463725f3f9bae0a9227a01ae5d431db235396",
    "data/add_obj.json": "289b22a04690f6f542bb048346021d768ec9b24d",
    "data/replace_att.json": "6393e04971c06cb62a8fed62ef2805ff6c7c5666",
    "data/replace_obj.json": "1585a4a6998d785c043fb923d8e0248436d9da51",
    "data/replace_rel.json": "8716359e17fa36d37e75c6eff5e94826cdb047e5",
    "data/swap_att.json": "375fdd6d372e22e43c0dfbe898c1ec1494016b8c",
    "data/swap_obj.json": "db5abe6b488fa38c4b67d1d3da87b6b5c2e1e626",
}
SUGARCREPE_SUBSETS = _by_name(
    Subset("replace_obj", "replace_obj", "Replace object", 1),
    Subset("replace_att", "replace_att", "Replace attr.", 1),
    Subset("replace_rel", "replace_rel", "Replace rel.", 1),
    Subset("swap_obj", "swap_obj", "Swap objects", 1),
    Subset("swap_att", "swap_att", "Swap attr.", 1),
    Subset("add_obj", "add_obj", "Add object", 1),
    Subset("add_att", "add_att", "Add attr.", 1),
)
SWAPS = "Drawn scenes in the manner of SugarCrepe (arXiv 2306.14610) and ARO (Yuksekgonul et al., ICLR 2023)"
SWAP_SUBSETS = _by_name(
    Subset("swapped_attribute", "swapped_attribute", "Swapped attr.", 1),
    Subset("swapped_relation", "swapped_relation", "Swapped rel.", 1),
)
ARO = "Yuksekgonul et al., When and why vision-language models behave like bags-of-words, ICLR 2023"


def _aro(kind: str, repo: str, revision: str) -> Benchmark:
    # The authors' files lie on Google Drive; these Hub copies carry the images. The authors crop the box
    # (dataset_zoo/aro_datasets.py of mertyg/vision-language-models-are-bows), so it is cropped here. That the
    # column is called bbox is what the relation copy's card says; the attribution copy's card was not seen.
    subset = Subset(kind, "default", kind.capitalize(), 1, file=f"visual_genome_{kind}")
    columns = (ARO_COLUMNS, ARO_FILE_COLUMNS)
    return Benchmark(f"aro-{kind}", repo, revision, "MIT", ARO, subsets=_by_name(subset), columns=columns)


BENCHMARKS: dict[str, Benchmark] = {
    benchmark.name: benchmark
    for benchmark in (
        Benchmark(
            name="fg-rendered",
            path=str(Path(__file__).parents[1] / "rendered" / "data"),
            licence="CC BY 4.0",
            citation="Rendered scenes in the shape of FG-OVD (Bianchi et al., CVPR 2024, arXiv 2311.17518)",
            rebuilt={"train": "python -m leaderboard.rendered build --split train"},
        ),
        Benchmark(
            name="fg-rendered-swaps",
            path=str(Path(__file__).parents[1] / "rendered" / "data"),
            licence="CC BY 4.0",
            citation=SWAPS,
            rebuilt=dict.fromkeys(("test", "validation"), "python -m leaderboard.rendered swaps"),
            subsets=SWAP_SUBSETS,
            columns=(OURS_WHOLE,),
        ),
        Benchmark(
            name="fg-ovd",
            path=f"{GITHUB}lorebianchi98/FG-OVD",
            revision="d124bc5e59f4aacd33133e8b745c8252d4b05030",
            licence="not stated by the authors; the images belong to their Flickr owners",
            citation="Bianchi et al., The devil is in the fine-grained details, CVPR 2024, arXiv 2311.17518",
            blobs=FG_OVD_BLOBS,
            captions="coco-karpathy",
        ),
        Benchmark(
            name="sugarcrepe",
            path=f"{GITHUB}RAIVNLab/sugar-crepe",
            revision="0047054b243992f0fad63d6f64f7544862daf846",
            licence="MIT",
            citation="Hsieh et al., SugarCrepe, NeurIPS 2023, arXiv 2306.14610",
            subsets=SUGARCREPE_SUBSETS,
            columns=(SUGARCREPE_COLUMNS, OURS),
            blobs=SUGARCREPE_BLOBS,
            images="http://images.cocodataset.org/val2017/",
        ),
        # Copies and revisions: those that the tasks AROVisualAttribution and AROVisualRelation of mteb pin.
        _aro("attribution", "mteb/ARO-Visual-Attribution", "25fe9b460426ff67cdb0608a737c94f8f49a901e"),
        _aro("relation", "mteb/ARO-Visual-Relation", "53c1115ab5871ab33b09d5bb8856236d46bdaf2d"),
        Benchmark(
            name="coco-karpathy",
            path="yerevann/coco-karpathy",
            # Not the commit before the last that touches data/: there restval alone is named as a split of its
            # own, and datasets then offers no other.
            revision="448fdb1bc7b2d09e46881c4541a14d796a3d41e8",
            licence="CC BY 4.0 (captions); the images belong to their Flickr owners",
            citation="Karpathy & Fei-Fei, CVPR 2015: the split of COCO captions (Chen et al., arXiv 1504.00325)",
            subsets={},
        ),
    )
}


def known_subsets() -> dict[str, Subset]:
    """Every subset of every benchmark by name: FG-OVD's eight first, in the leaderboard's order. Of two of one name the
    first; what a benchmark's own is, its row says.
    """
    known = dict(SUBSETS)
    for row in BENCHMARKS.values():
        known |= {name: subset for name, subset in row.subsets.items() if name not in known}
    return known | CLIP_SUBSETS


def chance_of(benchmark: str, subset: str) -> float | None:
    """The expected rank of guessing among the candidates that the benchmark's subset has; None where it is not known."""
    row = BENCHMARKS.get(benchmark)
    found = (row.subsets if row else known_subsets()).get(subset)
    return found.chance_rank if found else None


def subset_titles(names: Iterable[str]) -> dict[str, str]:
    """Name → title of those subsets, known ones first in the leaderboard's order, then those of one's own in theirs.

    Names that are neither are left out.
    """
    given = dict.fromkeys(names)
    known = {name: subset.title for name, subset in known_subsets().items() if name in given}
    return known | {name: own_title(name) for name in given if name not in known and OWN.fullmatch(name)}


def averaged(names: Iterable[str]) -> tuple[str, ...]:
    """The subsets that a mean is over for a benchmark that has some of `names`: all of FG-OVD's, or of the row
    whose they are; those of a benchmark of one's own.
    """
    given = set(names)
    if not given or given & SUBSETS.keys():
        return tuple(SUBSETS)
    several = (*(row.subsets for row in BENCHMARKS.values()), CLIP_SUBSETS)
    whose = (subsets for subsets in several if given <= subsets.keys())
    return tuple(next(whose, sorted(given)))


def own_title(name: str) -> str:
    """The title of a subset of one's own."""
    return name.removeprefix("own_").replace("_", " ").capitalize()
