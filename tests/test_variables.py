"""Every FG_ variable that the code reads stands in the README's table, and none stands there that nobody reads."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
NAME = re.compile(r"FG_[A-Z_]+")
IN_SHELL = re.compile(r"\$\{?(FG_[A-Z_]+)")


def in_python(source: str) -> set[str]:
    """The names that are strings of their own: what `os.environ` is asked for."""
    strings = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
    return {one for one in strings if isinstance(one, str) and NAME.fullmatch(one)}


def read_by_the_code() -> set[str]:
    folders = [ROOT / name for name in ("heads", "fg_demo", "leaderboard", "tests")]
    python = [ROOT / "app.py", *(path for folder in folders for path in folder.rglob("*.py"))]
    python.remove(Path(__file__))
    shell = [ROOT / "Makefile", *(path for folder in folders for path in folder.rglob("*.sh"))]
    names = set().union(*(in_python(path.read_text(encoding="utf-8")) for path in python))
    return names.union(*(IN_SHELL.findall(path.read_text(encoding="utf-8")) for path in shell))


def in_the_table() -> list[str]:
    return re.findall(
        r"^\| `(FG_[A-Z_]+)` \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE
    )


def test_the_table_has_each_variable_that_is_read_once():
    listed = in_the_table()
    assert sorted(listed) == sorted(read_by_the_code())


def test_the_search_finds_what_is_read_and_not_what_is_named_in_words():
    source = "import os\n# FG_COMMENT\nos.environ['FG_ONE']\nWORDS = 'by FG_TWO'\n"
    assert in_python(source) == {"FG_ONE"}
    assert IN_SHELL.findall('a="${FG_THREE:-x}" $FG_FOUR FG_FIVE') == ["FG_THREE", "FG_FOUR"]
