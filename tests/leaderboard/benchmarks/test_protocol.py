"""Protocols: told apart by their fields, and said in English from them."""

from dataclasses import replace

import pytest
from hypothesis import given

from leaderboard.benchmarks.protocol import ROI_ALIGN, Protocol, protocol_key
from tests.support.protocols import PROTOCOL, protocols


@given(protocols, protocols)
def test_two_protocols_are_the_same_where_they_say_the_same(one: Protocol, other: Protocol):
    same = one == other
    assert (str(one) == str(other)) == same
    assert (protocol_key(one) == protocol_key(other)) == same


@given(protocols)
def test_one_field_alone_makes_another_protocol(one: Protocol):
    turned = {"against": "for", "for": "against"}
    for other in (replace(one, ties=turned[one.ties]), replace(one, tolerance=one.tolerance + 0.25)):
        assert other != one and str(other) != str(one) and protocol_key(other) != protocol_key(one)


def test_a_reworded_sentence_is_no_other_protocol():
    reworded = replace(PROTOCOL, sentence="In other words.")
    assert reworded == PROTOCOL and protocol_key(reworded) == protocol_key(PROTOCOL)
    assert str(reworded) == str(PROTOCOL) != "In other words."


def test_the_order_of_subsets_says_nothing():
    assert PROTOCOL.ranking
    turned = dict(reversed(PROTOCOL.ranking.negatives_of.items()))
    other = replace(PROTOCOL, ranking=replace(PROTOCOL.ranking, negatives_of=turned))
    assert (other, str(other), protocol_key(other)) == (PROTOCOL, str(PROTOCOL), protocol_key(PROTOCOL))


def test_of_a_source_that_states_a_sentence_alone_it_is_the_sentence():
    assert protocol_key("as published") == "as published"


def test_a_score_that_sees_all_candidates_has_a_protocol_of_its_own():
    assert PROTOCOL.ranking
    other = replace(PROTOCOL, ranking=replace(PROTOCOL.ranking, scores="set-aware"))
    assert other != PROTOCOL and "each score sees all candidates" in str(other)


def test_a_pooled_region_is_no_crop_and_records_from_before_keep_their_key():
    assert PROTOCOL.ranking
    pooled = replace(PROTOCOL, ranking=replace(PROTOCOL.ranking, crop=None, pooling=ROI_ALIGN))
    whole = replace(PROTOCOL, ranking=replace(PROTOCOL.ranking, crop=None))
    assert "pooled over the given box by RoIAlign" in str(pooled)
    assert len({str(PROTOCOL), str(pooled), str(whole)}) == 3 and "pooling" not in protocol_key(PROTOCOL)
    with pytest.raises(ValueError, match="pooling: expected none of a crop"):
        replace(PROTOCOL.ranking, pooling=ROI_ALIGN)
