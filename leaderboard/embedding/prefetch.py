"""Work done ahead by background threads, while the caller computes with what is ready."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def prefetch_map(
    function: Callable[[Item], Result], items: Iterable[Item], workers: int, ahead: int
) -> Generator[Result, None, None]:
    """`function` of each item, in the items' order, computed in `workers` threads.

    At most `ahead` results are held or being computed, so memory does not grow with the items. An error of
    `function` is raised in its item's turn. When the caller stops early (an error, Ctrl-C, or it has seen
    enough) what has not begun is never begun, and what has is waited for.
    """
    source, waiting = iter(items), deque[Future[Result]]()
    pool = ThreadPoolExecutor(workers, thread_name_prefix="ahead")
    try:
        waiting.extend(pool.submit(function, item) for item in islice(source, ahead))
        while waiting:
            result = waiting.popleft().result()
            waiting.extend(pool.submit(function, item) for item in islice(source, 1))
            yield result
    finally:
        pool.shutdown(cancel_futures=True)
