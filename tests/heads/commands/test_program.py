"""What the three programs of the project have in common: commands found by name, quick help, one table of statuses."""

import subprocess
import sys
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path
from types import ModuleType

import pytest

from heads.__main__ import PROGRAM as HEADS
from heads.commands.program import DONE, INCOMPLETE, INTERRUPTED, WRONG_INPUT, Program
from leaderboard.__main__ import PROGRAM as LEADERBOARD
from leaderboard.rendered.__main__ import PROGRAM as RENDERED

ROOT = Path(__file__).parents[3]
PROGRAMS = (HEADS, LEADERBOARD, RENDERED)
COMMANDS = [(program, name) for program in PROGRAMS for name in program.commands]
HEAVY = ("torch", "transformers", "datasets", "gradio", "pandas")


def modules_after(code: str) -> set[str]:
    """Which of the heavy libraries are there after the code has run in a process of its own."""
    line = f"{code}\nimport sys\nprint(*(name for name in {HEAVY!r} if name in sys.modules))"
    ran = subprocess.run([sys.executable, "-c", line], cwd=ROOT, capture_output=True, text=True, check=True)
    return set(ran.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("module", ["heads", "fg_demo", "leaderboard", "heads.__main__"])
def test_packages_and_programs_import_nothing_heavy(module: str):
    assert modules_after(f"import {module}\nprint()") == set()


@pytest.mark.parametrize("program", ["leaderboard", "leaderboard.rendered"])
def test_all_flags_of_a_program_are_known_without_anything_heavy(program: str):
    code = f"from {program}.__main__ import PROGRAM\nPROGRAM.parser(PROGRAM.commands).format_help()\nprint()"
    assert modules_after(code) == set()


def test_a_table_reads_records_alone():
    code = "from leaderboard.__main__ import main\nassert main(['table', '--results', 'none']) == 0\nprint()"
    assert not modules_after(code) & {"transformers", "datasets", "gradio"}


@pytest.mark.parametrize(("program", "name"), COMMANDS, ids=[f"{p.name} {n}" for p, n in COMMANDS])
def test_a_commands_flags_are_the_parameters_of_its_function(program: Program, name: str):
    module = import_module(f"{program.name}.commands.{name.replace('-', '_')}")
    parameters = signature(module.run).parameters
    actions = [action for action in program.parsers()[name]._actions if action.dest != "help"]
    flags = {action.dest for action in actions}
    named = {one.name for one in parameters.values() if one.kind is not Parameter.VAR_KEYWORD}
    others = flags - named
    assert named <= flags | {"command"}
    assert not others or any(one.kind is Parameter.VAR_KEYWORD for one in parameters.values()), others
    required = {action.dest for action in actions if action.required and action.nargs != "*"}
    assert required <= {one.name for one in parameters.values() if one.default is Parameter.empty}
    assert signature(module.run).return_annotation is int


def outcome(*arguments: str, monkeypatch: pytest.MonkeyPatch, **does: object) -> int:
    def run() -> object:
        if "raises" in does:
            raise does["raises"]  # pyright: ignore[reportGeneralTypeIssues]
        return does["returns"]

    command = ModuleType("heads.commands.tried")
    vars(command).update(add_flags=lambda parser: None, run=run)
    monkeypatch.setitem(sys.modules, command.__name__, command)
    return Program("heads", "Tried.", {"tried": "is tried"}).main(["tried", *arguments])


@pytest.mark.parametrize(
    ("does", "status", "said"),
    [
        ({"returns": DONE}, 0, ""),
        ({"returns": INCOMPLETE}, 1, ""),
        ({"raises": ValueError("dim: expected 1, got 2")}, WRONG_INPUT, "error: dim: expected 1, got 2\n"),
        ({"raises": FileNotFoundError("head: none")}, WRONG_INPUT, "error: head: none\n"),
        ({"raises": KeyboardInterrupt()}, INTERRUPTED, "interrupted\n"),
    ],
)
def test_every_program_ends_by_the_same_table(does, status, said, monkeypatch, capsys):
    assert outcome(monkeypatch=monkeypatch, **does) == status
    assert capsys.readouterr().err == said


def test_a_fault_of_our_own_is_not_taken_for_wrong_input(monkeypatch):
    with pytest.raises(KeyError):
        outcome(monkeypatch=monkeypatch, raises=KeyError("ours"))


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_a_command_that_is_not_there_ends_as_wrong_input_does(program: Program, capsys):
    with pytest.raises(SystemExit) as ended:
        program.main(["no-such-command"])
    assert ended.value.code == WRONG_INPUT and "invalid choice" in capsys.readouterr().err
