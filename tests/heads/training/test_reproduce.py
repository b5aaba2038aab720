"""What `make heads` runs, with a python that only writes down what it is asked for."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "heads" / "training" / "reproduce.sh"
ROWS = ["linear", "linear-image", "linear-text", "mlp", "attention"]
PYTHON = r"""#!/bin/sh
echo "$*" >>"$LOG"
[ -z "$FAIL_AT" ] || case "$*" in *"$FAIL_AT"*) exit 3 ;; esac
output="" between=""
while [ $# -gt 0 ]; do
	case "$1" in --output) output=$2 ;; --warm-up-output) between=$2 ;; --seeds) seeds=yes ;; esac
	shift
done
if [ -n "${seeds:-}" ]; then
	for folder in "$output" "$between"; do
		[ -z "$folder" ] || for seed in 123 124 125; do
			mkdir -p "$folder/seed-$seed" && echo "load_head(\"seed-$seed\")" >"$folder/seed-$seed/README.md"
		done
	done
elif [ -n "$output" ]; then
	mkdir -p "$output" && echo "$EMBEDDINGS" >"$output/hard.safetensors"
	echo "load_head(\"${output##*/}\")" >"$output/README.md"
fi
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    for folder in ("heads/pretrained", "leaderboard/rendered", "bin", "cache"):
        (tmp_path / folder).mkdir(parents=True)
    library = SCRIPT.parents[1]
    for code in (SCRIPT, *library.rglob("*.py")):
        copy = tmp_path / "heads" / code.relative_to(library)
        copy.parent.mkdir(exist_ok=True)
        shutil.copy(code, copy)
    python = tmp_path / "bin" / "python"
    python.write_text(PYTHON)
    python.chmod(0o755)
    return tmp_path


def run(checkout: Path, fail_at: str = "", embeddings: str = "1") -> tuple[int, list[str]]:
    """The exit status, and the arguments of every command, in order."""
    log = checkout / "log"
    log.write_text("")
    words = {"LOG": log, "FAIL_AT": fail_at, "EMBEDDINGS": embeddings, "FG_CACHE": checkout / "cache"}
    environment = {name: str(value) for name, value in words.items()}
    environment["PATH"] = f"{checkout / 'bin'}:{os.environ['PATH']}"
    done = subprocess.run(
        ["sh", "heads/training/reproduce.sh"], cwd=checkout, env=environment, check=False, text=True
    )
    return done.returncode, log.read_text().splitlines()


def evaluated(commands: list[str]) -> list[str]:
    return [line.split("--head ")[1].split()[0] for line in commands if "leaderboard evaluate" in line]


def test_every_row_is_trained_shipped_under_its_name_and_measured(checkout: Path):
    status, commands = run(checkout)
    assert status == 0
    heads = [f"{name}{stage}-mini-clip" for name in ROWS for stage in ("", "-warm-up")]
    heads += [
        f"{name}-mini-clip"
        for name in ("linear-captions", "blend", "facets", "labclip", "centred", "grounded")
    ]
    assert sorted(evaluated(commands)) == sorted(["cosine", *heads])
    shipped = {path.name: path for path in (checkout / "heads" / "pretrained").iterdir()}
    assert sorted(shipped) == sorted(heads)
    assert all((path / "README.md").read_text() == f'load_head("{name}")\n' for name, path in shipped.items())
    assert len([line for line in commands if "heads train" in line]) == 9


def test_what_captions_alone_get_is_measured_too(checkout: Path):
    lines = [
        line for line in run(checkout)[1] if "leaderboard text-only" in line or "leaderboard balance" in line
    ]
    assert len(lines) == 2
    assert all(line.endswith("--benchmark fg-rendered --fitted-on validation") for line in lines)


def test_the_other_seeds_are_named_to_the_evaluation(checkout: Path):
    commands = run(checkout)[1]
    (mlp,) = (line for line in commands if "--head mlp-warm-up-mini-clip" in line)
    assert mlp.endswith("--seed-heads build/heads/mlp-warm-up")


@pytest.mark.parametrize("command", ["--split validation", "--kind mlp", "--head cosine"])
def test_it_stops_at_the_first_failure(checkout: Path, command: str):
    status, commands = run(checkout, fail_at=command)
    assert status == 3
    assert command in commands[-1]


def test_started_again_it_keeps_what_was_trained_of_the_same_embeddings(checkout: Path):
    run(checkout, fail_at="--kind attention")
    mark = checkout / "build" / "heads" / "linear" / "mark"
    mark.touch()
    assert run(checkout)[0] == 0
    assert mark.exists()
    (checkout / "heads" / "persistence" / "card.py").write_text("# no part of the training")
    assert run(checkout)[0] == 0
    assert mark.exists()
    assert run(checkout, embeddings="2")[0] == 0
    assert not mark.exists()
    mark.touch()
    (checkout / "heads" / "training" / "losses.py").write_text("# another loss")
    assert run(checkout, embeddings="2")[0] == 0
    assert not mark.exists()


def test_the_training_split_is_drawn_anew_only_when_its_code_is_newer(checkout: Path):
    drawn = checkout / "cache" / "fg-rendered" / "objects" / "train.parquet"
    assert "leaderboard.rendered build" in run(checkout)[1][0]
    drawn.parent.mkdir(parents=True)
    drawn.touch()
    assert "leaderboard.rendered build" not in run(checkout)[1][0]
    code = checkout / "leaderboard" / "rendered" / "renderer.py"
    code.touch()
    os.utime(code, (drawn.stat().st_mtime + 5, drawn.stat().st_mtime + 5))
    assert "leaderboard.rendered build" in run(checkout)[1][0]
