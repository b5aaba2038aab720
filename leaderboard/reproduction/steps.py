"""Steps that read and write files, run in their order: what is done is known by the content of what it read.

A step is a command line. It is done when the same command has once ended well, on files of the same content, and what
it wrote then is still there as it was. So a pipeline may be killed at any moment, and changed between two runs.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, final

from heads.io.atomic import is_partial, remove, replacing
from heads.io.digests import file_sha256
from heads.io.system_files import is_system_file

Standing = Literal["done", "to go on with", "to do"]
Runner = Callable[[Sequence[str]], None]
"""Runs `python -m` with these arguments. Raises OSError when it does not end well."""

NEWEST = "newest:"
CODE = Path(__file__).parents[2]
"""What the patterns of a step's code are below: the checkout, or where the packages are installed."""


MOST_LEFT_OUT = 0.01
"""The share of what a step is of that it may leave out: more says that something else is wrong, a disk perhaps."""


class StepError(OSError):
    """A step did not end well: the message names it, its command, and how to go on."""


class IncompleteError(OSError):
    """A command could not do all that it was told; so ends one that broke down, too."""


@dataclass(frozen=True)
class Step:
    """`command` is what follows `python -m`. `reads` and `writes` are paths or patterns of paths, folders with all in
    them; `code` are patterns below the project, one with "!" in front takes away. `stage` groups steps.

    With `resumes`, what a kill left in `writes` is for the command to go on with; else it is removed first. `left_out` is
    the file, one of `writes`, in which the command says what it had to leave out: how many there are (`of`), and the
    reason of each (`left_out`). Where it says so, and of few, the step is done without them.
    """

    name: str
    stage: str
    command: tuple[str, ...]
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    resumes: bool = False
    left_out: str = ""


@final
class StepsDone:
    """What of a pipeline is done, kept in a folder: a JSON file a step, and one of digests that were taken."""

    def __init__(self, folder: Path):
        self._folder = folder
        self._digests = Digests(folder / "digests.json")

    def standing(self, step: Step) -> Standing:
        """Whether the step is done; raises FileNotFoundError when what it reads is not there yet."""
        state = self._state(step)
        if state.get("key") != self.key(step):
            return "to do"
        if not state.get("done"):
            return "to go on with"
        return "done" if self._digests.of(state["writes"]) == state["writes"] else "to do"

    def key(self, step: Step) -> str:
        """A digest of the command and of all that it reads. Raises FileNotFoundError naming what is missing."""
        read = {path: digest for pattern in step.reads for path, digest in self._read(step, pattern).items()}
        code = self._digests.of(map(str, code_files(step.code)))
        code = {str(Path(path).relative_to(CODE)): digest for path, digest in code.items()}
        return hashlib.sha256(json.dumps([step.command, read, code], sort_keys=True).encode()).hexdigest()

    def run(self, step: Step, run: Runner) -> None:
        """Runs the step and remembers it. Raises StepError when it does not end well, or wrote nothing."""
        key, old = self.key(step), self._state(step)
        if step.resumes and (old.get("done") or old.get("key") != key):
            for path in step.writes:  # of other inputs: nothing to go on with
                remove(Path(path))
        self._remember(step, {**old, "key": key, "done": False})
        if step.left_out:
            remove(Path(step.left_out))
        before = {} if step.resumes else {path: stamp(path) for path in matching(step.writes)}
        try:
            run([_named(argument) for argument in step.command])
        except OSError as error:
            if not (isinstance(error, IncompleteError) and _left_out_few(step)):
                raise StepError(f"{step.name}: {error}; the same command goes on from here") from error
        written = [path for path in matching(step.writes) if stamp(path) != before.get(path)]
        if step.writes and not written:
            raise StepError(f"{step.name}: expected new files {', '.join(step.writes)}, got none")
        for path in old.get("writes", {}).keys() - set(written):  # as a record of weights that are no more
            remove(Path(path))
        self._remember(step, {"key": key, "done": True, "writes": self._digests.of(written)})

    def _read(self, step: Step, pattern: str) -> dict[str, str]:
        found = matching([pattern])
        if not found:
            raise FileNotFoundError(
                f"{step.name}: expected {pattern}, which an earlier step writes, got nothing there"
            )
        return self._digests.of(found)

    def _file(self, step: Step) -> Path:
        return self._folder / f"{step.name.replace(' ', '-').replace('/', '-')}.json"

    def _state(self, step: Step) -> dict[str, Any]:
        return read_object(self._file(step))

    def _remember(self, step: Step, state: dict[str, Any]) -> None:
        write_object(self._file(step), state)


@final
@dataclass
class Digests:
    """SHA-256 of files, taken anew only where size or time of change is another."""

    file: Path
    _known: dict[str, Any] = field(default_factory=dict)

    def of(self, paths: Iterable[str]) -> dict[str, str]:
        """Path → digest of those that are there."""
        self._known = self._known or read_object(self.file)
        found, new = {}, False
        for path in paths:
            if (state := stamp(path)) is None:
                continue
            if self._known.get(path, [None])[:-1] != state:
                self._known[path] = [*state, file_sha256(Path(path))]
                new = True
            found[path] = self._known[path][-1]
        if new:
            write_object(self.file, self._known)
        return found


def run_steps(steps: Sequence[Step], progress: StepsDone, run: Runner, say: Callable[[str], None]) -> None:
    """Runs what is not done yet, in order. Raises StepError at the first that does not end well, and
    FileNotFoundError when what one reads is not there.
    """
    for number, step in enumerate(steps, 1):
        standing = progress.standing(step)
        say(f"[{number}/{len(steps)}] {step.name}: {'done before' if standing == 'done' else standing}")
        if standing != "done":
            progress.run(step, run)


def left_out(steps: Iterable[Step]) -> list[str]:
    """What steps that are done are without, in words: a line each."""
    lines = []
    for step in steps:
        said = read_object(Path(step.left_out)) if step.left_out else {}
        if reasons := said.get("left_out"):
            some = "; ".join(f"{name} ({why})" for name, why in list(reasons.items())[:5])
            lines.append(
                f"{step.name}: without {len(reasons):,} of {said['of']:,} images, which do not open: {some}; all "
                f"stand in {step.left_out}: once they are mended, remove that file, and the same command embeds them"
            )
    return lines


def _left_out_few(step: Step) -> bool:
    """Whether the command says what it left out, and that is few."""
    said = read_object(Path(step.left_out)) if step.left_out else {}
    return bool(said) and len(said["left_out"]) <= MOST_LEFT_OUT * said["of"]


def matching(patterns: Iterable[str]) -> list[str]:
    """The files that the patterns, absolute or from the current folder, name, in order; of a folder all in it."""
    found: dict[str, None] = {}
    for pattern in patterns:
        path = Path(pattern)
        places = [path] if path.exists() else sorted(path.parent.glob(path.name))
        for place in places:
            files = sorted(place.rglob("*")) if place.is_dir() else [place]
            found |= {str(file): None for file in files if file.is_file() and _counts(file)}
    return list(found)


def code_files(patterns: Iterable[str]) -> list[Path]:
    """The files of the project that the patterns name; one with "!" in front takes away."""
    found: set[Path] = set()
    for pattern in patterns:
        named = set(CODE.glob(pattern.removeprefix("!")))
        found = found - named if pattern.startswith("!") else found | named
    return sorted(found)


def stamp(path: str) -> list[int] | None:
    """Size and time of change of a file, in ns; None when it is not there."""
    try:
        found = Path(path).stat()
    except FileNotFoundError:
        return None
    return [found.st_size, found.st_mtime_ns]


def read_object(file: Path) -> dict[str, Any]:
    """The JSON object in a file of ours; empty when there is none."""
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def write_object(file: Path, content: dict[str, Any]) -> None:
    """Writes the object aside and renames it."""
    with replacing(file) as aside:
        aside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def _counts(file: Path) -> bool:
    return not is_system_file(file.name) and not any(is_partial(part) for part in file.parts)


def _named(argument: str) -> str:
    """The argument, or the newest file that it asks for. Raises FileNotFoundError when there is none."""
    if not argument.startswith(NEWEST):
        return argument
    found = matching([argument.removeprefix(NEWEST)])
    if not found:
        raise FileNotFoundError(f"{argument}: expected a file of that name, got none")
    return max(found, key=lambda path: Path(path).stat().st_mtime_ns)
