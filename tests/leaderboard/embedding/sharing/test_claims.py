"""Claims: every part is done once, by whoever comes first; what a killed process held is done by another."""

import errno
import fcntl
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from leaderboard.embedding.sharing.claims import claimed
from tests.support.forked import Forked

PARTS = {f"part-{number}": number for number in range(40)}


def test_one_process_does_all_in_order_and_nothing_twice(tmp_path: Path):
    assert [*claimed(tmp_path / "new" / "folder", PARTS)] == [*range(40)]
    assert [*claimed(tmp_path / "new" / "folder", PARTS)] == []


def test_several_processes_do_each_part_once(tmp_path: Path):
    def work(tell: Callable[[int], None]) -> None:
        for part in claimed(tmp_path, PARTS):
            tell(part)

    processes = [Forked(work) for _ in range(4)]
    ended = [process.rest() for process in processes]
    assert [status for _, status in ended] == [0] * 4
    assert sorted(part for told, _ in ended for part in told) == [*range(40)]


def test_what_a_killed_process_held_is_done_by_another(tmp_path: Path):
    def stops(tell: Callable[[int], None]) -> None:
        for part in claimed(tmp_path, PARTS):
            tell(part)
            if part == 2:
                signal.pause()

    killed = Forked(stops)
    assert killed.read(3) == [0, 1, 2]
    found = claimed(tmp_path, PARTS)
    assert [next(found) for _ in range(37)] == [*range(3, 40)]
    killed.kill()
    assert [*found] == [2]


def test_what_another_holds_is_waited_for_and_not_done_again(tmp_path: Path):
    def slow(tell: Callable[[int], None]) -> None:
        for part in claimed(tmp_path, {"only": 7}):
            tell(part)

    others = claimed(tmp_path, {"only": 7})
    assert next(others) == 7
    process = Forked(slow)
    assert [*others] == []
    assert process.rest() == ([], 0)


def test_a_part_that_failed_is_not_done(tmp_path: Path):
    def failing() -> None:
        for part in claimed(tmp_path, PARTS):
            if part == 1:
                raise KeyError(part)

    with pytest.raises(KeyError):
        failing()
    assert [*claimed(tmp_path, PARTS)] == [*range(1, 40)]


def test_a_disk_without_locks_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    with pytest.raises(OSError, match=rf"{tmp_path}: expected a disk .* by locks, got: .*No locks"):
        next(claimed(tmp_path, PARTS))
