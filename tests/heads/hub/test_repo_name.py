"""What reads as a repository's name is what the Hub's client takes, with an owner."""

import pytest
from huggingface_hub.errors import HFValidationError
from huggingface_hub.utils import validate_repo_id
from hypothesis import example, given
from hypothesis import strategies as st

from heads.hub.repo_name import is_repo


def is_taken(name: str) -> bool:
    try:
        validate_repo_id(name)
    except HFValidationError:
        return False
    return name.count("/") == 1


@given(st.text("ab-_./9é", max_size=8) | st.from_regex(r"[\w.-]{1,4}/[\w.-]{90,97}", fullmatch=True))
@example("a/b.git")
@example("a" * 97 + "/b")
@example("_a/b_")
def test_it_is_what_the_client_takes(name: str):
    assert is_repo(name) == is_taken(name)


@pytest.mark.parametrize("name", ["a/b\n", "\u0435ve/x", "a b/c", ""])
def test_no_letter_that_only_looks_like_one_and_no_white_space(name: str):
    assert not is_repo(name)
