"""Files of embeddings: a Candidates file a subset, the Pairs of all captions, and what else is asked for."""

import json
from collections.abc import Mapping
from pathlib import Path

from fg_demo.models.backbone import Encoder, is_compiled
from heads.candidates import Candidates, save_candidates
from heads.io.atomic import remove, replacing
from heads.pairs import Pairs, save_pairs
from heads.values import Values, save_values, value_places
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import BenchmarkSplit
from leaderboard.embedding.crops import COMPILED
from leaderboard.embedding.engine import LEFT_OUT
from leaderboard.evaluation.attributes import named_values
from leaderboard.evaluation.measure import benchmark_entry
from leaderboard.records.record import CAPTIONS
from leaderboard.training_files.asked import VALUES, Asked


def save_files(
    asked: Asked,
    candidates_of: Mapping[str, Candidates],
    pairs: Pairs | None,
    about: dict[str, str],
    output: Path,
) -> None:
    """Writes what `asked` gave into `output`, and names each file on stdout; `about` is `origin` of it."""
    samples_of = asked.samples()
    # What is known of the captions that a head has seen goes by their subset: none named, all of them.
    whole = {"subset": next(iter(samples_of)) if len(samples_of) == 1 else "", **about}
    if asked.values:
        _save_values(candidates_of[VALUES], asked.described(), output, whole)
    for name, candidates in candidates_of.items():
        if name != VALUES:
            _save_candidates(
                name, candidates, {"subset": name, **about} if name in samples_of else whole, output
            )
    if pairs:
        _save_pairs(pairs, about, output)
    of = {sample.image for some in samples_of.values() for sample in some} | asked.opened.captions.keys()
    _save_left_out(asked.left_out, len(of | asked.left_out.keys()), output)


def origin(opened: BenchmarkSplit, encoder: Encoder) -> dict[str, str]:
    """What every file says of where its embeddings are from."""
    entry = benchmark_entry(opened)
    return {
        "backbone": encoder.name,
        "backbone_revision": encoder.revision,
        **({} if encoder.precision == "full" else {"precision": encoder.precision}),
        **({"compiled": COMPILED} if is_compiled(encoder) else {}),
        "benchmark": entry.name,
        "benchmark_revision": str(entry.revision),
        "split": opened.split,
    }


def _save_candidates(name: str, candidates: Candidates, about: dict[str, str], output: Path) -> None:
    path = save_candidates(candidates, output / f"{name}.safetensors", **about)
    print(f"{path}: {len(candidates):,} regions, {len(candidates.captions):,} captions")


def _save_pairs(pairs: Pairs, about: dict[str, str], output: Path) -> None:
    path = save_pairs(pairs, output / f"{CAPTIONS}.safetensors", subset=CAPTIONS, **about)
    print(f"{path}: {len(pairs.image):,} images, {len(pairs.text):,} captions")


def _save_left_out(left_out: dict[str, str], of: int, output: Path) -> None:
    """Writes which of so many images are left out, and why; no file where none are."""
    remove(output / LEFT_OUT)
    if left_out:
        with replacing(output / LEFT_OUT) as aside:
            aside.write_text(json.dumps({"of": of, "left_out": left_out}, indent=1) + "\n", encoding="utf-8")


def _save_values(alone: Candidates, described: list[Sample], output: Path, about: dict[str, str]) -> None:
    """Writes the regions with the values that their captions, the first of `alone`, name."""
    named, factors = value_places([named_values(sample.positive) for sample in described])
    of_regions = Values(alone.image, alone.captions[alone.index[:, 0]], named, factors)
    path = save_values(of_regions, output / f"{VALUES}.safetensors", **about)
    print(f"{path}: {len(of_regions):,} regions, {len(factors)} factors")
