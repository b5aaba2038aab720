"""Who may import whom: heads ← fg_demo ← leaderboard ← app.py, and Gradio only where a page is built."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LAYERS = ("heads", "fg_demo", "leaderboard", "app")
MAY_BUILD_PAGES = re.compile(r"app|launch|component|(.+_)?tab|(.+_)?panel|(tab|panel)_events")
"""Names of modules that build a page, a tab or a part of one, and of those that wire their events."""


def sources(package: str) -> list[Path]:
    folder = ROOT / package
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [ROOT / f"{package}.py"]


def imported(source: str) -> Iterator[str]:
    """The first part of every imported module's name, wherever in the file the import stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("layer", LAYERS)
def test_a_layer_imports_nothing_above_it(layer):
    above = set(LAYERS[LAYERS.index(layer) + 1 :]) | {"tests"}
    files = sources(layer)
    assert files
    for path in files:
        assert not above & set(imported(path.read_text())), path.relative_to(ROOT)


def test_gradio_is_imported_only_where_a_page_is_built():
    for layer in LAYERS:
        for path in sources(layer):
            if "gradio" in set(imported(path.read_text())):
                assert MAY_BUILD_PAGES.fullmatch(path.stem), path.relative_to(ROOT)


def test_no_code_loads_pickles_or_code_from_the_hub():
    for layer in LAYERS:
        for path in sources(layer):
            names = set(imported(path.read_text()))
            assert not names & {"pickle", "joblib", "dill"}, path.relative_to(ROOT)
            assert "trust_remote_code=True" not in path.read_text(), path.relative_to(ROOT)


def test_the_rule_can_fail():
    source = "def late():\n    from leaderboard.metrics import top1\n    import gradio as gr\n"
    assert {"leaderboard", "gradio"} <= set(imported(source))
