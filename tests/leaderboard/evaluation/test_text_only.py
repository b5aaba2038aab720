"""What captions give away: the text-only model and the medoid, on made samples and on FG-OVD's own rows."""

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fg_demo import Box
from leaderboard.__main__ import main
from leaderboard.benchmarks.samples import Sample
from leaderboard.benchmarks.split import load_benchmark
from leaderboard.evaluation.text_only import disjoint_folds, fit_text_only, medoid_ranks, text_only_ranks
from leaderboard.records.files import load_results
from tests.support.author_files import FG_OVD, needs
from tests.support.tiny_benchmark import write_benchmark

README = Path(__file__).parents[3] / "README.md"
THINGS = ("mug", "hat", "box", "car", "lamp", "chair", "vase", "shoe")
COLORS = ("red", "green", "blue", "pink", "grey", "black")


def sample(image: str, positive: str, *negatives: str) -> Sample:
    return Sample(image, Box(0, 0, 1, 1), positive, negatives)


def colored(count: int, likely: Sequence[str] = COLORS, seed: int = 0) -> list[Sample]:
    """Things in one of the `likely` colours, against all other colours; each on an image of its own."""
    rng = random.Random(seed)
    samples = []
    for number in range(count):
        thing, true = f"{rng.choice(THINGS)} {number}", rng.choice(likely)
        others = [f"a {color} {thing}" for color in rng.sample(COLORS, len(COLORS)) if color != true]
        samples.append(sample(str(number), f"a {true} {thing}", *others))
    return samples


def with_random_positives(samples: Sequence[Sample], seed: int) -> list[Sample]:
    """The samples with one of each's candidates, whichever, called the positive."""
    rng = random.Random(seed)
    shuffled = []
    for one in samples:
        positive, *negatives = rng.sample((one.positive, *one.negatives), 1 + len(one.negatives))
        shuffled.append(replace(one, positive=positive, negatives=tuple(negatives)))
    return shuffled


def mean(ranks: torch.Tensor) -> float:
    return float(ranks.double().mean())


def test_what_positives_say_oftener_is_found_on_other_images():
    assert mean(text_only_ranks(colored(200, likely=("red", "green")))) == pytest.approx(1.5, abs=0.2)
    assert mean(text_only_ranks(colored(60, ("red",), seed=1), colored(60, ("red",)))) == 1


def test_nothing_is_found_where_positives_are_any_of_their_candidates():
    samples = with_random_positives(colored(600, likely=("red", "green")), seed=1)
    assert mean(text_only_ranks(samples)) == pytest.approx(3.5, abs=0.25)


def test_it_is_the_same_for_the_same_seed():
    samples = colored(80, likely=("red", "green", "blue"))
    assert text_only_ranks(samples, seed=3).equal(text_only_ranks(samples, seed=3))


def test_an_ngram_that_was_not_met_weighs_nothing():
    model = fit_text_only(colored(30))
    one, two = model.score(["a red zebra", "a red giraffe"])
    assert one == two != model.score(["zebra"])[0] == 0
    with pytest.raises(ValueError, match="samples: expected at least one"):
        fit_text_only([])


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=30),
    st.integers(2, 5),
    st.integers(0, 9),
)
def test_folds_share_no_image_and_no_positive(drawn: list[tuple[int, int]], folds: int, seed: int):
    # Two that share nothing with the others, so that there always is something to hold out.
    samples = [sample(f"{image}", f"a {text}", "a hat") for image, text in [*drawn, (10, 10), (11, 11)]]
    fold = disjoint_folds(samples, folds, seed).tolist()
    assert len(set(fold)) > 1 and set(fold) <= set(range(folds))
    for of in (lambda one: one.image, lambda one: one.positive):
        whose = {of(one): number for one, number in zip(samples, fold, strict=True)}
        assert [whose[of(one)] for one in samples] == fold


def test_samples_that_are_all_linked_leave_nothing_to_fit_on():
    linked = [sample("1", "a mug", "a hat"), sample("1", "a box", "a hat"), sample("2", "a box", "a car")]
    with pytest.raises(ValueError, match="got all of them linked"):
        text_only_ranks(linked)


def test_the_medoid_is_the_caption_most_like_its_rivals():
    swapped = sample("1", "a red wool mug", "a blue wool mug", "a red tin mug", "a red wool hat")
    apart = sample("2", "a zebra", "a red wool mug", "a red tin mug")
    assert medoid_ranks([swapped, apart]).tolist() == [1, 3]


def test_rivals_alike_are_tied_in_any_order():
    texts = [f"a {color} mug with a lid" for color in COLORS]
    for shift in range(len(texts)):
        first, *others = texts[shift:] + texts[:shift]
        assert medoid_ranks([sample("1", first, *others)]).tolist() == [len(texts)]


def test_the_command_writes_what_it_prints(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    benchmark = write_benchmark(tmp_path / "tiny", images=12, configs={"1_attributes": 10})
    command = ["text-only", "--benchmark", str(benchmark), "--results", str(tmp_path / "results")]
    assert main([*command, "--fitted-on", "validation"]) == 0
    printed = capsys.readouterr().out
    records, problems = load_results(tmp_path / "results")
    assert problems == [] and {record.head.name for record in records} == {"text only", "medoid"}
    for record in records:
        hard = record.subsets["hard"]
        assert hard.n == 24 and hard.ranks and hard.items and hard.images
        assert f"{hard.mean_rank:.2f}" in printed
        assert "Sees no image." in record.notes
    medoid, fitted = sorted(records, key=lambda record: record.head.name)
    assert [(record.head.sees_image, record.head.set_aware) for record in (fitted, medoid)] == [
        (False, False),
        (False, True),
    ]
    assert not fitted.head.competes and fitted.protocol == medoid.protocol
    assert fitted.head.trained_on == f"tiny validation, revision {fitted.benchmark.revision}"


def test_fitting_on_the_split_that_is_measured_is_refused(capsys: pytest.CaptureFixture[str]):
    assert main(["text-only", "--fitted-on", "test"]) == 2
    assert "fitted-on: expected another split" in capsys.readouterr().err


MEASURED = {
    "hard": 2.01,
    "medium": 1.43,
    "easy": 1.30,
    "trivial": 1.94,
    "pattern": 1.62,
    "transparency": 1.13,
}
"""By another implementation of the same description, on the same rows."""


@needs(FG_OVD)
@pytest.mark.slow
@pytest.mark.parametrize("subset", MEASURED)
def test_fg_ovd_is_solved_without_looking(subset: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FG_DATA", str(FG_OVD.parent))
    samples = load_benchmark("fg-ovd", subset)
    assert mean(text_only_ranks(samples)) == pytest.approx(MEASURED[subset], abs=0.1)


@needs(FG_OVD)
@pytest.mark.slow
def test_the_command_of_the_readme_finds_the_same_without_an_image(tmp_path: Path):
    assert "python -m leaderboard text-only --benchmark fg-ovd" in README.read_text(encoding="utf-8")
    command = [
        "text-only",
        "--benchmark",
        "fg-ovd",
        "--data",
        str(FG_OVD.parent),
        "--subsets",
        "hard,medium,easy",
    ]
    assert main([*command, "--results", str(tmp_path)]) == 0
    records, _ = load_results(tmp_path)
    (fitted,) = (record for record in records if record.head.name == "text only")
    for subset, result in fitted.subsets.items():
        assert result.mean_rank == pytest.approx(MEASURED[subset], abs=0.1)


@needs(FG_OVD)
@pytest.mark.slow
def test_fg_ovd_with_random_positives_is_at_chance(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("FG_DATA", str(FG_OVD.parent))
    samples = with_random_positives(load_benchmark("fg-ovd", "hard"), seed=0)
    assert mean(text_only_ranks(samples)) == pytest.approx(5.96, abs=0.15)
