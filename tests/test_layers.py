"""The house's plan: who may import whom, where names come from, how large a folder may be, and that its map is true."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER: Sequence[str] = """
heads.io
heads.ties heads.head heads.candidates heads.pairs heads.values heads.kinds heads.scoring heads.search
heads.persistence heads.hub heads.load heads.vetting heads.training heads.commands heads.__main__
fg_demo.lookalikes
fg_demo.boxes fg_demo.memory fg_demo.upright fg_demo.images fg_demo.models
fg_demo.adaptation fg_demo.adaptation.folder fg_demo.adaptation.training
fg_demo.scores fg_demo.sweep fg_demo.heat_map fg_demo.verdicts fg_demo.blending fg_demo.box_drawer fg_demo.score_bars
fg_demo.page fg_demo.commands fg_demo.__main__
leaderboard.benchmarks.annotation leaderboard.benchmarks.pinned_files leaderboard.benchmarks.catalogue
leaderboard.benchmarks.own_csv leaderboard.benchmarks.readers leaderboard.benchmarks leaderboard.publishing
leaderboard.embedding leaderboard.records leaderboard.tables
leaderboard.evaluation leaderboard.rendered leaderboard.submissions leaderboard.board leaderboard.charts
leaderboard.training_files leaderboard.reproduction leaderboard.page leaderboard.flags leaderboard.commands
leaderboard.__main__
app
""".split()  # noqa: SIM905 - read as a list of lines
"""A module may import from its own entry and from those before it."""

PAGES = ("app", "fg_demo.page", "fg_demo.box_drawer", "fg_demo.score_bars", "leaderboard.page")
FRONTS = ("heads", "fg_demo", "leaderboard")
"""The top packages, whose `__init__` lists public names for those who install the project; inside nobody uses it."""

MOST_MODULES = 15
LONGEST_CHAIN = 16


def module_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_of(path): path for front in FRONTS for path in sorted((ROOT / front).rglob("*.py"))}
SOURCES["app"] = ROOT / "app.py"
INSIDE = sorted(set(SOURCES) - set(FRONTS))


def place(module: str) -> int:
    """Where in the order a module stands: the longest entry that is the module or one of its parents."""
    entries = [entry for entry in ORDER if module == entry or module.startswith(f"{entry}.")]
    assert entries, f"{module}: expected a place in ORDER"
    return ORDER.index(max(entries, key=len))


@cache
def tree(module: str) -> ast.Module:
    return ast.parse(SOURCES[module].read_text(encoding="utf-8"))


def imports(syntax: ast.AST) -> Iterator[tuple[str, str]]:
    """Module and name of everything imported, wherever it stands; a module of ours is imported by its own name."""
    for node in ast.walk(syntax):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield (inner, "") if inner in SOURCES else (node.module, alias.name)


def ours(module: str) -> bool:
    return module.partition(".")[0] in (*FRONTS, "app")


def defined(module: str) -> set[str]:
    """The names that a module's own statements bind, imports left out."""
    names: set[str] = set()
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.add(node.id)
    return names


def wrong_ways(module: str, syntax: ast.AST) -> list[str]:
    """What is imported from a place further on, or from the front of a package."""
    found = [name for name, _ in imports(syntax) if ours(name)]
    return [name for name in found if name in FRONTS or place(name) > place(module)]


def borrowed(syntax: ast.AST) -> list[str]:
    """Names of ours taken from a module that only imports them itself, or that are private to it."""
    found = [(module, name) for module, name in imports(syntax) if ours(module) and name]
    return [
        f"{module}.{name}"
        for module, name in found
        if name.startswith("_") or (module in SOURCES and name not in defined(module))
    ]


def needed(module: str) -> set[str]:
    return {name for name, _ in imports(tree(module)) if name in SOURCES and name not in FRONTS} - {module}


def chain(module: str, above: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The longest chain of imports that starts at a module; a circle fails."""
    assert module not in above, f"a circle: {' → '.join((*above[above.index(module) :], module))}"
    known = _CHAINS.get(module)
    if known is None:
        below = [chain(name, (*above, module)) for name in sorted(needed(module))]
        known = _CHAINS[module] = (module, *max(below, key=len, default=()))
    return known


_CHAINS: dict[str, tuple[str, ...]] = {}


@pytest.mark.parametrize("module", INSIDE)
def test_imports_point_back(module):
    assert not wrong_ways(module, tree(module))


@pytest.mark.parametrize("module", INSIDE)
def test_names_come_from_where_they_are_defined(module):
    assert not borrowed(tree(module))


@pytest.mark.parametrize("module", INSIDE)
def test_gradio_is_imported_only_where_a_page_is_built(module):
    if any(name.partition(".")[0] == "gradio" for name, _ in imports(tree(module))):
        assert module.startswith(PAGES)


@pytest.mark.parametrize("module", INSIDE)
def test_no_code_loads_pickles_or_code_from_the_hub(module):
    assert not {name.partition(".")[0] for name, _ in imports(tree(module))} & {"pickle", "joblib", "dill"}
    assert "trust_remote_code=True" not in SOURCES[module].read_text(encoding="utf-8")


def test_the_library_imports_no_tests():
    assert not [m for m in SOURCES for name, _ in imports(tree(m)) if name.partition(".")[0] == "tests"]


def test_there_is_no_circle_and_the_longest_chain_is_short():
    longest = max(map(chain, INSIDE), key=len)
    print(f"{len(longest)} modules: {' → '.join(longest)}")
    assert len(longest) <= LONGEST_CHAIN, " → ".join(longest)


FOLDERS = sorted({path.parent for path in SOURCES.values()} - {ROOT})


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: str(folder.relative_to(ROOT)))
def test_a_folder_is_small_and_its_map_names_every_room(folder: Path):
    modules = sorted(path.stem for path in folder.glob("*.py") if path.stem != "__init__")
    assert len(modules) < MOST_MODULES, f"{len(modules) + 1} modules with its __init__"
    rooms = sorted(path.parent.name for path in folder.glob("*/__init__.py"))
    text = ast.get_docstring(ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))) or ""
    assert not [name for name in (*modules, *rooms) if name not in text], text


def test_no_module_is_named_like_a_package_front_name():
    """Else `import leaderboard.embed` would give the function: the front's name hides the module."""
    for front in FRONTS:
        names = {name for _, name in imports(tree(front))}
        assert not {
            module
            for module in SOURCES
            if module.rpartition(".")[0] == front and module.rpartition(".")[2] in names
        }


def classes() -> Iterator[tuple[str, str]]:
    """Class and module, of every class at a module's top."""
    for module in SOURCES:
        for node in tree(module).body:
            if isinstance(node, ast.ClassDef):
                yield node.name, module


def repeated(named: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """The names that several modules give to something, with the modules."""
    places = defaultdict(list)
    for name, module in named:
        places[name].append(module)
    return {name: modules for name, modules in places.items() if len(modules) > 1}


def test_no_two_classes_have_one_name():
    assert not repeated(classes())
    assert repeated([("Row", "table"), ("Cell", "table"), ("Row", "annotation")]) == {
        "Row": ["table", "annotation"]
    }


def test_the_rules_can_fail():
    upwards = ast.parse("def late():\n    from leaderboard.evaluation.metrics import top1\n    import app")
    assert wrong_ways("heads.head", upwards) == ["leaderboard.evaluation.metrics", "app"]
    assert wrong_ways("leaderboard.records.record", upwards) == ["leaderboard.evaluation.metrics", "app"]
    assert not wrong_ways("app", upwards)
    assert wrong_ways("app", ast.parse("from heads import load_head")) == ["heads"]
    assert borrowed(ast.parse("from heads.kinds.linear import ProjectionHead")) == [
        "heads.kinds.linear.ProjectionHead"
    ]
    assert borrowed(ast.parse("from heads.head import _private")) == ["heads.head._private"]
    with pytest.raises(AssertionError, match="a place in ORDER"):
        place("leaderboard.somewhere")
