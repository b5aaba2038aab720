"""The templates' rules: words are escaped, and a value that is missing is an error rather than nothing."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from fg_demo.page.templates import environment


def test_a_folder_of_its_own_stands_before_the_shared_one(tmp_path: Path):
    (tmp_path / "problem.html").write_text("<b>{{ words }}</b>")
    own = environment(tmp_path)
    assert own.get_template("problem.html").render(words="<i>&") == "<b>&lt;i&gt;&amp;</b>"
    assert own.get_template("notes.html").render(lines=["<i>", "two"]) == (
        '<p class="fg-note">&lt;i&gt;</p><p class="fg-note">two</p>'
    )


def test_a_value_that_is_missing_is_an_error():
    with pytest.raises(UndefinedError, match="'text' is undefined"):
        environment().get_template("problem.html").render(remedy="", older=False)
