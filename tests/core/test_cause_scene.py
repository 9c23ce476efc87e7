"""Whom explanations of drift are about, and the findings that go with them."""

from dataclasses import replace

import pytest

from avsctl.core.cause_checks import check_explained, check_waiting
from avsctl.core.cause_facts import StakeSettings, Then
from avsctl.core.cause_scene import build_facts, choose_drifted, choose_named
from avsctl.core.causes import explain
from avsctl.core.changes import DefinitionState, L2State
from avsctl.core.deployment import Generation
from avsctl.core.internal_status import InternalScene
from avsctl.core.internal_tasks import InternalTaskName, find_interval
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets, Unreadable, VotingPowerRead
from avsctl.core.power import LastSync, diff_powers
from avsctl.core.tasks import TaskDefinition

A, B, C, D = (letter * 3 for letter in "ABCD")
SETTINGS = StakeSettings((("0x1", 1),), 0, 0)
DEFINITIONS = (TaskDefinition(1, 0, ()), TaskDefinition(2, 0, (1, 2)), TaskDefinition(3, 0, (2, 3)))


def l1(address, power, registered=True):
    return L1Operator(address, registered, power if isinstance(power, Unreadable) else VotingPowerRead(power))


def sets_of(*l2, strangers=(), **powers):
    operators = tuple(L2Operator(at, *each) for at, each in enumerate(l2, 1))
    known = dict.fromkeys(each.address for each in operators)
    answers = (*(l1(name, powers.get(name, 100)) for name in known), *strangers)
    total = sum(each.voting_power for each in operators)
    return OperatorSets(operators, answers, 0, total)


def facts_of(sets, definitions=()):
    return build_facts(Generation.V2, sets, definitions, SETTINGS)


def chosen(sets, definitions=()):
    return [(each.operator_id, each.address) for each in choose_drifted(facts_of(sets, definitions))]


BACK = ((A, 0, False), (B, 100, True), (A, 100, True))
"""1 is dead, and 3 is the same operator."""


@pytest.mark.parametrize(
    ("sets", "who"),
    [
        (sets_of((A, 100, True), (B, 100, True)), []),
        (sets_of((A, 90, True), (B, 100, True)), [(1, A)]),
        (sets_of((A, 0, False), (B, 100, True)), [(None, A)]),
        (sets_of((A, 7, False), (B, 100, True)), [(1, A), (None, A)]),
        (sets_of((A, 100, True), (A, 100, True)), [(1, A), (2, A)]),
        (sets_of((A, 100, True), AAA=Unreadable("x")), [(1, A)]),
        (sets_of((A, 100, True), strangers=(l1(D, 0), l1(C, 5), l1(B, 9, registered=False))), [(None, C), (None, D)]),
        (sets_of(*BACK), []),
    ],
)
def test_those_that_drifted_or_count_wrongly(sets, who):
    assert chosen(sets) == who


def test_one_whose_old_id_is_listed_is_among_them():
    assert chosen(sets_of(*BACK), DEFINITIONS) == [(3, A)]
    (back,) = choose_drifted(facts_of(sets_of(*BACK), DEFINITIONS))
    assert [(each.task_definition_id, each.dead_ids, each.mended) for each in back.old_listings] == [(2, (1,), (2, 3))]
    assert (back.dead_ids, back.other_active_ids) == ((1,), ())


def test_those_that_are_named():
    everyone = facts_of(sets_of((A, 0, False), (B, 100, True), (B, 5, False), (C, 0, False), CCC=0))
    named = {who: [(f.operator_id, f.is_dead_id) for f in choose_named(everyone, [who])] for who in (A, B)}
    assert named == {A: [(None, False)], B: [(2, False), (3, True)]}
    gone = replace(everyone[3], l1=l1(C, 0, registered=False))
    assert [each.operator_id for each in choose_named((gone,), [C])] == [4]


# Findings


def found(sets, definitions=(), named=None, then=None):
    facts = [replace(each, then=then) if then else each for each in choose_drifted(facts_of(sets, definitions))]
    explanations = tuple(map(explain, facts))
    return [(each.code, each.subject) for each in check_explained(explanations, sets, diff_powers(sets), named)]


def test_what_is_found():
    sets = sets_of((A, 90, True), (B, 100, True), (C, 100, True), (C, 100, True), (D, 7, False))
    assert found(sets) == [
        ("drift", "operators"),
        ("ghost_power", "operator 5"),
        ("duplicate_address", C),
        ("causes_not_told_apart", "operator 1"),
        ("causes_not_told_apart", f"operator {D}"),
    ]
    assert found(sets, named=[B], then=Then(1, 90, True, SETTINGS)) == [("causes_not_told_apart", f"operator {D}")]
    assert found(sets_of(*BACK), DEFINITIONS) == [("dead_ids_listed", "task 2")]


def test_what_is_left_open_is_told_once_for_all_and_names_a_dozen():
    sets = sets_of(*((f"{at:03d}", 90, True) for at in range(15)))
    (_, untold) = found(sets)
    assert untold[1] == f"operators {', '.join(map(str, range(1, 13)))} and 3 more"


def waiting(sets, listed, then):
    definition = DefinitionState(TaskDefinition(10001, 0, listed), None, 0)
    state = L2State(Generation.V2, 9, sets.l2, sets.l2_total_voting_power, (definition,))
    intervals = {name: find_interval(None, name) for name in InternalTaskName}
    scene = InternalScene(state, sets, LastSync(1, 2, 1000), {}, intervals, 1000)
    explanations = [explain(replace(each, then=then)) for each in choose_drifted(facts_of(sets))]
    return [(each.code, each.text.partition(":")[0]) for each in check_waiting(explanations, scene)]


def test_those_who_wait_for_a_sync_that_cannot_pass():
    then = Then(1, 90, True, SETTINGS)
    sets = sets_of((A, 90, True), (B, 90, True), (C, 100, True))
    assert waiting(sets, (99,), then) == [("sync_dead", "2 operators wait for it")]
    assert waiting(sets, (), then) == []
    gone = sets_of((A, 90, True), (B, 100, True))
    gone = replace(gone, l1=(l1(A, 90, registered=False), gone.l1[1]))
    assert waiting(gone, (99,), then) == []
