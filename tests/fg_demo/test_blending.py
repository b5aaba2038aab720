"""Where a blend of cosine and head changes the order of descriptions: found by going through all shares."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fg_demo.blending import changes_of_order

TENTHS = st.integers(-9, 9).map(lambda tenths: tenths / 10)


@pytest.mark.parametrize(
    ("cosine", "head", "expected"),
    [
        ([0.3, 0.2], [0.1, 0.2], [0.5]),
        ([0.3, 0.2], [0.0, 0.9], [0.1]),
        ([0.3, 0.2], [0.2, 0.1], []),
        ([0.3, 0.3], [0.2, 0.1], []),
        ([0.3], [0.1], []),
        ([0.3, 0.2, 0.1], [0.1, 0.2, 0.3], [0.5]),
    ],
)
def test_the_shares_at_which_two_descriptions_change_places(cosine: list, head: list, expected: list):
    assert changes_of_order(cosine, head) == pytest.approx(expected)


@given(st.lists(st.tuples(TENTHS, TENTHS), min_size=2, max_size=6))
def test_every_pair_that_changes_places_does_so_at_one_of_the_shares_and_at_each_one_does(scores: list):
    cosine, head = zip(*scores, strict=True)
    pairs = [(one, two) for one in scores for two in scores if one[0] > two[0] and one[1] < two[1]]
    found = changes_of_order(cosine, head)
    for share in found:
        assert any(gap(one, two, share) == pytest.approx(0, abs=1e-3) for one, two in pairs)
    for one, two in pairs:
        assert any(gap(one, two, share) == pytest.approx(0, abs=1e-3) for share in found)


def gap(one: tuple[float, float], two: tuple[float, float], share: float) -> float:
    return (1 - share) * (one[0] - two[0]) + share * (one[1] - two[1])
