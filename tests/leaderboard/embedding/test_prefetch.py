"""Work ahead in threads: the order kept, memory bounded, errors and early ends clean."""

import threading
import time
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.embedding.prefetch import prefetch_map


@settings(max_examples=40)
@given(st.lists(st.integers(0, 3), max_size=30), st.integers(1, 4), st.integers(1, 8))
def test_results_come_in_the_items_order_however_long_each_takes(items: list[int], workers: int, ahead: int):
    def slow(item: int) -> int:
        time.sleep(item / 5000)
        return item * 10

    assert list(prefetch_map(slow, items, workers, ahead)) == [item * 10 for item in items]


def test_no_more_than_so_many_are_begun_before_they_are_asked_for():
    begun = []
    results = prefetch_map(begun.append, count(), workers=2, ahead=3)
    for taken in range(1, 6):
        next(results)
        time.sleep(0.02)
        assert len(begun) <= taken + 3
    results.close()


def test_an_error_comes_in_its_items_turn():
    def inverse(item: int) -> float:
        return 1 / item

    results = prefetch_map(inverse, [1, 2, 0, 4], workers=4, ahead=4)
    assert [next(results), next(results)] == [1, 0.5]
    with pytest.raises(ZeroDivisionError):
        next(results)


@pytest.mark.parametrize("end", [KeyboardInterrupt, ValueError, GeneratorExit])
def test_an_early_end_leaves_no_thread_and_begins_nothing_more(end: type[BaseException]):
    begun = []
    results = prefetch_map(begun.append, count(), workers=2, ahead=4)
    next(results)
    with pytest.raises(end):
        results.throw(end)
    after = len(begun)
    time.sleep(0.02)
    assert len(begun) == after
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ahead")]


def test_the_caller_computes_meanwhile():
    """The second item is ready before it is asked for: work that waits for the caller would never be."""
    ready = threading.Event()
    results = prefetch_map(lambda item: ready.set() if item else None, [0, 1], workers=1, ahead=2)
    next(results)
    assert ready.wait(timeout=30)
    assert len(list(results)) == 1
