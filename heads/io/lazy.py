"""Names of a package that are imported when they are first asked for, so that importing the package costs nothing."""

import ast
from collections.abc import Callable
from importlib import import_module
from pathlib import Path


def lazy_names(init: str) -> Callable[[str], object]:
    """The `__getattr__` (PEP 562) of the package whose `__init__` is the file `init`: it gives every name that the
    file imports for type checkers alone (`if TYPE_CHECKING`), which therefore stands nowhere twice.
    """
    path = Path(init)
    syntax = ast.parse(path.read_text(encoding="utf-8"))
    blocks = [statement for statement in syntax.body if isinstance(statement, ast.If)]
    homes = {
        alias.name: node.module
        for block in blocks
        for node in block.body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }

    def named(name: str) -> object:
        if name not in homes:
            raise AttributeError(f"module {path.parent.name!r} has no attribute {name!r}")
        return getattr(import_module(homes[name]), name)

    return named
