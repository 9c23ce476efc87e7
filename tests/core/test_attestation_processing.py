"""What approved internal tasks change."""

from dataclasses import replace

import pytest
from attestation_case import (
    NEVER,
    OBLS,
    POWERS,
    STRANGER,
    V1,
    attempt_of,
    conditions_of,
    define,
    naive_of,
    recount,
    refusal,
    update_of,
)

from avsctl.core.attestation.conditions import Accepted, Refused, Rejected
from avsctl.core.attestation.processing import process_powers
from avsctl.core.attestation.submission import submit

NINE = tuple(range(4, 13))


SYNC, TOTALS = define(10001), define(10002)


def after(update, task_definition_id=10001, *definitions, ids=NINE, **given):
    given = {"last_commit_l1": 40, "last_commit_l2": 90} | given
    conditions = conditions_of(SYNC, TOTALS, *definitions, **given)
    answer = submit(conditions, attempt_of(ids, task_definition_id, update))
    return (answer.error, *answer.args) if isinstance(answer, Refused) else answer.after


def powers_of(conditions):
    return tuple(each.voting_power for each in conditions.state.operators)


def test_an_approved_update_changes_powers_and_the_running_sum_and_commits_its_blocks():
    landed = after(update_of([(1, 7), (3, 5)], [(2, 240)]))
    assert powers_of(landed) == (127, 0, 365, *POWERS[3:])
    assert (landed.state.global_total, landed.last_commit_l1, landed.last_commit_l2) == (8160 - 228, 50, 100)
    assert landed.burned == {b"hash"}


def test_a_rejected_update_changes_nothing():
    conditions = conditions_of(SYNC)
    attempt = attempt_of(NINE, 10001, update_of([(1, 7)], l1=0, l2=0), is_approved=False)
    answer = submit(conditions, attempt)
    assert answer == Rejected(replace(conditions, burned=frozenset({b"hash"})))


@pytest.mark.parametrize(
    ("l1", "l2", "expected"),
    [
        (40, 90, ("InvalidToBlockL1VsLastCommitBlockL1", 41)),
        (0, 0, ("InvalidToBlockL1VsLastCommitBlockL1", 41)),
        (41, 90, ("InvalidToBlockL2VsLastCommitBlockL2", 91)),
        (41, 101, ("InvalidToBlockL2VsCurrentHeight", 101, 101)),
        (NEVER, NEVER, ("InvalidToBlockL2VsCurrentHeight", NEVER, 101)),
    ],
)
def test_the_blocks_of_an_update_in_their_order(l1, l2, expected):
    assert after(update_of([(1, 7)], [(1, 999)], l1=l1, l2=l2)) == expected


@pytest.mark.parametrize(("l1", "l2"), [(41, 91), (41, 100), (NEVER, 100)])
def test_the_block_of_l1_has_no_upper_bound(l1, l2):
    landed = after(update_of([(1, 7)], l1=l1, l2=l2))
    assert (landed.last_commit_l1, landed.last_commit_l2) == (l1, l2)


PANIC = ("Panic", 0x11)


@pytest.mark.parametrize(
    ("increase", "decrease", "expected"),
    [
        ([], [(1, 121)], PANIC),
        ([(1, 1)], [(1, 121)], 0),  # increases come first
        ([], [(1, 60), (1, 60)], 0),
        ([], [(1, 60), (1, 61)], PANIC),  # one by one
        ([], [(99, 1)], PANIC),
        ([(99, 1)], [(99, 1)], 120),
        ([(1, NEVER - 120)], [], PANIC),  # the sum goes above the range
        ([(1, NEVER)], [], PANIC),
    ],
)
def test_powers_stay_in_range_item_by_item(increase, decrease, expected):
    landed = after(update_of(increase, decrease))
    assert (landed if expected == PANIC else powers_of(landed)[0]) == expected


def test_ghost_power_counts_in_the_sum_and_cannot_sign():
    landed = after(update_of([(99, 1000), (0, 1)]), ids=NINE)
    assert (landed.other_powers, landed.state.global_total) == ({99: 1000, 0: 1}, 9161)
    gone = process_powers(replace(landed, block=103), update_of([], [(99, 1000), (0, 1)], l1=51, l2=101))
    assert (gone.other_powers, gone.state.global_total) == ({}, 8160)


def test_a_total_above_half_the_range_takes_no_approval_any_more():
    conditions = conditions_of(define(1), powers=(2**255,))
    assert refusal(conditions, attempt_of((1,))) == PANIC
    assert refusal(conditions, attempt_of((1,), is_approved=False)) is None


def test_an_update_touches_no_total_of_a_definition():
    four = define(1, ids=(1, 2, 3, 4), own_total=1120)
    landed = after(update_of([], [(4, 400)]), 10001, four)
    assert landed.state.find(1) == four


@pytest.mark.parametrize(
    ("definition", "calls", "expected"),
    [
        (define(1, ids=(1, 2, 3)), [recount(1, ids=(1, 2, 3))], 720),
        (define(1, ids=(1, 2, 3)), [recount(1, ids=(2, 2, 2))], 720),  # trap 14: thrice
        (define(1, ids=(1, 2, 3)), [recount(1, ids=(0, 3, 99))], 360),
        (define(1, ids=(1, 2, 3)), [recount(1, minimum=300, ids=(1, 2, 3))], 360),
        (define(1, minimum=500), [recount(1, minimum=500, number=12)], 7040),
        (define(1, minimum=500), [recount(1, minimum=500, number=6)], 1160),  # the others are left out
        (define(1, minimum=500), [recount(1, minimum=500, number=99)], 7040),
        (define(1, minimum=500), [recount(1, number=1), recount(1, number=2)], 360),  # the last one holds
        (define(1, minimum=500, own_total=3), [recount(2, number=12)], 3),
    ],
)
def test_totals_are_counted_as_obls_counts(definition, calls, expected):
    landed = after(calls, 10002, definition)
    assert landed.state.find(1).own_total == expected
    assert landed.last_commit_l1 == 40


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        (recount(number=12, target=STRANGER), ("InternalTransactionNotAllowed", STRANGER, bytes.fromhex("e010f957"))),
        (recount(number=12, data=b"\1\2\3\4"), ("InternalTransactionNotAllowed", OBLS, b"\1\2\3\4")),
        (recount(number=12, data=b""), ("InternalTransactionNotAllowed", OBLS, b"")),
        (replace(recount(number=12), total=None), ("InternalTransactionRevert", b"")),
        (recount(number=NEVER), ("InternalTransactionRevert", b"")),
    ],
)
def test_calls_that_are_not_let_through(call, expected):
    assert after([recount(number=12), call], 10002, define(1, minimum=1)) == expected


def test_a_total_above_the_range_reverts_inside():
    conditions = conditions_of(define(1, ids=(1,)), define(10002, ids=(2,), own_total=9), powers=(2**255, 9))
    attempt = attempt_of((2,), 10002, [recount(1, ids=(1, 1))])
    panic = bytes.fromhex("4e487b71") + (17).to_bytes(32, "big")
    assert refusal(conditions, attempt) == ("InternalTransactionRevert", panic)
    assert naive_of(conditions).submit(attempt) == ("InternalTransactionRevert", (panic,))


def test_an_internal_id_of_neither_kind_changes_nothing():
    conditions = conditions_of(define(10003))
    answer = submit(conditions, attempt_of(NINE, 10003))
    assert answer == Accepted(replace(conditions, burned=frozenset({b"hash"})))


@pytest.mark.parametrize("task_definition_id", [10001, 10002])
def test_data_that_is_no_update_is_refused_without_a_word(task_definition_id):
    assert after(None, task_definition_id) == ("",)


def test_v1_has_no_internal_tasks():
    conditions = conditions_of(SYNC, generation=V1)
    answer = submit(conditions, attempt_of(NINE, 10001, update_of([(1, 7)])))
    assert answer.after.state == conditions.state
    landed = process_powers(conditions, update_of([(1, 7)], [(2, 1)], l1=0, l2=0))  # a syncer's calls
    assert (powers_of(landed)[:2], landed.last_commit_l1) == ((127, 239), 0)


def test_a_total_that_a_getter_hides_goes_on_following_the_global_one():
    hidden = define(1, minimum=1100, own_total=8160, is_raw=False)
    landed = after(update_of([(1, 40)]), 10001, hidden)
    assert landed.state.assess(1).quorum.stored_total == 8200
