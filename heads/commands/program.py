"""What every `python -m …` of the project does: find the command, read its flags, run it, say what went wrong."""

import argparse
import inspect
import shlex
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

DONE = 0
INCOMPLETE = 1
"""Not all of it could be done, or somebody answered no: the command says which."""
WRONG_INPUT = 2
"""As argparse itself ends when a flag is wrong: the message names the field, what was expected and what came."""
INTERRUPTED = 130
"""After Ctrl-C, as a shell has it."""


@dataclass(frozen=True)
class Program:
    """`python -m NAME` with its commands: name to what it does, in a line.

    The command `a-b` is the module `NAME.commands.a_b`, which has `add_flags(parser)` and `run(…)`: a typed function
    that takes the flags as its parameters and returns one of the statuses above. A module is imported only when its
    command is asked for. A `run` that takes `command` is told how the program was called, for a record.
    """

    name: str
    description: str
    commands: Mapping[str, str]
    interrupted: str = "interrupted"

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """The exit status of the program with these arguments, by default those of the process."""
        given = list(sys.argv[1:] if arguments is None else arguments)
        flags = vars(self.parser(given[:1]).parse_args(given))
        run = self._module(flags.pop("command_name")).run
        if "command" in inspect.signature(run).parameters:
            flags["command"] = shlex.join(["python", "-m", self.name, *given])
        try:
            return run(**flags)
        except (ValueError, OSError) as error:
            print(f"error: {error}", file=sys.stderr)
            return WRONG_INPUT
        except KeyboardInterrupt:
            print(self.interrupted, file=sys.stderr)
            return INTERRUPTED

    def parser(self, chosen: Collection[str]) -> argparse.ArgumentParser:
        """The parser of the program, with the flags of the chosen commands; the others are names alone."""
        parser = argparse.ArgumentParser(prog=f"python -m {self.name}", description=self.description)
        commands = parser.add_subparsers(required=True, metavar="COMMAND", dest="command_name")
        for name, words in self.commands.items():
            command = commands.add_parser(name, help=words, description=self._description(name))
            if name in chosen:
                self._module(name).add_flags(command)
        return parser

    def parsers(self) -> dict[str, argparse.ArgumentParser]:
        """Each command's own parser, by the command's name, for who describes them all."""
        parsers = {
            name: argparse.ArgumentParser(description=self._description(name)) for name in self.commands
        }
        for name, parser in parsers.items():
            self._module(name).add_flags(parser)
        return parsers

    def _description(self, command: str) -> str:
        words = self.commands[command]
        return f"{words[0].upper()}{words[1:]}."

    def _module(self, command: str) -> ModuleType:
        return import_module(f"{self.name}.commands.{command.replace('-', '_')}")
