"""The stages of a definition: before the calls, between and after them, and after the syncs that follow."""

from dataclasses import replace

import pytest

from avsctl.core.changes import (
    CreateDefinition,
    DefinitionState,
    L2State,
    SetList,
    SetMaximum,
    SetMinimum,
    apply_setting,
)
from avsctl.core.deployment import Generation
from avsctl.core.foresight import foresee
from avsctl.core.operators import L1Operator, L2Operator, OperatorSets, VotingPowerRead
from avsctl.core.tasks import TaskDefinition, TaskDetails
from avsctl.core.units import E18

V1, V2, V3 = Generation
NEVER = 2**256 - 1
POWERS = (120, 240, 360, 400, 520, 640, 760, 800, 920, 1040, 1160, 1200)
OPERATORS = tuple(L2Operator(at, f"0x{at}", power * E18, is_active=True) for at, power in enumerate(POWERS, 1))
SIX = (4, 5, 6, 7, 8, 9)
DRIFTED = {3: 837, 5: 70, 8: 0}
"""What L1 says of some, in e18."""
DETAILS = TaskDetails("price-feed", NEVER, 0, 0, 0, 0)
CALLS = (SetMinimum(3, 500 * E18), SetList(3, SIX), SetMaximum(3, 4))


def state_of(generation):
    definition = DefinitionState(TaskDefinition(3, 0, SIX), DETAILS, 4040 * E18)
    return L2State(generation, 100, OPERATORS, 8160 * E18, (definition,))


def states_of(state, *settings):
    states = [state]
    for setting in settings:
        states.append(apply_setting(states[-1], setting))
    return tuple(states)


def sets_of(powers):
    l1 = tuple(
        L1Operator(o.address, True, VotingPowerRead(powers.get(o.operator_id, o.voting_power // E18) * E18))
        for o in OPERATORS
    )
    return OperatorSets(OPERATORS, l1, len(l1), 8160 * E18)


def figures(found):
    """Eligible operators, and in e18 what is stored, needed and attainable; who may be offline; the verdict."""
    quorum = found.quorum
    eligible = sum(member.reason is None for member in found.members)
    amounts = (quorum.stored_total, quorum.required_approve, quorum.attainable)
    return (eligible, *(round(each / E18, 2) for each in amounts), quorum.spare_operators, str(found.verdict))


@pytest.mark.parametrize("generation", [V2, V3])
def test_a_change_that_is_sound_today_and_dead_after_the_next_sync(generation):
    foresight = foresee(3, states_of(state_of(generation), *CALLS), sets_of(DRIFTED))
    assert foresight.task_definition_id == 3
    assert figures(foresight.before) == (6, 4040, 2693.33, 4040, 1, "live")
    assert figures(foresight.after) == (5, 3640, 2426.67, 3120, 1, "live")
    assert figures(foresight.after_10001) == (3, 3640, 2426.67, 2320, None, "dead")
    assert figures(foresight.after_10002) == (3, 2320, 1546.67, 2320, 0, "fragile")
    assert foresight.after_10002.quorum.pivotal == (9,)
    first, second = foresight.between
    assert figures(first) == (5, 7040, 4693.33, 3640, None, "dead")
    assert figures(second) == (5, 3640, 2426.67, 3640, 1, "live")


def test_the_first_generation_has_no_sync_of_totals():
    foresight = foresee(3, states_of(state_of(V1), *CALLS[:2]), sets_of(DRIFTED))
    assert figures(foresight.after_10001) == (3, 3640, 2426.67, 2320, None, "dead")
    assert foresight.after_10002 is None


@pytest.mark.parametrize("generation", Generation)
def test_without_l1_no_sync_is_foreseen(generation):
    foresight = foresee(3, states_of(state_of(generation), *CALLS[:1]), None)
    assert (foresight.after_10001, foresight.after_10002, foresight.between) == (None, None, ())
    assert figures(foresight.after) == (5, 7040, 4693.33, 3640, None, "dead")


@pytest.mark.parametrize("generation", Generation)
def test_a_definition_that_is_made_is_there_from_its_call_on(generation):
    made = CreateDefinition(TaskDefinition(4, 500 * E18, ()), DETAILS)
    states = states_of(state_of(generation), SetMinimum(3, 0), made, SetList(3, SIX))
    foresight = foresee(4, states, sets_of({}))
    assert foresight.before is None
    assert foresight.between[0] is None
    assert foresight.after == foresight.between[1] == foresight.after_10001
    assert foresight.after.quorum.stored_total == 7040 * E18


@pytest.mark.parametrize("generation", Generation)
def test_without_a_call_after_is_before(generation):
    foresight = foresee(3, (state_of(generation),), sets_of({}))
    assert foresight.before == foresight.after == foresight.after_10001
    assert foresight.between == ()


@pytest.mark.parametrize("generation", Generation)
def test_a_definition_that_counts_from_everyone_follows_the_sync_at_once(generation):
    state = state_of(generation).put(DefinitionState(TaskDefinition(5, 0, ()), DETAILS, 0))
    foresight = foresee(5, (state,), sets_of({12: 0}))
    assert foresight.after.quorum.stored_total == 8160 * E18
    assert foresight.after_10001.quorum.stored_total == 6960 * E18


@pytest.mark.parametrize("generation", Generation)
def test_an_expired_definition_stays_dead_at_every_stage(generation):
    state = state_of(generation)
    state = state.put(replace(state.find(3), details=replace(DETAILS, block_expiry=100)))
    foresight = foresee(3, (state,), sets_of({}))
    stages = (foresight.before, foresight.after, foresight.after_10001)
    assert [str(each.verdict) for each in stages] == ["dead"] * 3
