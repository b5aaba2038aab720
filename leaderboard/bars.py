"""Progress of long work in a terminal."""

from tqdm import tqdm

from leaderboard.embed import Progress


class Bars:
    """Progress on stderr with rate and time left: one bar at a time, gone when it is done."""

    def __init__(self):
        self._bar: tqdm | None = None

    def __enter__(self) -> Progress:
        return self._update

    def __exit__(self, *error: object) -> None:
        self._close()

    def _update(self, what: str, done: int, total: int) -> None:
        if self._bar is None or (self._bar.desc, self._bar.total) != (what, total) or done < self._bar.n:
            self._close()
            self._bar = tqdm(desc=what, total=total, unit=f" {what}", leave=False)
        self._bar.update(done - self._bar.n)

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
            self._bar = None
