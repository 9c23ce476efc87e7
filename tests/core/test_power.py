"""The diff and the update that it implies: one table for the statuses, properties for the rest."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from avsctl.core.operators import (
    L1Operator,
    L2Operator,
    NotAnOperator,
    OperatorSets,
    Unreadable,
    VotingPowerRead,
)
from avsctl.core.power import (
    SYNCED_BY_UPDATE,
    DiffRow,
    LastSync,
    PowerChange,
    Status,
    Threshold,
    VotingPowerUpdate,
    apply_update,
    build_update,
    diff_powers,
)

ADDRESSES = tuple(f"0x{number:040x}" for number in range(1, 8))
POWERS = st.sampled_from((0, 1, 5, 10**18)) | st.integers(0, 2**96)
ANSWERS = st.one_of(
    st.builds(VotingPowerRead, POWERS), st.just(NotAnOperator()), st.builds(Unreadable, st.sampled_from(("", "broken")))
)
REGISTERED = st.sampled_from((True, True, False, None))
NO_THRESHOLD = Threshold()
THRESHOLDS = st.builds(Threshold, POWERS, st.integers(0, 20_000))


@st.composite
def operator_sets(draw, answers=ANSWERS, registered=REGISTERED):
    l2 = tuple(
        L2Operator(number, draw(st.sampled_from(ADDRESSES[:5])), draw(POWERS), draw(st.booleans()))
        for number in range(1, draw(st.integers(0, 8)) + 1)
    )
    known = {operator.address for operator in l2} | draw(st.sets(st.sampled_from(ADDRESSES)))
    l1 = tuple(L1Operator(address, draw(registered), draw(answers)) for address in sorted(known))
    return OperatorSets(l2, l1, draw(st.integers(0, 9)), draw(POWERS))


READABLE = operator_sets(st.builds(VotingPowerRead, POWERS) | st.just(NotAnOperator()), st.booleans())


def compare(registered, answer, l2_voting_power=100, *, active=True, threshold=NO_THRESHOLD):
    l2 = (L2Operator(7, "0xA", l2_voting_power, active),)
    diff = diff_powers(OperatorSets(l2, (L1Operator("0xA", registered, answer),), 0, 0), threshold)
    return diff.rows[0] if diff.rows else None


def read(power):
    return VotingPowerRead(power)


NEITHER = NotAnOperator()
BROKEN = Unreadable("votingPower: Panic(0x12)")


@pytest.mark.parametrize(
    ("registered", "answer", "status", "l1_voting_power", "delta", "l1_answer"),
    [
        (True, read(100), Status.IN_SYNC, 100, 0, 100),
        (True, read(101), Status.INCREASE, 101, 1, 101),
        (True, read(0), Status.DECREASE, 0, -100, 0),
        (False, read(100), Status.NOT_REGISTERED_ON_L1, 0, -100, 100),
        (False, read(0), Status.NOT_REGISTERED_ON_L1, 0, -100, 0),
        (True, NEITHER, Status.NOT_AN_OPERATOR_ON_L1, 0, -100, None),
        (False, NEITHER, Status.NOT_AN_OPERATOR_ON_L1, 0, -100, None),
        (True, BROKEN, Status.UNREADABLE_ON_L1, None, None, None),
        (False, BROKEN, Status.UNREADABLE_ON_L1, None, None, None),
        (True, Unreadable(""), Status.UNREADABLE_ON_L1, None, None, None),
        (None, BROKEN, Status.UNREADABLE_ON_L1, None, None, None),
        (None, read(100), Status.UNREADABLE_ON_L1, None, None, 100),
        (None, NEITHER, Status.UNREADABLE_ON_L1, None, None, None),
    ],
)
def test_status_of_one_that_is_active_on_l2(registered, answer, status, l1_voting_power, delta, l1_answer):
    row = compare(registered, answer)
    assert (row.operator_id, row.address, row.active_on_l2, row.l2_voting_power) == (7, "0xA", True, 100)
    assert (row.status, row.l1_voting_power, row.delta, row.l1_answer) == (status, l1_voting_power, delta, l1_answer)
    assert row.registered_on_l1 is registered
    assert (row.unreadable is not None) == (status is Status.UNREADABLE_ON_L1)


@pytest.mark.parametrize(
    ("registered", "answer", "status", "l1_voting_power"),
    [
        (True, read(100), Status.NOT_ON_L2, 100),
        (True, read(0), Status.NOT_ON_L2, 0),
        (True, NEITHER, Status.NOT_ON_L2, 0),
        (True, BROKEN, Status.UNREADABLE_ON_L1, None),
        (True, Unreadable(""), Status.UNREADABLE_ON_L1, None),
        (None, read(100), Status.UNREADABLE_ON_L1, None),
        (False, read(100), None, None),
        (False, BROKEN, None, None),
    ],
)
def test_status_of_a_dead_id_is_that_of_its_address(registered, answer, status, l1_voting_power):
    row = compare(registered, answer, active=False)
    if status is None:
        assert row is None
        return
    assert (row.operator_id, row.active_on_l2, row.l2_voting_power) == (None, False, 0)
    assert (row.status, row.l1_voting_power, row.delta) == (status, l1_voting_power, l1_voting_power)


def test_two_dead_ids_of_one_address_make_one_row_and_a_live_one_takes_its_place():
    dead = [L2Operator(number, "0xA", 0, is_active=False) for number in (1, 2)]
    l1 = (L1Operator("0xA", is_registered=True, answer=read(9)),)
    (row,) = diff_powers(OperatorSets(tuple(dead), l1, 1, 0)).rows
    assert (row.operator_id, row.status) == (None, Status.NOT_ON_L2)
    live = L2Operator(3, "0xA", 9, is_active=True)
    (row,) = diff_powers(OperatorSets((*dead, live), l1, 1, 0)).rows
    assert (row.operator_id, row.status) == (3, Status.IN_SYNC)


def test_two_active_ids_with_one_address_count_once_on_l1():
    l2 = (L2Operator(1, "0xA", 30, is_active=True), L2Operator(2, "0xA", 50, is_active=True))
    diff = diff_powers(OperatorSets(l2, (L1Operator("0xA", is_registered=True, answer=read(50)),), 1, 80))
    assert [(row.operator_id, row.status, row.delta) for row in diff.rows] == [
        (1, Status.INCREASE, 20),
        (2, Status.IN_SYNC, 0),
    ]
    assert (diff.totals.l1, diff.totals.l2, diff.totals.delta) == (50, 80, -30)


def test_an_operator_that_nobody_can_name_leaves_the_l1_total_open():
    sets = OperatorSets(
        (L2Operator(1, "0xA", 5, is_active=True),), (L1Operator("0xA", is_registered=True, answer=read(5)),), 3, 5
    )
    diff = diff_powers(sets)
    assert (diff.unlisted_on_l1, diff.totals.l1, diff.totals.delta, diff.totals.l2) == (2, None, None, 5)
    assert not diff.in_sync
    assert not diff.drifted


@given(operator_sets())
def test_the_update_mends_all_but_those_left_out(sets):
    diff = diff_powers(sets)
    update = build_update(diff, 1, 2)
    l1 = {operator.address: operator for operator in sets.l1}
    for before, after in zip(sets.l2, apply_update(sets.l2, update), strict=True):
        assert replace(after, voting_power=before.voting_power) == before
        if before.is_active and before.operator_id not in update.left_out:
            assert after.voting_power == l1[before.address].answer.voting_power
        else:
            assert after == before
    again = diff_powers(replace(sets, l2=apply_update(sets.l2, update)))
    assert build_update(again, 1, 2).is_empty
    assert build_update(again, 1, 2).left_out == update.left_out


@given(operator_sets())
def test_the_update_names_active_ids_once_and_ascending_and_leaves_out_the_rest_of_them(sets):
    update = build_update(diff_powers(sets), 11, 22)
    active = [operator.operator_id for operator in sets.l2 if operator.is_active]
    rows = {row.operator_id: row for row in diff_powers(sets).rows}
    for changes, sign in ((update.to_increase, 1), (update.to_decrease, -1)):
        ids = [change.operator_id for change in changes]
        assert ids == sorted(set(ids) & set(active))
        assert all(change.voting_power == sign * rows[change.operator_id].delta > 0 for change in changes)
    assert not {c.operator_id for c in update.to_increase} & {c.operator_id for c in update.to_decrease}
    assert list(update.left_out) == [number for number in active if rows[number].status not in SYNCED_BY_UPDATE]
    assert (update.to_block_l1, update.to_block_l2) == (11, 22)
    assert update.is_empty == (not update.to_increase and not update.to_decrease)


@given(operator_sets())
def test_no_decrease_takes_more_than_there_is(sets):
    assert all(operator.voting_power >= 0 for operator in apply_update(sets.l2, build_update(diff_powers(sets), 1, 1)))


@given(st.dictionaries(st.sampled_from(ADDRESSES), POWERS), THRESHOLDS)
def test_equal_sides_differ_in_nothing(powers, threshold):
    l2 = tuple(L2Operator(number, *item, is_active=True) for number, item in enumerate(powers.items(), start=1))
    l1 = tuple(L1Operator(address, is_registered=True, answer=read(power)) for address, power in powers.items())
    diff = diff_powers(OperatorSets(l2, l1, len(l1), sum(powers.values())), threshold)
    assert diff.in_sync
    assert diff.drifted == diff.unreadable == ()
    assert diff.counts[Status.IN_SYNC] == len(powers)
    assert (diff.totals.l1, diff.totals.l2, diff.totals.delta) == (sum(powers.values()), sum(powers.values()), 0)
    assert build_update(diff, 1, 1) == VotingPowerUpdate((), (), 1, 1, ())


@given(operator_sets(), st.randoms(use_true_random=False), THRESHOLDS)
def test_the_order_of_the_input_does_not_matter(sets, random, threshold):
    shuffled = replace(
        sets, l2=tuple(random.sample(sets.l2, len(sets.l2))), l1=tuple(random.sample(sets.l1, len(sets.l1)))
    )
    assert diff_powers(shuffled, threshold) == diff_powers(sets, threshold)


@given(operator_sets())
def test_rows_are_the_active_ids_and_the_addresses_on_l1_alone(sets):
    rows = diff_powers(sets).rows
    active = {operator.operator_id: operator for operator in sets.l2 if operator.is_active}
    held = [row for row in rows if row.operator_id is not None]
    alone = [row for row in rows if row.operator_id is None]
    assert list(rows) == held + alone
    assert [row.operator_id for row in held] == sorted(active)
    for row in held:
        operator = active[row.operator_id]
        assert (row.address, row.l2_voting_power) == (operator.address, operator.voting_power)
    in_use = {operator.address for operator in active.values()}
    expected = {o.address for o in sets.l1 if o.is_registered is not False} - in_use
    assert [row.address for row in alone] == sorted(expected)


@given(operator_sets(), THRESHOLDS)
def test_totals_and_counts_are_those_of_the_rows(sets, threshold):
    diff = diff_powers(sets, threshold)
    assert list(diff.counts) == list(Status)
    assert Counter({status: count for status, count in diff.counts.items() if count}) == Counter(
        row.status for row in diff.rows
    )
    assert diff.totals.l2 == sum(operator.voting_power for operator in sets.l2 if operator.is_active)
    powers = {row.address: row.l1_voting_power for row in diff.rows}
    if diff.unlisted_on_l1 or None in powers.values():
        assert diff.totals.l1 is None
        assert diff.totals.delta is None
    else:
        assert diff.totals.l1 == sum(powers.values())
        assert diff.totals.delta == diff.totals.l1 - diff.totals.l2


@given(READABLE)
def test_where_no_address_is_shared_the_deltas_sum_to_the_total(sets):
    sets = replace(sets, l1_active_count=0)
    active = [operator.address for operator in sets.l2 if operator.is_active]
    assume(len(active) == len(set(active)))
    diff = diff_powers(sets)
    assert diff.totals.delta == sum(row.delta for row in diff.rows)


@given(operator_sets(), THRESHOLDS)
def test_an_unreadable_row_never_becomes_a_number(sets, threshold):
    diff = diff_powers(sets, threshold)
    shown = {row.address for row in diff.rows}
    failed = {o.address for o in sets.l1 if o.is_registered is None or isinstance(o.answer, Unreadable)} & shown
    assert {row.address for row in diff.unreadable} == failed
    for row in diff.unreadable:
        assert (row.status, row.l1_voting_power, row.delta) == (Status.UNREADABLE_ON_L1, None, None)
        assert not row.below_threshold
        assert row.unreadable is not None
    if failed:
        assert diff.totals.l1 is None
        assert not diff.in_sync
    touched = {*build_update(diff, 1, 1).to_increase, *build_update(diff, 1, 1).to_decrease}
    assert not {change.operator_id for change in touched} & {row.operator_id for row in diff.unreadable}


@given(operator_sets(), THRESHOLDS)
def test_a_threshold_hides_drift_and_changes_nothing_else(sets, threshold):
    plain, diff = diff_powers(sets), diff_powers(sets, threshold)
    assert build_update(diff, 1, 2) == build_update(plain, 1, 2)
    assert tuple(replace(row, below_threshold=False) for row in diff.rows) == plain.rows
    assert (diff.totals, diff.counts, diff.unlisted_on_l1) == (plain.totals, plain.counts, plain.unlisted_on_l1)
    assert set(diff.drifted) == {row for row in plain.drifted if not threshold.covers(row)}
    assert not any(row.below_threshold for row in plain.rows)
    assert diff.in_sync == (not diff.drifted and not diff.unreadable and not diff.unlisted_on_l1)
    assert not any(row.below_threshold for row in diff.rows if row.status is Status.IN_SYNC)


@pytest.mark.parametrize(
    ("l1", "l2", "threshold", "is_below"),
    [
        (105, 100, Threshold(min_delta=5), False),
        (105, 100, Threshold(min_delta=6), True),
        (95, 100, Threshold(min_delta=5), False),
        (95, 100, Threshold(min_delta=6), True),
        (10_000, 9_950, Threshold(min_bps=50), False),
        (10_000, 9_951, Threshold(min_bps=50), True),
        (9_950, 10_000, Threshold(min_bps=50), False),
        (9_951, 10_000, Threshold(min_bps=50), True),
        (10**18, 10**18 - (5 * 10**15 - 1), Threshold(min_bps=50), True),
        (10**18, 10**18 - 5 * 10**15, Threshold(min_bps=50), False),
        (10_000, 100, Threshold(min_bps=9_950), True),
        (100, 10_000, Threshold(min_bps=9_950), True),
        (0, 1, Threshold(min_bps=10_000), False),
        (1, 0, Threshold(min_bps=10_000), False),
        (100, 100, Threshold(min_delta=1, min_bps=1), False),
        (10**18 + 1, 10**18, Threshold(), False),
        (10**18 + 1, 10**18, Threshold(min_delta=1), False),
    ],
)
def test_what_lies_under_a_threshold(l1, l2, threshold, is_below):
    row = compare(registered=True, answer=read(l1), l2_voting_power=l2, threshold=threshold)
    assert row.below_threshold is is_below
    assert row.status is compare(registered=True, answer=read(l1), l2_voting_power=l2).status


def test_drift_of_every_kind_counts_but_not_what_is_unknown():
    def row(status, *, below=False):
        return DiffRow(1, "0xA", status, 1, 2, True, True, 1, below_threshold=below)

    diff = replace(diff_powers(OperatorSets((), (), 0, 0)), rows=tuple(map(row, Status)))
    assert {found.status for found in diff.drifted} == set(Status) - {Status.IN_SYNC, Status.UNREADABLE_ON_L1}
    assert not replace(diff, rows=(row(Status.NOT_ON_L2, below=True),)).drifted


def test_items_that_name_one_id_twice_add_up():
    operators = (L2Operator(1, "0xA", 10, is_active=True), L2Operator(2, "0xB", 10, is_active=True))
    update = VotingPowerUpdate(
        (PowerChange(1, 5), PowerChange(1, 6)), (PowerChange(1, 1), PowerChange(2, 4), PowerChange(2, 4)), 1, 1, ()
    )
    assert [operator.voting_power for operator in apply_update(operators, update)] == [20, 2]


@pytest.mark.parametrize(("timestamp", "age"), [(900, 100), (1000, 0), (None, None)])
def test_age_of_the_last_sync(timestamp, age):
    assert LastSync(1, 2, timestamp).age_seconds(1000) == age
