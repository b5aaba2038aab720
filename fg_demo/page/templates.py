"""HTML from jinja2 templates: what visitors wrote is escaped, and a value that a template lacks is an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

SHARED = Path(__file__).parent / "templates"


def environment(*folders: Path) -> Environment:
    """The templates of the folders and, behind them, those that the Compare tab has."""
    return Environment(
        loader=FileSystemLoader([*folders, SHARED]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
