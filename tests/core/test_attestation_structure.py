"""What is found wrong with updates by themselves; what is said to revert, and only that, the contract refuses."""

import pytest
from attestation_case import (
    NEVER,
    POWERS,
    STRANGER,
    V1,
    V2,
    attempt_of,
    conditions_of,
    define,
    propose,
    recount,
    update_of,
)
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.attestation.conditions import Refused
from avsctl.core.attestation.faults import Harm
from avsctl.core.attestation.structure import check_structure
from avsctl.core.attestation.submission import submit

COMMITTED = {"last_commit_l1": 40, "last_commit_l2": 90}
TWO_GONE = (*POWERS[:10], None, (7, False))
"""11 left, 12 is inactive and holds power that cannot sign."""


def faults_of(update, *definitions, task=10001, l1_head=60, **given_):
    conditions = conditions_of(define(10001), define(10002), *definitions, **(COMMITTED | given_))
    return check_structure(propose(task, update), conditions, l1_head)


def figures(fault):
    return (fault.code.value, fault.harm.value, fault.operator_ids, fault.found, fault.bound)


@pytest.mark.parametrize(
    ("increase", "decrease", "expected"),
    [
        ([(1, 5), (2, 5)], [(3, 5)], []),
        ([], [], []),
        ([(1, 5), (2, 5), (1, 6)], [], [("duplicate_id", "wrong", (1,), 2, None)]),
        ([], [(1, 5), (1, 5), (1, 5)], [("duplicate_id", "wrong", (1,), 3, None)]),
        ([(1, 5)], [(1, 5)], [("id_in_both_lists", "wrong", (1,), None, None)]),
        ([(1, 0)], [(2, 0)], [("zero_delta", "wrong", (each,), None, None) for each in (1, 2)]),
        ([(0, 5)], [], [("zero_id", "wrong", (0,), None, None)]),
        ([(13, 5)], [], [("unknown_id", "wrong", (13,), 13, 12)]),
        ([(NEVER, 5)], [], [("unknown_id", "wrong", (NEVER,), NEVER, 12)]),
        ([(11, 5)], [(12, 7)], [("inactive_id", "wrong", (each,), None, None) for each in (11, 12)]),
        (
            [],
            [(11, 5)],
            [("inactive_id", "wrong", (11,), None, None), ("below_zero", "reverts", (11,), 5, 0)],
        ),
        ([], [(1, 121)], [("below_zero", "reverts", (1,), 121, 120)]),
        ([(1, 1)], [(1, 121)], [("id_in_both_lists", "wrong", (1,), None, None)]),
        (
            [],
            [(1, 100), (2, 5), (1, 21)],
            [("duplicate_id", "wrong", (1,), 2, None), ("below_zero", "reverts", (1,), 21, 20)],
        ),
        ([(1, NEVER)], [], [("above_maximum", "reverts", (1,), NEVER, 120)]),
        ([(1, NEVER - 120)], [], [("total_above_maximum", "reverts", (1,), NEVER - 120, sum(POWERS[:10]) + 7)]),
    ],
)
def test_lists_ids_and_amounts(increase, decrease, expected):
    found = faults_of(update_of(increase, decrease), powers=TWO_GONE)
    assert [figures(fault) for fault in found] == expected
    assert [fault.error for fault in found if fault.harm is Harm.REVERTS] == ["Panic"] * sum(
        row[1] == "reverts" for row in expected
    )


def test_a_sum_that_is_less_than_its_parts_cannot_be_lowered_by_them():
    (found,) = faults_of(update_of([], [(1, 120)]), total=100)
    assert figures(found) == ("total_below_zero", "reverts", (1,), 120, 100)


@pytest.mark.parametrize(
    ("l1", "l2", "expected"),
    [
        (41, 91, []),
        (60, 100, []),
        (40, 91, [("l1_block_not_after_last", 40, 40, "InvalidToBlockL1VsLastCommitBlockL1")]),
        (61, 91, [("l1_block_above_head", 61, 60, None)]),
        (60, 90, [("l2_block_not_after_last", 90, 90, "InvalidToBlockL2VsLastCommitBlockL2")]),
        (60, 101, [("l2_block_not_past", 101, 101, "InvalidToBlockL2VsCurrentHeight")]),
        (
            0,
            NEVER,
            [
                ("l1_block_not_after_last", 0, 40, "InvalidToBlockL1VsLastCommitBlockL1"),
                ("l2_block_not_past", NEVER, 101, "InvalidToBlockL2VsCurrentHeight"),
            ],
        ),
    ],
)
def test_blocks(l1, l2, expected):
    found = faults_of(update_of(l1=l1, l2=l2))
    assert [(fault.code.value, fault.found, fault.bound, fault.error) for fault in found] == expected
    lasting = [fault for fault in found if fault.harm is Harm.LASTS]
    assert [fault.code.value for fault in lasting] == ["l1_block_above_head"] * (l1 == 61)


def test_the_head_of_l1_bounds_nothing_where_it_was_not_read():
    assert faults_of(update_of(l1=NEVER), l1_head=None) == ()


def test_a_syncer_of_v1_names_no_blocks():
    assert faults_of(update_of(l1=0, l2=0), generation=V1) == ()
    assert [fault.code.value for fault in faults_of(update_of([(1, 0)], l1=0), generation=V1)] == ["zero_delta"]


def test_an_ordinary_task_has_no_structure():
    assert faults_of(None, task=1) == ()


LIST = define(1, minimum=200, ids=(1, 2, 3))
OPEN = define(2, minimum=500)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (recount(1, 200, ids=(1, 2, 3)), []),
        (recount(2, 500, number=12), []),
        (recount(1, 200, ids=(1, 2, 2, 3, 2)), [("duplicate_id_in_list", (2,), 3, 1)]),
        (recount(1, 200, ids=(1, 2, 4)), [("wrong_list", (3, 4), None, None)]),
        (recount(1, 0, ids=(1, 2, 3)), [("wrong_minimum", (), 0, 200)]),
        (recount(1, 200, number=12), [("wrong_function", (), None, None)]),
        (recount(2, 500, ids=(1,)), [("wrong_function", (), None, None)]),
        (recount(2, 500, number=10), [("ids_left_out", (11, 12), 10, 12)]),
        (recount(2, 500, number=13), [("ids_above_highest", (), 13, 12)]),
        (recount(2, 500, number=NEVER), [("too_many_ids", (), NEVER, 12)]),
        (recount(3, 500, number=12), [("unknown_definition", (), None, None)]),
        (recount(1, 200, number=12, target=STRANGER), [("wrong_target", (), None, None)]),
        (recount(1, 200, number=12, data=b"\1\2\3\4"), [("function_not_allowed", (), None, None)]),
    ],
)
def test_the_calls_of_a_sync_of_totals(call, expected):
    found = faults_of([call], LIST, OPEN, task=10002)
    assert [(fault.code.value, fault.operator_ids, fault.found, fault.bound) for fault in found] == expected
    assert all(fault.call == 1 for fault in found)


def test_a_call_that_cannot_be_read_and_a_definition_that_is_recounted_twice():
    calls = [recount(1, 200, ids=(1, 2, 3)), recount(2, 500, number=12), recount(1, 200, ids=(1, 2, 3))]
    (found,) = faults_of(calls, LIST, OPEN, task=10002)
    assert (found.code.value, found.task_definition_id, found.found, found.call) == ("duplicate_definition", 1, 2, None)
    unread = [recount(2, 500, number=12), type(calls[0])(calls[0].target, calls[0].data, None)]
    (found,) = faults_of(unread, LIST, OPEN, task=10002)
    assert (found.code.value, found.call, found.error) == ("malformed_call", 2, "InternalTransactionRevert")


ITEMS = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 130) | st.just(NEVER)), max_size=4)
UPDATES = st.builds(update_of, ITEMS, ITEMS, st.integers(38, 63), st.integers(88, 103))
IDS = st.lists(st.integers(0, 14), max_size=4)
RECOUNTS = st.lists(
    st.builds(recount, st.integers(1, 3), st.sampled_from((0, 200, 500)), number=st.integers(0, 14) | st.just(NEVER))
    | st.builds(recount, st.integers(1, 3), st.sampled_from((0, 200, 500)), ids=IDS)
    | st.builds(recount, number=st.just(12), target=st.sampled_from(("0xOBLS", STRANGER)), data=st.binary(max_size=5)),
    max_size=3,
)


@given(case=st.tuples(st.just(10001), UPDATES) | st.tuples(st.just(10002), RECOUNTS))
def test_what_is_said_to_revert_reverts_and_nothing_else_does(case):
    task, update = case
    conditions = conditions_of(define(10001), define(10002), LIST, OPEN, generation=V2, powers=TWO_GONE, **COMMITTED)
    faults = check_structure(propose(task, update), conditions, 60)
    answer = submit(conditions, attempt_of(range(3, 11), task, update))
    errors = [fault.error for fault in faults if fault.harm is Harm.REVERTS]
    assert isinstance(answer, Refused) is bool(errors)
    assert all(fault.error is None for fault in faults if fault.harm is not Harm.REVERTS)
    if errors:
        assert answer.error in errors
