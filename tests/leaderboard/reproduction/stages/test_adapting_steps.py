"""The stage that adapts the embedded backbone, with a runner that only writes what each command would."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from fg_demo.__main__ import PROGRAM as DEMO
from leaderboard.__main__ import PROGRAM as LEADERBOARD
from leaderboard.commands import reproduce
from leaderboard.rendered.__main__ import PROGRAM as RENDERED
from leaderboard.reproduction import steps as running
from leaderboard.reproduction.pipeline import Pipeline
from leaderboard.reproduction.run import chosen_steps
from leaderboard.reproduction.stages import adapting_steps
from leaderboard.reproduction.stages.adapting_steps import adapting
from leaderboard.reproduction.steps import StepsDone, run_steps

PROGRAMS = {"fg_demo": DEMO, "leaderboard": LEADERBOARD, "leaderboard.rendered": RENDERED}


@pytest.fixture
def pipeline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FG_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(running, "CODE", tmp_path)
    write(tmp_path / "cache" / "fg-rendered" / "train.parquet", "drawn")
    (tmp_path / "heads" / "pretrained").mkdir(parents=True)
    return Pipeline("mini-clip", "fg-rendered", seeds=2, results=tmp_path / "results", adapters=True)


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


class Fake:
    """Writes what the commands would write, and notes them."""

    def __init__(self, results: Path):
        self.results, self.commands = results, []

    def __call__(self, command: Sequence[str]) -> None:
        line, flags = " ".join(command), dict(pairwise(command))
        self.commands.append(line)
        if command[1] == "clips":
            name = f"vsann_{flags['--split']}_lb.json"
            write(Path(flags["--output"]) / "vseg_ann_files" / name, line)
        elif command[1].startswith("evaluate"):
            benchmark = "fg-rendered--test" if command[1] == "evaluate" else "fg-rendered-clips--valid"
            adapter = Path(flags.get("--adapter", "")).name
            backbone = "-".join(filter(None, ("mini-clip", adapter)))
            write(self.results / f"{benchmark}--{backbone}--cosine--none--{len(self.commands)}.json", line)
        else:
            write(Path(flags["--output"]) / "README.md", line)


def run(pipeline: Pipeline) -> list[str]:
    """The commands that were run."""
    fake = Fake(pipeline.results)
    wanted = chosen_steps(pipeline, ("adapt",))
    run_steps(wanted, StepsDone(pipeline.made / "steps"), fake, lambda line: None)
    return fake.commands


def test_every_command_reads_its_flags(pipeline: Pipeline):
    for step in adapting(pipeline):
        program, name, *_ = step.command
        PROGRAMS[program].parser([name]).parse_args(step.command[1:])


def test_an_adapter_of_each_seed_is_made_shipped_and_measured_once(pipeline: Pipeline):
    commands = run(pipeline)
    assert [line.split("--seed ")[1].split()[0] for line in commands if " adapt " in line] == ["123", "124"]
    assert Path("fg_demo/adapters/figclip-mini-clip/README.md").is_file()
    assert Path("build/adapters/shipped/figclip-mini-clip-124/README.md").is_file()
    measured = [line for line in commands if line.startswith("leaderboard evaluate")]
    assert len(measured) == 5 and sum("--adapter figclip-mini-clip " in line for line in measured) == 2
    assert run(pipeline) == []


def test_clips_that_choose_are_not_measured(pipeline: Pipeline):
    chosen, measured = (line for line in run(pipeline) if "clips --split valid" in line)
    assert "--clips 60 --skip 0" in chosen and "--clips 160 --skip 60" in measured
    assert chosen.split()[-1] != measured.split()[-1]


def test_a_card_makes_no_training_anew_and_other_clips_do(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
):
    run(pipeline)
    Path("fg_demo/adapters/figclip-mini-clip/README.md").unlink()
    again = run(pipeline)
    assert again and not [line for line in again if " adapt " in line] and "rescale-adapter" in again[0]
    write(Path("build/adapters/regions/README.md"), "damaged")
    assert [line.split()[1] for line in run(pipeline)] == ["export-regions"]  # the same again
    monkeypatch.setattr(adapting_steps, "TRAINING_CLIPS", 7)
    assert len([line for line in run(pipeline) if " adapt " in line]) == 2


def test_it_is_done_where_it_is_named_and_for_the_embedded_backbone_alone(pipeline: Pipeline):
    without = Pipeline("mini-clip", "fg-rendered", results=pipeline.results)
    assert not [step for step in chosen_steps(without, reproduce.STAGES) if step.stage == "adapt"]
    with pytest.raises(ValueError, match="steps: adapt is of mini-clip"):
        chosen_steps(Pipeline("org/clip", "fg-ovd", adapters=True), ("adapt",))
