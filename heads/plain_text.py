"""Strangers' words as plain text: what they look like is what they are."""

import re
import unicodedata

MOST = 200
_ACTIVE = re.compile(
    r"<\s*(?:script|iframe|object|embed|form|svg|style|link|meta|base)\b"
    r"|\bon[a-z]{3,20}\s*=\s*[\"']"
    # Where a link's target stands, in Markdown or HTML; a sentence may speak of JavaScript.
    r"|(?:[(<]|=\s*[\"']?|\]:)\s*(?:(?:java|vb)script\s*:|data:text/html)",
    re.IGNORECASE,
)
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
"""Unicode categories of characters that are not seen or change how others are: control, format (the bidirectional
overrides and the zero-width ones among them), surrogate, private, line and paragraph separators."""
_JOINER = "\u200d"
"""The zero-width joiner, of which emoji are made."""


def plain(text: str, most: int = MOST) -> str:
    """The text on one line of at most `most` characters, without what is not seen or reorders the rest.

    It is still text: where HTML or Markdown is shown, it is to be escaped as any other.
    """
    seen = " ".join("".join(" " if is_hidden(character) else character for character in text).split())
    return seen if len(seen) <= most else f"{seen[: most - 1]}…"


def is_hidden(character: str) -> bool:
    """Whether a character is not seen, or changes how others are."""
    return unicodedata.category(character) in _HIDDEN


def hidden_characters(text: str) -> list[str]:
    """Code points of the hidden characters in a longer text, where line breaks, tabs and emoji's joiners are
    none."""
    return sorted({f"U+{ord(c):04X}" for c in text if is_hidden(c) and c not in f"\n\r\t{_JOINER}\ufeff"})


def active_content(text: str) -> str | None:
    """The first thing in the text that a browser would run or load as a part of the page; None: nothing."""
    found = _ACTIVE.search(text)
    return found[0].strip() if found else None
