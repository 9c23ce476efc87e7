"""The syncs that are wanted among those found, the course of the totals, and what a reader has to know."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.history import (
    Aftermath,
    Coverage,
    History,
    L1Stand,
    PointKind,
    Record,
    Sample,
    Sync,
    SyncKind,
    Wanted,
    Way,
    compare_powers,
    limit_coverage,
    point_of,
    spread,
    sum_l1,
    take_newest,
)
from avsctl.core.history_checks import check_history
from avsctl.core.power import PowerChange

POWER, TOTALS, OTHER = 10001, 10002, 10003


def sync(block, task=POWER, *, is_approved=True, index=0, to_blocks=(5, 6)):
    return Sync(block, index, "0x", task, is_approved, to_blocks=to_blocks if task == POWER else None)


def history(*records, **given):
    traits = {
        "ways": (Way.LOGS,),
        "coverage": Coverage(0, 0),
        "is_enough": True,
        "is_timed_out": False,
        "log_blocks": 10,
    }
    return History(records, **(traits | given))


LAST_TEN = Wanted(10)


def found(history, wanted=LAST_TEN):
    return {(finding.code, finding.subject): finding.text for finding in check_history(history, wanted)}


@pytest.mark.parametrize(
    ("task", "kind"),
    [(POWER, "power_sync"), (TOTALS, "totals_sync"), (OTHER, "internal_task"), (None, "syncer_write")],
)
def test_kinds(task, kind):
    assert sync(1, task).kind is SyncKind(kind)
    assert sync(1, task).has_changed_powers is (task in (POWER, None))
    assert not sync(1, task, is_approved=False).has_changed_powers


def test_deltas_have_signs_and_each_operator_is_touched_once():
    one = Sync(1, 0, "0x", POWER, to_increase=(PowerChange(7, 5), PowerChange(2, 1)), to_decrease=(PowerChange(7, 3),))
    assert one.deltas == ((7, 5), (2, 1), (7, -3))
    assert one.touched_ids == (2, 7)


def test_the_last_ones_wanted_come_with_what_lies_between():
    syncs = [sync(1), sync(2, TOTALS), sync(3), sync(4, is_approved=False), sync(5), sync(6, TOTALS)]
    assert [s.block for s in take_newest(syncs, Wanted(2))] == [6, 5, 4, 3]
    assert [s.block for s in take_newest(syncs, Wanted(9))] == [6, 5, 4, 3, 2, 1]
    assert [s.block for s in take_newest(syncs, Wanted(None, 4))] == [6, 5, 4]


def test_two_in_one_block_are_in_the_order_of_the_chain():
    assert [s.index for s in take_newest([sync(1, index=3), sync(1, index=9)], Wanted(2))] == [9, 3]
    assert [s.index for s in take_newest([sync(1, index=3), sync(1, index=9)], Wanted(1))] == [9]


def test_coverage_tells_of_what_is_shown():
    shown = (sync(9), sync(7))
    assert limit_coverage(Coverage(2, 8), shown, Wanted(2)) == Coverage(7, 8)
    assert limit_coverage(Coverage(2, None), shown, Wanted(3)) == Coverage(2, None)
    assert limit_coverage(Coverage(2, 8), shown, Wanted(None, 5)) == Coverage(5, 8)
    assert limit_coverage(Coverage(None, None), (), Wanted(3)) == Coverage(None, None)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(1, 50))
def test_numbers_between_two_others(begin, length, count):
    between = spread(begin, begin + length, count)
    assert list(between) == sorted(set(between))
    assert all(begin < number < begin + length for number in between)
    assert len(between) == min(count, max(0, length - 1))


def test_powers_are_compared_id_by_id():
    assert compare_powers((1, 2, 3), (1, 5, 0)) == ((2, 3), (3, -3))


def test_a_sum_with_an_unknown_part_is_unknown():
    assert (sum_l1([1, 2]), sum_l1([1, None]), sum_l1([])) == (3, None, 0)


# The course


def test_a_point_compares_l1_with_l2_before_and_after():
    record = Record(sync(9), 100, None, Aftermath(30, 20, (), ()), L1Stand(5, 90, 33))
    point = point_of(record)
    assert (point.kind, point.delta, point.delta_before) == (PointKind.SYNC, 3, 13)


@pytest.mark.parametrize(
    "record",
    [Record(sync(9)), Record(sync(9), after=Aftermath(1, None, (), ())), Record(sync(9), l1=L1Stand(5, None, 7))],
)
def test_where_a_side_is_unknown_so_is_the_difference(record):
    assert point_of(record).delta is None


def test_points_are_those_that_changed_powers_then_samples_then_now():
    records = (Record(sync(9), 100), Record(sync(8, TOTALS), 90), Record(sync(7, is_approved=False)), Record(sync(5)))
    whole = history(*records, samples=(Sample(10, 110, 1, None),), now=Sample(11, 120, 2, L1Stand(1, 1, 7)))
    assert [(point.kind, point.l2_block) for point in whole.points] == [
        ("sync", 5),
        ("sync", 9),
        ("sample", 10),
        ("now", 11),
    ]
    assert whole.points[-1].delta == 5


# Findings


READ = Record(sync(9), 100, "0x12", Aftermath(1, 1, (), ()), L1Stand(5, 1, 1))
NOW = Sample(11, 120, 2, L1Stand(1, 1, 7))


def test_a_history_that_is_whole_has_no_findings():
    assert found(history(READ, now=NOW)) == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"is_timed_out": True}, "1 of 10 syncs, complete from L2 block 4 on: the time was up"),
        ({"log_blocks": 10}, "the endpoint gives no more (logs of 10 blocks in one query)"),
        ({"log_blocks": None, "coverage": Coverage(None, None)}, "nothing is known to be complete"),
    ],
)
def test_fewer_than_asked_for(changes, words):
    traits = {"is_enough": False, "coverage": Coverage(4, 4)}
    assert words in found(history(READ, **(traits | changes)))["history_incomplete", "l2"]


def test_fewer_than_a_range_holds():
    text = found(history(READ, is_enough=False, coverage=Coverage(4, 4)), Wanted(None, 2))["history_incomplete", "l2"]
    assert text.startswith("1 found, complete from L2 block 4 on")


@pytest.mark.parametrize(("others", "words"), [(None, "not at all"), (8, "from L2 block 8 on only")])
def test_what_the_getters_do_not_see(others, words):
    assert words in found(history(READ, coverage=Coverage(2, others)))["history_partial", "l2"]


def test_totals_that_no_endpoint_has():
    rejected = Record(sync(8, is_approved=False))
    texts = found(history(READ, replace(READ, after=None), replace(READ, l1=None), rejected, now=NOW))
    assert texts["old_state_unavailable", "l2"] == "totals and powers after 1 of 3 syncs"
    assert texts["old_state_unavailable", "l1"] == "L1's total at 1 of 3 syncs"


def test_an_l1_that_was_not_read_is_not_missed():
    assert found(history(replace(READ, l1=None), now=replace(NOW, l1=None))) == {}


def test_what_a_syncer_wrote_past_the_tasks():
    writes = [Record(sync(block, None), 1, "0xab", READ.after) for block in (9, 7)]
    text = found(history(*writes))["syncer_wrote", "OBLS"]
    assert text == "2 times, last in L2 block 9 by 0xab (0x)"
    assert found(history(writes[1]))["syncer_wrote", "OBLS"] == "once in L2 block 7 by 0xab (0x)"
    assert set(found(history(*writes, ways=(Way.STATES,)))) == {("changes_compared", "l2")}
