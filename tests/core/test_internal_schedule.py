"""When internal tasks are due."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.internal_schedule import Due, Timetable


def test_all_are_due_at_once_and_then_each_at_its_interval():
    table = Timetable({10002: 90_000, 10001: 60_000})
    moments = [table.first]
    while len(moments) < 6:
        moments.append(table.find_after(moments[-1].at_ms))
    assert moments == [
        Due(0, (10001, 10002)),
        Due(60_000, (10001,)),
        Due(90_000, (10002,)),
        Due(120_000, (10001,)),
        Due(180_000, (10001, 10002)),
        Due(240_000, (10001,)),
    ]


def test_what_was_missed_is_left_out():
    table = Timetable({10001: 60_000, 10002: 65_000})
    assert table.find_after(59_999) == Due(60_000, (10001,))
    assert table.find_after(299_000) == Due(300_000, (10001,))


INTERVALS = st.dictionaries(st.integers(1, 5), st.integers(1, 10**6), min_size=1)


@given(INTERVALS, st.integers(0, 10**9))
def test_the_next_moment_is_the_first_at_which_anything_is_due(intervals, at_ms):
    due = Timetable(intervals).find_after(at_ms)
    assert due.at_ms > at_ms
    assert due.tasks == tuple(sorted(task for task, every in intervals.items() if due.at_ms % every == 0))
    for every in intervals.values():
        assert (due.at_ms - 1) // every == at_ms // every


@given(INTERVALS)
def test_moments_go_on(intervals):
    table = Timetable(intervals)
    moments = [table.first]
    for _ in range(20):
        moments.append(table.find_after(moments[-1].at_ms))
    assert all(one.at_ms < two.at_ms and two.tasks for one, two in pairwise(moments))
