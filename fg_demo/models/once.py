"""Things made once, on demand, by many threads."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock
from typing import Generic, TypeVar, final

Made = TypeVar("Made")


@final
class Once(Generic[Made]):
    """Things by name, each made when it is first asked for.

    Whoever asks for one that is being made waits for that one alone, and gets what comes of it, an error too;
    after an error it is made again.
    """

    def __init__(self, make: Callable[[str], Made]):
        self._make = make
        self._made: dict[str, Future[Made]] = {}
        self._lock = Lock()

    def __call__(self, name: str) -> Made:
        """What is made for the name, by this call or by the first that asked. Raises what making it raised."""
        with self._lock:
            mine = name not in self._made
            made = self._made.setdefault(name, Future())
        if mine:
            self._fill(name, made)
        return made.result()

    def __contains__(self, name: str) -> bool:
        """Whether it is made."""
        made = self._made.get(name)
        return made is not None and made.done()

    def is_making(self, name: str) -> bool:
        """Whether it is being made, so that whoever asks for it now waits."""
        made = self._made.get(name)
        return made is not None and not made.done()

    def _fill(self, name: str, made: Future[Made]) -> None:
        try:
            made.set_result(self._make(name))
        except BaseException as error:
            with self._lock:
                del self._made[name]
            made.set_exception(error)
            raise
