"""Waiting for what a timetable has due."""

from collections.abc import Iterator
from typing import Final

from avsctl.chain.transport import Clock
from avsctl.core.internal_schedule import Due, Timetable
from avsctl.tx.events import tell_scheduled

LONGEST_WAIT_S: Final = 3600.0
"""At a time: what waits for longer is not sure to be understood by an operating system."""


def keep_time(timetable: Timetable, clock: Clock) -> Iterator[Due]:
    """Give what is due, at once and then at every interval, waiting in between; never ends.

    What takes longer than its interval misses the moments in between.
    """
    began, due = clock.now(), timetable.first
    _tell(timetable, due, 0)
    while True:
        yield due
        elapsed_ms = int((clock.now() - began) * 1000)
        due = timetable.find_after(max(due.at_ms, elapsed_ms))
        wait_s = due.at_ms / 1000 - (clock.now() - began)
        _tell(timetable, due, wait_s)
        _wait(clock, wait_s)


def _tell(timetable: Timetable, due: Due, in_seconds: float) -> None:
    for task in due.tasks:
        tell_scheduled(task, timetable.intervals_ms[task], max(0.0, in_seconds))


def _wait(clock: Clock, seconds: float) -> None:
    while seconds > 0:
        clock.sleep(min(seconds, LONGEST_WAIT_S))
        seconds -= LONGEST_WAIT_S
