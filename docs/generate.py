"""`make docs`: writes what the documents say about the code from the code itself. A test compares them with it.

docs/commands.md   every command and flag, from the parsers
docs/results.md    the table of all heads, from the records
docs/adapters.md   what the adapter that ships gives, and heads on it, between marks
README.md          its short table, between two marks
CONTRIBUTING.md    the tree of packages, from the first line of each, between two marks
"""

import argparse
import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd

from docs.adapter_tables import BACKBONE, beside_its_backbone, by_what_is_measured, heads_on_both
from fg_demo.__main__ import PROGRAM as DEMO
from heads.__main__ import PROGRAM as HEADS
from heads.commands.program import Program
from heads.io.cache import cache_folder
from leaderboard.__main__ import PROGRAM as LEADERBOARD
from leaderboard.benchmarks.protocol import is_of_crops
from leaderboard.records.files import load_results
from leaderboard.records.folders import RESULTS
from leaderboard.records.record import Record
from leaderboard.rendered.__main__ import PROGRAM as RENDERED
from leaderboard.reproduction.__main__ import PROGRAM as REPRODUCTION
from leaderboard.tables.frame import results_table
from leaderboard.tables.markdown import KEPT, KNOWN, RANKS, to_markdown

ROOT = Path(__file__).parents[1]
PACKAGES = ("heads", "fg_demo", "leaderboard")
BENCHMARK, TEXT_ONLY = "fg-rendered", "text only"
SHORT_ROWS = ("blend-mini-clip", "mlp-mini-clip", "linear-mini-clip", "cosine", TEXT_ONLY)
SHORT_COLUMNS = ("head", "Hard", "mean", "seeds", "blind", "gain", *KEPT.values())
FINE_COLUMNS = ("head", "stage", *RANKS.values(), "seeds")
OTHER_COLUMNS = ("head", "stage", "mean", *KNOWN.values(), *KEPT.values())


def documents() -> dict[str, str]:
    """Path in the checkout → what the document should say."""
    shipped = records()
    table = results(shipped)
    short = to_markdown(pd.DataFrame(table[table["head"].isin(SHORT_ROWS)]), SHORT_COLUMNS)
    return {
        "docs/commands.md": commands((HEADS, DEMO, LEADERBOARD, RENDERED, REPRODUCTION)),
        "docs/results.md": all_results(table),
        "docs/adapters.md": between("docs/adapters.md", adapter_tables(shipped)),
        "README.md": between("README.md", {"results": short}),
        "CONTRIBUTING.md": between("CONTRIBUTING.md", {"tree": tree()}),
    }


def records() -> list[Record]:
    """Those that ship."""
    found, problems = load_results(RESULTS)
    if problems:
        raise ValueError(f"{RESULTS}: expected records alone, got {problems}")
    return found


def adapter_tables(shipped: Sequence[Record]) -> dict[str, str]:
    """Those of docs/adapters.md, by their marks."""
    of = by_what_is_measured(shipped)
    return {"adapter": beside_its_backbone(of), "heads": heads_on_both(of)}


def results(shipped: Sequence[Record]) -> pd.DataFrame:
    """The rows of the embedded backbone's records, and of what captions alone get on the same benchmark."""
    return results_table(
        [
            record
            for record in shipped
            if record.benchmark.name == BENCHMARK
            and (
                record.head.name == TEXT_ONLY
                or (record.backbone.name == BACKBONE and is_of_crops(record.protocol))
            )
        ]
    )


def between(path: str, texts: Mapping[str, str]) -> str:
    """The document with each text between the marks of its name. Raises ValueError unless it has them once."""
    document = (ROOT / path).read_text(encoding="utf-8")
    for mark, text in texts.items():
        first, last = f"<!-- {mark}: written by `make docs` -->\n", f"<!-- end of {mark} -->\n"
        if document.count(first) != 1 or document.count(last) != 1:
            raise ValueError(f"{path}: expected the marks {first.strip()} and {last.strip()}, each once")
        head, _, rest = document.partition(first)
        document = head + first + "\n" + text + "\n" + last + rest.partition(last)[2]
    return document


def all_results(table: pd.DataFrame) -> str:
    """docs/results.md."""
    return (
        "# Every head on the embedded default\n\n"
        "Written by `make docs` from `leaderboard/results/`. Intervals, protocol, commit and command of every row are\n"
        "in its record; what the rows say is told in [findings.md](findings.md).\n\n"
        "Mean rank of the right caption among its hard negatives (1 is best; chance is 6, for Pattern 4.5, for\n"
        "Transparency 2), the mean over the eight subsets, and mean ± standard deviation over the seeds of the same\n"
        "training:\n\n"
        f"{to_markdown(table, FINE_COLUMNS)}\n"
        "The mean again; blind, that is with the mean crop in place of each crop (chance is 5.31); how many ranks\n"
        "looking gains; how often a short true description is scored above the same with one wrong attribute more;\n"
        "how many of the true captions were met in training, word for word or nearly so; and recall of coarse\n"
        "retrieval on 1,000 test scenes:\n\n"
        f"{to_markdown(table, OTHER_COLUMNS)}"
    )


def commands(programs: Sequence[Program]) -> str:
    """docs/commands.md: a heading a command, below it what it does and a table of its flags."""
    lines = [
        "# Commands",
        "Written by `make docs` from the parsers. Each command ends with 0 when it is done, 1 when not all of it could\n"
        "be done, 2 when the input is wrong, and 130 after Ctrl-C. In Python, a command is the function `run` of its\n"
        "module in `commands/`, and its flags are the parameters.",
    ]
    for program in programs:
        lines += [f"## `python -m {program.name}`", program.description]
        for name, parser in program.parsers().items():
            lines += [f"### `{name}`", one_line(parser.description or ""), *flag_table(parser)]
    return "\n\n".join(lines) + "\n"


def flag_table(parser: argparse.ArgumentParser) -> list[str]:
    """The table of a command's flags, or nothing when it has none."""
    flags = [action for action in parser._actions if action.dest != "help"]
    rows = [f"| `{call(flag)}` | {meaning(flag)} |" for flag in flags]
    return ["\n".join(["| flag | what it is |", "| --- | --- |", *rows])] if rows else []


def call(flag: argparse.Action) -> str:
    """How the flag is given: its name and what follows it, without the bars that would end a Markdown cell."""
    value = flag.metavar or (",".join(map(str, flag.choices)) if flag.choices else flag.dest.upper())
    names = " ".join(flag.option_strings)
    several = "…" if flag.nargs in ("*", "+") or isinstance(flag, argparse._AppendAction) else ""
    follows = "" if flag.nargs == 0 else f"{value}{several}"
    return f"{names} {follows}".strip()


def meaning(flag: argparse.Action) -> str:
    """What the flag says of itself, with its default where it names one; no folder of this machine."""
    words = (flag.help or "") % vars(flag)
    needed = flag.required and flag.option_strings
    return one_line(("required; " if needed else "") + words).replace(str(cache_folder()), "$FG_CACHE")


def one_line(text: str) -> str:
    """The text as it may stand in a Markdown cell."""
    return re.sub(r"\s+", " ", text).strip().replace("|", "\\|")


def tree() -> str:
    """The packages as an indented tree, each with the first line of what it says about itself."""
    folders = [folder for package in PACKAGES for folder in package_folders(ROOT / package)]
    paths = [folder.relative_to(ROOT) for folder in folders]
    names = ["  " * (len(path.parts) - 1) + f"{path.name}/" for path in paths]
    width = max(map(len, names))
    lines = [f"{name:<{width}}  {first_line(folder)}" for name, folder in zip(names, folders, strict=True)]
    return (
        "\n".join(["```", "app.py".ljust(width) + "  composes the tabs and launches them", *lines, "```"])
        + "\n"
    )


def package_folders(folder: Path) -> Iterator[Path]:
    """The package and those in it, each before its own."""
    yield folder
    for inner in sorted(folder.glob("*/__init__.py")):
        yield from package_folders(inner.parent)


def first_line(folder: Path) -> str:
    """What a package's docstring says in its first line."""
    source = (folder / "__init__.py").read_text(encoding="utf-8")
    return (ast.get_docstring(ast.parse(source)) or "").splitlines()[0].rstrip(".")


def main() -> None:
    """Writes the documents."""
    for path, text in documents().items():
        (ROOT / path).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
