"""Waiting for what is due, on a clock that passes only while somebody waits."""

from itertools import islice

from avsctl.chain.fake import FakeClock
from avsctl.core.internal_schedule import Timetable
from avsctl.tx.timekeeping import LONGEST_WAIT_S, keep_interval, keep_time

HOUR_MS = 3_600_000


class Watched(FakeClock):
    """Keeps how long was waited for at a time."""

    def __init__(self):
        super().__init__()
        self.waits = []

    def sleep(self, seconds):
        self.waits.append(seconds)
        super().sleep(seconds)


def test_the_first_is_due_at_once_and_the_others_at_their_time():
    clock = Watched()
    moments = keep_time(Timetable({10001: 60_000, 10002: 150_000}), clock)
    assert [(clock.now(), due.tasks) for due in islice(moments, 5)] == [
        (0, (10001, 10002)),
        (60, (10001,)),
        (120, (10001,)),
        (150, (10002,)),
        (180, (10001,)),
    ]


def test_what_takes_long_misses_the_moments_in_between_and_keeps_to_the_grid():
    clock, seen = FakeClock(), []
    for due in islice(keep_time(Timetable({10001: 60_000}), clock), 4):
        seen.append(due.at_ms)
        clock.sleep(130 if len(seen) == 2 else 1)
    assert seen == [0, 60_000, 240_000, 300_000]


def test_a_clock_that_wakes_too_early_runs_nothing_twice():
    clock = FakeClock()
    clock.sleep(0.1)
    moments = [due.at_ms for due in islice(keep_time(Timetable({10001: 60_001}), clock), 200)]
    assert moments == [60_001 * at for at in range(200)]


def test_long_waits_are_made_of_short_ones():
    clock = Watched()
    list(islice(keep_time(Timetable({10001: 2 * HOUR_MS + 500}), clock), 2))
    assert clock.waits == [LONGEST_WAIT_S, LONGEST_WAIT_S, 0.5]


def test_one_interval_is_kept_until_an_end_that_is_a_moment_of_its_own():
    clock = Watched()
    assert list(keep_interval(60_000, clock, 150_000)) == [0, 60_000, 120_000, 150_000]
    assert clock.waits == [60, 60, 30]
    assert list(keep_interval(60_000, FakeClock(), 120_000)) == [0, 60_000, 120_000]
    assert list(keep_interval(60_000, FakeClock(), 1_000)) == [0, 1_000]
    assert list(islice(keep_interval(60_000, FakeClock()), 300))[-1] == 299 * 60_000


def test_what_takes_longer_than_an_interval_misses_moments_and_the_last_where_it_is_over_by_then():
    clock, seen = FakeClock(), []
    for at_ms in keep_interval(60_000, clock, 300_000):
        seen.append((at_ms, clock.now()))
        clock.sleep(130)
    assert seen == [(0, 0), (180_000, 180)]
