"""What the events of all tabs share: the components of a part of the page, and how an event keeps quiet."""

from dataclasses import fields
from typing import Any

QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
"""An event that is no endpoint and shows no progress."""


def components(of: Any) -> list[Any]:
    """The components in the order of the dataclass's fields, which is that of the handlers' parameters."""
    return [getattr(of, field.name) for field in fields(of)]
