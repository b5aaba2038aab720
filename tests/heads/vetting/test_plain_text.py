from hypothesis import given
from hypothesis import strategies as st

from heads.vetting.plain_text import active_content, hidden_characters, is_hidden, plain


@given(st.text())
def test_plain_text_is_one_line_that_is_seen_and_short(text: str):
    shown = plain(text, 50)
    assert len(shown) <= 50
    assert not any(map(is_hidden, shown))
    assert shown == " ".join(shown.split()) == plain(shown, 50)


@given(st.text(st.characters(categories=("L", "N", "P", "S"), exclude_characters="\u2028")))
def test_what_is_seen_stays(text: str):
    assert plain(text, len(text) + 1) == text


def test_what_reorders_or_hides_is_gone():
    assert plain("read\u202efdp.exe") == "read fdp.exe"
    assert plain("a\u200bb\x00c\x1b[31m\nd") == "a b c [31m d"
    assert plain("x" * 300) == "x" * 199 + "…"


def test_hidden_characters_of_a_card():
    assert hidden_characters("two\nlines\tand 👩\u200d💻") == []
    assert hidden_characters("a\u202eb\u202dc\u202e\x00") == ["U+0000", "U+202D", "U+202E"]


def test_active_content():
    for harmless in (
        "a < b",
        "<br> <b>",
        "[a](https://x.org)",
        "JavaScript: the language",
        "on = 'x' is set",
    ):
        assert active_content(harmless) is None
    for text in (
        "<ScRiPt>",
        "< iframe src",
        "[x](JAVASCRIPT:y)",
        "[x]: javascript:y",
        "<a href=' javascript:y'>",
        '<img onerror = "x">',
        "![x](data:text/html,x)",
    ):
        assert active_content(text), text
