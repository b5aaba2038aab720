"""The components of a part of the page, kept in a dataclass of them."""

from dataclasses import fields
from typing import Any


def components(of: Any) -> list[Any]:
    """The components in the order of the dataclass's fields, which is that of the handlers' parameters."""
    return [getattr(of, field.name) for field in fields(of)]
