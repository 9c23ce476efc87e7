"""Waiting for what is due: what a timetable says, or one thing at an interval."""

from collections.abc import Iterator
from typing import Final

from avsctl.chain.transport import Clock
from avsctl.core.internal_schedule import Due, Timetable, find_next
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
        due = timetable.find_after(max(due.at_ms, _elapsed_ms(clock, began)))
        wait_s = _seconds_until(due.at_ms, clock, began)
        _tell(timetable, due, wait_s)
        _wait(clock, wait_s)


def keep_interval(every_ms: int, clock: Clock, ends_ms: int | None = None) -> Iterator[int]:
    """Give moments in milliseconds since the first one, at once and then at an interval, waiting in between.

    Args:
        every_ms: the interval, above 0. What takes longer misses the moments in between.
        clock: what is waited by.
        ends_ms: the last moment, whether or not the interval comes to it; None never ends.
    """
    began, at_ms = clock.now(), 0
    while True:
        yield at_ms
        gone_ms = max(at_ms, _elapsed_ms(clock, began))
        if ends_ms is not None and gone_ms >= ends_ms:
            return
        at_ms = find_next(gone_ms, every_ms)
        at_ms = at_ms if ends_ms is None else min(at_ms, ends_ms)
        _wait(clock, _seconds_until(at_ms, clock, began))


def _elapsed_ms(clock: Clock, began: float) -> int:
    return int((clock.now() - began) * 1000)


def _seconds_until(at_ms: int, clock: Clock, began: float) -> float:
    return at_ms / 1000 - (clock.now() - began)


def _tell(timetable: Timetable, due: Due, in_seconds: float) -> None:
    for task in due.tasks:
        tell_scheduled(task, timetable.intervals_ms[task], max(0.0, in_seconds))


def _wait(clock: Clock, seconds: float) -> None:
    while seconds > 0:
        clock.sleep(min(seconds, LONGEST_WAIT_S))
        seconds -= LONGEST_WAIT_S
