"""Training data: files of embeddings that were all made with one backbone."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from heads.candidates import Candidates, load_candidates
from heads.io.digests import file_sha256
from heads.io.tensors import read_metadata
from heads.pairs import Pairs, load_pairs
from heads.values import Values, load_values


@dataclass(frozen=True, slots=True)
class Data:
    """The embeddings of a training, and what their files say of themselves."""

    hard: Candidates | None
    validation: Candidates
    pairs: Pairs | None
    validation_pairs: Pairs | None
    values: Values | None
    about: dict[str, dict[str, str]]
    """Name → header and SHA-256 of its file."""
    backbone: str
    backbone_revision: str | None

    def to(self, device: str) -> "Data":
        """The same with all embeddings on `device`."""
        names = ("hard", "validation", "pairs", "validation_pairs")  # values are not trained on
        sets = {name: getattr(self, name) for name in names}
        moved = {name: part.to(device) for name, part in sets.items() if part is not None}
        return replace(self, **moved)

    def without_hard(self) -> "Data":
        """The same without the hard negatives: all that a warm-up sees."""
        about = {name: words for name, words in self.about.items() if name != "hard"}
        return replace(self, hard=None, about=about)

    def judged_on_training(self) -> tuple[str, ...]:
        """In words, where epochs are judged by what is trained on: such a training cannot tell when it overfits."""
        trained_on = {name: self.about[name] for name in ("hard", "pairs", "values") if name in self.about}
        judged_by = {
            name: self.about[name] for name in ("validation", "validation_pairs") if name in self.about
        }
        return tuple(
            f"{judge} {shared} {trained}: its figures say nothing about what is new to the head"
            for judge, judging in judged_by.items()
            for trained, training in trained_on.items()
            if (shared := _shared(judging, training))
        )


def _shared(one: dict[str, str], other: dict[str, str]) -> str:
    """What two files have in common that they should not; empty when it is nothing."""
    if one["sha256"] == other["sha256"]:
        return "is the same file as"
    named = [(words.get("benchmark"), words.get("split")) for words in (one, other)]
    if named[0] == named[1] and None not in named[0]:
        return f"is of {named[0][0]} {named[0][1]}, as is"
    return ""


def read_data(paths: dict[str, Path]) -> Data:
    """The files of `paths`: `validation`, and any of `hard`, `pairs`, `validation_pairs` and `values`.

    Raises FileNotFoundError or ValueError, naming the file, when one is missing or holds something else, or
    they are not all of one backbone. All headers are read before the first embedding.
    """
    headers = {name: read_metadata(path) for name, path in paths.items()}
    backbone, revision = _one_backbone(headers, paths)
    about = {name: {**words, "sha256": file_sha256(paths[name])} for name, words in headers.items()}
    sets = {name: _load(name, path) for name, path in paths.items()}
    absent: dict[str, Any] = dict.fromkeys(("hard", "pairs", "validation_pairs", "values"))
    return Data(**{**absent, **sets}, about=about, backbone=backbone, backbone_revision=revision)


def _load(name: str, path: Path) -> Candidates | Pairs | Values:
    load = {"pairs": load_pairs, "validation_pairs": load_pairs, "values": load_values}
    return load.get(name, load_candidates)(path)


def _one_backbone(about: dict[str, dict[str, str]], paths: dict[str, Path]) -> tuple[str, str | None]:
    """Name and revision of the backbone all files were embedded with; ValueError when they differ."""
    named = {name: (words.get("backbone"), words.get("backbone_revision")) for name, words in about.items()}
    for name, (backbone, revision) in named.items():
        if backbone is None:
            raise ValueError(f"{paths[name]}: backbone: expected its name in the header, got none")
        if (backbone, revision) != named["validation"]:
            raise ValueError(
                f"{paths[name]}: backbone: expected {named['validation']}, that of {paths['validation']}, "
                f"got {(backbone, revision)}"
            )
    backbone, revision = named["validation"]
    return str(backbone), revision
