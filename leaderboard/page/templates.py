"""The HTML of both tabs: templates beside this module, in which all that comes from a record or a stranger is escaped."""

from pathlib import Path
from typing import Any

from fg_demo.page.templates import environment
from leaderboard.records.provenance import PROVENANCE

LONGEST_NAME = 80


def short(name: str) -> str:
    """The name, cut where it is longer than a name is."""
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def render(template: str, **values: Any) -> str:
    """The template `template`.html with these values."""
    return TEMPLATES.get_template(f"{template}.html").render(values)


TEMPLATES = environment(Path(__file__).parent / "templates")
TEMPLATES.filters["short"] = short
TEMPLATES.globals["PROVENANCE"] = PROVENANCE
