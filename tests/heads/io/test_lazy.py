"""Public names are imported when they are asked for."""

from pathlib import Path

import pytest

import fg_demo
import heads
import leaderboard
from heads.io.lazy import lazy_names


@pytest.mark.parametrize("front", [heads, fg_demo, leaderboard], ids=lambda front: front.__name__)
def test_every_public_name_is_there(front):
    assert front.__all__ and all(getattr(front, name) is not None for name in front.__all__)


def test_whoever_asks_for_the_kinds_finds_them_all():
    found = {path.stem for path in (Path(heads.__file__).parent / "kinds").glob("[!_]*.py")}
    assert len(heads.KINDS) >= len(found) > 0


def test_only_what_the_block_for_type_checkers_imports_is_given(tmp_path: Path):
    init = tmp_path / "front" / "__init__.py"
    init.parent.mkdir()
    init.write_text(
        "from typing import TYPE_CHECKING\nimport os\nif TYPE_CHECKING:\n    from json import loads, dumps\n"
    )
    named = lazy_names(str(init))
    assert named("loads")("[1]") == [1]  # pyright: ignore[reportCallIssue]
    for name in ("os", "load", "TYPE_CHECKING"):
        with pytest.raises(AttributeError, match=f"module 'front' has no attribute '{name}'"):
            named(name)
