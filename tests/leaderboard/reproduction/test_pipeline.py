"""The pipeline of the embedded backbone, with a runner that only writes what each command would."""

import json
import os
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from leaderboard.embedding.engine import LEFT_OUT
from leaderboard.reproduction import pipeline as pipelines
from leaderboard.reproduction import steps as running
from leaderboard.reproduction.pipeline import Pipeline
from leaderboard.reproduction.run import chosen_steps, steps_of
from leaderboard.reproduction.steps import IncompleteError, StepError, StepsDone, left_out, run_steps

ROWS = ["linear", "linear-image", "linear-text", "mlp", "attention"]
Command = Sequence[str]


class Fake:
    """Writes what the commands would write, and notes them; `fail_at` is a piece of the command that fails, `unreadable`
    how many of 1,000 images embedding leaves out: None of a command that breaks down.
    """

    def __init__(self, results: Path):
        self.unreadable: int | None = 0
        self.results, self.commands, self.fail_at, self.embeddings = results, [], "", "1"

    def __call__(self, command: Command) -> None:
        line = " ".join(command)
        self.commands.append(line)
        if self.fail_at and self.fail_at in line:
            raise OSError(f"python -m {line} ended with 3")
        flags = dict(pairwise(command))
        match command[:2]:
            case ("leaderboard.rendered", "build"):
                write(Path(os.environ["FG_CACHE"]) / "fg-rendered" / "train.parquet", "drawn")
            case ("leaderboard", "embed"):
                for name in ("hard", "captions", "swaps", "values"):
                    write(Path(flags["--output"]) / f"{name}.safetensors", self.embeddings)
                if self.unreadable:
                    reasons = {str(number): "truncated" for number in range(self.unreadable)}
                    said = json.dumps({"of": 1000, "left_out": reasons})
                    write(Path(flags["--output"]) / LEFT_OUT, said)
                if self.unreadable != 0:
                    raise IncompleteError(f"python -m {line} ended with 1")
            case ("heads", "train"):
                for folder in (flags["--output"], flags.get("--warm-up-output")):
                    for seed in (123, 124, 125) if folder else ():
                        write(Path(str(folder)) / f"seed-{seed}" / "README.md", f"seed-{seed}")
            case ("heads", "centre" | "ground" | "copy"):
                write(Path(flags["--output"]) / "README.md", line)
            case ("leaderboard", "evaluate"):
                name = (
                    f"fg-rendered--test--mini-clip--{flags['--head']}--stage--{len(self.commands):08d}.json"
                )
                write(self.results / name, line)
            case ("leaderboard", "text-only"):
                write(self.results / "fg-rendered--test--none--medoid--00000000.json", line)
            case ("leaderboard", "detect"):
                write(self.results / f"fg-rendered--test--{flags['--detector']}--mini-owl--0.json", line)
            case ("leaderboard", "balance"):
                write(Path(flags["--output"]) / "fg-rendered--test--r1.json", line)
            case _:
                raise AssertionError(line)


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fake:
    """In a checkout of its own, whose code is three files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(running, "CODE", tmp_path)
    (tmp_path / "heads" / "pretrained").mkdir(parents=True)
    for code in ("heads/training/losses.py", "heads/persistence/card.py", "leaderboard/rendered/renderer.py"):
        write(tmp_path / code, "# as it was")
    return Fake(tmp_path / "results")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def embedded(fake: Fake) -> Pipeline:
    return Pipeline("mini-clip", "fg-rendered", results=fake.results)


def run(fake: Fake, fail_at: str = "") -> list[str]:
    """The commands that were run."""
    fake.commands, fake.fail_at = [], fail_at
    made = embedded(fake)
    try:
        run_steps(steps_of(made), StepsDone(made.made / "steps"), fake, lambda line: None)
    except StepError:
        assert fail_at
    return fake.commands


def evaluated(commands: Sequence[str]) -> list[str]:
    return [
        line.split("--head ")[1].split()[0] for line in commands if line.startswith("leaderboard evaluate")
    ]


def test_every_row_is_trained_shipped_under_its_name_and_measured(fake: Fake):
    commands = run(fake)
    heads = [f"{name}{stage}-mini-clip" for name in ROWS for stage in ("", "-warm-up")]
    others = ("linear-captions", "blend", "facets", "labclip", "centred", "grounded")
    heads += [f"{name}-mini-clip" for name in others]
    assert sorted(evaluated(commands)) == sorted(["cosine", *heads])
    assert sorted(path.name for path in Path("heads/pretrained").iterdir()) == sorted(heads)
    assert len([line for line in commands if line.startswith("heads train")]) == 9


def test_what_captions_alone_get_is_measured_too(fake: Fake):
    lines = [line for line in run(fake) if line.startswith(("leaderboard text-only", "leaderboard balance"))]
    assert len(lines) == 2
    assert all("--benchmark fg-rendered --fitted-on validation" in line for line in lines)


def test_the_other_seeds_are_named_to_the_evaluation(fake: Fake):
    (mlp,) = (line for line in run(fake) if "--head mlp-warm-up-mini-clip" in line)
    assert "--seed-heads build/heads/mlp-warm-up" in mlp


@pytest.mark.parametrize("command", ["--split validation", "--kind mlp", "--head cosine"])
def test_it_stops_at_the_first_failure_and_says_how_to_go_on(fake: Fake, command: str):
    fake.fail_at = command
    made = embedded(fake)
    with pytest.raises(StepError, match=r"ended with 3; the same command goes on"):
        run_steps(steps_of(made), StepsDone(made.made / "steps"), fake, lambda line: None)
    assert command in fake.commands[-1]


def test_an_embedding_without_a_few_images_is_gone_on_with_and_said_at_the_end(fake: Fake):
    steps = steps_of(embedded(fake))
    assert left_out(steps) == []
    fake.unreadable = 2
    everything = run(fake)
    assert len(everything) == len(steps)
    train, validation = left_out(steps)
    assert train.startswith("embed train: without 2 of 1,000 images, which do not open: 0 (truncated); 1 (")
    assert run(fake) == [] and left_out(steps) == [train, validation]
    fake.unreadable = 0
    (embed,) = [step for step in steps if step.name == "embed train"]
    Path(embed.left_out).unlink()
    assert any("embed" in line and "--split train" in line for line in run(fake))
    assert left_out(steps) == [validation]


@pytest.mark.parametrize("unreadable", [None, 11])
def test_an_embedding_that_breaks_down_or_leaves_much_out_is_a_failure(fake: Fake, unreadable: int | None):
    fake.unreadable = unreadable
    made = embedded(fake)
    for _ in range(2):  # what an earlier run said of images is not taken for what this one says
        with pytest.raises(StepError, match=r"embed train: .* ended with 1; the same command goes on"):
            run_steps(steps_of(made), StepsDone(made.made / "steps"), fake, lambda line: None)
        fake.unreadable = None


def test_what_is_done_is_not_done_again(fake: Fake):
    everything = run(fake)
    assert run(fake) == []
    assert run(fake, fail_at="none of them") == []
    Path("heads/pretrained/mlp-mini-clip/README.md").unlink()
    again = run(fake)
    assert again and set(again) < set(everything) and all("mlp-mini-clip" in line for line in again)


def test_started_again_it_keeps_what_was_trained_of_the_same_embeddings(fake: Fake):
    run(fake, fail_at="--kind attention")
    mark = Path("build/heads/linear/seed-123/mark")
    write(mark, "")
    write(Path("heads/persistence/card.py"), "# no part of the training")
    run(fake)
    assert mark.exists()
    fake.embeddings = "2"
    write(Path("leaderboard/embedding/embed.py"), "# what decides the embeddings has changed")
    commands = run(fake)
    assert not mark.exists() and len([line for line in commands if line.startswith("heads train")]) == 9
    write(mark, "")
    write(Path("heads/training/losses.py"), "# another loss")
    run(fake)
    assert not mark.exists()


def test_embeddings_made_anew_with_the_same_content_train_nothing(fake: Fake):
    run(fake)
    write(Path("leaderboard/embedding/embed.py"), "# the same numbers in another way")
    commands = run(fake)
    assert any(line.startswith("leaderboard embed") for line in commands)
    assert not any(line.startswith("heads train") for line in commands)


def test_a_training_that_was_killed_goes_on_and_one_of_other_inputs_begins_anew(fake: Fake):
    left = Path("build/heads/linear/seed-123/half")

    def killed(command: Command) -> None:
        if "--kind linear --sides both" in " ".join(command):
            write(left, "")
            raise KeyboardInterrupt
        fake(command)

    made = embedded(fake)
    with pytest.raises(KeyboardInterrupt):
        run_steps(steps_of(made), StepsDone(made.made / "steps"), killed, lambda line: None)
    run(fake)
    assert left.exists()
    with pytest.raises(KeyboardInterrupt):
        write(Path("heads/training/losses.py"), "# another loss")
        run_steps(steps_of(made), StepsDone(made.made / "steps"), killed, lambda line: None)
    write(Path("heads/training/losses.py"), "# yet another")
    run(fake)
    assert not left.exists()


def test_the_training_split_is_drawn_anew_only_when_its_code_has_changed(fake: Fake):
    assert run(fake)[0].startswith("leaderboard.rendered build")
    write(Path("leaderboard/rendered/mini_clip/train.py"), "# no part of the drawing")
    assert not any("rendered build" in line for line in run(fake))
    write(Path("leaderboard/rendered/renderer.py"), "# another")
    assert run(fake)[0].startswith("leaderboard.rendered build")


def test_the_record_of_weights_that_are_no_more_goes_and_others_stay(fake: Fake):
    run(fake)
    own = fake.results / "fg-rendered--test--mini-clip--mlp-mini-clip--stage--somebody.json"
    write(own, "")
    before = set(fake.results.iterdir())
    write(Path("heads/training/losses.py"), "# another loss")
    fake.embeddings = "2"
    write(Path("leaderboard/embedding/embed.py"), "# changed")
    fake.commands = []
    run(fake)
    assert own.exists()
    kept = before & set(fake.results.iterdir())
    assert len(list(fake.results.glob("*--mlp-mini-clip--*"))) == 2 and own in kept


def test_detectors_are_measured_where_they_are_asked_for(fake: Fake):
    assert not [line for line in run(fake) if line.startswith("leaderboard detect")]
    made = Pipeline("mini-clip", "fg-rendered", results=fake.results, detectors=("mini-owl",))
    (step,) = chosen_steps(made, ("detect",))
    run_steps([step], StepsDone(made.made / "steps"), fake, lambda line: None)
    assert fake.commands[-1].startswith("leaderboard detect --detector mini-owl --benchmark fg-rendered")
    (kept,) = fake.results.glob("*--mini-owl--*.json")
    assert StepsDone(made.made / "steps").standing(step) == "done"
    kept.unlink()
    assert StepsDone(made.made / "steps").standing(step) == "to do"
    with pytest.raises(ValueError, match="detectors: expected some"):
        chosen_steps(embedded(fake), ("detect",))


def test_stages_and_heads_are_chosen_and_wrong_ones_named(fake: Fake):
    made = Pipeline("mini-clip", "fg-rendered", chosen=("mlp",), results=fake.results)
    names = [step.name for step in chosen_steps(made, ("train", "evaluate"))]
    assert names[0] == "train mlp" and "evaluate mlp-mini-clip" in names and len(names) == 8
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: chosen_steps(made, ("practise",)), "steps: expected some of fetch, embed"),
        (lambda: chosen_steps(Pipeline("mini-clip", "fg-rendered", seeds=0), ("train",)), "seeds: expected"),
        (lambda: chosen_steps(Pipeline("x", "fg-ovdd"), ("train",)), "benchmark: expected one of"),
        (lambda: chosen_steps(Pipeline("x", "fg-ovd", organization="a/b"), ("train",)), "publish: expected"),
        (lambda: Pipeline("x", "fg-ovd", chosen=("mpl",)).trainings, "heads: expected some of linear"),
    ]
    for call, words in wrong:
        with pytest.raises(ValueError, match=words):
            call()


def test_a_step_whose_inputs_nobody_made_says_which(fake: Fake):
    made = embedded(fake)
    wanted = chosen_steps(made, ("train",))
    with pytest.raises(FileNotFoundError, match=r"train linear: expected .*captions.safetensors"):
        run_steps(wanted, StepsDone(made.made / "steps"), fake, lambda line: None)


def test_a_command_that_ends_well_and_writes_nothing_is_no_step_done(fake: Fake):
    made = embedded(fake)
    with pytest.raises(StepError, match="draw the training split: expected new files"):
        run_steps(steps_of(made), StepsDone(made.made / "steps"), lambda command: None, lambda line: None)


def test_the_stages_of_the_command_are_those_of_the_pipeline():
    from leaderboard.commands import reproduce

    assert reproduce.STAGES == pipelines.STAGES


def test_heads_on_an_adapted_backbone_are_trained_at_the_rates_of_its_base():
    of = {
        name: Pipeline(name, "fg-rendered").trainings
        for name in ("mini-clip", "mini-clip+mine", "openai/b16")
    }
    assert of["mini-clip+mine"] == of["mini-clip"] != of["openai/b16"]
