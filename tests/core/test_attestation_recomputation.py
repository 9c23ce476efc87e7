"""Honest proposals, and others compared with them."""

from dataclasses import replace

import pytest
from attestation_case import (
    BROKEN,
    GONE,
    LEFT,
    V1,
    V2,
    conditions_of,
    define,
    recount,
    sets_of,
    state_of,
    update_of,
)
from hypothesis import given
from hypothesis import strategies as st

from avsctl.core.attestation.processing import process_powers, process_totals
from avsctl.core.attestation.recomputation import compare_powers, compare_totals
from avsctl.core.attestation.structure import check_powers
from avsctl.core.attestation.structure_totals import check_totals
from avsctl.core.deployment import Generation
from avsctl.core.power import diff_powers
from avsctl.core.proposals import TotalRecount, TotalsUpdate, propose_powers, propose_totals
from avsctl.core.tasks import recompute_total

ANSWERS = {3: 837, 5: 70, 8: 0, 10: LEFT, 12: GONE, 11: BROKEN}
SETS = sets_of(state_of(), ANSWERS)
HONEST = update_of([(3, 477)], [(5, 450), (8, 800)], left_out=(10, 11, 12))


def rows_of(update):
    return [(row.operator_id, row.match.value, row.expected, row.proposed) for row in compare_powers(update, SETS).rows]


def test_an_honest_performer_proposes_the_differences_and_the_blocks_read():
    assert propose_powers(SETS, 50, 100) == HONEST


RIGHT = [(3, "match", 477, 477), (5, "match", -450, -450), (8, "match", -800, -800)]


@pytest.mark.parametrize(
    ("increase", "decrease", "others"),
    [
        ([(3, 477)], [(5, 450), (8, 800)], {}),
        ([(3, 476)], [(5, 450), (8, 800)], {3: ("wrong_amount", 477, 476)}),
        ([], [(5, 450), (8, 800), (3, 477)], {3: ("wrong_amount", 477, -477)}),
        ([], [(5, 450), (8, 800)], {3: ("missing", 477, 0)}),
        ([(3, 477), (3, 0)], [(5, 450), (8, 400), (8, 400)], {}),  # the sums are right
        ([(3, 477), (8, 1)], [(5, 450), (8, 800)], {8: ("wrong_amount", -800, -799)}),
        ([(3, 477), (1, 1)], [(5, 450), (8, 800)], {1: ("unexpected", 0, 1)}),
        ([(3, 477), (99, 1)], [(5, 450), (8, 800)], {99: ("unexpected", 0, 1)}),
        ([(3, 477), (1, 1)], [(5, 450), (8, 800), (1, 1)], {1: ("match", 0, 0)}),  # structure finds it
        ([(3, 477)], [(5, 450), (8, 800), (10, 1040)], {10: ("node_rule_unknown", 0, -1040)}),
        ([(3, 477)], [(5, 450), (8, 800), (12, 1200)], {12: ("node_rule_unknown", 0, -1200)}),
        ([(3, 477)], [(5, 450), (8, 800), (11, 1160)], {11: ("node_rule_unknown", 0, -1160)}),
        ([(3, 477)], [(5, 450), (8, 800), (10, 1039)], {10: ("unexpected", 0, -1039)}),
        ([(3, 477), (10, 1)], [(5, 450), (8, 800)], {10: ("unexpected", 0, 1)}),
    ],
)
def test_operator_by_operator(increase, decrease, others):
    expected = {row[0]: row for row in RIGHT} | {each: (each, *rest) for each, rest in others.items()}
    update = update_of(increase, decrease)
    assert rows_of(update) == [expected[each] for each in sorted(expected)]
    compared = compare_powers(update, SETS)
    refused = {"wrong_amount", "missing", "unexpected"}
    assert compared.is_match is not any(rest[0] in refused for rest in others.values())
    assert bool(compared.unsettled) is any(rest[0] == "node_rule_unknown" for rest in others.values())
    assert [row.operator_id for row in compared.wrong] == [
        each for each in sorted(others) if others[each][0] in refused
    ]


def test_an_update_of_nothing_matches_where_nothing_differs():
    assert compare_powers(update_of(), sets_of(state_of())).rows == ()


# Totals


FOUR = define(1, ids=(1, 2, 3, 4), own_total=1120)
STALE = define(2, minimum=500, own_total=7041)
OPEN = define(3, own_total=5)
NOBODY = define(4, ids=(99,), own_total=0)
TO_COUNT = TotalRecount(2, 500, number_of_ids=12)


@pytest.mark.parametrize("generation", Generation)
def test_an_honest_performer_recounts_what_changes_quorums(generation):
    state = state_of(FOUR, STALE, OPEN, NOBODY, generation=generation)
    assert propose_totals(state) == (TO_COUNT,)
    stale_list = replace(FOUR, own_total=8160)
    listed = TotalRecount(1, 0, operator_ids=(1, 2, 3, 4))
    assert propose_totals(state.put(stale_list)) == (listed, TO_COUNT)


def test_a_total_of_0_is_recounted_where_it_hides_another_one_than_the_global():
    hidden = define(1, minimum=500, own_total=0)
    assert propose_totals(state_of(hidden)) == (TotalRecount(1, 500, number_of_ids=12),)
    assert propose_totals(state_of(replace(hidden, own_total=8160, is_raw=False))) != ()
    everyone = define(1, minimum=100, own_total=0)
    assert propose_totals(state_of(everyone)) == ()  # counts as what the recount gives
    assert propose_totals(state_of(everyone, generation=V1)) != ()


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        ([recount(2, 500, number=12)], [(2, "match", 7040, 7040)]),
        ([], [(2, "missing", 7040, None)]),
        ([recount(2, 501, number=12)], [(2, "match", 7040, 7040)]),  # structure finds it
        ([recount(2, 521, number=12)], [(2, "wrong_amount", 7040, 6520)]),
        ([recount(2, 500, number=11)], [(2, "wrong_amount", 7040, 5840)]),
        ([recount(2, 500, number=11), recount(2, 500, number=12)], [(2, "match", 7040, 7040)]),
        (
            [recount(2, 500, number=12), recount(1, ids=(1, 2, 3, 4))],
            [(1, "not_needed", 1120, 1120), (2, "match", 7040, 7040)],
        ),
        (
            [recount(2, 500, number=12), recount(1, ids=(1, 2, 2, 2))],
            [(1, "wrong_amount", 1120, 840), (2, "match", 7040, 7040)],
        ),
        (
            [recount(2, 500, number=12), recount(3, number=12)],
            [(2, "match", 7040, 7040), (3, "unexpected", None, 8160)],
        ),
        (
            [recount(2, 500, number=12), recount(9, number=12)],
            [(2, "match", 7040, 7040), (9, "unexpected", None, 8160)],
        ),
    ],
)
def test_definition_by_definition(calls, expected):
    compared = compare_totals(TotalsUpdate(tuple(calls)), state_of(FOUR, STALE, OPEN, NOBODY))
    rows = [(row.task_definition_id, row.match.value, row.expected, row.proposed) for row in compared.rows]
    assert rows == expected
    assert compared.is_match is all(row[1] in ("match", "not_needed") for row in expected)


# An honest proposal mends what it can


POWERS = st.lists(st.tuples(st.integers(0, 20), st.sampled_from((True, True, True, False))), min_size=1, max_size=7)
ANSWER = st.integers(0, 20) | st.sampled_from((LEFT, GONE, BROKEN))


@given(powers=POWERS, answers=st.dictionaries(st.integers(1, 7), ANSWER), generation=st.sampled_from(Generation))
def test_an_honest_update_is_found_right_and_leaves_no_drift_but_of_whom_it_leaves_out(powers, answers, generation):
    conditions = conditions_of(generation=generation, powers=powers)
    sets = sets_of(conditions.state, answers)
    update = propose_powers(sets, 50, 100)
    assert compare_powers(update, sets).is_match
    assert check_powers(update, conditions, 50) == ()
    landed = process_powers(conditions, update)
    assert landed.state.global_total == sum(each.voting_power for each in landed.state.operators)
    left = diff_powers(replace(sets, l2=landed.state.operators))
    differing = {row.operator_id for row in left.rows if row.delta != 0}
    assert differing <= set(update.left_out) | {None}
    again = propose_powers(replace(sets, l2=landed.state.operators), 51, 101)
    assert (again.is_empty, again.left_out) == (True, update.left_out)


DEFINITIONS = st.builds(
    define,
    st.integers(1, 4),
    minimum=st.integers(0, 20),
    ids=st.sets(st.integers(0, 9), max_size=4).map(sorted),
    own_total=st.integers(0, 60),
)


@given(powers=POWERS, definitions=st.lists(DEFINITIONS, max_size=4), generation=st.sampled_from((V2, *Generation)))
def test_honest_recounts_are_found_right_and_leave_nothing_to_recount(powers, definitions, generation):
    by_id = {each.definition.task_definition_id: each for each in definitions}
    conditions = conditions_of(*by_id.values(), generation=generation, powers=powers)
    totals = propose_totals(conditions.state)
    calls = [
        recount(each.task_definition_id, each.minimum_voting_power, each.number_of_ids, each.operator_ids)
        for each in totals
    ]
    update = TotalsUpdate(tuple(calls))
    assert compare_totals(update, conditions.state).is_match
    assert check_totals(update, conditions) == ()
    landed = process_totals(conditions, update).state
    assert propose_totals(landed) == ()
    for each in landed.definitions:
        rules, quorum = each.definition, landed.assess(each.definition.task_definition_id).quorum
        total = recompute_total(rules, landed.operators)
        if rules.has_own_total and total:
            assert quorum.stored_total == total


@given(powers=POWERS, items=st.lists(st.tuples(st.integers(1, 8), st.integers(1, 9)), max_size=4))
def test_anything_else_than_the_honest_change_is_found_out(powers, items):
    state = state_of(powers=powers)
    sets = sets_of(state, {1: 7, 2: 0})
    honest = propose_powers(sets, 50, 100)
    net = {row.operator_id: row.expected for row in compare_powers(honest, sets).rows}
    changed = dict(net)
    for operator_id, amount in items:
        changed[operator_id] = changed.get(operator_id, 0) + amount
    update = replace(honest, to_increase=honest.to_increase + update_of(items).to_increase)
    assert compare_powers(update, sets).is_match is (changed == net)
