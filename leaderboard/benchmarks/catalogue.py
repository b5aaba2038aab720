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
from leaderboard.benchmarks.pinned_files import FG_OVD_BLOBS, SUGARCREPE_BLOBS

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
CATEGORY_SUBSETS = _by_name(Subset("category", "category", "Category", 23))
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
            name="fg-rendered-categories",
            path=str(Path(__file__).parents[1] / "rendered" / "data"),
            licence="CC BY 4.0",
            citation="Things of the drawn scenes, told by CLIP's prompts (Radford et al., arXiv 2103.00020)",
            rebuilt=dict.fromkeys(("test", "validation"), "python -m leaderboard.rendered categories"),
            subsets=CATEGORY_SUBSETS,
            columns=(OURS,),
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
