"""Plain text from strangers: hidden characters and active content, found, refused or made visible."""

import html
import re
import unicodedata
from typing import Any

MOST = 200
_ACTIVE = re.compile(
    r"<\s*(?:script|iframe|object|embed|form|svg|math|style|link|meta|base|frame|frameset|applet)\b"
    r"|\bon[a-z]{3,20}\s*=\s*[\"']|<[^<>]*\son[a-z]{3,20}\s*=|\bsrcdoc\s*="
    # Where a link's target stands, in Markdown or HTML; a sentence may speak of JavaScript.
    r"|(?:[(<]|=\s*[\"']?|\]:)\s*(?:(?:java|vb)script\s*:|data:text/html)",
    re.IGNORECASE,
)
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""

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
    none.
    """
    if text.isprintable():  # told at once: of many records' texts nearly all are
        return []
    return sorted({f"U+{ord(c):04X}" for c in text if is_hidden(c) and c not in f"\n\r\t{_JOINER}"})


def check_visible(text: str) -> str:
    """The text. Raises ValueError naming the hidden characters in it."""
    if hidden := hidden_characters(text):
        raise ValueError(f"expected characters that are seen, found {', '.join(hidden[:5])}")
    return text


def check_visible_in(value: Any) -> None:
    """Nothing, or ValueError when a text in a JSON value, names of fields included, has hidden characters.

    A text is looked at as it is once its escapes are read: in the file, U+001B may be six harmless characters.
    """
    if isinstance(value, str):
        check_visible(value)
    elif isinstance(value, dict):
        for name, inner in value.items():
            check_visible(name)
            check_visible_in(inner)
    elif isinstance(value, list):
        for inner in value:
            check_visible_in(inner)


def spreadsheet_text(text: str) -> str:
    """The text as a cell of a CSV file in which no spreadsheet sees a formula: with an apostrophe before it, if
    need be (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA) else text


def active_content(text: str) -> str | None:
    """The first thing in the text that a browser would run or load as a part of the page; None: nothing.

    HTML's own escapes, as in `&#106;avascript:`, are read first, as a browser does.
    """
    found = _ACTIVE.search(text) or _ACTIVE.search(html.unescape(text))
    return found[0].strip() if found else None
